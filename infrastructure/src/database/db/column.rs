//! What a column can be read as.
//!
//! SQLite has one kind of whole number, PostgreSQL three: any width is read as any Rust integer that holds
//! the value.

use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Postgres, Row as _, Type, ValueRef as _};

use super::row::ColumnIndex;

/// A type that a column is read as.
pub trait Column<'r>: Sized {
    /// From a row of SQLite.
    ///
    /// # Errors
    /// No such column, or another type.
    fn from_sqlite(row: &'r SqliteRow, index: impl ColumnIndex) -> Result<Self, sqlx::Error>;

    /// From a row of PostgreSQL.
    ///
    /// # Errors
    /// No such column, or another type.
    fn from_postgres(row: &'r PgRow, index: impl ColumnIndex) -> Result<Self, sqlx::Error>;
}

macro_rules! as_the_drivers_do {
    ($($type:ty),*) => {$(
        impl<'r> Column<'r> for $type {
            fn from_sqlite(row: &'r SqliteRow, index: impl ColumnIndex) -> Result<Self, sqlx::Error> {
                row.try_get(index)
            }

            fn from_postgres(row: &'r PgRow, index: impl ColumnIndex) -> Result<Self, sqlx::Error> {
                row.try_get(index)
            }
        }
    )*};
}

as_the_drivers_do!(
    bool,
    Option<bool>,
    &'r str,
    Option<&'r str>,
    String,
    Option<String>,
    &'r [u8],
    Option<&'r [u8]>,
    Vec<u8>,
    Option<Vec<u8>>
);

fn postgres_int(row: &PgRow, index: impl ColumnIndex) -> Result<Option<i64>, sqlx::Error> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(None);
    }
    let found = value.type_info();
    let is_narrow =
        <i32 as Type<Postgres>>::compatible(&found) || <i16 as Type<Postgres>>::compatible(&found);
    if is_narrow {
        // The driver widens by the value's length; its own check of the type would refuse.
        row.try_get_unchecked(index)
    } else {
        row.try_get(index)
    }
}

fn sqlite_int(row: &SqliteRow, index: impl ColumnIndex) -> Result<Option<i64>, sqlx::Error> {
    row.try_get(index)
}

fn missing(index: impl ColumnIndex) -> sqlx::Error {
    decode(index, "unexpected null".into())
}

fn decode(index: impl ColumnIndex, source: BoxDynError) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: index.to_string(),
        source,
    }
}

macro_rules! whole_numbers {
    ($($int:ty),*) => {$(
        impl<'r> Column<'r> for Option<$int> {
            fn from_sqlite(row: &'r SqliteRow, index: impl ColumnIndex) -> Result<Self, sqlx::Error> {
                sqlite_int(row, index)?
                    .map(|value| <$int>::try_from(value).map_err(|error| decode(index, error.into())))
                    .transpose()
            }

            fn from_postgres(row: &'r PgRow, index: impl ColumnIndex) -> Result<Self, sqlx::Error> {
                postgres_int(row, index)?
                    .map(|value| <$int>::try_from(value).map_err(|error| decode(index, error.into())))
                    .transpose()
            }
        }

        impl<'r> Column<'r> for $int {
            fn from_sqlite(row: &'r SqliteRow, index: impl ColumnIndex) -> Result<Self, sqlx::Error> {
                Option::<$int>::from_sqlite(row, index)?.ok_or_else(|| missing(index))
            }

            fn from_postgres(row: &'r PgRow, index: impl ColumnIndex) -> Result<Self, sqlx::Error> {
                Option::<$int>::from_postgres(row, index)?.ok_or_else(|| missing(index))
            }
        }
    )*};
}

whole_numbers!(i64, i32, u64, u32, u16);
