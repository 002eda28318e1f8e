//! Anything by its id, and who asks.

use application::use_cases::policy::{Action, allows};
use async_graphql::{Context, ID, Interface, Object};
use domain::ids::{
    BotId, ContactId, ConversationId, DealId, MessageId, NumberId, QuickReplyId, SavedViewId,
    TokenId,
};

use super::bot::Bot;
use super::contact::Contact;
use super::context::{app, caller, loaders};
use super::conversation::Conversation;
use super::deal::Deal;
use super::id::{Kind, parse_any};
use super::loaders::{BotKey, ContactKey, ConversationKey, MessageKey, NumberKey};
use super::message::Message;
use super::number::Number;
use super::quick_reply::QuickReply;
use super::saved_view::SavedView;
use super::token::ApiToken;
use crate::problem::Problem;

/// Anything with an id.
#[derive(Debug, Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Its id, with its kind in front."))]
pub(crate) enum Node {
    /// A number.
    Number(Number),
    /// A conversation.
    Conversation(Box<Conversation>),
    /// A message.
    Message(Box<Message>),
    /// A customer.
    Contact(Contact),
    /// A bot.
    Bot(Bot),
    /// A deal.
    Deal(Deal),
    /// An API token.
    ApiToken(ApiToken),
    /// A quick reply.
    QuickReply(QuickReply),
    /// A saved view.
    SavedView(SavedView),
}

/// Queries about anything.
#[derive(Debug, Default)]
pub(crate) struct NodeQueries;

#[Object]
impl NodeQueries {
    /// Anything by its id; null if there is no such thing, or not for this caller.
    async fn node(&self, ctx: &Context<'_>, id: ID) -> Result<Option<Node>, Problem> {
        let (kind, uuid) = parse_any("id", &id)?;
        if !allows(caller(ctx)?.actor.role, action(kind)) {
            return Ok(None);
        }
        let loaders = loaders(ctx)?;
        Ok(match kind {
            Kind::Number => {
                let found = loaders.load(NumberKey(NumberId::new(uuid))).await?;
                found.map(|view| Node::Number(Number(view)))
            }
            Kind::Conversation => {
                let found = loaders.load(ConversationKey(ConversationId::new(uuid)));
                let found = found.await?;
                found.map(|view| Node::Conversation(Box::new(Conversation(view))))
            }
            Kind::Message => {
                let found = loaders.load(MessageKey(MessageId::new(uuid))).await?;
                found.map(|view| Node::Message(Box::new(Message(view))))
            }
            Kind::Contact => {
                let found = loaders.load(ContactKey(ContactId::new(uuid))).await?;
                found.map(|view| Node::Contact(Contact(view)))
            }
            Kind::Bot => {
                let found = loaders.load(BotKey(BotId::new(uuid))).await?;
                found.map(|view| Node::Bot(Bot(view)))
            }
            Kind::Deal => {
                let found = app(ctx)?.reads().deal(DealId::new(uuid)).await?;
                found.map(|view| Node::Deal(Deal(view)))
            }
            Kind::ApiToken => {
                let wanted = TokenId::new(uuid);
                let tokens = app(ctx)?.directory.tokens().into_iter();
                let mut found = tokens.filter(|token| token.id == wanted);
                found.next().map(|owner| Node::ApiToken(ApiToken(owner)))
            }
            Kind::QuickReply => {
                let reads = app(ctx)?.reads();
                let found = reads.quick_reply(QuickReplyId::new(uuid)).await?;
                found.map(|view| Node::QuickReply(QuickReply(view)))
            }
            Kind::SavedView => {
                let (reads, viewer) = (app(ctx)?.reads(), caller(ctx)?.actor.id);
                let found = reads.saved_view(viewer, SavedViewId::new(uuid)).await?;
                found.map(|view| Node::SavedView(SavedView(view)))
            }
        })
    }

    /// The token that this request came with.
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn me(&self, ctx: &Context<'_>) -> Result<ApiToken, Problem> {
        Ok(ApiToken::of(&caller(ctx)?.actor))
    }
}

/// What reading one of a kind needs, as on the fields that list them.
const fn action(kind: Kind) -> Action {
    match kind {
        Kind::Number => Action::ReadNumbers,
        Kind::Conversation | Kind::Message | Kind::Deal => Action::ReadConversations,
        Kind::Contact => Action::ReadContacts,
        Kind::Bot => Action::ReadBots,
        Kind::ApiToken => Action::ManageTokens,
        Kind::QuickReply => Action::QuickReplies,
        Kind::SavedView => Action::OwnViews,
    }
}
