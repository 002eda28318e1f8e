//! Wake-ups between nodes: a notification after a commit, never within it, on a connection of its own.
//!
//! A notification within the append would make commits wait for each other. Lost ones cost the time until
//! the next look, nothing else, so errors are not reported.

use std::sync::Arc;
use std::time::Duration;

use application::tasks::Tasks;
use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::database::db::{Connection, Server, Statement, query};
use crate::database::log::publish::Publisher;
use crate::database::write_queue::WriteConnection;

/// The channel.
const CHANNEL: &str = "vestnik_log";
/// Commits within it share one notification.
const GATHER: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_secs(1);

pub(super) const NOTIFY: Statement =
    Statement::for_postgres("log_notify", "select pg_notify('vestnik_log', $1)");
/// A notification need not be on disk.
pub(super) const NOT_DURABLE: Statement =
    Statement::for_postgres("log_notify_not_durable", "set synchronous_commit = off");

/// Tells other nodes that there are new events.
#[derive(Clone, Debug)]
pub(super) struct Hints {
    head: watch::Sender<u64>,
}

impl Hints {
    /// Starts the task that tells and the one that listens; `behind` is notified of what others tell.
    pub(super) fn start(
        server: &Server,
        publisher: &Arc<Publisher>,
        behind: &Arc<Notify>,
        tasks: &Tasks,
    ) -> Self {
        let (head, told) = watch::channel(0);
        tasks.spawn(tell(server.clone(), told, tasks.stop().clone()));
        let listener = Listener {
            server: server.clone(),
            publisher: Arc::clone(publisher),
            behind: Arc::clone(behind),
        };
        tasks.spawn(listener.run(tasks.stop().clone()));
        Self { head }
    }

    /// The log ends at `head` now.
    pub(super) fn tell(&self, head: u64) {
        self.head.send_if_modified(|told| {
            let moved = head > *told;
            *told = head.max(*told);
            moved
        });
    }
}

async fn tell(server: Server, mut head: watch::Receiver<u64>, stop: CancellationToken) {
    let mut connection = WriteConnection::to_server(server);
    let mut is_new = true;
    loop {
        tokio::select! {
            changed = head.changed() => {
                if changed.is_err() {
                    return;
                }
            }
            () = stop.cancelled() => return,
        }
        let position = *head.borrow_and_update();
        if notify(&mut connection, position, is_new).await.is_err() {
            connection.lost();
            is_new = true;
        } else {
            is_new = false;
        }
        tokio::select! {
            () = tokio::time::sleep(GATHER) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn notify(
    connection: &mut WriteConnection,
    position: u64,
    is_new: bool,
) -> Result<(), sqlx::Error> {
    let connection: &mut Connection = connection.get().await?;
    if is_new {
        query(NOT_DURABLE).execute(&mut *connection).await?;
    }
    query(NOTIFY)
        .bind(position.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Hears what is told, also by this node.
struct Listener {
    server: Server,
    publisher: Arc<Publisher>,
    behind: Arc<Notify>,
}

impl Listener {
    async fn run(self, stop: CancellationToken) {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .connect_lazy_with(self.server.options().clone());
        while !stop.is_cancelled() {
            tokio::select! {
                // It ends when the connection is lost; meanwhile the follower looks by itself.
                _ = self.listen(&pool) => {}
                () = stop.cancelled() => break,
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => {}
            }
        }
        pool.close().await;
    }

    async fn listen(&self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let told = listener.recv().await?;
            let position: u64 = told.payload().parse().unwrap_or(u64::MAX);
            if position > self.publisher.ring.head() {
                self.behind.notify_one();
            }
        }
    }
}
