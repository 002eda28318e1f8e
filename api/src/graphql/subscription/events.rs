//! The subscription to the log itself: each event once and in order.

use std::collections::VecDeque;
use std::sync::Arc;

use application::ports::event_log::RecordedEvent;
use async_graphql::{Context, SimpleObject, Subscription};
use domain::api_token::Role;
use futures::{Stream, stream};

use super::feed::Feed;
use crate::graphql::context::{app, caller};
use crate::graphql::events::{Event, EventFilter, Wanted, may_read_events};
use crate::problem::Problem;

/// An event with the cursor after it.
#[derive(Debug, SimpleObject)]
pub(crate) struct EventChange {
    /// Hand this back as `after` to go on behind this event.
    cursor: String,
    /// The event.
    event: Event,
}

/// Subscriptions to the log.
#[derive(Debug, Default)]
pub(crate) struct EventSubscriptions;

#[Subscription]
impl EventSubscriptions {
    /// Every event that the caller may read, once and in order. Begins behind the cursor `after`, without
    /// one with what comes next, with `begin` at the beginning of the log. A client that reads too slowly is
    /// ended with the code `RESUME_REQUIRED` and the `cursor` to go on from.
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
        filter: Option<EventFilter>,
    ) -> Result<impl Stream<Item = Result<EventChange, Problem>>, Problem> {
        let role = caller(ctx)?.actor.role;
        may_read_events(role)?;
        let log = &app(ctx)?.log;
        let following = Following {
            feed: Feed::begin(log, after.as_deref(), log.head())?,
            wanted: filter.unwrap_or_default().wanted()?,
            role,
            ready: VecDeque::new(),
        };
        Ok(stream::try_unfold(following, |mut following| async move {
            let change = following.next().await?;
            Ok(Some((change, following)))
        }))
    }
}

/// Where a subscription to events stands.
struct Following {
    feed: Feed,
    wanted: Wanted,
    role: Role,
    ready: VecDeque<Arc<RecordedEvent>>,
}

impl Following {
    async fn next(&mut self) -> Result<EventChange, Problem> {
        loop {
            while let Some(recorded) = self.ready.pop_front() {
                if !self.wanted.holds(&recorded) {
                    continue;
                }
                let cursor = self.feed.cursor(recorded.position);
                if let Some(event) = Event::seen_by(self.role, recorded, &cursor)? {
                    return Ok(EventChange { cursor, event });
                }
            }
            self.ready = self.feed.next().await?.into();
        }
    }
}
