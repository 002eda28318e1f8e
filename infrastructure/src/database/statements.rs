//! All statements of the adapters, so that a test prepares each on both databases.

use super::db::Statement;
use super::{
    blobs, directory, idempotency, inbox, leases, log, meta, open, outbox, process_store, restored,
    row_ops, subject_keys, write_queue,
};
use crate::backup;

/// The lists of all adapters.
pub const STATEMENTS: &[&[Statement]] = &[
    meta::STATEMENTS,
    open::POSTGRES_STATEMENTS,
    open::LOOK_STATEMENTS,
    write_queue::STATEMENTS,
    restored::STATEMENTS,
    backup::STATEMENTS,
    log::STATEMENTS,
    log::POSTGRES_STATEMENTS,
    subject_keys::STATEMENTS,
    directory::STATEMENTS,
    blobs::STATEMENTS,
    row_ops::numbers::STATEMENTS,
    row_ops::stored::STATEMENTS,
    inbox::history::STATEMENTS,
    inbox::sql::STATEMENTS,
    inbox::sql_settle::STATEMENTS,
    outbox::sql::STATEMENTS,
    process_store::sql::STATEMENTS,
    idempotency::STATEMENTS,
    leases::STATEMENTS,
];
