//! Queries about deals.

use application::use_cases::policy::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use super::Deal;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::page::{List, PageArguments, page_cost, read_page};
use crate::problem::Problem;

const DEALS: List = List("deals");

/// Queries about deals.
#[derive(Debug, Default)]
pub(crate) struct DealQueries;

#[Object]
impl DealQueries {
    /// Deals, newest first.
    #[graphql(
        guard = "Can(Action::ReadConversations)",
        complexity = "page_cost(first, last) * child_complexity"
    )]
    async fn deals(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Deal>, Problem> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let slice = arguments.slice(DEALS)?;
        let read = app(ctx)?.reads().deal_slice(&slice).await;
        Ok(DEALS.connection(read_page(read)?, Deal))
    }
}
