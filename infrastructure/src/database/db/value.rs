//! Arguments of statements before it is known which database takes them.
//!
//! Every whole number travels as 64 bits, so that a statement's text has one prepared form on PostgreSQL.

use std::borrow::Cow;

use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments as _, Postgres, Sqlite, Type};

/// One argument; `None` is null of that type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'q> {
    /// Text.
    Text(Option<Cow<'q, str>>),
    /// A whole number.
    Int(Option<i64>),
    /// True or false.
    Bool(Option<bool>),
    /// Bytes.
    Bytes(Option<Cow<'q, [u8]>>),
}

/// An argument list of either driver.
trait Sink {
    type Database: sqlx::Database;

    fn take<'t, T>(&mut self, value: T) -> Result<(), BoxDynError>
    where
        T: sqlx::Encode<'t, Self::Database> + Type<Self::Database>;
}

impl Sink for SqliteArguments {
    type Database = Sqlite;

    fn take<'t, T>(&mut self, value: T) -> Result<(), BoxDynError>
    where
        T: sqlx::Encode<'t, Sqlite> + Type<Sqlite>,
    {
        self.add(value)
    }
}

impl Sink for PgArguments {
    type Database = Postgres;

    fn take<'t, T>(&mut self, value: T) -> Result<(), BoxDynError>
    where
        T: sqlx::Encode<'t, Postgres> + Type<Postgres>,
    {
        self.add(value)
    }
}

macro_rules! encode {
    ($name:ident, $arguments:ty) => {
        pub(super) fn $name(values: Vec<Value<'_>>) -> Result<$arguments, sqlx::Error> {
            let mut arguments = <$arguments>::default();
            arguments.reserve(values.len(), 0);
            for value in values {
                match value {
                    Value::Text(Some(Cow::Owned(text))) => arguments.take(text),
                    Value::Text(Some(Cow::Borrowed(text))) => arguments.take(text),
                    Value::Text(None) => arguments.take(None::<&str>),
                    Value::Int(int) => arguments.take(int),
                    Value::Bool(bool) => arguments.take(bool),
                    Value::Bytes(Some(Cow::Owned(bytes))) => arguments.take(bytes),
                    Value::Bytes(Some(Cow::Borrowed(bytes))) => arguments.take(bytes),
                    Value::Bytes(None) => arguments.take(None::<&[u8]>),
                }
                .map_err(sqlx::Error::Encode)?;
            }
            Ok(arguments)
        }
    };
}

encode!(to_sqlite, SqliteArguments);
encode!(to_postgres, PgArguments);

macro_rules! from_int {
    ($($int:ty),*) => {$(
        impl From<$int> for Value<'_> {
            fn from(value: $int) -> Self {
                Self::Int(Some(i64::from(value)))
            }
        }

        impl From<&$int> for Value<'_> {
            fn from(value: &$int) -> Self {
                Self::from(*value)
            }
        }

        impl From<Option<$int>> for Value<'_> {
            fn from(value: Option<$int>) -> Self {
                Self::Int(value.map(i64::from))
            }
        }
    )*};
}

from_int!(i64, i32, u32, u16, u8);

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(Some(value))
    }
}

impl From<Option<bool>> for Value<'_> {
    fn from(value: Option<bool>) -> Self {
        Self::Bool(value)
    }
}

impl<'q> From<&'q str> for Value<'q> {
    fn from(value: &'q str) -> Self {
        Self::Text(Some(Cow::Borrowed(value)))
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Self::Text(Some(Cow::Owned(value)))
    }
}

impl<'q> From<&'q String> for Value<'q> {
    fn from(value: &'q String) -> Self {
        Self::from(value.as_str())
    }
}

impl<'q> From<Option<&'q str>> for Value<'q> {
    fn from(value: Option<&'q str>) -> Self {
        Self::Text(value.map(Cow::Borrowed))
    }
}

impl From<Option<String>> for Value<'_> {
    fn from(value: Option<String>) -> Self {
        Self::Text(value.map(Cow::Owned))
    }
}

impl<'q> From<&'q Option<String>> for Value<'q> {
    fn from(value: &'q Option<String>) -> Self {
        Self::from(value.as_deref())
    }
}

impl<'q> From<&'q [u8]> for Value<'q> {
    fn from(value: &'q [u8]) -> Self {
        Self::Bytes(Some(Cow::Borrowed(value)))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(Cow::Owned(value)))
    }
}

impl<'q> From<&'q Vec<u8>> for Value<'q> {
    fn from(value: &'q Vec<u8>) -> Self {
        Self::from(value.as_slice())
    }
}

impl<'q> From<Option<&'q [u8]>> for Value<'q> {
    fn from(value: Option<&'q [u8]>) -> Self {
        Self::Bytes(value.map(Cow::Borrowed))
    }
}
