//! Integration tests, one binary: behavior through HTTP, stores against the conformance suite, statements
//! against both databases, rules of the house.

mod access;
mod canary;
mod config;
mod conformance;
mod conversations;
mod inbound_kinds;
mod messages;
mod numbers;
mod openapi;
mod problems;
mod salon;
mod statements;
mod support;
mod tidy;
mod webhook;
