//! What several integration tests share: the conformance suite of stores, private servers.

pub mod conformance;
pub mod private_nats;
pub mod private_postgres;
