//! Integration tests: stores against the conformance suite, statements against both databases.

mod conformance;
mod statements;
