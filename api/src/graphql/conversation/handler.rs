//! Who handles a conversation, and where its bot stands.

use application::use_cases::policy::Action;
use async_graphql::{Context, Enum, ID, Object};
use projections::conversation::{BotStep as StepView, HandlerView};

use crate::graphql::bot::Bot;
use crate::graphql::context::loaders;
use crate::graphql::guard::Can;
use crate::graphql::id::Kind;
use crate::graphql::loaders::BotKey;
use crate::problem::Problem;

/// Who handles a conversation.
#[derive(Clone, Debug)]
pub(crate) struct Handler(pub(super) HandlerView);

/// What kind of handler it is.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum HandlerType {
    /// A bot.
    Bot,
    /// A person.
    Person,
    /// Nobody.
    Nobody,
}

#[Object]
impl Handler {
    /// What kind it is.
    #[graphql(name = "type")]
    async fn kind(&self) -> HandlerType {
        match self.0 {
            HandlerView::Bot { .. } => HandlerType::Bot,
            HandlerView::Person { .. } => HandlerType::Person,
            HandlerView::Nobody => HandlerType::Nobody,
        }
    }

    /// The bot, or the API token of the person; null for nobody.
    async fn id(&self) -> Option<ID> {
        match &self.0 {
            HandlerView::Bot { id, .. } => Some(Kind::Bot.id(id)),
            HandlerView::Person { id, .. } => Some(Kind::ApiToken.id(id)),
            HandlerView::Nobody => None,
        }
    }

    /// Their name; null for nobody.
    async fn name(&self) -> Option<&str> {
        match &self.0 {
            HandlerView::Bot { name, .. } => name.as_deref(),
            HandlerView::Person { name, .. } => Some(name),
            HandlerView::Nobody => None,
        }
    }
}

/// Where the bot of a conversation stands.
#[derive(Clone, Debug)]
pub(crate) struct BotStep(pub(super) StepView);

#[Object]
impl BotStep {
    /// The bot.
    #[graphql(guard = "Can(Action::ReadBots)")]
    async fn bot(&self, ctx: &Context<'_>) -> Result<Option<Bot>, Problem> {
        Ok(loaders(ctx)?.load(BotKey(self.0.id)).await?.map(Bot))
    }

    /// Its version in this run.
    async fn version(&self) -> Option<u32> {
        self.0.version
    }

    /// The node it stands at.
    async fn node_id(&self) -> Option<&str> {
        self.0.node.as_deref()
    }

    /// The run.
    async fn session_id(&self) -> Option<String> {
        self.0.session.map(|session| session.to_string())
    }
}
