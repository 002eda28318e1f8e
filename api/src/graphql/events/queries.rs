//! Queries about events.

use application::cursor::Cursor;
use async_graphql::connection::PageInfo;
use async_graphql::{Context, Object, SimpleObject};

use super::{Event, EventFilter, may_read_events};
use crate::graphql::context::{app, caller};
use crate::graphql::limits::EVENTS_SCANNED;
use crate::graphql::page::{limit, page_cost};
use crate::graphql::subscription::{begin, shown};
use crate::problem::Problem;

/// Events read from the log at once.
const BATCH: usize = 1_000;

/// A page of events.
#[derive(SimpleObject)]
pub(crate) struct EventPage {
    /// The events, oldest first.
    nodes: Vec<Event>,
    /// `endCursor` goes on behind what was looked through, even where nothing of it was asked for: as long as
    /// `hasNextPage` is true there may be more.
    page_info: PageInfo,
}

impl std::fmt::Debug for EventPage {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("EventPage")
            .field("nodes", &self.nodes.len())
            .finish_non_exhaustive()
    }
}

/// Queries about events.
#[derive(Debug, Default)]
pub(crate) struct EventQueries;

#[Object]
impl EventQueries {
    /// Events of the log, oldest first: what happened, in the order in which it happened. Begins behind the
    /// cursor `after`, without one at the beginning of the log. Admins read everything, agents the streams
    /// of customers, analysts everything without personal data.
    #[graphql(complexity = "page_cost(first, None) * child_complexity")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        first: Option<i32>,
        filter: Option<EventFilter>,
    ) -> Result<EventPage, Problem> {
        let role = caller(ctx)?.actor.role;
        may_read_events(role)?;
        let limit = limit("first", first)?;
        let wanted = filter.unwrap_or_default().wanted()?;
        let log = &app(ctx)?.log;
        let cursor = |position| Cursor::new(log.epoch(), position).to_string();
        let start = begin(log.as_ref(), after.as_deref(), 0)?;
        let mut position = start;
        let mut nodes = Vec::new();
        // Filters that hardly anything fits end after a while: the client goes on if it likes.
        'scan: while position - start < EVENTS_SCANNED {
            let events = log.read_after(position, BATCH).await?;
            if events.is_empty() {
                break;
            }
            for recorded in events {
                position = recorded.position;
                if !wanted.holds(&recorded) {
                    continue;
                }
                nodes.extend(Event::seen_by(role, recorded, &cursor(position))?);
                if nodes.len() == limit {
                    break 'scan;
                }
            }
        }
        Ok(EventPage {
            page_info: PageInfo {
                has_previous_page: start > 0,
                has_next_page: position < log.head(),
                start_cursor: nodes.first().map(|event| event.cursor.clone()),
                end_cursor: Some(cursor(position)),
            },
            nodes,
        })
    }

    /// The place in the log that all lists have passed. Ask for it before the lists, in a request of its own:
    /// subscriptions that begin `after` it then miss nothing that the lists do not show.
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn latest_cursor(&self, ctx: &Context<'_>) -> Result<String, Problem> {
        let app = app(ctx)?;
        Ok(Cursor::new(app.log.epoch(), shown(app)).to_string())
    }
}
