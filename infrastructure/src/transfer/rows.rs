//! Rows in the one form that both databases share, how they are read, and the fingerprint of a table.

use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::columns::{Column, Kept, Kind};
use super::tables::Table;
use crate::database::db::{Connection, Dialect, Row, Value, query_text};

/// Rows that are read ahead of whoever takes them.
const AHEAD: usize = 256;

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Cell {
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Null | Self::Int(_) => 8,
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }

    /// As an argument for a column of this kind.
    pub(super) fn value(&self, kind: Kind) -> Value<'static> {
        match (self, kind) {
            (Self::Int(int), _) => (*int).into(),
            (Self::Text(text), _) => text.clone().into(),
            (Self::Bytes(bytes), _) => bytes.clone().into(),
            (Self::Null, Kind::Int) => None::<i64>.into(),
            (Self::Null, Kind::Text) => None::<String>.into(),
            (Self::Null, Kind::Bytes) => None::<&[u8]>.into(),
        }
    }
}

/// The cells of a row in the order of the columns. PostgreSQL's texts hold no NUL: one is the same sign here that
/// stands for it in the read models, on either side, so that hashes agree.
pub(super) fn cells(row: &Row, columns: &[Column]) -> Result<Vec<Cell>, sqlx::Error> {
    let read = |(index, column): (usize, &Column)| {
        Ok(match column.kept {
            Kept::Bool => row
                .try_get::<Option<bool>, _>(index)?
                .map(|is_set| Cell::Int(i64::from(is_set))),
            Kept::Integer | Kept::Int2 | Kept::Int4 | Kept::Int8 => {
                row.try_get::<Option<i64>, _>(index)?.map(Cell::Int)
            }
            Kept::Text | Kept::Json => row
                .try_get::<Option<&str>, _>(index)?
                .map(|text| Cell::Text(text.replace('\0', "\u{fffd}"))),
            Kept::Bytes => row
                .try_get::<Option<&[u8]>, _>(index)?
                .map(|bytes| Cell::Bytes(bytes.to_vec())),
        }
        .unwrap_or(Cell::Null))
    };
    columns.iter().enumerate().map(read).collect()
}

/// A table of one database.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub(super) table: Table,
    pub(super) dialect: Dialect,
    pub(super) columns: Vec<Column>,
}

impl Side {
    /// Columns of the key in its own order.
    pub(super) fn key(&self) -> Vec<Column> {
        let named = |name: &&str| self.columns.iter().find(|one| one.name == **name);
        let found = self.table.key.iter().filter_map(named);
        found.cloned().collect()
    }

    /// The key as both databases sort it: texts by their bytes.
    fn sorted(&self, direction: &str) -> String {
        let key = self.key();
        let each = key.iter().map(|column| {
            let collate = match (self.dialect, column.kept.kind()) {
                (Dialect::Postgres, Kind::Text) => " collate \"C\"",
                _ => "",
            };
            format!("{}{collate}{direction}", column.name)
        });
        each.collect::<Vec<_>>().join(", ")
    }

    /// The highest key there is.
    pub(super) async fn last_key(
        &self,
        connection: &mut Connection,
    ) -> Result<Option<Vec<Cell>>, sqlx::Error> {
        let key = self.key();
        let text = format!(
            "select {} from {} order by {} limit 1",
            selected(&key),
            self.table.name,
            self.sorted(" desc")
        );
        let row: Option<Row> = query_text(self.table.name, text)
            .fetch_optional(connection)
            .await?;
        row.map(|row| cells(&row, &key)).transpose()
    }

    /// Reads the rows behind a key, or all of them, in the order of the key.
    pub(super) async fn read(
        &self,
        connection: &mut Connection,
        after: Option<&[Cell]>,
        rows: mpsc::Sender<Row>,
    ) -> Result<(), sqlx::Error> {
        let mut text = format!(
            "select {} from {}",
            selected(&self.columns),
            self.table.name
        );
        let mut values = Vec::new();
        if let Some(after) = after {
            let places: Vec<_> = (1..=after.len()).map(|place| format!("${place}")).collect();
            text = format!(
                "{text} where ({}) > ({})",
                self.sorted(""),
                places.join(", ")
            );
            let key = self.key();
            let pairs = after.iter().zip(&key);
            values.extend(pairs.map(|(cell, column)| cell.value(column.kept.kind())));
        }
        text = format!("{text} order by {}", self.sorted(""));
        let mut query = query_text(self.table.name, text);
        for value in values {
            query = query.bind(value);
        }
        query.send_all(connection, rows).await
    }

    /// Reads all rows and takes their fingerprint; tells how many were read.
    pub(super) async fn print(
        &self,
        connection: &mut Connection,
        tell: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<Print, sqlx::Error> {
        let (sender, mut receiver) = ahead();
        let reading = self.read(connection, None, sender);
        let hashing = async {
            let mut print = Hashing::default();
            while let Some(row) = receiver.recv().await {
                print.add(&cells(&row, &self.columns)?);
                tell(1);
            }
            Ok(print.finish())
        };
        let ((), print) = futures::try_join!(reading, hashing)?;
        Ok(print)
    }
}

/// Columns as they are read.
fn selected(columns: &[Column]) -> String {
    let each = columns.iter().map(|column| match column.kept {
        Kept::Json => format!("{}::text", column.name),
        _ => column.name.clone(),
    });
    each.collect::<Vec<_>>().join(", ")
}

/// The way between whoever reads rows and whoever takes them.
pub(super) fn ahead() -> (mpsc::Sender<Row>, mpsc::Receiver<Row>) {
    mpsc::channel(AHEAD)
}

/// What a table holds: how many rows, and the hash of their values in the order of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// Rows.
    pub rows: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

#[derive(Default)]
struct Hashing {
    rows: u64,
    hash: Sha256,
}

impl Hashing {
    /// Each value with its kind and length, so that no two rows are written alike.
    fn add(&mut self, cells: &[Cell]) {
        self.rows += 1;
        let mut sized = |kind: u8, bytes: &[u8]| {
            self.hash.update([kind]);
            self.hash.update((bytes.len() as u64).to_be_bytes());
            self.hash.update(bytes);
        };
        for cell in cells {
            match cell {
                Cell::Null => sized(0, &[]),
                Cell::Int(int) => sized(1, &int.to_be_bytes()),
                Cell::Text(text) => sized(2, text.as_bytes()),
                Cell::Bytes(bytes) => sized(3, bytes),
            }
        }
    }

    fn finish(self) -> Print {
        Print {
            rows: self.rows,
            sha256: hex::encode(self.hash.finalize()),
        }
    }
}
