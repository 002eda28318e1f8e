//! What several integration tests share: the conformance suite of stores, private servers, the crash lab.

// Futures of requests hold those of the schema, see `api`.
#![recursion_limit = "256"]

pub mod conformance;
pub mod lab;
pub mod private_nats;
pub mod private_postgres;
