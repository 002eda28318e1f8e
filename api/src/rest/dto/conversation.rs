//! A conversation.

use std::collections::BTreeMap;

use projections::conversation::{ConversationView, HandlerView};
use serde::Serialize;
use utoipa::ToSchema;

use super::{opt_time, time};

/// A conversation of one customer with one number.
#[derive(Debug, Serialize, ToSchema)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// `active` or `closed`.
    pub status: &'static str,
    /// Our number.
    pub whatsapp_number_id: String,
    /// The customer.
    pub customer: Customer,
    /// Who handles it.
    pub handler: Handler,
    /// Whether that is a bot.
    pub is_bot_active: bool,
    /// Where the bot stands.
    pub bot: Option<ConversationBot>,
    /// The person it is assigned to, whoever handles it.
    pub assigned_to: Option<Named>,
    /// Since when a person is awaited.
    pub awaiting_people_since: Option<String>,
    /// Messages not read by a person.
    pub unread_count: u32,
    /// When the service window closes.
    pub window_expires_at: Option<String>,
    /// The last message.
    pub last_message: Option<LastMessage>,
    /// Its time.
    pub last_message_at: Option<String>,
    /// When it began.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// When it was closed.
    pub closed_at: Option<String>,
}

/// The customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Customer {
    /// The contact's id.
    pub id: String,
    /// Name of the profile.
    pub name: Option<String>,
    /// Username.
    pub username: Option<String>,
    /// In E.164; null for a customer known by id only.
    pub phone_number: Option<String>,
    /// Attributes.
    pub metadata: BTreeMap<String, String>,
    /// Tags.
    pub tags: Vec<String>,
}

/// Who handles a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Handler {
    /// `bot`, `person` or `nobody`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Null for nobody.
    pub id: Option<String>,
    /// Null for nobody.
    pub name: Option<String>,
}

/// Where a bot stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationBot {
    /// The bot.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its version in this run.
    pub version: Option<u32>,
    /// The node.
    pub node_id: Option<String>,
}

/// Someone by id and name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

/// The last message in short.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastMessage {
    /// Its id.
    pub id: String,
    /// `inbound` or `outbound`.
    pub direction: String,
    /// Its kind.
    pub message_type: String,
    /// Its text.
    pub content: String,
    /// What became of it.
    pub status: &'static str,
    /// Its time.
    pub created_at: String,
}

impl From<ConversationView> for Conversation {
    fn from(view: ConversationView) -> Self {
        let handler = Handler::of(&view.handler);
        Self {
            id: view.id.to_string(),
            status: if view.is_closed { "closed" } else { "active" },
            whatsapp_number_id: view.number.to_string(),
            customer: Customer {
                id: view.customer.id.to_string(),
                name: view.customer.name,
                username: view.customer.username,
                phone_number: view.customer.phone_number,
                metadata: view.customer.attributes,
                tags: view.customer.tags,
            },
            is_bot_active: handler.kind == "bot",
            handler,
            bot: view.bot.map(|bot| ConversationBot {
                id: bot.id.to_string(),
                name: bot.name,
                version: bot.version,
                node_id: bot.node,
            }),
            assigned_to: view.assignee.map(|person| Named {
                id: person.id.to_string(),
                name: person.name,
            }),
            awaiting_people_since: opt_time(view.awaiting_people_since),
            unread_count: view.unread_count,
            window_expires_at: opt_time(view.window_expires_at),
            last_message: view.last_message.map(|message| LastMessage {
                id: message.id.to_string(),
                direction: message.direction,
                message_type: message.message_type,
                content: message.content,
                status: message.status.as_str(),
                created_at: time(message.created_at),
            }),
            last_message_at: opt_time(view.last_message_at),
            created_at: time(view.created_at),
            updated_at: time(view.updated_at),
            closed_at: opt_time(view.closed_at),
        }
    }
}

impl Handler {
    fn of(view: &HandlerView) -> Self {
        let (kind, id, name) = match view {
            HandlerView::Nobody => ("nobody", None, None),
            HandlerView::Bot { id, name, .. } => ("bot", Some(id.to_string()), name.clone()),
            HandlerView::Person { id, name } => {
                ("person", Some(id.to_string()), Some(name.clone()))
            }
        };
        Self { kind, id, name }
    }
}
