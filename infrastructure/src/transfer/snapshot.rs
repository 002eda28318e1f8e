//! The database of a server as one file of SQLite, and such a file into the database of a server.

use std::path::Path;

use application::ports::clock::Clock;
use futures::future::BoxFuture;

use super::TransferError;
use super::finish::{NewEpoch, finish};
use super::installation::begin;
use super::passage::Passage;
use super::place::{Place, connect, draft};
use crate::backup::Progress;
use crate::database::db::{Connection, Server};

/// Writes what one moment of a server's database holds into the new empty file `path`, served or not.
///
/// # Errors
/// [`TransferError`]; what was begun is the caller's to remove.
pub(crate) fn export<'a>(
    server: &'a Server,
    path: &'a Path,
    progress: Progress<'a>,
) -> BoxFuture<'a, Result<(), TransferError>> {
    Box::pin(async move {
        let mut source = connect(server).await?;
        let mut target = draft(path).await?;
        let mut snapshot = source.begin_read().await?;
        let passage = Passage::between(&mut snapshot, &mut target).await?;
        passage.copy(&mut snapshot, &mut target, progress).await?;
        passage
            .compare(&mut snapshot, &mut target, false, progress)
            .await?;
        finish(&mut snapshot, &mut target, None).await?;
        snapshot.rollback().await?;
        source.close().await?;
        target.close().await?;
        Ok(())
    })
}

/// A database of a server that is being filled from a file of SQLite.
#[derive(Debug)]
pub(crate) struct Import {
    target: Connection,
    is_resumed: bool,
}

impl Import {
    /// Takes an empty database, or one into which the same was begun. `source` names what will fill it.
    ///
    /// # Errors
    /// [`TransferError`]; nothing was changed but that tables were made.
    pub(crate) async fn begin(
        server: &Server,
        source: &str,
        clock: &dyn Clock,
    ) -> Result<Self, TransferError> {
        let place = Place::Server(server.clone());
        let mut target = place.open_target().await?;
        place.is_left(&mut target).await?;
        let is_resumed = begin(&place, &mut target, source, clock).await?;
        Ok(Self { target, is_resumed })
    }

    /// Fills it from a file that is the caller's alone and is brought to this version.
    ///
    /// # Errors
    /// [`TransferError`]; the database cannot be served then.
    pub(crate) async fn run(
        self,
        path: &Path,
        new_epoch: &NewEpoch,
        progress: Progress<'_>,
    ) -> Result<(), TransferError> {
        let Self {
            mut target,
            is_resumed,
        } = self;
        let mut file = draft(path).await?;
        let passage = Passage::between(&mut file, &mut target).await?;
        passage.copy(&mut file, &mut target, progress).await?;
        passage
            .compare(&mut file, &mut target, is_resumed, progress)
            .await?;
        finish(&mut file, &mut target, Some(new_epoch)).await?;
        file.close().await?;
        target.close().await?;
        Ok(())
    }
}
