//! All statements of the adapters, so that a test prepares each on both databases.

use super::db::Statement;
use super::{
    blobs, directory, idempotency, inbox, leases, log, marks, meta, open, outbox, process_store,
    published_marks, restored, row_ops, subject_keys, write_queue,
};
use crate::{backup, transfer};

/// The lists of all adapters.
pub const STATEMENTS: &[&[Statement]] = &[
    meta::STATEMENTS,
    marks::STATEMENTS,
    open::POSTGRES_STATEMENTS,
    open::LOOK_STATEMENTS,
    write_queue::STATEMENTS,
    restored::STATEMENTS,
    backup::STATEMENTS,
    transfer::COLUMN_STATEMENTS,
    transfer::DECLARE_STATEMENTS,
    transfer::FINISH_STATEMENTS,
    transfer::PLACE_STATEMENTS,
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
    published_marks::STATEMENTS,
    leases::STATEMENTS,
];
