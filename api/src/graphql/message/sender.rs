//! Who said a message.

use async_graphql::{Enum, ID, Object};
use projections::message::SenderView;

use crate::graphql::id::Kind;

/// Who said a message.
#[derive(Clone, Debug)]
pub(crate) struct Sender(pub(super) SenderView);

/// What kind of sender it is.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum SenderType {
    /// The customer.
    Customer,
    /// A bot.
    Bot,
    /// A person, by an API token.
    Operator,
    /// A program.
    Api,
    /// A person on the business' own phone.
    Phone,
    /// WhatsApp itself.
    System,
}

#[Object]
impl Sender {
    /// What kind it is.
    #[graphql(name = "type")]
    async fn kind(&self) -> SenderType {
        sender_type(&self.0.kind)
    }

    /// The contact, the bot, or the person's API token.
    async fn id(&self) -> Option<ID> {
        let kind = match sender_type(&self.0.kind) {
            SenderType::Customer => Kind::Contact,
            SenderType::Bot => Kind::Bot,
            _ => Kind::ApiToken,
        };
        self.0.id.map(|id| kind.id(id))
    }

    /// Their name.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }
}

fn sender_type(name: &str) -> SenderType {
    match name {
        "customer" => SenderType::Customer,
        "bot" => SenderType::Bot,
        "operator" => SenderType::Operator,
        "api" => SenderType::Api,
        "phone" => SenderType::Phone,
        _ => SenderType::System,
    }
}
