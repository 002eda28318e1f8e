//! The history of deliveries.

use application::ports::inbox::{HistoryPart, ItemRecord};
use application::use_cases::policy::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, Object};
use projections::{InvalidCursor, ProjectionError, Slice};

use super::{HoldReason, WebhookItem};
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::page::{List, PageArguments, page_cost, read_page};
use crate::problem::Problem;

const DELIVERIES: List = List("webhookDeliveries");
const HELD: List = List("heldItems");

/// Queries about deliveries.
#[derive(Debug, Default)]
pub(crate) struct WebhookQueries;

#[Object]
impl WebhookQueries {
    /// What Meta delivered, newest first, and what became of each item.
    #[graphql(
        guard = "Can(Action::Operate)",
        complexity = "page_cost(first, last) * child_complexity"
    )]
    async fn webhook_deliveries(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, WebhookItem>, Problem> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let slice = arguments.slice(DELIVERIES)?;
        read(ctx, DELIVERIES, slice, |part| part).await
    }

    /// Items that could not be handled, newest first; `redriveHeldItems` handles them again.
    #[graphql(
        guard = "Can(Action::Operate)",
        complexity = "page_cost(first, last) * child_complexity"
    )]
    async fn held_items(
        &self,
        ctx: &Context<'_>,
        reason: Option<HoldReason>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, WebhookItem>, Problem> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let slice = arguments.slice(HELD)?;
        read(ctx, HELD, slice, |part| HistoryPart {
            only_held: true,
            reason: reason.map(Into::into),
            ..part
        })
        .await
    }
}

async fn read(
    ctx: &Context<'_>,
    list: List,
    slice: Slice,
    narrowed: impl FnOnce(HistoryPart) -> HistoryPart,
) -> Result<Connection<String, WebhookItem>, Problem> {
    let item = |cursor: &Option<String>, otherwise: i64| match cursor {
        None => Ok(otherwise),
        Some(place) => place
            .parse()
            .map_err(|_| ProjectionError::Cursor(InvalidCursor::Unreadable)),
    };
    let part = narrowed(HistoryPart {
        only_held: false,
        reason: None,
        below: read_page(item(&slice.after, i64::MAX))?,
        above: read_page(item(&slice.before, 0))?,
        from_end: slice.from_end,
        limit: slice.limit.saturating_add(1),
    });
    let items = app(ctx)?.inbox.history(&part).await?;
    let edges = slice.edges(items, |item: &ItemRecord| item.item.to_string());
    Ok(list.connection(edges, WebhookItem))
}
