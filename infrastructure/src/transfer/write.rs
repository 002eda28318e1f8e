//! Writing rows: `copy` in PostgreSQL's binary form, an insert a row on SQLite, one transaction a chunk.

use sqlx::PgConnection;

use super::TransferError;
use super::columns::{Column, Kept};
use super::rows::{Cell, Side};
use crate::database::db::{Connection, Dialect, Driver, query_text};

/// A transaction holds so many rows or bytes.
const CHUNK_ROWS: usize = 2_000;
const CHUNK_BYTES: usize = 1 << 20;

/// How a binary copy begins: its signature, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// How it ends.
const END: [u8; 2] = (-1_i16).to_be_bytes();
const NULL: [u8; 4] = (-1_i32).to_be_bytes();

/// Rows that go into one transaction.
#[derive(Default)]
pub(super) struct Chunk {
    rows: Vec<Vec<Cell>>,
    bytes: usize,
}

impl Chunk {
    pub(super) fn add(&mut self, cells: Vec<Cell>) {
        self.bytes += cells.iter().map(Cell::bytes).sum::<usize>();
        self.rows.push(cells);
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= CHUNK_ROWS || self.bytes >= CHUNK_BYTES
    }

    /// Writes the rows into a table and forgets them; how many they were.
    pub(super) async fn write(
        &mut self,
        target: &mut Connection,
        side: &Side,
    ) -> Result<u64, TransferError> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut transaction = target.begin().await?;
        match transaction.driver() {
            Driver::Postgres(connection) => copy_in(connection, side, &rows).await?,
            Driver::Sqlite(_) => {
                let text = insert(side);
                for cells in &rows {
                    let mut query = query_text(side.table.name, text.clone());
                    for (cell, column) in cells.iter().zip(&side.columns) {
                        query = query.bind(cell.value(column.kept.kind()));
                    }
                    query.execute(&mut transaction).await?;
                }
            }
        }
        transaction.commit().await?;
        Ok(rows.len() as u64)
    }
}

fn names(columns: &[Column]) -> String {
    let names: Vec<&str> = columns.iter().map(|one| one.name.as_str()).collect();
    names.join(", ")
}

fn insert(side: &Side) -> String {
    let places: Vec<_> = (1..=side.columns.len())
        .map(|place| format!("${place}"))
        .collect();
    format!(
        "insert into {} ({}) values ({})",
        side.table.name,
        names(&side.columns),
        places.join(", ")
    )
}

async fn copy_in(
    connection: &mut PgConnection,
    side: &Side,
    rows: &[Vec<Cell>],
) -> Result<(), TransferError> {
    let mut bytes = HEAD.to_vec();
    for cells in rows {
        let count = i16::try_from(cells.len()).unwrap_or(i16::MAX);
        bytes.extend(count.to_be_bytes());
        for (cell, column) in cells.iter().zip(&side.columns) {
            field(&mut bytes, cell, column.kept).ok_or_else(|| TransferError::Shape {
                table: side.table.name,
                what: format!("a value of {} is too large", column.name),
            })?;
        }
    }
    bytes.extend(END);
    let text = format!(
        "copy {} ({}) from stdin with (format binary)",
        side.table.name,
        names(&side.columns)
    );
    let mut copy = connection.copy_in_raw(&text).await?;
    copy.send(bytes).await?;
    copy.finish().await?;
    Ok(())
}

/// Length and bytes of a value; `None` where it does not fit its column.
fn field(bytes: &mut Vec<u8>, cell: &Cell, kept: Kept) -> Option<()> {
    let mut sized = |value: &[u8]| {
        bytes.extend(i32::try_from(value.len()).ok()?.to_be_bytes());
        bytes.extend(value);
        Some(())
    };
    match (cell, kept) {
        (Cell::Null, _) => {
            bytes.extend(NULL);
            Some(())
        }
        (Cell::Int(int), Kept::Int2) => sized(&i16::try_from(*int).ok()?.to_be_bytes()),
        (Cell::Int(int), Kept::Int4) => sized(&i32::try_from(*int).ok()?.to_be_bytes()),
        (Cell::Int(int), Kept::Bool) => sized(&[u8::from(*int != 0)]),
        (Cell::Int(int), _) => sized(&int.to_be_bytes()),
        (Cell::Text(text), _) => sized(text.as_bytes()),
        (Cell::Bytes(value), _) => sized(value),
    }
}

/// Takes all rows of a table away.
pub(super) async fn clear(target: &mut Connection, side: &Side) -> Result<(), TransferError> {
    let text = match side.dialect {
        Dialect::Sqlite => format!("delete from {}", side.table.name),
        Dialect::Postgres => format!("truncate table {}", side.table.name),
    };
    query_text(side.table.name, text).execute(target).await?;
    Ok(())
}
