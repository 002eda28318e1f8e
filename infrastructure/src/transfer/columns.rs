//! What columns a table has, as the database itself says, and the one form of their values that both share.

use super::TransferError;
use crate::database::db::{Connection, Dialect, Statement, query};

const COLUMNS: Statement = Statement::of(
    "transfer_columns",
    "select name, type from pragma_table_info($1)",
    "select attname::text, format_type(atttypid, null) from pg_attribute \
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[COLUMNS];

/// How a database keeps the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    Integer,
    Int2,
    Int4,
    Int8,
    Bool,
    Text,
    Json,
    Bytes,
}

/// What values are, whichever database keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Text,
    Bytes,
}

impl Kept {
    fn parse(dialect: Dialect, name: &str) -> Option<Self> {
        Some(match (dialect, name) {
            (Dialect::Sqlite, "integer") => Self::Integer,
            (_, "text") => Self::Text,
            (Dialect::Postgres, "smallint") => Self::Int2,
            (Dialect::Postgres, "integer") => Self::Int4,
            (Dialect::Postgres, "bigint") => Self::Int8,
            (Dialect::Postgres, "boolean") => Self::Bool,
            (Dialect::Postgres, "json") => Self::Json,
            (Dialect::Sqlite, "blob") | (Dialect::Postgres, "bytea") => Self::Bytes,
            _ => return None,
        })
    }

    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Integer | Self::Int2 | Self::Int4 | Self::Int8 | Self::Bool => Kind::Int,
            Self::Text | Self::Json => Kind::Text,
            Self::Bytes => Kind::Bytes,
        }
    }
}

/// A column of a table in one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kept: Kept,
}

/// The columns of a table by name.
pub(super) async fn of_table(
    connection: &mut Connection,
    table: &'static str,
) -> Result<Vec<Column>, TransferError> {
    let dialect = connection.dialect();
    let found: Vec<(String, String)> = query(COLUMNS).bind(table).fetch_all(connection).await?;
    let mut columns = Vec::with_capacity(found.len());
    for (name, kept) in found {
        let lower = kept.to_ascii_lowercase();
        let Some(kept) = Kept::parse(dialect, &lower) else {
            return Err(TransferError::Shape {
                table,
                what: format!("{name} is of the unknown type {kept}"),
            });
        };
        columns.push(Column { name, kept });
    }
    if columns.is_empty() {
        return Err(TransferError::Shape {
            table,
            what: "there is no such table".to_owned(),
        });
    }
    columns.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(columns)
}

/// Refuses tables that do not hold the same on both sides.
pub(super) fn must_agree(
    table: &'static str,
    source: &[Column],
    target: &[Column],
) -> Result<(), TransferError> {
    let shape = |columns: &[Column]| -> Vec<(String, Kind)> {
        let each = columns.iter();
        each.map(|one| (one.name.clone(), one.kept.kind()))
            .collect()
    };
    if shape(source) == shape(target) {
        return Ok(());
    }
    Err(TransferError::Shape {
        table,
        what: "its columns differ between the databases".to_owned(),
    })
}
