//! A node of an older version beside a newer one, on a newer schema, under load. `n` is the number of events that
//! the older one does not know. Needs the lab's own build.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use sqlx::{Executor as _, PgConnection};

use super::{CUSTOMERS, FAULTS};
use crate::lab::{DEADLINE, LOOK, Lab, Outcome, Run, run::postgres};

/// Customers' messages a second and number.
const RATE: u32 = 12;
/// Longest time between two such events.
const BETWEEN: Duration = Duration::from_millis(1500);
/// What an additive migration does: a column more on each table, and a table more. Each by itself, so that nobody
/// waits in a circle.
const TABLES: &str = "select format('alter table %I add column of_a_newer_version text', tablename) \
                      from pg_tables where schemaname = 'public' order by tablename";
const TABLE_MORE: &str =
    "create table of_a_newer_version (id bigint primary key, what text not null)";
/// What the log of a node says when a consumer stops before such an event.
const STOPS: [&str; 2] = ["an event type it does not know", "is of an unknown type"];

/// Brings the tables to a schema that the running nodes do not know.
///
/// # Errors
/// The server refuses.
pub async fn newer_schema(sql: &mut PgConnection) -> anyhow::Result<()> {
    let changes: Vec<String> = sqlx::query_scalar(TABLES).fetch_all(&mut *sql).await?;
    ensure!(!changes.is_empty(), "no tables");
    for change in changes {
        sql.execute(sqlx::AssertSqlSafe(change)).await?;
    }
    sql.execute(TABLE_MORE).await?;
    Ok(())
}

/// People leave notes on the newer node; the older one was built before there were notes.
///
/// # Errors
/// A node ends, or something never ends.
pub async fn run(run: &mut Run) -> anyhow::Result<Outcome> {
    ensure!(
        cfg!(feature = "failpoints"),
        "this build has no failpoints: use `make crashlab`"
    );
    let mut outcome = Outcome::default();
    let mut lab = run.lab(postgres()?, FAULTS).await?;
    lab.settings = vec![
        ("LEASE_SECONDS", "2".to_owned()),
        ("FAILPOINTS", "older_version=return".to_owned()),
    ];
    lab.add().await?;
    lab.add_numbers(2).await?;
    lab.meta.load(2, RATE, CUSTOMERS).await?;
    lab.meta.go_on("requests", 10).await?;
    newer_schema(&mut lab.sql().await?).await?;
    outcome.hit("newer schema under load");
    lab.settings.pop();
    lab.add().await?;
    lab.spread_over(2).await?;
    let mut passed = Vec::new();
    for note in 0..run.n {
        run.wait(BETWEEN).await;
        let began = Instant::now();
        leave_note(&lab, note).await?;
        all_pass(&lab).await?;
        passed.push(began.elapsed());
        outcome.hit("event of a newer version");
        run.progress(note + 1);
    }
    for says in STOPS {
        let times = lab.logged(says);
        outcome.hits(&format!("consumer stopped: {says}"), times);
        if times == 0 {
            let never = format!("the older node never met one: {says:?} is not in its log");
            outcome.wrong.push(never);
        }
    }
    outcome.times("event of a newer version until all have passed it", passed);
    outcome.conclude(&mut lab).await?;
    Ok(outcome)
}

/// Leaves one in any conversation, on the newer node.
async fn leave_note(lab: &Lab, number: u64) -> anyhow::Result<()> {
    let list = lab.get(1, "/conversations?status=all&limit=50").await?;
    let list: Vec<Value> = serde_json::from_str(&list)?;
    ensure!(!list.is_empty(), "no conversation yet");
    let place = usize::try_from(number)? % list.len();
    let id = list[place]["id"].as_str().context("no id")?;
    let input = format!("{{ conversation: \"conversation:{id}\", note: \"note {number}\" }}");
    let left = format!("mutation {{ leaveNote(input: {input}) {{ status }} }}");
    let answer = lab.graphql(1, &left).await?;
    ensure!(answer["leaveNote"]["status"] == "DONE", "{answer}");
    Ok(())
}

/// Waits until every read model and every shard is beyond where the log is now.
async fn all_pass(lab: &Lab) -> anyhow::Result<()> {
    let mut sql = lab.sql().await?;
    let head = "select max(position) from events";
    let head: i64 = sqlx::query_scalar(head).fetch_one(&mut sql).await?;
    let began = Instant::now();
    loop {
        let shown = lab.get(1, "/admin/projections").await?;
        let shown: Vec<Value> = serde_json::from_str(&shown)?;
        let behind = |one: &Value| one["position"].as_i64().is_none_or(|at| at < head);
        let behind: Vec<&Value> = shown.iter().filter(|one| behind(one)).collect();
        if !shown.is_empty() && behind.is_empty() {
            return Ok(());
        }
        ensure!(
            began.elapsed() < DEADLINE,
            "not passed {head}: {behind:?}: {}",
            lab.log()
        );
        tokio::time::sleep(LOOK * 4).await;
    }
}
