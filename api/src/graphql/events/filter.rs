//! Which events are asked for.

use application::ports::event_log::{RecordedEvent, StreamId};
use async_graphql::{Enum, ID, InputObject};
use domain::any_event::aggregate_type;
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

use super::stream_ref;
use crate::graphql::limits::EVENT_FILTER_VALUES;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// Every type that an event can have.
const EVENT_TYPES: [&[&str]; 11] = [
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

/// Which events to show; what is left out shows all that the caller may read.
#[derive(Debug, Default, InputObject)]
pub(crate) struct EventFilter {
    /// Only of these streams, e.g. `conversation:UUID` or `session:UUID`; at most 100.
    streams: Option<Vec<ID>>,
    /// Only of streams of these kinds.
    stream_kinds: Option<Vec<StreamKind>>,
    /// Only of these types, e.g. `ConversationMessageReceived`; at most 100.
    event_types: Option<Vec<String>>,
}

/// What a stream tells of.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum StreamKind {
    /// A number of ours.
    Number,
    /// A customer.
    Contact,
    /// A conversation.
    Conversation,
    /// What became of an outbound message.
    Message,
    /// A bot.
    Bot,
    /// A run of a bot.
    Session,
    /// A deal.
    Deal,
    /// An API token.
    ApiToken,
    /// A quick reply.
    QuickReply,
    /// A saved view.
    SavedView,
    /// The settings of the installation.
    Settings,
}

impl StreamKind {
    const fn aggregate(self) -> &'static str {
        match self {
            Self::Number => aggregate_type::NUMBER,
            Self::Contact => aggregate_type::CONTACT,
            Self::Conversation => aggregate_type::CONVERSATION,
            Self::Message => aggregate_type::DELIVERY,
            Self::Bot => aggregate_type::BOT,
            Self::Session => aggregate_type::BOT_SESSION,
            Self::Deal => aggregate_type::DEAL,
            Self::ApiToken => aggregate_type::API_TOKEN,
            Self::QuickReply => aggregate_type::QUICK_REPLY,
            Self::SavedView => aggregate_type::SAVED_VIEW,
            Self::Settings => aggregate_type::SETTINGS,
        }
    }
}

/// A filter that was read.
#[derive(Debug)]
pub(in crate::graphql) struct Wanted {
    streams: Option<Vec<StreamId>>,
    kinds: Option<Vec<StreamKind>>,
    types: Option<Vec<String>>,
}

impl EventFilter {
    /// The filter, read.
    ///
    /// # Errors
    /// An id is none, or a list is too long.
    pub(in crate::graphql) fn wanted(self) -> Result<Wanted, Problem> {
        let streams = self.streams.map(|ids| {
            limited("filter.streams", ids.len())?;
            let parsed = ids.iter().enumerate().map(|(index, id)| {
                let argument = format!("filter.streams[{index}]");
                stream_ref::parse(&argument, id)
            });
            parsed.collect::<Result<Vec<_>, _>>()
        });
        let types = self.event_types.as_deref().unwrap_or_default();
        limited("filter.eventTypes", types.len())?;
        for (index, wanted) in types.iter().enumerate() {
            let mut known = EVENT_TYPES.iter().copied().flatten();
            if !known.any(|known| known == wanted) {
                return Err(unknown_type(index));
            }
        }
        Ok(Wanted {
            streams: streams.transpose()?,
            kinds: self.stream_kinds,
            types: self.event_types,
        })
    }
}

impl Wanted {
    /// Whether an event is asked for.
    pub(in crate::graphql) fn holds(&self, event: &RecordedEvent) -> bool {
        let streams = self.streams.as_ref();
        let kinds = self.kinds.as_ref();
        let types = self.types.as_ref();
        streams.is_none_or(|streams| streams.contains(&event.stream))
            && kinds.is_none_or(|kinds| {
                let mut kinds = kinds.iter();
                kinds.any(|kind| kind.aggregate() == event.stream.aggregate_type)
            })
            && types.is_none_or(|types| types.contains(&event.event_type))
    }
}

fn unknown_type(index: usize) -> Problem {
    Problem::invalid(vec![FieldError::new(
        format!("filter.eventTypes[{index}]"),
        "unknown_event_type",
        Text::new(
            "is no type of an event; docs/events.md lists them",
            "не является типом события; все типы перечислены в docs/events.md",
        ),
    )])
}

fn limited(argument: &str, count: usize) -> Result<(), Problem> {
    if count <= EVENT_FILTER_VALUES {
        return Ok(());
    }
    let message = Text::made(
        format!("must have at most {EVENT_FILTER_VALUES} values"),
        format!("должно содержать не больше {EVENT_FILTER_VALUES} значений"),
    );
    let error = FieldError::new(argument, "too_many_values", message);
    let error = error.with_limit(EVENT_FILTER_VALUES as u64, count as u64);
    Err(Problem::invalid(vec![error]))
}
