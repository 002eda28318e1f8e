//! Many writers on several nodes and readers that follow on each; and appending while a snapshot is held open.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use api::simulator::chance::Chance;
use application::ports::event_log::EventLog;
use application::tasks::Tasks;
use futures::future::try_join_all;
use infrastructure::database::Database;
use sqlx::Executor as _;

use crate::conformance::{command, commit};
use crate::lab::{DEADLINE, LOOK, Lab, Outcome, Run, run::postgres};

/// Nodes, with a reader each.
const NODES: usize = 3;
const WRITERS: usize = 16;
/// Streams of a writer, and events of a commit at most.
const STREAMS: usize = 16;
const EVENTS: u64 = 4;
/// A writer waits for so long at most before each commit.
const DELAY: Duration = Duration::from_millis(4);
/// Events read at once.
const PAGE: usize = 500;
/// A snapshot that is held open may cost so much of the rate.
const KEPT: f64 = 0.8;

#[expect(clippy::cast_precision_loss, reason = "a rate, not a count to rely on")]
fn per_second(count: u64, began: Instant) -> f64 {
    count as f64 / began.elapsed().as_secs_f64()
}

/// Some nodes' logs, without their servers.
struct Logs {
    databases: Vec<Database>,
    tasks: Tasks,
}

impl Logs {
    async fn open(lab: &Lab) -> anyhow::Result<Self> {
        let tasks = Tasks::default();
        let mut databases = Vec::new();
        for _ in 0..NODES {
            databases.push(lab.database(&tasks).await?);
        }
        Ok(Self { databases, tasks })
    }

    fn of(&self, number: usize) -> Arc<dyn EventLog> {
        Arc::clone(&self.databases[number % NODES].log) as _
    }
}

/// Appends until told to stop; `appended` counts events.
async fn write(
    log: Arc<dyn EventLog>,
    (writer, mut chance): (usize, Chance),
    appended: &AtomicU64,
    goes_on: impl Fn(u64) -> bool,
) -> anyhow::Result<()> {
    let base = u128::try_from(writer)? << 64;
    let mut versions = [0_u64; STREAMS];
    for number in 0_u64.. {
        if !goes_on(appended.load(Ordering::Relaxed)) {
            break;
        }
        tokio::time::sleep(chance.up_to(DELAY)).await;
        let stream = usize::try_from(number)? % STREAMS;
        let count = 1 + chance.below(EVENTS);
        let id = base + u128::from(number);
        let target = base + u128::try_from(stream)?;
        let one = commit(
            target,
            versions[stream],
            command(id),
            usize::try_from(count)?,
        );
        let committed = log.append(one).await?;
        versions[stream] = committed.version;
        appended.fetch_add(count, Ordering::Relaxed);
    }
    Ok(())
}

/// Follows until a position that is known once all have written; how often it skipped and repeated.
async fn follow(log: Arc<dyn EventLog>, end: &AtomicU64) -> anyhow::Result<(u64, u64, u64)> {
    let (mut after, mut skipped, mut repeated) = (0, 0, 0);
    let mut moved = Instant::now();
    while after < end.load(Ordering::Acquire) {
        // Whoever is at the end already is not told that it is the end.
        let _more = tokio::time::timeout(LOOK * 20, log.wait_beyond(after)).await;
        ensure!(moved.elapsed() < DEADLINE, "nothing comes after {after}");
        let page = log.read_after(after, PAGE).await?;
        let mut expected = after;
        for event in page {
            expected += 1;
            if event.position > expected {
                skipped += event.position - expected;
            } else if event.position < expected {
                repeated += 1;
            }
            expected = event.position;
        }
        if expected > after {
            after = expected;
            moved = Instant::now();
        }
    }
    Ok((after, skipped, repeated))
}

/// `n` events by 16 writers with delays by chance, on three nodes with a reader each.
///
/// # Errors
/// The server fails, or a reader waits in vain.
pub async fn run(run: &mut Run) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let lab = run.lab(postgres()?, "").await?;
    let logs = Logs::open(&lab).await?;
    let (appended, end) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    let n = run.n;
    let began = Instant::now();
    let writing = async {
        let writers = (0..WRITERS).map(|writer| {
            let chance = Chance::new(run.seed + writer as u64);
            write(logs.of(writer), (writer, chance), &appended, |so_far| {
                so_far < n
            })
        });
        try_join_all(writers).await?;
        end.store(appended.load(Ordering::Relaxed), Ordering::Release);
        anyhow::Ok(())
    };
    let readers = try_join_all((0..NODES).map(|node| follow(logs.of(node), &end)));
    let (written, read) = futures::future::join(writing, readers).await;
    written?;
    let total = end.load(Ordering::Acquire);
    let rate = per_second(total, began);
    outcome.hits("events", total);
    for (reader, (to, skipped, repeated)) in read?.into_iter().enumerate() {
        let of = format!("reader {reader}: to {to}, {skipped} skipped, {repeated} repeated");
        if (to, skipped, repeated) == (total, 0, 0) {
            outcome.figure(of);
        } else {
            outcome.wrong.push(of);
        }
    }
    outcome.figure(format!("{WRITERS} writers, {rate:.0} events/s"));
    ensure!(logs.tasks.shut_down(DEADLINE).await);
    Ok(outcome)
}

/// How fast is appended for `n` seconds, and for `n` more while a transaction holds a snapshot open.
///
/// # Errors
/// The server fails.
pub async fn snapshot(run: &mut Run) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let lab = run.lab(postgres()?, "").await?;
    let logs = Logs::open(&lab).await?;
    let phase = Duration::from_secs(run.n);
    let rate = async |first: usize| -> anyhow::Result<f64> {
        let appended = AtomicU64::new(0);
        let began = Instant::now();
        let writers = (first..first + WRITERS).map(|writer| {
            let chance = Chance::new(run.seed + writer as u64);
            write(logs.of(writer), (writer, chance), &appended, |_| {
                began.elapsed() < phase
            })
        });
        try_join_all(writers).await?;
        Ok(per_second(appended.load(Ordering::Relaxed), began))
    };
    // What is cold at first is not measured.
    rate(0).await?;
    let normal = rate(WRITERS).await?;
    let mut sql = lab.sql().await?;
    sql.execute("begin isolation level repeatable read").await?;
    sql.execute("select count(*) from events").await?;
    let held = rate(2 * WRITERS).await?;
    sql.execute("commit").await?;
    let kept = held / normal;
    outcome.hit("snapshot held open");
    outcome.figure(format!(
        "{normal:.0} events/s, with a snapshot held open {held:.0} events/s: {kept:.2} of it"
    ));
    if kept < KEPT {
        outcome.wrong.push(format!("{kept:.2} of the normal rate"));
    }
    ensure!(logs.tasks.shut_down(DEADLINE).await);
    Ok(outcome)
}
