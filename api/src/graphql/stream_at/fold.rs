//! Folding a stream of any kind with its aggregate.

use std::sync::Arc;

use application::execute::Logged;
use application::ports::event_log::RecordedEvent;
use domain::any_event::{AnyEvent, aggregate_type};
use domain::api_token::ApiToken;
use domain::bot::Bot;
use domain::bot_session::BotSession;
use domain::contact::Contact;
use domain::conversation::Conversation;
use domain::deal::Deal;
use domain::delivery::Delivery;
use domain::number::Number;
use domain::quick_reply::QuickReply;
use domain::saved_view::SavedView;
use domain::settings::Settings;
use serde_json::Value;

use crate::graphql::events::{Sight, payload};
use crate::problem::Problem;

/// A state before and after the last event.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) before: Value,
    pub(super) after: Value,
}

/// Folds the events of a stream, at least one.
///
/// # Errors
/// An event is of a type that this version does not know.
pub(super) fn states(
    aggregate: &str,
    events: &[Arc<RecordedEvent>],
    sight: Sight,
) -> Result<Folded, Problem> {
    match aggregate {
        aggregate_type::NUMBER => fold::<Number>(events, sight),
        aggregate_type::CONTACT => fold::<Contact>(events, sight),
        aggregate_type::CONVERSATION => fold::<Conversation>(events, sight),
        aggregate_type::DELIVERY => fold::<Delivery>(events, sight),
        aggregate_type::BOT => fold::<Bot>(events, sight),
        aggregate_type::BOT_SESSION => fold::<BotSession>(events, sight),
        aggregate_type::DEAL => fold::<Deal>(events, sight),
        aggregate_type::API_TOKEN => fold::<ApiToken>(events, sight),
        aggregate_type::QUICK_REPLY => fold::<QuickReply>(events, sight),
        aggregate_type::SAVED_VIEW => fold::<SavedView>(events, sight),
        aggregate_type::SETTINGS => fold::<Settings>(events, sight),
        other => Err(Problem::internal(&format!("no aggregate of type {other}"))),
    }
}

fn fold<A: Logged>(events: &[Arc<RecordedEvent>], sight: Sight) -> Result<Folded, Problem> {
    let internal = |error: &dyn std::fmt::Display| Problem::internal(error);
    let mut state = A::default();
    let mut before = Value::Null;
    for (index, event) in events.iter().enumerate() {
        if index > 0 && index + 1 == events.len() {
            before = serde_json::to_value(&state).map_err(|error| internal(&error))?;
        }
        let seen = payload(event, sight)?;
        let known = !matches!(event.data, AnyEvent::Unknown(_));
        let data = AnyEvent::decode(A::TYPE, seen, known).map_err(|error| internal(&error))?;
        state.apply(A::Event::try_from(&data).map_err(|error| internal(&error))?);
    }
    let after = serde_json::to_value(&state).map_err(|error| internal(&error))?;
    Ok(Folded { before, after })
}
