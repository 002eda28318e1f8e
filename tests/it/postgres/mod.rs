//! What only PostgreSQL has: several nodes that write at the same time, connections that are lost, the view
//! that postgres-es reads.

mod facts;
mod fences;
mod migrating;
mod nodes;
mod outages;
mod proxy;
mod races;
mod same;
mod view;

use std::sync::Arc;
use std::time::Duration;

use application::ports::event_log::{Commit, CommitError, Committed, EventLog as _};
use application::ports::hashes::KeyedHash;
use application::ports::inbox::{ItemClass, NewDelivery, NewItem};
use application::ports::row_op::RowOp;
use application::tasks::Tasks;
use infrastructure::database::db::Server;
use infrastructure::database::{Database, Location, OpenOptions};
use infrastructure::keys::Keyring;
use infrastructure::system::{SystemClock, SystemIds};
use tests::conformance::{command, commit};
use tests::private_postgres::PrivatePostgres;
use uuid::Uuid;

use crate::support::DEADLINE;

/// Meta's id of the number that deliveries are for.
const NUMBER: &str = "106540352242922";

/// A server with the keys of one installation.
struct Installation {
    server: PrivatePostgres,
    keyring: Arc<Keyring>,
}

impl Installation {
    /// `None` where PostgreSQL is not installed.
    fn start() -> anyhow::Result<Option<Self>> {
        let Some(server) = PrivatePostgres::start()? else {
            return Ok(None);
        };
        let keyring = Arc::new(Keyring::random()?);
        Ok(Some(Self { server, keyring }))
    }

    async fn node(&self) -> anyhow::Result<Node> {
        self.node_at(&self.server.url("postgres")).await
    }

    async fn node_at(&self, url: &str) -> anyhow::Result<Node> {
        let tasks = Tasks::default();
        let options = OpenOptions {
            location: Location::Server(Server::parse(url)?),
            keyring: Arc::clone(&self.keyring),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
        };
        let database = Database::open(options, &tasks).await?;
        Ok(Node { database, tasks })
    }

    /// Two nodes on the same log.
    async fn nodes(&self) -> anyhow::Result<(Node, Node)> {
        Ok((self.node().await?, self.node().await?))
    }
}

/// One of several equal processes.
struct Node {
    database: Database,
    tasks: Tasks,
}

impl Node {
    async fn stop(self) {
        assert!(self.tasks.shut_down(Duration::from_secs(20)).await);
    }

    /// Appends row operations with an event of a stream that nothing else uses.
    async fn carry(&self, stream: u128, row_ops: Vec<RowOp>) -> Result<Committed, CommitError> {
        let commit = Commit {
            row_ops,
            ..commit(stream, 0, command(stream), 1)
        };
        self.database.log.append(commit).await
    }

    /// Stores a delivery of one item; whether it was not there before.
    async fn accept(&self, name: &str) -> anyhow::Result<bool> {
        let item = NewItem {
            ordinal: 0,
            class: ItemClass::Status,
            phone_number_id: Some(NUMBER.to_owned()),
            dedupe: key(name),
            hold: None,
        };
        let delivery = NewDelivery {
            body: name.to_owned().into(),
            items: vec![item],
        };
        Ok(self.database.inbox.accept(delivery).await?.fresh == 1)
    }

    /// The only open item after an id, whichever node took it in.
    async fn next_item(&self, after: i64) -> anyhow::Result<i64> {
        let waiting = self.database.inbox.wait_for_items(after);
        tokio::time::timeout(DEADLINE, waiting).await?;
        let items = self.database.inbox.open_items(after, 10, &[]).await?;
        anyhow::ensure!(items.len() == 1, "{} open items", items.len());
        Ok(items[0].item)
    }
}

fn key(name: &str) -> KeyedHash {
    KeyedHash(*Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).as_bytes())
}
