//! The append job of SQLite: many commits in one transaction, each judged on its own.
//!
//! Commits of one batch are judged one after the other in memory, as if each had its own transaction:
//! that is exact because there is one writer. Two commits whose preconditions look at the same row would
//! be judged on a state that the first one changes, so the later one is answered `Conflict` and decides
//! again.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::Arc;

use application::ports::event_log::{CommitError, Committed, StreamId};
use async_trait::async_trait;
use domain::ids::{CommandId, ContactId};
use domain::time::Timestamp;

use super::prepare::{Prepared, json_subject};
use super::publish::Publisher;
use super::statements::{
    HEAD, INSERT_COMMANDS, INSERT_EVENTS, REMEMBERED, UPSERT_STREAMS, VERSIONS,
};
use crate::database::db::{Connection, query};
use crate::database::row_ops::{self, Touched};
use crate::database::subject_keys;
use crate::database::wakers::RowEffects;
use crate::database::write_queue::WriteKind;

/// What a caller of `append` gets.
pub(crate) type Outcome = Result<Committed, CommitError>;

/// The answer to an append, and what a batch's row operations brought (with its first answer).
#[derive(Debug)]
pub(crate) struct Appended {
    pub(super) outcome: Outcome,
    effects: RowEffects,
}

/// Runs batches of appends.
#[derive(Debug)]
pub(crate) struct Append {
    pub(super) publisher: Arc<Publisher>,
}

#[async_trait]
impl WriteKind for Append {
    type Input = Prepared;
    type Output = Appended;

    const MAX_BATCH: usize = 256;
    const MAX_BATCH_BYTES: usize = 1024 * 1024;

    fn bytes(input: &Prepared) -> usize {
        input.rows.iter().map(String::len).sum()
    }

    async fn run(
        &self,
        transaction: &mut Connection,
        now: Timestamp,
        inputs: &[Prepared],
    ) -> Result<Vec<Appended>, sqlx::Error> {
        let mut judge = Judge::load(transaction, inputs).await?;
        let ops: Vec<_> = inputs
            .iter()
            .enumerate()
            .flat_map(|(index, input)| input.commit.row_ops.iter().map(move |op| (index, op)))
            .collect();
        if !ops.is_empty() {
            judge.failed = row_ops::check(transaction, now, &ops)
                .await?
                .into_iter()
                .collect();
        }
        for (index, input) in inputs.iter().enumerate() {
            if let Some(new) = &input.new_key
                && !subject_keys::insert(transaction, now, new.contact, &new.wrapped).await?
            {
                judge.other_key.insert(index);
            }
        }
        let outcomes: Vec<Outcome> = inputs
            .iter()
            .enumerate()
            .map(|(index, input)| judge.judge(index, input, now))
            .collect();
        let effects = write(transaction, now, inputs, &outcomes, &judge).await?;
        let effects = std::iter::once(effects).chain(std::iter::repeat(RowEffects::default()));
        Ok(outcomes
            .into_iter()
            .zip(effects)
            .map(|(outcome, effects)| Appended { outcome, effects })
            .collect())
    }

    fn committed(&self, inputs: &[Prepared], outputs: &[Appended]) {
        let won = inputs
            .iter()
            .zip(outputs)
            .filter_map(|(input, output)| Some((input, won(&output.outcome)?)));
        self.publisher.publish(won);
        // After the head: whoever wakes finds the event too.
        for output in outputs {
            self.publisher.wakers.committed(output.effects);
        }
    }
}

/// The commit of an outcome that wrote something.
fn won(outcome: &Outcome) -> Option<&Committed> {
    outcome
        .as_ref()
        .ok()
        .filter(|committed| !committed.duplicate)
}

/// What is known of the streams of a batch while its commits are judged.
struct Judge {
    head: u64,
    versions: HashMap<StreamId, u64>,
    remembered: HashMap<(StreamId, CommandId), Committed>,
    failed: HashMap<usize, &'static str>,
    other_key: HashSet<usize>,
    touched: HashSet<Touched>,
}

impl Judge {
    async fn load(tx: &mut Connection, inputs: &[Prepared]) -> Result<Self, sqlx::Error> {
        let head: i64 = query(HEAD).fetch_one(&mut *tx).await?;
        let streams = list(inputs.iter().map(|input| format!("{}]", input.stream)));
        let rows: Vec<(i64, i64)> = query(VERSIONS).bind(streams).fetch_all(&mut *tx).await?;
        let mut versions = HashMap::with_capacity(inputs.len());
        for (key, version) in rows {
            if let Some(input) = inputs.get(index(key)) {
                versions.insert(input.commit.stream, version.cast_unsigned());
            }
        }
        let remembering: Vec<_> = inputs
            .iter()
            .filter(|input| input.commit.remember)
            .collect();
        let mut remembered = HashMap::new();
        if !remembering.is_empty() {
            let commands = list(
                remembering
                    .iter()
                    .map(|input| format!("{},\"{}\"]", input.stream, input.commit.command_id)),
            );
            let rows: Vec<(i64, i64, i64, i64)> =
                query(REMEMBERED).bind(commands).fetch_all(&mut *tx).await?;
            for (key, version, position, recorded_at) in rows {
                if let Some(input) = remembering.get(index(key)) {
                    remembered.insert(
                        (input.commit.stream, input.commit.command_id),
                        duplicate(version, position, recorded_at),
                    );
                }
            }
        }
        Ok(Self {
            head: head.cast_unsigned(),
            versions,
            remembered,
            failed: HashMap::new(),
            other_key: HashSet::new(),
            touched: HashSet::new(),
        })
    }

    fn judge(&mut self, index: usize, input: &Prepared, now: Timestamp) -> Outcome {
        let commit = &input.commit;
        if let Some(before) = self.remembered.get(&(commit.stream, commit.command_id)) {
            return Ok(*before);
        }
        let version = self.versions.get(&commit.stream).copied().unwrap_or(0);
        if version != commit.expected_version || self.other_key.contains(&index) {
            return Err(CommitError::Conflict);
        }
        let rows: Vec<Touched> = commit.row_ops.iter().flat_map(row_ops::touched).collect();
        if rows.iter().any(|row| self.touched.contains(row)) {
            return Err(CommitError::Conflict);
        }
        if let Some(name) = self.failed.get(&index) {
            return Err(CommitError::Precondition(name));
        }
        self.touched.extend(rows);
        let count = input.rows.len() as u64;
        self.head += count;
        let committed = Committed {
            version: version + count,
            position: self.head,
            duplicate: false,
            recorded_at: now,
        };
        self.versions.insert(commit.stream, committed.version);
        if commit.remember {
            self.remembered.insert(
                (commit.stream, commit.command_id),
                Committed {
                    duplicate: true,
                    ..committed
                },
            );
        }
        Ok(committed)
    }
}

async fn write(
    tx: &mut Connection,
    now: Timestamp,
    inputs: &[Prepared],
    outcomes: &[Outcome],
    judge: &Judge,
) -> Result<RowEffects, sqlx::Error> {
    let bytes: usize = inputs.iter().map(Append::bytes).sum();
    let mut events = String::with_capacity(bytes + 32 * inputs.len());
    let mut commands = Vec::new();
    let mut streams: HashMap<StreamId, (&Prepared, Option<ContactId>)> = HashMap::new();
    let mut applied = Vec::new();
    for (index, (input, outcome)) in inputs.iter().zip(outcomes).enumerate() {
        let Some(won) = won(outcome) else { continue };
        let commit = &input.commit;
        let first = won.position + 1 - input.rows.len() as u64;
        for (position, row) in (first..).zip(&input.rows) {
            // Writing to a String cannot fail.
            let _ = write!(
                events,
                "{}[{position}{row}",
                if events.is_empty() { "[" } else { "," }
            );
        }
        if commit.remember {
            commands.push(format!(
                "{},\"{}\",{},{}]",
                input.stream, commit.command_id, won.version, won.position
            ));
        }
        let stream = streams.entry(commit.stream).or_insert((input, None));
        stream.1 = commit.subject.or(stream.1);
        applied.extend(commit.row_ops.iter().map(|op| (index, op, first)));
    }
    if events.is_empty() {
        return Ok(RowEffects::default());
    }
    events.push(']');
    query(INSERT_EVENTS)
        .bind(events)
        .bind(now.as_micros())
        .execute(&mut *tx)
        .await?;
    let streams = list(streams.into_iter().map(|(stream, (input, subject))| {
        let version = judge.versions.get(&stream).copied().unwrap_or(0);
        format!(
            "{},{},{version},{}]",
            input.stream,
            input.commit.lane,
            json_subject(subject)
        )
    }));
    query(UPSERT_STREAMS)
        .bind(streams)
        .execute(&mut *tx)
        .await?;
    if !commands.is_empty() {
        query(INSERT_COMMANDS)
            .bind(list(commands.into_iter()))
            .bind(now.as_micros())
            .execute(&mut *tx)
            .await?;
    }
    if applied.is_empty() {
        return Ok(RowEffects::default());
    }
    let secrets: Vec<_> = inputs.iter().map(|input| &input.secrets).collect();
    row_ops::apply(tx, now, &applied, &secrets).await
}

/// A stored command's outcome.
pub(super) fn duplicate(version: i64, position: i64, recorded_at: i64) -> Committed {
    Committed {
        version: version.cast_unsigned(),
        position: position.cast_unsigned(),
        duplicate: true,
        recorded_at: Timestamp::from_micros(recorded_at),
    }
}

fn index(key: i64) -> usize {
    usize::try_from(key).unwrap_or(usize::MAX)
}

fn list(rows: impl Iterator<Item = String>) -> String {
    let mut list = String::from("[");
    for row in rows {
        if list.len() > 1 {
            list.push(',');
        }
        list.push_str(&row);
    }
    list.push(']');
    list
}
