//! The subscription to numbers.

use std::collections::VecDeque;

use application::ports::event_log::RecordedEvent;
use application::use_cases::policy::Action;
use async_graphql::{Context, SimpleObject, Subscription};
use domain::any_event::aggregate_type;
use domain::ids::NumberId;
use futures::{Stream, stream};

use super::change::Changes;
use crate::graphql::context::app;
use crate::graphql::guard::Can;
use crate::graphql::number::Number;
use crate::problem::Problem;

/// A number that changed.
#[derive(Debug, SimpleObject)]
pub(crate) struct NumberChange {
    /// Hand this back as `after` to go on behind this change.
    cursor: String,
    /// The number as it is now.
    number: Number,
}

/// Subscriptions to numbers.
#[derive(Debug, Default)]
pub(crate) struct NumberSubscriptions;

#[Subscription]
impl NumberSubscriptions {
    /// Numbers that change: each as it is now, at least once after its last change. Begins behind the cursor
    /// `after`, without one with what comes next.
    #[graphql(guard = "Can(Action::ReadNumbers)")]
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn number_changed(
        &self,
        ctx: &Context<'_>,
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<NumberChange, Problem>>, Problem> {
        let changes = Changes::begin(app(ctx)?, after.as_deref())?;
        let state = (changes, VecDeque::new());
        Ok(stream::try_unfold(
            state,
            |(mut changes, mut ready)| async move {
                loop {
                    if let Some(change) = ready.pop_front() {
                        return Ok(Some((change, (changes, ready))));
                    }
                    ready = refill(&mut changes).await?;
                }
            },
        ))
    }
}

async fn refill(changes: &mut Changes) -> Result<VecDeque<NumberChange>, Problem> {
    let keys = changes.next(number_of).await?;
    let ids: Vec<NumberId> = keys.iter().map(|(_, id)| *id).collect();
    let read = changes.app.reads().numbers_by_ids(&ids).await;
    let views = read.map_err(|error| changes.failed(error.into(), &keys))?;
    let found = keys.into_iter().filter_map(|(position, id)| {
        let view = views.iter().find(|view| view.id == id)?;
        Some(NumberChange {
            cursor: changes.cursor(position),
            number: Number(view.clone()),
        })
    });
    Ok(found.collect())
}

fn number_of(event: &RecordedEvent) -> Option<NumberId> {
    let is_number = event.stream.aggregate_type == aggregate_type::NUMBER;
    is_number.then(|| NumberId::new(event.stream.id))
}
