//! A whole installation from one place to another.
//!
//! Order: rows; then the source is marked as moved, so that no server starts on it any more; then both sides are
//! compared; then the target loses the mark that it is not whole. So never may both be served, and whatever
//! breaks off is gone on with by the same command.

use application::ports::clock::Clock;
use uuid::Uuid;

use super::finish::finish;
use super::passage::{Compared, Passage, counts};
use super::place::Place;
use super::{TablePrint, TransferError};
use crate::backup::Progress;
use crate::database::db::Connection;
use crate::database::marks::{self, Copying, Moved};

/// What to copy where to.
#[derive(Debug)]
pub struct Copy {
    /// Where the installation lies.
    pub from: Place,
    /// Where it goes on: an empty database, or one into which this copy was begun.
    pub to: Place,
}

/// An installation that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The log's epoch, which goes on.
    pub epoch: Uuid,
    /// Every table with what it holds.
    pub prints: Vec<TablePrint>,
    /// A copy that had been begun was gone on with.
    pub is_resumed: bool,
    /// Tables that had changed since then and were made anew.
    pub again: Vec<&'static str>,
}

impl Copy {
    /// Refuses places between which nothing is copied, before anything is looked at.
    ///
    /// # Errors
    /// [`TransferError::SameKind`].
    pub const fn check(&self) -> Result<(), TransferError> {
        match (&self.from, &self.to) {
            (Place::Folder(_), Place::Server(_)) | (Place::Server(_), Place::Folder(_)) => Ok(()),
            _ => Err(TransferError::SameKind),
        }
    }

    /// Copies, compares, and leaves the source marked as moved.
    ///
    /// # Errors
    /// [`TransferError`]. The source can be served as before, unless the comparison was broken off.
    pub async fn run(
        &self,
        clock: &dyn Clock,
        progress: Progress<'_>,
    ) -> Result<Copied, TransferError> {
        self.check()?;
        let mut source = self.from.open_source().await?;
        if marks::copying(&mut source).await?.is_some() {
            return Err(TransferError::Unfinished {
                place: self.from.to_string(),
            });
        }
        self.from.is_left(&mut source).await?;
        let epoch = self.from.epoch(&mut source).await?;
        let moved = marks::moved(&mut source).await?;
        let mut target = self.to.open_target().await?;
        self.to.is_left(&mut target).await?;
        let is_resumed = begin(&self.to, &mut target, &epoch.to_string(), clock)
            .await
            .map_err(|error| match (error, &moved) {
                // It is the target of then, which is whole and in use since.
                (TransferError::NotEmpty { .. }, Some(Moved { to, at })) => TransferError::Moved {
                    to: to.clone(),
                    at: *at,
                },
                (error, _) => error,
            })?;
        if let (Some(Moved { to, at }), false) = (&moved, is_resumed) {
            return Err(TransferError::Moved {
                to: to.clone(),
                at: *at,
            });
        }
        let passage = Passage::between(&mut source, &mut target).await?;
        {
            let mut snapshot = source.begin_read().await?;
            passage.copy(&mut snapshot, &mut target, progress).await?;
            snapshot.rollback().await?;
        }
        if moved.is_none() {
            let moved = Moved {
                to: self.to.to_string(),
                at: clock.now(),
            };
            marks::put_moved(&mut source, &moved).await?;
        }
        let may_differ = is_resumed || matches!(self.from, Place::Server(_));
        let ended = self
            .end(&passage, &mut source, &mut target, may_differ, progress)
            .await;
        if ended.is_err() && moved.is_none() {
            marks::remove_moved(&mut source).await?;
        }
        let Compared { prints, again } = ended?;
        source.close().await?;
        target.close().await?;
        Ok(Copied {
            epoch,
            prints,
            is_resumed,
            again,
        })
    }

    async fn end(
        &self,
        passage: &Passage,
        source: &mut Connection,
        target: &mut Connection,
        may_differ: bool,
        progress: Progress<'_>,
    ) -> Result<Compared, TransferError> {
        // Who opened it before it was marked is seen here.
        self.from.is_left(source).await?;
        let mut snapshot = source.begin_read().await?;
        let compared = passage
            .compare(&mut snapshot, target, may_differ, progress)
            .await?;
        finish(&mut snapshot, target, None).await?;
        snapshot.rollback().await?;
        Ok(compared)
    }
}

/// Marks an empty target, or finds the mark of this very copy; whether it was there.
pub(super) async fn begin(
    place: &Place,
    target: &mut Connection,
    source: &str,
    clock: &dyn Clock,
) -> Result<bool, TransferError> {
    let not_empty = |what: String| {
        let place = place.to_string();
        Err(TransferError::NotEmpty { place, what })
    };
    match marks::copying(target).await? {
        Some(copying) if copying.source == source => return Ok(true),
        Some(_) => return not_empty("a begun copy of something else".to_owned()),
        None => {}
    }
    let counted = counts(target).await?;
    let filled = counted.iter().filter(|(_, rows)| *rows > 0);
    let filled: Vec<&str> = filled.map(|(name, _)| *name).collect();
    if !filled.is_empty() {
        return not_empty(filled.join(", "));
    }
    let copying = Copying {
        source: source.to_owned(),
        at: clock.now(),
    };
    marks::put_copying(target, &copying).await?;
    Ok(false)
}
