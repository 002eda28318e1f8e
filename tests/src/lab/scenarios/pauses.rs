//! A node is stopped past its leases and goes on, while another one has taken its work. `n` is the number of
//! stops.

use std::time::Duration;

use anyhow::ensure;
use sqlx::Executor as _;
use sqlx::PgConnection;

use super::{CUSTOMERS, FAULTS};
use crate::lab::{DEADLINE, LOOK, Lab, Outcome, Run, run::postgres};

/// Customers' messages a second and number.
const RATE: u32 = 12;
/// The shortest lease there is.
const LEASE_SECONDS: &str = "2";
/// How long a node works before it is stopped, at most.
const LONGEST: Duration = Duration::from_millis(700);
/// Requests that must leave before and after a stop.
const REQUESTS: u64 = 3;
/// A node that is to stop itself is passed over at most so often.
const LATEST: u64 = 8;

/// Whether stale work is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fencing {
    /// As shipped.
    On,
    /// The control: the database lets stale work through and counts it.
    Off,
}

async fn begin(run: &Run, fencing: Fencing) -> anyhow::Result<Lab> {
    let mut lab = run.lab(postgres()?, FAULTS).await?;
    lab.settings = vec![("LEASE_SECONDS", LEASE_SECONDS.to_owned())];
    lab.add().await?;
    lab.add().await?;
    count_stale_work(&mut lab.sql().await?, fencing).await?;
    lab.add_numbers(2).await?;
    lab.meta.load(2, RATE, CUSTOMERS).await?;
    lab.spread_over(2).await?;
    Ok(lab)
}

/// Puts a counter before the fence. The function keeps its name and its id, so that every plan uses it.
async fn count_stale_work(sql: &mut PgConnection, fencing: Fencing) -> anyhow::Result<()> {
    let real: String =
        sqlx::query_scalar("select pg_get_functiondef('lease_holds(text, bigint)'::regprocedure)")
            .fetch_one(&mut *sql)
            .await?;
    let renamed = real.replace("lease_holds(", "lab_holds(");
    sql.execute(sqlx::AssertSqlSafe(renamed)).await?;
    sql.execute("create sequence lab_stale").await?;
    let answer = fencing == Fencing::Off;
    let counted = format!(
        "create or replace function lease_holds(p_name text, p_fence bigint) returns boolean \
         language plpgsql volatile set search_path from current as $$ begin \
           if lab_holds(p_name, p_fence) then return true; end if; \
           perform nextval('lab_stale'); return {answer}; end $$"
    );
    sql.execute(sqlx::AssertSqlSafe(counted)).await?;
    Ok(())
}

/// How often work under a lease that had changed hands came to the fence.
async fn stale_work(lab: &Lab) -> anyhow::Result<u64> {
    let count = "select case when is_called then last_value else 0 end from lab_stale";
    let count: i64 = sqlx::query_scalar(count)
        .fetch_one(&mut lab.sql().await?)
        .await?;
    Ok(count.unsigned_abs())
}

/// SIGSTOP at any moment, until the other node has everything; then SIGCONT.
///
/// # Errors
/// A node ends, or something never ends.
pub async fn run(run: &mut Run, fencing: Fencing) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut lab = begin(run, fencing).await?;
    for stop in 0..run.n {
        run.wait(LONGEST).await;
        let place = usize::from(stop % 2 == 1);
        lab.pause(place).await?;
        outcome.hit("SIGSTOP past the lease");
        lab.spread_over(1).await?;
        lab.meta.go_on("requests", REQUESTS).await?;
        lab.resume(place).await?;
        lab.spread_over(2).await?;
        run.progress(stop + 1);
    }
    for place in 0..2 {
        count_sends(&lab, place, &mut outcome).await?;
    }
    finish(&mut lab, fencing, &mut outcome).await?;
    Ok(outcome)
}

/// The node stops itself between the look at its lease and the request: what is sent then is late.
///
/// # Errors
/// A node ends, or something never ends.
pub async fn at_the_last_look(run: &mut Run) -> anyhow::Result<Outcome> {
    ensure!(
        cfg!(feature = "failpoints"),
        "this build has no failpoints: use `make crashlab`"
    );
    let mut outcome = Outcome::default();
    let mut lab = begin(run, Fencing::On).await?;
    for stop in 0..run.n {
        let folder = lab.stop(0).await?;
        let passed = run.chance.below(LATEST);
        let armed = format!("after_lease_check={passed}*off->1*return(stop)");
        lab.settings.push(("FAILPOINTS", armed));
        lab.start_again(folder).await?;
        lab.settings.pop();
        let began = tokio::time::Instant::now();
        while !lab.nodes[1].is_stopped()? {
            ensure!(began.elapsed() < DEADLINE, "the point is never reached");
            tokio::time::sleep(LOOK).await;
        }
        lab.take_out(1);
        outcome.hit("SIGSTOP at after_lease_check");
        lab.spread_over(1).await?;
        lab.meta.go_on("requests", REQUESTS).await?;
        lab.resume(1).await?;
        lab.spread_over(2).await?;
        lab.meta.go_on("requests", REQUESTS).await?;
        count_sends(&lab, 1, &mut outcome).await?;
        run.progress(stop + 1);
    }
    finish(&mut lab, Fencing::On, &mut outcome).await?;
    Ok(outcome)
}

async fn count_sends(lab: &Lab, place: usize, outcome: &mut Outcome) -> anyhow::Result<()> {
    for name in ["sends_late_total", "sends_withheld_total"] {
        let count = format!("{:.0}", lab.metric(place, name).await?).parse()?;
        outcome.hits(name, count);
    }
    Ok(())
}

async fn finish(lab: &mut Lab, fencing: Fencing, outcome: &mut Outcome) -> anyhow::Result<()> {
    let stale = stale_work(lab).await?;
    match fencing {
        Fencing::On => {
            outcome.hits("stale work refused", stale);
            outcome.conclude(lab).await
        }
        Fencing::Off => {
            if stale > 0 {
                outcome
                    .wrong
                    .push(format!("{stale} stale writes let through"));
            }
            // What was written stale may leave something that nobody finishes: nothing else is judged.
            Ok(())
        }
    }
}
