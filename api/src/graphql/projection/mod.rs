//! How the read models stand.

mod mutations;
mod queries;

use async_graphql::{Enum, Object};
use projections::{ProjectionState as ViewState, ProjectionStatus as StatusView};

pub(super) use mutations::ProjectionMutations;
pub(super) use queries::ProjectionQueries;

/// A build of a read model.
#[derive(Clone, Debug)]
pub(crate) struct ProjectionStatus(pub(super) StatusView);

/// Whether a build answers queries.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
#[graphql(remote = "ViewState")]
pub(crate) enum ProjectionState {
    /// Answers queries.
    Live,
    /// Is being built beside the live one.
    Building,
}

#[Object]
impl ProjectionStatus {
    /// The read model.
    async fn name(&self) -> &str {
        self.0.name
    }

    /// Version of its code.
    async fn version(&self) -> u32 {
        self.0.version
    }

    /// Counts its builds.
    async fn build(&self) -> u32 {
        self.0.build
    }

    /// Whether it answers queries.
    async fn state(&self) -> ProjectionState {
        self.0.state.into()
    }

    /// Position of the last event it scanned.
    async fn position(&self) -> u64 {
        self.0.position
    }

    /// Events between it and the head of the log.
    async fn lag(&self) -> u64 {
        self.0.lag
    }

    /// Why it does not show everything, if so.
    async fn degraded(&self) -> Option<&str> {
        self.0.degraded.as_deref()
    }
}
