//! Rules of appending: who wins, what is remembered, how positions grow.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use application::ports::event_log::{Commit, CommitError, EventLog};
use application::ports::row_op::RowOp;
use domain::ids::{ContactId, NumberId, SecretId};
use futures::future::join_all;
use secrecy::SecretString;
use uuid::Uuid;

use super::{StoreFactory, command, commit, poisoned, remembered, stream};

/// Of commits that meet, each is judged alone: winners stay, losers leave no trace.
///
/// # Errors
/// The rule is broken.
pub async fn a_mixed_batch_keeps_its_winners<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    log.append(commit(1, 0, command(1), 2)).await?;
    let batch = vec![
        commit(1, 2, command(2), 1),
        commit(1, 1, command(3), 1),
        commit(2, 4, command(4), 1),
        commit(3, 0, command(5), 3),
    ];
    let mut outcomes = join_all(batch.into_iter().map(|commit| log.append(commit)))
        .await
        .into_iter();
    let mut next = || outcomes.next().context("four outcomes");
    ensure!(next()?.is_ok(), "the present version wins");
    ensure!(
        matches!(next()?, Err(CommitError::Conflict)),
        "a stale version loses"
    );
    ensure!(
        matches!(next()?, Err(CommitError::Conflict)),
        "a stream that does not exist loses"
    );
    let new = next()??;
    ensure!(
        (new.version, new.duplicate) == (3, false),
        "a new stream wins"
    );
    ensure!(log.head() == 6, "positions are dense: {}", log.head());
    ensure!(log.stream_version(stream(2)).await? == 0);
    dense(log.as_ref()).await
}

/// Commits of one stream that meet are judged one after the other.
///
/// # Errors
/// The rule is broken.
pub async fn commits_of_one_stream_meet_in_order<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    log.append(commit(1, 0, command(1), 1)).await?;
    let batch = [
        commit(1, 1, command(2), 1),
        commit(1, 2, command(3), 1),
        commit(1, 2, command(4), 1),
    ];
    let outcomes = join_all(batch.map(|commit| log.append(commit))).await;
    let won = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    ensure!(won == 2, "exactly one commit a version wins: {won}");
    ensure!(log.stream_version(stream(1)).await? == 3);
    dense(log.as_ref()).await
}

/// Commits that make the first key of one subject at the same time end with one key.
///
/// # Errors
/// The rule is broken.
pub async fn a_subject_gets_one_key<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    let of_one_subject = |number: u128| Commit {
        subject: Some(ContactId::new(Uuid::from_u128(77))),
        ..commit(number, 0, command(number), 1)
    };
    let outcomes = join_all((0..4).map(|number| log.append(of_one_subject(number)))).await;
    ensure!(
        outcomes.iter().any(Result::is_ok),
        "one of them makes the key"
    );
    for (number, outcome) in (0..).zip(outcomes) {
        match outcome {
            Ok(_) => {}
            Err(CommitError::Conflict) => drop(log.append(of_one_subject(number)).await?),
            Err(other) => return Err(other.into()),
        }
    }
    drop(log);
    let store = store.reopen().await?;
    ensure!(
        store.log().read_after(0, 9).await?.len() == 4,
        "all of them open"
    );
    Ok(())
}

/// A remembered command answers its first result, also from another run and within one batch.
///
/// # Errors
/// The rule is broken.
pub async fn a_command_is_done_once<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    let first = log.append(remembered(1, 0, command(1))).await?;
    let twice = [remembered(2, 0, command(2)), remembered(2, 0, command(2))];
    let twice = join_all(twice.map(|commit| log.append(commit))).await;
    let duplicates = twice
        .iter()
        .flatten()
        .filter(|committed| committed.duplicate)
        .count();
    ensure!(
        twice.iter().all(Result::is_ok) && duplicates == 1,
        "one of two is the duplicate"
    );
    drop(log);

    let store = store.reopen().await?;
    let log = store.log();
    let again = log.append(remembered(1, 1, command(1))).await?;
    ensure!(again.duplicate, "the command was done before");
    ensure!((again.version, again.position) == (first.version, first.position));
    ensure!(again.recorded_at == first.recorded_at);
    ensure!(
        log.append(remembered(3, 0, command(1)))
            .await
            .is_ok_and(|done| !done.duplicate)
    );
    ensure!(log.find_command(stream(1), command(1)).await?.is_some());
    ensure!(log.find_command(stream(1), command(9)).await?.is_none());
    dense(log.as_ref()).await
}

/// Writers that race for few streams never lose or double an event.
///
/// # Errors
/// The rule is broken.
pub async fn hot_streams_stay_consistent<F: StoreFactory>() -> Result<()> {
    const STREAMS: u128 = 4;
    const WRITERS: u128 = 24;
    const COMMITS: u128 = 8;
    let store = F::fresh().await?;
    let log = store.log();
    let writer = |writer: u128| {
        let log = Arc::clone(&log);
        async move {
            for number in 0..COMMITS {
                let target = (writer + number) % STREAMS;
                let id = command(writer * 1_000 + number);
                loop {
                    let version = log.stream_version(stream(target)).await?;
                    match log.append(commit(target, version, id, 2)).await {
                        Ok(_) => break,
                        Err(CommitError::Conflict) => {}
                        Err(other) => return Err(anyhow::Error::from(other)),
                    }
                }
            }
            Ok(())
        }
    };
    for outcome in join_all((0..WRITERS).map(writer)).await {
        outcome?;
    }
    let total = u64::try_from(WRITERS * COMMITS * 2)?;
    ensure!(log.head() == total, "head {} of {total}", log.head());
    let mut counted = 0;
    for number in 0..STREAMS {
        let version = log.stream_version(stream(number)).await?;
        let events = log.read_stream(stream(number), 0).await?;
        ensure!(
            version == events.len() as u64,
            "version is the count of events"
        );
        ensure!(events.last().map(|event| event.sequence) == Some(version));
        counted += version;
    }
    ensure!(counted == total);
    dense(log.as_ref()).await
}

/// A commit that the database refuses fails alone.
///
/// # Errors
/// The rule is broken.
pub async fn a_bad_row_fails_alone<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    let secret = RowOp::Secret {
        id: SecretId::new(Uuid::from_u128(1)),
        purpose: "access_token",
        number: NumberId::new(Uuid::from_u128(2)),
        value: SecretString::from("token"),
    };
    let batch = (0..9).map(|number| match number {
        4 => poisoned(number, secret.clone()),
        other => commit(other, 0, command(other), 1),
    });
    let outcomes = join_all(batch.map(|commit| log.append(commit))).await;
    for (index, outcome) in outcomes.iter().enumerate() {
        ensure!(
            outcome.is_ok() == (index != 4),
            "commit {index}: {outcome:?}"
        );
    }
    ensure!(log.head() == 8 && log.stream_version(stream(4)).await? == 0);
    dense(log.as_ref()).await
}

/// Positions go on where they ended.
///
/// # Errors
/// The rule is broken.
pub async fn positions_continue_after_a_restart<F: StoreFactory>() -> Result<()> {
    let store = F::fresh().await?;
    let log = store.log();
    let epoch = log.epoch();
    log.append(commit(1, 0, command(1), 5)).await?;
    drop(log);
    let store = store.reopen().await?;
    let log = store.log();
    ensure!(log.head() == 5 && log.epoch() == epoch);
    let committed = log.append(commit(1, 5, command(2), 1)).await?;
    ensure!((committed.position, committed.version) == (6, 6));
    dense(log.as_ref()).await
}

/// Every position up to the head holds one event.
async fn dense(log: &dyn EventLog) -> Result<()> {
    let events = log.read_after(0, usize::MAX).await?;
    let positions: BTreeSet<u64> = events.iter().map(|event| event.position).collect();
    ensure!(positions.len() == events.len(), "a position is taken twice");
    ensure!(
        positions.into_iter().eq(1..=log.head()),
        "positions are not dense"
    );
    Ok(())
}
