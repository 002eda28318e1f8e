//! SQL texts by name, one or a pair.

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The embedded one: one writer, files.
    Sqlite,
    /// The server: several nodes.
    Postgres,
}

/// A statement with its text for each database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Names it in an error and in a test's failure.
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

    /// For PostgreSQL alone; the caller never runs it on SQLite.
    pub const fn for_postgres(name: &'static str, text: &'static str) -> Self {
        Self::of(name, "select null", text)
    }

    /// The text for a database.
    pub const fn text(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}
