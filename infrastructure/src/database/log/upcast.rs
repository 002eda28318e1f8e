//! Upcasting at read: an old event becomes 0..n events of newer versions before it is decoded.
//!
//! Stored events are never rewritten. An upcaster works on the opened payload. It may drop an event, but
//! only of a type that cannot end a stream: a reader takes a stream's version from its last event.

use std::collections::{HashMap, HashSet};

use application::failpoints;
use domain::any_event::AnyEvent;
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
use domain::stream::StreamAggregate;
use serde_json::Value;

/// An event as stored, opened, not yet decoded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RawEvent {
    /// As stored.
    pub(super) event_type: String,
    /// As stored, a whole number.
    pub(super) event_version: String,
    /// Opened.
    pub(super) payload: Value,
}

/// Makes events of the next version.
pub(super) type Upcaster = fn(RawEvent) -> Vec<RawEvent>;

/// Upcasters by the type and version they take. Empty until an event changes in a way that
/// `#[serde(default)]` cannot bridge.
const UPCASTERS: &[(&str, u32, Upcaster)] = &[];

/// Knows every event type with its newest version.
#[derive(Debug)]
pub(super) struct Upcasting {
    newest: HashMap<&'static str, u32>,
    upcasters: HashMap<(&'static str, u32), Upcaster>,
}

impl Default for Upcasting {
    fn default() -> Self {
        let known = [
            Number::EVENT_TYPES,
            Contact::EVENT_TYPES,
            Conversation::EVENT_TYPES,
            Delivery::EVENT_TYPES,
            Bot::EVENT_TYPES,
            BotSession::EVENT_TYPES,
            Deal::EVENT_TYPES,
            ApiToken::EVENT_TYPES,
            QuickReply::EVENT_TYPES,
            SavedView::EVENT_TYPES,
            Settings::EVENT_TYPES,
        ];
        let known = known.into_iter().flatten().copied();
        Self::new(
            known.filter(|name| failpoints::knows(name)).collect(),
            UPCASTERS,
        )
    }
}

impl Upcasting {
    /// Types without an upcaster are at version 1, others one beyond their newest upcaster.
    pub(super) fn new(
        known: HashSet<&'static str>,
        upcasters: &[(&'static str, u32, Upcaster)],
    ) -> Self {
        let mut newest: HashMap<_, _> = known.into_iter().map(|name| (name, 1)).collect();
        for (name, version, _) in upcasters {
            if let Some(newest) = newest.get_mut(name) {
                *newest = (*newest).max(version + 1);
            }
        }
        let upcasters = upcasters
            .iter()
            .map(|(name, version, upcast)| ((*name, *version), *upcast))
            .collect();
        Self { newest, upcasters }
    }

    /// Each type with its newest version, as nodes tell each other what they can read.
    pub(super) fn kinds(&self) -> impl Iterator<Item = String> {
        self.newest
            .iter()
            .map(|(name, version)| format!("{name}@{version}"))
    }

    /// The newest form of a stored event.
    pub(super) fn upcast(&self, raw: RawEvent) -> Vec<RawEvent> {
        let mut open = vec![raw];
        let mut done = Vec::with_capacity(1);
        while let Some(raw) = open.pop() {
            match self.upcaster(&raw) {
                None => done.push(raw),
                Some(upcast) => open.extend(upcast(raw).into_iter().rev()),
            }
        }
        done
    }

    fn upcaster(&self, raw: &RawEvent) -> Option<&Upcaster> {
        let version = raw.event_version.parse().ok()?;
        let (name, _) = self.newest.get_key_value(raw.event_type.as_str())?;
        self.upcasters.get(&(*name, version))
    }

    /// Decodes an upcast event; types and versions of the future become `Unknown`.
    pub(super) fn decode(
        &self,
        aggregate: &str,
        raw: RawEvent,
    ) -> Result<AnyEvent, serde_json::Error> {
        let newest = self.newest.get(raw.event_type.as_str()).copied();
        let known = newest.is_some() && raw.event_version.parse().ok() == newest;
        AnyEvent::decode(aggregate, raw.payload, known)
    }
}
