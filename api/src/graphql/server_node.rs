//! The servers that work on this database, and what each has to do. Named so because `Node` is the interface of
//! everything with an id.

use application::ports::leases::{HeldLease, NodeRecord, NodeState};
use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, Object, SimpleObject};

use super::context::app;
use super::guard::Can;
use super::time::DateTime;
use crate::problem::Problem;

/// A piece of work of which one server at a time has the lease.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct Lease {
    /// Its name: `number/ID`, `strays`, `conversations/00` to `15`, `read_model/NAME/VERSION`, `chores`,
    /// `publishing`.
    name: String,
    /// Grows each time it changes hands.
    fence: i64,
    /// Whether it ran out, so that another server may take it.
    has_run_out: bool,
}

/// How a server stands.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "NodeState")]
pub(crate) enum ServerNodeState {
    /// Serves.
    Works,
    /// Gives its work up.
    Leaving,
    /// Runs one command of the command line, and serves nobody.
    Command,
    /// Has given no sign of life for the time that a lease lasts.
    Gone,
}

/// A server.
#[derive(Clone, Debug, SimpleObject)]
pub(crate) struct ServerNode {
    /// Another one with each start.
    node_id: String,
    /// Its machine's name.
    host: String,
    /// Its program's version.
    version: String,
    /// The one that answers.
    is_self: bool,
    /// How it stands.
    state: ServerNodeState,
    /// When it began.
    started_at: DateTime,
    /// Its last sign of life.
    seen_at: DateTime,
    /// Seconds since then, by the database's clock.
    silent_seconds: u64,
    /// What it has to do. Empty on SQLite: all work is this server's.
    leases: Vec<Lease>,
}

impl From<HeldLease> for Lease {
    fn from(lease: HeldLease) -> Self {
        let HeldLease {
            name,
            fence,
            has_run_out,
        } = lease;
        Self {
            name,
            fence,
            has_run_out,
        }
    }
}

impl From<NodeRecord> for ServerNode {
    fn from(node: NodeRecord) -> Self {
        Self {
            node_id: node.id,
            host: node.host,
            version: node.version,
            is_self: node.is_self,
            state: node.state.into(),
            started_at: node.started_at.into(),
            seen_at: node.seen_at.into(),
            silent_seconds: node.silent_seconds,
            leases: node.leases.into_iter().map(Lease::from).collect(),
        }
    }
}

/// Queries about servers.
#[derive(Debug, Default)]
pub(crate) struct ServerNodeQueries;

#[Object]
impl ServerNodeQueries {
    /// The servers that work on this database or did a short while ago, the oldest first. On SQLite there is one.
    #[graphql(guard = "Can(Action::Operate)", complexity = "20 * child_complexity")]
    async fn server_nodes(&self, ctx: &Context<'_>) -> Result<Vec<ServerNode>, Problem> {
        let nodes = app(ctx)?.nodes().await?;
        Ok(nodes.into_iter().map(ServerNode::from).collect())
    }
}
