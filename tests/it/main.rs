//! Integration tests, one binary: behavior through HTTP, stores against the conformance suite, statements
//! against both databases, rules of the house.

mod conformance;
mod kill;
mod salon;
mod statements;
mod support;
mod tidy;
