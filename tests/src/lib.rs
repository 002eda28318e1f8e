//! What several integration tests share: the conformance suite of stores.

pub mod conformance;
