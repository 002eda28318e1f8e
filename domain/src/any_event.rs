//! Any event of any aggregate, decoded once for everyone who reads the log.

use serde::Deserialize;
use serde_json::Value;

use crate::api_token::ApiTokenEvent;
use crate::bot::BotEvent;
use crate::bot_session::BotSessionEvent;
use crate::contact::ContactEvent;
use crate::conversation::ConversationEvent;
use crate::deal::DealEvent;
use crate::delivery::DeliveryEvent;
use crate::number::NumberEvent;
use crate::quick_reply::QuickReplyEvent;
use crate::saved_view::SavedViewEvent;
use crate::settings::SettingsEvent;

/// An event with its type. `Unknown` is an event type of a newer version: a consumer that must understand
/// every event stops there, it never skips.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each variant is the aggregate it names")]
pub enum AnyEvent {
    Number(NumberEvent),
    Contact(ContactEvent),
    Conversation(ConversationEvent),
    Delivery(DeliveryEvent),
    Bot(BotEvent),
    BotSession(BotSessionEvent),
    Deal(DealEvent),
    ApiToken(ApiTokenEvent),
    QuickReply(QuickReplyEvent),
    SavedView(SavedViewEvent),
    Settings(SettingsEvent),
    Unknown(Value),
}

/// Names of the aggregates as stored in `aggregate_type`.
pub mod aggregate_type {
    #![expect(missing_docs, reason = "each constant is the aggregate it names")]
    pub const NUMBER: &str = "number";
    pub const CONTACT: &str = "contact";
    pub const CONVERSATION: &str = "conversation";
    pub const DELIVERY: &str = "delivery";
    pub const BOT: &str = "bot";
    pub const BOT_SESSION: &str = "bot_session";
    pub const DEAL: &str = "deal";
    pub const API_TOKEN: &str = "api_token";
    pub const QUICK_REPLY: &str = "quick_reply";
    pub const SAVED_VIEW: &str = "saved_view";
    pub const SETTINGS: &str = "settings";
}

impl AnyEvent {
    /// Decodes an opened payload of the newest version.
    ///
    /// # Errors
    /// The JSON does not fit the aggregate's events although its type is known.
    pub fn decode(aggregate: &str, payload: Value, known: bool) -> Result<Self, serde_json::Error> {
        if !known {
            return Ok(Self::Unknown(payload));
        }
        Ok(match aggregate {
            aggregate_type::NUMBER => Self::Number(Deserialize::deserialize(payload)?),
            aggregate_type::CONTACT => Self::Contact(Deserialize::deserialize(payload)?),
            aggregate_type::CONVERSATION => Self::Conversation(Deserialize::deserialize(payload)?),
            aggregate_type::DELIVERY => Self::Delivery(Deserialize::deserialize(payload)?),
            aggregate_type::BOT => Self::Bot(Deserialize::deserialize(payload)?),
            aggregate_type::BOT_SESSION => Self::BotSession(Deserialize::deserialize(payload)?),
            aggregate_type::DEAL => Self::Deal(Deserialize::deserialize(payload)?),
            aggregate_type::API_TOKEN => Self::ApiToken(Deserialize::deserialize(payload)?),
            aggregate_type::QUICK_REPLY => Self::QuickReply(Deserialize::deserialize(payload)?),
            aggregate_type::SAVED_VIEW => Self::SavedView(Deserialize::deserialize(payload)?),
            aggregate_type::SETTINGS => Self::Settings(Deserialize::deserialize(payload)?),
            _ => Self::Unknown(payload),
        })
    }
}

macro_rules! convert {
    ($($variant:ident($event:ty)),* $(,)?) => {
        impl AnyEvent {
            /// The payload as stored, still open: the aggregate's externally tagged event.
            ///
            /// # Errors
            /// A value inside has no JSON form (a float that is not finite).
            pub fn to_payload(&self) -> Result<Value, serde_json::Error> {
                match self {
                    $(Self::$variant(event) => serde_json::to_value(event),)*
                    Self::Unknown(payload) => Ok(payload.clone()),
                }
            }
        }

        $(
            impl From<$event> for AnyEvent {
                fn from(event: $event) -> Self {
                    Self::$variant(event)
                }
            }

            impl TryFrom<&AnyEvent> for $event {
                type Error = WrongAggregate;

                fn try_from(event: &AnyEvent) -> Result<Self, Self::Error> {
                    match event {
                        AnyEvent::$variant(event) => Ok(event.clone()),
                        _ => Err(WrongAggregate),
                    }
                }
            }
        )*
    };
}

/// An event belongs to another aggregate than asked for, or to a newer version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event belongs to another aggregate or a newer version")]
pub struct WrongAggregate;

convert! {
    Number(NumberEvent),
    Contact(ContactEvent),
    Conversation(ConversationEvent),
    Delivery(DeliveryEvent),
    Bot(BotEvent),
    BotSession(BotSessionEvent),
    Deal(DealEvent),
    ApiToken(ApiTokenEvent),
    QuickReply(QuickReplyEvent),
    SavedView(SavedViewEvent),
    Settings(SettingsEvent),
}
