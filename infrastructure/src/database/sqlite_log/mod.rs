//! The event log in SQLite.

use super::statements::Statement;

/// The statements of the log.
pub(crate) const STATEMENTS: &[Statement] = &[];
