//! What a lab looks at beside its nodes: the database, Meta's books, how much is left to do.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use application::tasks::Tasks;
use infrastructure::database::Database;
use projections::Projections;
use sqlx::Executor as _;

use super::database::Left;
use super::{Books, DEADLINE, LOOK, Lab, SETTLED};

/// Without a new event for this time nobody has anything in mind any more (statuses come far sooner).
const STILL: Duration = Duration::from_secs(1);

impl Lab {
    /// Changes a database in a file. No node may run.
    ///
    /// # Errors
    /// It refuses.
    pub async fn execute(&self, statement: &'static str) -> anyhow::Result<()> {
        self.installation().execute(statement).await
    }

    /// The time of all leases is over, as if it had passed: a node that came after one that is surely dead need not
    /// wait for it. Nothing where there are none.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn run_leases_out(&self) -> anyhow::Result<()> {
        if self.postgres().is_ok() {
            let mut connection = self.sql().await?;
            connection
                .execute("update leases set expires_at = 0")
                .await?;
        }
        Ok(())
    }

    /// Waits until every lease has an owner that is there, and so many nodes have some.
    ///
    /// # Errors
    /// They never are.
    pub async fn spread_over(&self, nodes: i64) -> anyhow::Result<()> {
        let mut connection = self.sql().await?;
        let began = Instant::now();
        loop {
            let (owners, without): (i64, i64) = sqlx::query_as(
                "select count(distinct leases.owner), \
                   count(*) filter (where nodes.id is null or leases.expires_at < \
                     (extract(epoch from clock_timestamp()) * 1000000)::bigint) \
                 from leases left join nodes on nodes.id = leases.owner and not nodes.is_leaving \
                 where name not like 'build/%'",
            )
            .fetch_one(&mut connection)
            .await?;
            if (owners, without) == (nodes, 0) {
                return Ok(());
            }
            ensure!(
                began.elapsed() < DEADLINE,
                "{owners} owners, {without} leases without one: {}",
                self.log()
            );
            tokio::time::sleep(LOOK * 4).await;
        }
    }

    /// What is still to be done.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn left(&self) -> anyhow::Result<Left> {
        self.installation().left().await
    }

    /// Stops the load and waits until all was delivered, handled, decided and sent; the time that took.
    ///
    /// # Errors
    /// Something is never finished.
    pub async fn settle(&self) -> anyhow::Result<Duration> {
        self.meta.quiet().await?;
        let began = Instant::now();
        let mut head = (0, Instant::now());
        loop {
            self.meta.drain().await.with_context(|| self.log())?;
            let left = self.left().await?;
            if left.newest != head.0 {
                head = (left.newest, Instant::now());
            }
            if left.is_nothing() && head.1.elapsed() > STILL {
                return Ok(began.elapsed());
            }
            if began.elapsed() > SETTLED {
                bail!("never finished: {left:?}: {}", self.log());
            }
            tokio::time::sleep(LOOK * 10).await;
        }
    }

    /// The log, opened beside the nodes. On SQLite none may run.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn database(&self, tasks: &Tasks) -> anyhow::Result<Database> {
        self.installation().open(tasks).await
    }

    /// The read models, opened beside the nodes. On SQLite none may run.
    ///
    /// # Errors
    /// They cannot be opened.
    pub async fn projections(&self, tasks: &Tasks) -> anyhow::Result<Arc<Projections>> {
        self.installation().projections(tasks).await
    }

    /// What Meta and the log wrote down. On SQLite no node may run.
    ///
    /// # Errors
    /// Something cannot be read.
    pub async fn books(&self) -> anyhow::Result<Books> {
        let tasks = Tasks::default();
        let database = self.database(&tasks).await?;
        let items = self.installation().items().await?;
        let log = database.log.as_ref();
        let books = Books::of(self.meta.ledger(), log, &items).await?;
        ensure!(tasks.shut_down(DEADLINE).await);
        Ok(books)
    }

    /// Read models that were followed through everything show what a rebuild shows. No node may run.
    ///
    /// # Errors
    /// One does not.
    pub async fn assert_rebuilds_equal(&self) -> anyhow::Result<()> {
        self.installation().assert_rebuilds_equal().await
    }

    /// What SQLite says of its file. No node may run.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn integrity(&self) -> anyhow::Result<String> {
        self.installation().integrity().await
    }
}
