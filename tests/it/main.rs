//! Integration tests, one binary: behavior through HTTP, stores against the conformance suite, statements
//! against both databases, rules of the house.

// Futures of requests hold those of the schema, see `api`.
#![recursion_limit = "256"]
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on says so and ends"
)]

mod access;
mod activity;
mod app_secrets;
mod backup;
mod bad_input;
mod bots;
mod browsers;
mod canary;
mod cluster;
mod commands;
mod config;
mod confluence;
mod conformance;
mod conversations;
mod docs;
mod doctor;
mod exports;
mod fuzz;
mod graphql;
mod held;
mod hours;
mod idempotency;
mod inbound_kinds;
mod kill;
mod messages;
mod moving;
mod nats;
mod numbers;
mod openapi;
mod operations;
mod people;
mod postgres;
mod problems;
mod read_models;
mod refusals;
mod routes;
mod salon;
mod search;
mod sending;
mod stale;
mod statements;
mod subscriptions;
mod support;
mod takeover;
mod terminal;
mod tidy;
mod tokens;
mod webhook;
mod work;
