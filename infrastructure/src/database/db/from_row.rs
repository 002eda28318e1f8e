//! What a whole row can be read as: itself, the value of its first column, a tuple of its columns, or
//! whatever implements [`FromRow`].

use super::row::Row;

/// A type that is made from a row.
pub trait FromRow: Sized {
    /// Reads the row.
    ///
    /// # Errors
    /// A column is missing or holds something else.
    fn from_row(row: Row) -> Result<Self, sqlx::Error>;
}

impl FromRow for Row {
    fn from_row(row: Row) -> Result<Self, sqlx::Error> {
        Ok(row)
    }
}

macro_rules! first_column {
    ($($type:ty),*) => {$(
        impl FromRow for $type {
            fn from_row(row: Row) -> Result<Self, sqlx::Error> {
                row.try_get(0)
            }
        }

        impl FromRow for Option<$type> {
            fn from_row(row: Row) -> Result<Self, sqlx::Error> {
                row.try_get(0)
            }
        }
    )*};
}

first_column!(bool, i64, i32, u64, u32, u16, String, Vec<u8>);

macro_rules! tuples {
    ($(($($type:ident $index:literal),*))*) => {$(
        impl<$($type),*> FromRow for ($($type,)*)
        where
            $($type: for<'r> super::Column<'r>),*
        {
            fn from_row(row: Row) -> Result<Self, sqlx::Error> {
                Ok(($(row.try_get::<$type, usize>($index)?,)*))
            }
        }
    )*};
}

tuples! {
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}
