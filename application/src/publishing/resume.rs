//! Where publishing begins: what the stream holds is the truth, the mark only tells whose it is.

use uuid::Uuid;

use crate::ports::broker::{Holds, PublishedId};

/// Why nothing may be published to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    #[error(
        "nats_stream_foreign: the stream holds what this installation has not published; \
         set NATS_STREAM to another name, or delete the stream to have everything published anew"
    )]
    Foreign,
    #[error(
        "nats_stream_ahead: the stream holds events beyond the end of this log; \
         if the log was put back to an earlier moment, run `vestnik restored`, else delete the stream"
    )]
    Ahead,
}

/// The position after which to go on.
pub(super) fn resume(
    holds: Holds,
    mark: Option<PublishedId>,
    epoch: Uuid,
    head: u64,
) -> Result<u64, Refused> {
    let own = mark.filter(|mark| mark.epoch == epoch);
    match holds {
        Holds::Nothing => Ok(0),
        // Taken away on purpose, by a person or by the stream's own limits: it does not come back.
        Holds::NothingLeft => Ok(own.map_or(0, |mark| mark.position)),
        Holds::Last(last) if last.epoch == epoch && last.position > head => Err(Refused::Ahead),
        Holds::Last(last) if last.epoch == epoch => Ok(last.position),
        // A restore: what was published before is of the epoch that ended, and so is the mark in the backup.
        Holds::Last(last) if mark.is_some_and(|mark| mark.epoch == last.epoch) => Ok(0),
        Holds::Last(_) | Holds::Strangers => Err(Refused::Foreign),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Holds, PublishedId, Refused, resume};

    const OURS: Uuid = Uuid::from_u128(2);
    const FORMER: Uuid = Uuid::from_u128(1);
    const HEAD: u64 = 50;

    fn id(epoch: Uuid, position: u64) -> PublishedId {
        PublishedId { epoch, position }
    }

    fn check(holds: Holds, mark: Option<PublishedId>, expected: Result<u64, Refused>) {
        assert_eq!(resume(holds, mark, OURS, HEAD), expected);
    }

    #[test]
    fn a_new_stream_gets_everything_whatever_was_published_before() {
        check(Holds::Nothing, None, Ok(0));
        check(Holds::Nothing, Some(id(OURS, 40)), Ok(0));
        check(Holds::Nothing, Some(id(FORMER, 40)), Ok(0));
    }

    #[test]
    fn what_the_stream_holds_counts_more_than_the_mark() {
        check(Holds::Last(id(OURS, 30)), Some(id(OURS, 40)), Ok(30));
        check(Holds::Last(id(OURS, 45)), Some(id(OURS, 40)), Ok(45));
        check(Holds::Last(id(OURS, 45)), None, Ok(45));
    }

    #[test]
    fn what_was_taken_away_does_not_come_back() {
        check(Holds::NothingLeft, Some(id(OURS, 40)), Ok(40));
        check(Holds::NothingLeft, Some(id(FORMER, 40)), Ok(0));
        check(Holds::NothingLeft, None, Ok(0));
    }

    #[test]
    fn a_restored_log_is_published_from_its_beginning() {
        check(Holds::Last(id(FORMER, 60)), Some(id(FORMER, 40)), Ok(0));
    }

    #[test]
    fn the_stream_of_another_installation_is_left_alone() {
        let foreign = Err(Refused::Foreign);
        check(Holds::Last(id(FORMER, 3)), None, foreign);
        check(Holds::Last(id(FORMER, 3)), Some(id(OURS, 40)), foreign);
        check(Holds::Strangers, Some(id(OURS, 40)), foreign);
    }

    #[test]
    fn a_log_that_went_back_is_not_published() {
        check(Holds::Last(id(OURS, 51)), None, Err(Refused::Ahead));
    }
}
