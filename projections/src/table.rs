//! Declares the table of a read model once: row type, columns, and the texts of all its statements.
//!
//! The texts name the tables of build 1 (`_b1`); [`crate::Build::sql`] points them at another build.
//! Queries name the views without a suffix, which always show the live build.

use infrastructure::database::db::Dialect;

/// The statements of one table, on both databases where they differ.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name of the view, and of the tables without the suffix of the build.
    pub name: &'static str,
    /// Makes the table and its indexes (SQLite, PostgreSQL).
    pub create: (&'static str, &'static str),
    /// Drops the table.
    pub drop: &'static str,
    /// Makes the view on the table.
    pub show: &'static str,
    /// Drops the view.
    pub hide: &'static str,
    /// The rows of a JSON list of keys (SQLite, PostgreSQL).
    pub load: (&'static str, &'static str),
    /// Writes a JSON list of rows; a row that is newer stays (SQLite, PostgreSQL).
    pub save: (&'static str, &'static str),
    /// Each row as a JSON list, in order of the key (SQLite, PostgreSQL).
    pub dump: (&'static str, &'static str),
}

impl Table {
    /// Makes the table and its indexes.
    pub const fn create(&self, dialect: Dialect) -> &'static str {
        pick(self.create, dialect)
    }

    /// The rows of a JSON list of keys.
    pub const fn load(&self, dialect: Dialect) -> &'static str {
        pick(self.load, dialect)
    }

    /// Writes a JSON list of rows.
    pub const fn save(&self, dialect: Dialect) -> &'static str {
        pick(self.save, dialect)
    }

    /// Each row as a JSON list.
    pub const fn dump(&self, dialect: Dialect) -> &'static str {
        pick(self.dump, dialect)
    }
}

const fn pick((sqlite, postgres): (&'static str, &'static str), dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => sqlite,
        Dialect::Postgres => postgres,
    }
}

/// A row of a read model.
pub(crate) trait Row:
    serde::Serialize + infrastructure::database::db::FromRow + Default + Send + Sync + Unpin + 'static
{
    /// Its table.
    const TABLE: Table;

    /// Position of the last event that touched the row.
    fn position(&self) -> i64;

    /// Notes the event that touches the row.
    fn set_position(&mut self, position: i64);
}

macro_rules! rust_type {
    (text) => { String };
    (int) => { i64 };
    (opt_text) => { Option<String> };
    (opt_int) => { Option<i64> };
}

macro_rules! sql_type {
    (text) => {
        "text"
    };
    (opt_text) => {
        "text"
    };
    (int) => {
        "bigint"
    };
    (opt_int) => {
        "bigint"
    };
}

/// Bytes decide the order of texts, as on SQLite, whatever the database was made with: ids and pages are
/// sorted by them.
macro_rules! postgres_type {
    (text) => {
        "text collate \"C\""
    };
    (opt_text) => {
        "text collate \"C\""
    };
    (int) => {
        "bigint"
    };
    (opt_int) => {
        "bigint"
    };
}

macro_rules! sql_null {
    (text) => {
        " not null"
    };
    (int) => {
        " not null"
    };
    (opt_text) => {
        ""
    };
    (opt_int) => {
        ""
    };
}

/// Declares a row and its table. `key` is the primary key, `load` the column by which rows are loaded.
macro_rules! read_table {
    (
        $(#[$doc:meta])*
        $row:ident in $table:literal key $key:literal load $load:literal indexes $indexes:expr;
        $($column:ident: $kind:ident),* $(,)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        pub(crate) struct $row {
            $(pub(crate) $column: $crate::table::rust_type!($kind),)*
            pub(crate) position: i64,
        }

        impl $crate::table::Row for $row {
            const TABLE: $crate::table::Table = $crate::table::Table {
                name: $table,
                create: (
                    concat!(
                        "create table ", $table, "_b1 (",
                        $(stringify!($column), " ", $crate::table::sql_type!($kind),
                            $crate::table::sql_null!($kind), ", ",)*
                        "position bigint not null, primary key (", $key, ")); ", $indexes
                    ),
                    concat!(
                        "create table ", $table, "_b1 (",
                        $(stringify!($column), " ", $crate::table::postgres_type!($kind),
                            $crate::table::sql_null!($kind), ", ",)*
                        "position bigint not null, primary key (", $key, ")); ", $indexes
                    ),
                ),
                drop: concat!("drop table if exists ", $table, "_b1"),
                show: concat!("create view ", $table, " as select * from ", $table, "_b1"),
                hide: concat!("drop view if exists ", $table),
                load: (
                    concat!(
                        "select ", $(stringify!($column), ", ",)* "position from ", $table,
                        "_b1 where ", $load, " in (select value from jsonb_each($1))"
                    ),
                    concat!(
                        "select ", $(stringify!($column), ", ",)* "position from ", $table,
                        "_b1 where ", $load, " in (select json_array_elements_text(cast($1 as json)))"
                    ),
                ),
                save: (
                    concat!(
                        "insert into ", $table, "_b1 (", $(stringify!($column), ", ",)* "position) select ",
                        $("value ->> '", stringify!($column), "', ",)*
                        "value ->> 'position' from jsonb_each($1) where true on conflict (", $key,
                        ") do update set ",
                        $(stringify!($column), " = excluded.", stringify!($column), ", ",)*
                        "position = excluded.position where ", $table,
                        "_b1.position < excluded.position"
                    ),
                    concat!(
                        "insert into ", $table, "_b1 (", $(stringify!($column), ", ",)* "position) select ",
                        $(stringify!($column), ", ",)*
                        "position from json_to_recordset(cast($1 as json)) as rows (",
                        $(stringify!($column), " ", $crate::table::sql_type!($kind), ", ",)*
                        "position bigint) on conflict (", $key, ") do update set ",
                        $(stringify!($column), " = excluded.", stringify!($column), ", ",)*
                        "position = excluded.position where ", $table,
                        "_b1.position < excluded.position"
                    ),
                ),
                dump: (
                    concat!(
                        "select json_array(", $(stringify!($column), ", ",)* "position) from ",
                        $table, "_b1 order by ", $key
                    ),
                    concat!(
                        "select cast(json_build_array(", $(stringify!($column), ", ",)*
                        "position) as text) from ", $table, "_b1 order by ", $key
                    ),
                ),
            };

            fn position(&self) -> i64 {
                self.position
            }

            fn set_position(&mut self, position: i64) {
                self.position = position;
            }
        }

        impl infrastructure::database::db::FromRow for $row {
            /// By place: the statements name the columns in this order.
            fn from_row(row: infrastructure::database::db::Row) -> Result<Self, sqlx::Error> {
                let mut places = 0..;
                let mut next = || places.next().unwrap_or_default();
                Ok(Self {
                    $($column: row.try_get::<_, usize>(next())?,)*
                    position: row.try_get::<_, usize>(next())?,
                })
            }
        }
    };
}

pub(crate) use {postgres_type, read_table, rust_type, sql_null, sql_type};
