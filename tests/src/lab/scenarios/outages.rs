//! PostgreSQL restarts as after a crash, or ends connections. `n` is the number of times.

use std::time::{Duration, Instant};

use sqlx::Executor as _;

use super::{CUSTOMERS, FAULTS, RATE};
use crate::lab::{Lab, Outcome, Run, run::postgres};

/// Nodes that share the server.
const NODES: usize = 2;
/// Longest time between two restarts.
const BETWEEN_RESTARTS: Duration = Duration::from_secs(2);
/// Longest time between two ended connections.
const BETWEEN_ENDS: Duration = Duration::from_millis(150);
/// Any of the product's connections.
const END_ONE: &str = "select pg_terminate_backend(pid) from pg_stat_activity \
                       where backend_type = 'client backend' and pid <> pg_backend_pid() \
                       order by random() limit 1";

async fn begin(run: &Run) -> anyhow::Result<Lab> {
    let mut lab = run.lab(postgres()?, FAULTS).await?;
    for _ in 0..NODES {
        lab.add().await?;
    }
    lab.add_numbers(2).await?;
    lab.meta.load(2, RATE / 2, CUSTOMERS).await?;
    Ok(lab)
}

/// `pg_ctl restart -m immediate` under load.
///
/// # Errors
/// A node ends, or something never ends.
pub async fn restarts(run: &mut Run) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut lab = begin(run).await?;
    let mut recovered = Vec::new();
    for restart in 0..run.n {
        run.wait(BETWEEN_RESTARTS).await;
        lab.postgres()?.restart()?;
        outcome.hit("pg_ctl restart -m immediate");
        let began = Instant::now();
        lab.meta.go_on("acknowledged_deliveries", 1).await?;
        recovered.push(began.elapsed());
        run.progress(restart + 1);
    }
    outcome.times("server is back until the next 200", recovered);
    outcome.conclude(&mut lab).await?;
    Ok(outcome)
}

/// `pg_terminate_backend` on whatever connection comes first.
///
/// # Errors
/// A node ends, or something never ends.
pub async fn ended_connections(run: &mut Run) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut lab = begin(run).await?;
    let mut sql = lab.sql().await?;
    for end in 0..run.n {
        run.wait(BETWEEN_ENDS).await;
        sql.execute(END_ONE).await?;
        outcome.hit("pg_terminate_backend");
        run.progress(end + 1);
    }
    drop(sql);
    outcome.conclude(&mut lab).await?;
    Ok(outcome)
}
