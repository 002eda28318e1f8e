//! Row operations of the inbox (`InboxDone`).

use domain::time::Timestamp;
use sqlx::SqliteConnection;

use super::{Applied, Checked, Failed};

/// Which commits fail which precondition.
#[expect(
    clippy::unused_async,
    reason = "its tables come with their own migration"
)]
pub(crate) async fn check(
    _tx: &mut SqliteConnection,
    _now: Timestamp,
    _ops: &[Checked<'_>],
) -> Result<Failed, sqlx::Error> {
    Ok(Failed::new())
}

/// Applies the operations of the winners.
#[expect(
    clippy::unused_async,
    reason = "its tables come with their own migration"
)]
pub(crate) async fn apply(
    _tx: &mut SqliteConnection,
    _now: Timestamp,
    _ops: &[Applied<'_>],
) -> Result<(), sqlx::Error> {
    Ok(())
}
