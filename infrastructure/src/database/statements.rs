//! SQL texts with their names, one a database, so that a test can prepare each of them.

/// A statement.
#[derive(Clone, Copy, Debug)]
pub struct Statement {
    /// Its name.
    pub name: &'static str,
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
}

impl Statement {
    /// One text for both databases.
    pub const fn portable(name: &'static str, text: &'static str) -> Self {
        Self { name, sqlite: text, postgres: text }
    }

    /// A text for each database.
    pub const fn of(name: &'static str, sqlite: &'static str, postgres: &'static str) -> Self {
        Self { name, sqlite, postgres }
    }
}
