//! Rules of reading: the ring and the store show the same, waiting ends, the end is empty.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use application::ports::event_log::{EventLog, RecordedEvent};

use super::{StoreFactory, command, commit, stream};

/// What was read from memory equals what is read from the store after a restart, field by field.
///
/// # Errors
/// The rule is broken.
pub async fn memory_and_store_read_the_same<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    for number in 0..10 {
        log.append(commit(number, 0, command(number), 3)).await?;
    }
    let from_memory = read_in_steps(log.as_ref(), 7).await?;
    drop(log);
    let store = store.reopen().await?;
    let log = store.log();
    let from_store = read_in_steps(log.as_ref(), 7).await?;
    ensure!(from_memory.len() == 30);
    same(&from_memory, &from_store)?;
    log.append(commit(20, 0, command(20), 3)).await?;
    let across = read_in_steps(log.as_ref(), 4).await?;
    ensure!(
        across.len() == 33,
        "a reader crosses from the store into memory"
    );
    same(&from_memory, &across[..30])?;
    for event in &across {
        let one = log
            .read_at(event.position)
            .await?
            .context("an event at each position")?;
        same(std::slice::from_ref(event), &[one])?;
    }
    Ok(())
}

/// Nothing is before the first position and after the head.
///
/// # Errors
/// The rule is broken.
pub async fn reading_outside_the_log_is_empty<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    ensure!(log.head() == 0 && log.read_after(0, 10).await?.is_empty());
    log.append(commit(1, 0, command(1), 1)).await?;
    ensure!(log.read_at(0).await?.is_none() && log.read_at(2).await?.is_none());
    ensure!(log.read_after(1, 10).await?.is_empty() && log.read_after(99, 10).await?.is_empty());
    ensure!(log.read_stream(stream(1), 1).await?.is_empty());
    ensure!(log.read_stream(stream(9), 0).await?.is_empty());
    Ok(())
}

/// A reader that waits is woken by the commit it waits for.
///
/// # Errors
/// The rule is broken.
pub async fn waiting_ends_with_the_next_commit<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    let (waited, appended) =
        futures::future::join(log.wait_beyond(0), log.append(commit(1, 0, command(1), 1))).await;
    let () = waited;
    ensure!(
        log.read_after(0, 1).await?.len() == 1,
        "what woke the reader can be read"
    );
    ensure!(appended?.position == 1);
    log.wait_beyond(0).await;
    Ok(())
}

async fn read_in_steps(log: &dyn EventLog, limit: usize) -> Result<Vec<Arc<RecordedEvent>>> {
    let mut events: Vec<Arc<RecordedEvent>> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.position);
        let step = log.read_after(after, limit).await?;
        ensure!(step.len() <= limit);
        if step.is_empty() {
            return Ok(events);
        }
        events.extend(step);
    }
}

fn same(left: &[Arc<RecordedEvent>], right: &[Arc<RecordedEvent>]) -> Result<()> {
    ensure!(left.len() == right.len());
    for (left, right) in left.iter().zip(right) {
        ensure!(left.data == right.data, "data at {}", left.position);
        ensure!(
            left.metadata == right.metadata,
            "metadata at {}",
            left.position
        );
        let fields = |event: &RecordedEvent| {
            (
                (
                    event.position,
                    event.stream,
                    event.sequence,
                    event.event_type.clone(),
                ),
                (
                    event.command_id,
                    event.recorded_at,
                    event.subject,
                    event.lane,
                ),
            )
        };
        ensure!(
            fields(left) == fields(right),
            "columns at {}",
            left.position
        );
    }
    Ok(())
}
