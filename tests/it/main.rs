//! Integration tests, one binary: behavior through HTTP, stores against the conformance suite, statements
//! against both databases, rules of the house.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says so and ends"
)]

mod bots;
mod confluence;
mod conformance;
mod read_models;
mod salon;
mod sending;
mod statements;
mod support;
mod takeover;
mod tidy;
