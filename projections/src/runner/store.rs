//! Builds as they are stored: making, finding, switching and dropping them.

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_log::RecordedEvent;
use application::ports::leases::Permit;
use infrastructure::database::db::{Connection, Dialect, Failure, query, script};
use uuid::Uuid;

use super::batch::{Slot, apply_to, move_checkpoint};
use super::{Build, Projection, ProjectionError};
use crate::statements;

/// Tries of a switch that meets readers, and the pause between two.
const SWITCHES: u32 = 40;
const SWITCH_PAUSE: Duration = Duration::from_millis(50);

/// The live build of a projection as stored, or a first one. `None`: the live build is of another
/// version, so it stays as it is until a new one has been built.
pub(super) async fn live_slot(
    transaction: &mut Connection,
    projection: &Arc<dyn Projection>,
    epoch: Uuid,
) -> Result<Option<Slot>, ProjectionError> {
    // On a server another node may be building.
    if transaction.dialect() == Dialect::Sqlite {
        drop_leftovers(transaction, projection.as_ref()).await?;
    }
    if live_build(transaction, projection.as_ref())
        .await?
        .is_some()
    {
        return find_live(transaction, projection, Permit::alone()).await;
    }
    let build = next_build(transaction, projection.as_ref()).await?;
    let permit = Permit::alone();
    let slot = create_build(transaction, projection, (build, permit), epoch).await?;
    show(transaction, &slot).await?;
    Ok(Some(slot))
}

/// Drops builds that never became live. Only for whoever alone may build.
pub(super) async fn drop_leftovers(
    transaction: &mut Connection,
    projection: &dyn Projection,
) -> Result<(), ProjectionError> {
    let leftovers: Vec<i64> = query(statements::BUILDS_BUILDING)
        .bind(projection.name())
        .fetch_all(&mut *transaction)
        .await?;
    for build in leftovers {
        drop_build(transaction, projection, to_build(build)?).await?;
    }
    Ok(())
}

/// The live build of a projection, if it is of this version.
pub(super) async fn find_live(
    connection: &mut Connection,
    projection: &Arc<dyn Projection>,
    permit: Permit,
) -> Result<Option<Slot>, ProjectionError> {
    let Some((build, version, position)) = live_build(connection, projection.as_ref()).await?
    else {
        return Ok(None);
    };
    if version != i64::from(projection.version()) {
        return Ok(None);
    }
    let mut slot = Slot::new(Arc::clone(projection), to_build(build)?, permit);
    slot.position = position.cast_unsigned();
    let parked: Vec<String> = query(statements::FAILURES)
        .bind(projection.name())
        .bind(build)
        .fetch_all(connection)
        .await?;
    slot.parked = parked.into_iter().collect();
    Ok(Some(slot))
}

/// Build, version and position of what answers queries.
async fn live_build(
    connection: &mut Connection,
    projection: &dyn Projection,
) -> Result<Option<(i64, i64, i64)>, ProjectionError> {
    let live = query(statements::BUILD_LIVE).bind(projection.name());
    Ok(live.fetch_optional(connection).await?)
}

fn to_build(build: i64) -> Result<Build, ProjectionError> {
    u32::try_from(build)
        .map(Build)
        .map_err(|_| ProjectionError::Unreadable("build"))
}

/// The number of the next build.
pub(super) async fn next_build(
    connection: &mut Connection,
    projection: &dyn Projection,
) -> Result<Build, ProjectionError> {
    let last: i64 = query(statements::BUILD_LAST)
        .bind(projection.name())
        .fetch_one(connection)
        .await?;
    to_build(last + 1)
}

/// Makes the empty tables of a build.
pub(super) async fn create_build(
    transaction: &mut Connection,
    projection: &Arc<dyn Projection>,
    (build, permit): (Build, Permit),
    epoch: Uuid,
) -> Result<Slot, ProjectionError> {
    for table in projection.tables() {
        let text = build.sql(table.create(transaction.dialect()));
        script(text, &mut *transaction).await?;
    }
    query(statements::BUILD_ADD)
        .bind(projection.name())
        .bind(i64::from(build.0))
        .bind(i64::from(projection.version()))
        .bind(epoch.to_string())
        .execute(transaction)
        .await?;
    Ok(Slot::new(Arc::clone(projection), build, permit))
}

/// Points the views at a build and says that it is live.
async fn show(transaction: &mut Connection, slot: &Slot) -> Result<(), ProjectionError> {
    for table in slot.projection.tables() {
        script(table.hide.to_owned(), &mut *transaction).await?;
        script(slot.build.sql(table.show), &mut *transaction).await?;
    }
    query(statements::BUILD_SHOW)
        .bind(slot.projection.name())
        .bind(i64::from(slot.build.0))
        .execute(transaction)
        .await?;
    Ok(())
}

/// Tells PostgreSQL what the tables of a new build hold, before anyone asks them.
pub(super) async fn analyze(
    connection: &mut Connection,
    slot: &Slot,
) -> Result<(), ProjectionError> {
    if connection.dialect() == Dialect::Sqlite {
        return Ok(());
    }
    for table in slot.projection.tables() {
        script(
            format!("analyze {}_b{}", table.name, slot.build.0),
            &mut *connection,
        )
        .await?;
    }
    Ok(())
}

/// Lets a build answer queries in place of the live one; `false` if it is too far behind that one. `events` are
/// those that follow it in the log: what the live one has passed of them is applied in the same transaction, so
/// that the build catches up with an owner on another node that never rests. Readers hold the views for a moment:
/// on PostgreSQL the switch waits shortly and gives way, so that no reader waits for it long or is ended in a
/// deadlock.
pub(super) async fn switch(
    connection: &mut Connection,
    slot: &mut Slot,
    events: &[Arc<RecordedEvent>],
) -> Result<bool, ProjectionError> {
    let mut tries = 1;
    loop {
        match try_switch(connection, slot, events).await {
            Err(ProjectionError::Database(error))
                if tries < SWITCHES && Failure::of(&error) == Failure::Transient =>
            {
                tries += 1;
                tokio::time::sleep(SWITCH_PAUSE).await;
            }
            other => return other,
        }
    }
}

async fn try_switch(
    connection: &mut Connection,
    slot: &mut Slot,
    events: &[Arc<RecordedEvent>],
) -> Result<bool, ProjectionError> {
    let mut transaction = connection.begin().await?;
    if transaction.dialect() == Dialect::Postgres {
        script(
            "set local lock_timeout = '250ms'".to_owned(),
            &mut transaction,
        )
        .await?;
    }
    // From here on the live build stands still, whoever owns it; afterwards its owner finds it gone.
    let live: Option<i64> = query(statements::LIVE_LOCK)
        .bind(slot.projection.name())
        .fetch_optional(&mut transaction)
        .await?;
    let level = live
        .map_or(slot.position, i64::cast_unsigned)
        .max(slot.position);
    let passed = events.partition_point(|event| event.position <= level);
    let passed = &events[..passed];
    let reached = passed.last().map_or(slot.position, |event| event.position);
    if reached < level {
        transaction.rollback().await?;
        return Ok(false);
    }
    move_checkpoint(&mut transaction, slot, level).await?;
    if !passed.is_empty() {
        apply_to(&mut transaction, slot, passed).await?;
    }
    drop_live(&mut transaction, slot.projection.as_ref()).await?;
    show(&mut transaction, slot).await?;
    transaction.commit().await?;
    slot.position = level;
    Ok(true)
}

/// Drops the live build that another one replaces.
async fn drop_live(
    transaction: &mut Connection,
    projection: &dyn Projection,
) -> Result<(), ProjectionError> {
    if let Some((build, ..)) = live_build(transaction, projection).await? {
        for table in projection.tables() {
            script(table.hide.to_owned(), &mut *transaction).await?;
        }
        drop_build(transaction, projection, to_build(build)?).await?;
    }
    Ok(())
}

/// Drops everything in the schema of the read models on PostgreSQL, also what a newer version made there.
pub(super) async fn drop_all(transaction: &mut Connection) -> Result<(), ProjectionError> {
    let tables: Vec<String> = query(statements::SCHEMA_TABLES)
        .fetch_all(&mut *transaction)
        .await?;
    for table in tables {
        script(format!("drop table {table} cascade"), &mut *transaction).await?;
    }
    script(statements::MIGRATIONS.1.to_owned(), transaction).await?;
    Ok(())
}

/// Drops the tables of a build and everything that is said of it.
pub(super) async fn drop_build(
    transaction: &mut Connection,
    projection: &dyn Projection,
    build: Build,
) -> Result<(), ProjectionError> {
    for table in projection.tables() {
        script(build.sql(table.drop), &mut *transaction).await?;
    }
    for statement in [statements::BUILD_FORGET, statements::FAILURES_FORGET] {
        query(statement)
            .bind(projection.name())
            .bind(i64::from(build.0))
            .execute(&mut *transaction)
            .await?;
    }
    Ok(())
}
