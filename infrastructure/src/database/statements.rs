//! SQL texts by name, one or a pair: every statement is here or listed here, so that a test prepares it
//! on both databases.

use super::{
    blobs, directory, idempotency, inbox, meta, outbox, process_store, restored, row_ops,
    sqlite_log, subject_keys,
};
use crate::backup;

/// A statement with its text for each database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Names it in a test's failure.
    pub name: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

impl Statement {
    /// One text for both.
    pub const fn portable(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            sqlite: text,
            postgres: text,
        }
    }

    /// A pair, where the databases truly differ.
    pub const fn of(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self {
            name,
            sqlite,
            postgres,
        }
    }
}

/// The lists of all adapters.
pub const STATEMENTS: &[&[Statement]] = &[
    meta::STATEMENTS,
    restored::STATEMENTS,
    backup::STATEMENTS,
    sqlite_log::STATEMENTS,
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
];
