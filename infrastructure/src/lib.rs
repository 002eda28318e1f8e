//! How Vestnik touches the world: the database with its event log, inbox and outbox, keys and secrets,
//! the Cloud API client. Implements the ports of `application`.
//!
//! Absent on purpose: decisions. What may happen is decided in `domain`, what happens next in
//! `application`.

pub mod backup;
pub mod cloud_api;
pub mod database;
pub mod event_files;
pub mod keys;
pub mod nats;
pub mod system;
pub mod transfer;
pub mod webhook_signature;
