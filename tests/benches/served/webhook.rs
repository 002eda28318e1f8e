//! Webhooks acknowledged a second by the real server, handlers running, beside an endpoint without database.

use std::time::{Duration, Instant};

use application::tasks::Tasks;
use infrastructure::database::db::{Statement, query};
use tokio::runtime::Runtime;

use crate::load::{Outcome, post_all, webhooks};
use crate::server::{PHONE_NUMBER_ID, SECRET, Server};
use crate::{baseline, milliseconds, per_second, row, whole};

/// Connections that post side by side.
const CONNECTIONS: usize = 64;
/// Requests before the measured ones.
const WARM_UP: usize = 500;
/// How often the backlog is looked at.
const LOOK: Duration = Duration::from_millis(25);

const OPEN: Statement =
    Statement::portable("open", "select count(*) from inbox_items where state < 2");

/// Measures and prints.
pub(crate) fn run(runtime: &Runtime, count: usize, rows: f64) -> anyhow::Result<()> {
    let requests = webhooks(WARM_UP + count, PHONE_NUMBER_ID, SECRET);
    let (warm_up, requests) = requests.split_at(WARM_UP);
    let bytes = requests.first().map_or(0, Vec::len);
    row(
        "webhook: requests",
        format!("{count} of {bytes} bytes, {CONNECTIONS} connections"),
    )?;

    let tasks = Tasks::default();
    let port = runtime.block_on(baseline::empty_endpoint(&tasks))?;
    let empty = runtime.block_on(post_all(port, requests, CONNECTIONS))?;
    tasks.stop().cancel();
    row("baseline: endpoint without database", figures(&empty))?;

    let server = runtime.block_on(Server::start())?;
    runtime.block_on(post_all(server.port, warm_up, CONNECTIONS))?;
    let outcome = runtime.block_on(post_all(server.port, requests, CONNECTIONS))?;
    row("webhook: acknowledged", figures(&outcome))?;
    let share = outcome.rate / rows * 100.0;
    row("webhook: share of the rows/s", format!("{share:.0} %"))?;
    let ended = Instant::now();
    let backlog = runtime.block_on(drain(&server))?;
    let drained = per_second(backlog, ended.elapsed());
    row(
        "webhook: backlog at the end, then drained",
        format!(
            "{backlog} items in {:.1} s, {}/s",
            ended.elapsed().as_secs_f64(),
            whole(drained)
        ),
    )?;
    let (resident, most) = server.resident_mb()?;
    row(
        "webhook: resident memory",
        format!("{resident} MB, at most {most} MB"),
    )?;
    Ok(())
}

/// Waits until every item is handled; how many were not at first.
pub(crate) async fn drain(server: &Server) -> anyhow::Result<u64> {
    let mut connection = server.connect().await?;
    let mut first = None;
    loop {
        let open: i64 = query(OPEN).fetch_one(&mut connection).await?;
        let open = u64::try_from(open)?;
        let first = *first.get_or_insert(open);
        if open == 0 {
            return Ok(first);
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn figures(outcome: &Outcome) -> String {
    format!(
        "{}/s, p50 {}, p99 {}",
        whole(outcome.rate),
        milliseconds(outcome.p50),
        milliseconds(outcome.p99),
    )
}
