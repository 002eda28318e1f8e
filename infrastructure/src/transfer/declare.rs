//! What a person says of a log that does not lie where it was written: that it was restored by other means than
//! `vestnik backup restore`, or that it only changed its place and nothing of it was lost.

use application::ports::clock::{Clock, IdGenerator};
use domain::time::Timestamp;
use uuid::Uuid;

use super::TransferError;
use super::place::Place;
use crate::database::db::{Statement, query};
use crate::database::restored::Restored;
use crate::database::{marks, restored};

const LAST: Statement = Statement::portable(
    "declare_last",
    "select position, recorded_at from events order by position desc limit 1",
);
const UNSETTLED: Statement = Statement::portable(
    "declare_unsettled",
    "select count(*) from outbox where settled_at is null",
);

/// The statements of this file.
pub(crate) const STATEMENTS: &[Statement] = &[LAST, UNSETTLED];

/// Whether something may have happened that this log does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Yes: a new epoch begins, and nothing leaves until a person releases it.
    Possible,
    /// No: everything goes on.
    None,
}

/// What was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The epoch that goes on or began.
    pub epoch: Uuid,
    /// Position of the last event.
    pub head: u64,
    /// Messages that were queued or on their way.
    pub unsettled: u64,
}

/// Lets a log be served where it lies now. The caller holds the data folder's lock.
///
/// # Errors
/// [`TransferError`]; nothing was changed.
pub async fn declare(
    place: &Place,
    loss: Loss,
    clock: &dyn Clock,
    ids: &dyn IdGenerator,
) -> Result<Declared, TransferError> {
    let mut connection = place.open_log().await?;
    if marks::copying(&mut connection).await?.is_some() {
        return Err(TransferError::Unfinished {
            place: place.to_string(),
        });
    }
    place.is_left(&mut connection).await?;
    let previous_epoch = place.epoch(&mut connection).await?;
    let mut transaction = connection.begin().await?;
    let last: Option<(i64, i64)> = query(LAST).fetch_optional(&mut transaction).await?;
    let (head, recorded_at) = last.unwrap_or_default();
    let unsettled: i64 = query(UNSETTLED).fetch_one(&mut transaction).await?;
    let head = head.unsigned_abs();
    let epoch = match loss {
        Loss::None => previous_epoch,
        Loss::Possible => {
            let epoch = ids.next();
            let restored = Restored {
                at: clock.now(),
                through: head,
                previous_epoch,
                backup_made_at: Timestamp::from_micros(recorded_at),
                released_at: None,
                released_by: None,
            };
            restored::begin_epoch(&mut transaction, epoch, &restored).await?;
            epoch
        }
    };
    marks::remove_moved(&mut transaction).await?;
    marks::come_home(&mut transaction).await?;
    transaction.commit().await?;
    connection.close().await?;
    Ok(Declared {
        epoch,
        head,
        unsettled: unsettled.unsigned_abs(),
    })
}
