//! The rows of all tables from one database into another: those that are missing, then a comparison of both
//! sides value by value. A table that differs is made anew where its source may have changed meanwhile.

use std::sync::atomic::{AtomicU64, Ordering};

use super::columns::{must_agree, of_table};
use super::rows::{Print, Side, ahead, cells};
use super::tables::{TABLES, Table, Way};
use super::write::{Chunk, clear};
use super::{TablePrint, TransferError};
use crate::backup::{Progress, Stage};
use crate::database::db::{Connection, Row, query_text};

/// All tables on both sides but the one that is written last.
#[derive(Debug)]
pub(super) struct Passage {
    pairs: Vec<Pair>,
}

#[derive(Debug)]
struct Pair {
    source: Side,
    target: Side,
}

/// How far a stage is, told to whoever draws it.
struct Counter<'a> {
    progress: Progress<'a>,
    stage: Stage,
    done: AtomicU64,
    total: u64,
}

impl Counter<'_> {
    /// Not after each row: a bar is drawn for people.
    const STEP: u64 = 500;

    fn add(&self, rows: u64) {
        let before = self.done.fetch_add(rows, Ordering::Relaxed);
        if before / Self::STEP != (before + rows) / Self::STEP {
            self.tell();
        }
    }

    fn tell(&self) {
        let done = self.done.load(Ordering::Relaxed);
        (self.progress)(self.stage, done, self.total.max(done));
    }
}

/// What became of the comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub(super) prints: Vec<TablePrint>,
    /// Tables that were made anew.
    pub(super) again: Vec<&'static str>,
}

impl Passage {
    /// Looks at the tables of both sides.
    pub(super) async fn between(
        source: &mut Connection,
        target: &mut Connection,
    ) -> Result<Self, TransferError> {
        let mut pairs = Vec::with_capacity(TABLES.len());
        for table in TABLES.iter().filter(|table| table.way != Way::Last) {
            let pair = Pair {
                source: side(source, *table).await?,
                target: side(target, *table).await?,
            };
            must_agree(table.name, &pair.source.columns, &pair.target.columns)?;
            pairs.push(pair);
        }
        Ok(Self { pairs })
    }

    /// Copies what the target does not have yet.
    pub(super) async fn copy(
        &self,
        source: &mut Connection,
        target: &mut Connection,
        progress: Progress<'_>,
    ) -> Result<(), TransferError> {
        let counter = Counter {
            progress,
            stage: Stage::Copying,
            done: AtomicU64::new(count_rows(target).await?),
            total: count_rows(source).await?,
        };
        counter.tell();
        for pair in &self.pairs {
            if pair.target.table.way == Way::Seeded {
                clear(target, &pair.target).await?;
                Box::pin(pair.copy(source, target, &|_| {})).await?;
            } else {
                Box::pin(pair.copy(source, target, &|rows| counter.add(rows))).await?;
            }
        }
        counter.tell();
        Ok(())
    }

    /// Compares all tables. With `mend` one that differs is made anew once.
    pub(super) async fn compare(
        &self,
        source: &mut Connection,
        target: &mut Connection,
        mend: bool,
        progress: Progress<'_>,
    ) -> Result<Compared, TransferError> {
        let counter = Counter {
            progress,
            stage: Stage::Comparing,
            done: AtomicU64::new(0),
            total: 2 * count_rows(source).await?,
        };
        let tell = |rows| counter.add(rows);
        let mut compared = Compared::default();
        for pair in &self.pairs {
            let table = pair.target.table.name;
            let (expected, mut found) = Box::pin(pair.prints(source, target, &tell)).await?;
            if expected != found && mend {
                clear(target, &pair.target).await?;
                Box::pin(pair.copy(source, target, &|_| {})).await?;
                found = pair.target.print(target, &|_| {}).await?;
                compared.again.push(table);
            }
            if expected != found {
                return Err(TransferError::Differs {
                    table,
                    expected,
                    found,
                });
            }
            compared.prints.push(TablePrint {
                table,
                print: found,
            });
        }
        counter.tell();
        Ok(compared)
    }
}

impl Pair {
    async fn copy(
        &self,
        source: &mut Connection,
        target: &mut Connection,
        tell: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(), TransferError> {
        let after = self.target.last_key(target).await?;
        let (sender, mut receiver) = ahead();
        let reading = async {
            let read = self.source.read(source, after.as_deref(), sender).await;
            read.map_err(TransferError::from)
        };
        let writing = async {
            let mut chunk = Chunk::default();
            while let Some(row) = receiver.recv().await {
                chunk.add(cells(&row, &self.source.columns)?);
                if chunk.is_full() {
                    tell(chunk.write(target, &self.target).await?);
                }
            }
            tell(chunk.write(target, &self.target).await?);
            Ok(())
        };
        futures::try_join!(reading, writing)?;
        Ok(())
    }

    async fn prints(
        &self,
        source: &mut Connection,
        target: &mut Connection,
        tell: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(Print, Print), TransferError> {
        Ok(futures::try_join!(
            self.source.print(source, tell),
            self.target.print(target, tell)
        )?)
    }
}

async fn side(connection: &mut Connection, table: Table) -> Result<Side, TransferError> {
    Ok(Side {
        table,
        dialect: connection.dialect(),
        columns: of_table(connection, table.name).await?,
    })
}

/// Rows of all tables that go over row by row.
async fn count_rows(connection: &mut Connection) -> Result<u64, TransferError> {
    let row_by_row = TABLES.iter().filter(|table| table.way == Way::Rows);
    let counted = count(connection, row_by_row).await?;
    Ok(counted.iter().map(|(_, rows)| rows).sum())
}

/// How many rows the tables hold that a copy fills; what the migrations put there does not count.
pub(super) async fn counts(
    connection: &mut Connection,
) -> Result<Vec<(&'static str, u64)>, TransferError> {
    let filled = TABLES.iter().filter(|table| table.way != Way::Seeded);
    count(connection, filled).await
}

async fn count(
    connection: &mut Connection,
    tables: impl Iterator<Item = &'static Table>,
) -> Result<Vec<(&'static str, u64)>, TransferError> {
    let names: Vec<&'static str> = tables.map(|table| table.name).collect();
    let each = names
        .iter()
        .map(|name| format!("(select count(*) from {name})"));
    let text = format!("select {}", each.collect::<Vec<_>>().join(", "));
    let row: Row = query_text("transfer_counts", text)
        .fetch_one(connection)
        .await?;
    let read = |(index, name): (usize, &&'static str)| {
        Ok((*name, row.try_get::<i64, _>(index)?.unsigned_abs()))
    };
    names.iter().enumerate().map(read).collect()
}
