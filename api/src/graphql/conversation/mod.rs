//! A conversation of one customer with one number.

mod entry;
mod filter;
mod handler;
mod mutations;
mod note;
mod payload;
mod queries;
mod send;
mod work;

use application::use_cases::policy::Action;
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object};
use projections::conversation::ConversationView;

pub(super) use filter::{AssigneeChoice, ConversationPage, ConversationSort};
pub(super) use handler::HandlerType;
pub(super) use mutations::ConversationMutations;
pub(super) use queries::ConversationQueries;
pub(super) use send::SendMutations;
pub(super) use work::WorkMutations;

use self::entry::TimelineEntry;
use self::handler::{BotStep, Handler};
use self::note::Note;
use super::contact::Contact;
use super::context::{app, loaders};
use super::guard::Can;
use super::id::Kind;
use super::loaders::{ContactKey, MessageKey, NumberKey};
use super::message::Message;
use super::number::Number;
use super::page::{List, PageArguments, page_cost, read_page};
use super::person::Person;
use super::presence::{Present, present};
use super::time::DateTime;
use crate::problem::Problem;

/// A conversation of one customer with one number.
#[derive(Clone, Debug)]
pub(crate) struct Conversation(pub(super) ConversationView);

/// Whether a conversation goes on.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum ConversationStatus {
    /// It goes on.
    Active,
    /// Closed until somebody writes.
    Closed,
}

const MESSAGES: List = List("messages");
const ENTRIES: List = List("entries");

#[Object]
impl Conversation {
    /// Its id.
    pub(super) async fn id(&self) -> ID {
        Kind::Conversation.id(self.0.id)
    }

    /// Whether it goes on.
    async fn status(&self) -> ConversationStatus {
        if self.0.is_closed {
            ConversationStatus::Closed
        } else {
            ConversationStatus::Active
        }
    }

    /// Our number.
    #[graphql(guard = "Can(Action::ReadNumbers)")]
    async fn number(&self, ctx: &Context<'_>) -> Result<Option<Number>, Problem> {
        let found = loaders(ctx)?.load(NumberKey(self.0.number)).await?;
        Ok(found.map(Number))
    }

    /// The customer.
    #[graphql(guard = "Can(Action::ReadContacts)")]
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Contact>, Problem> {
        let found = loaders(ctx)?.load(ContactKey(self.0.customer.id)).await?;
        Ok(found.map(Contact))
    }

    /// Who handles it.
    async fn handler(&self) -> Handler {
        Handler(self.0.handler.clone())
    }

    /// Where the bot that handles it stands.
    async fn bot_step(&self) -> Option<BotStep> {
        self.0.bot.clone().map(BotStep)
    }

    /// To whom it is assigned; who handles it is another thing.
    async fn assignee(&self) -> Option<Person> {
        self.0.assignee.clone().map(Person::from)
    }

    /// Who looks at it now, on this node.
    #[graphql(guard = "Can(Action::Presence)")]
    #[expect(clippy::unused_async, reason = "the library asks for async resolvers")]
    async fn present(&self, ctx: &Context<'_>) -> Result<Vec<Present>, Problem> {
        present(ctx, self.0.id)
    }

    /// Since when a person is awaited.
    async fn awaiting_people_since(&self) -> Option<DateTime> {
        self.0.awaiting_people_since.map(DateTime)
    }

    /// Messages of the customer since a person last wrote, took over or read.
    async fn unread_count(&self) -> u32 {
        self.0.unread_count
    }

    /// When the 24-hour service window closes, or closed.
    async fn window_expires_at(&self) -> Option<DateTime> {
        self.0.window_expires_at.map(DateTime)
    }

    /// The last message.
    async fn last_message(&self, ctx: &Context<'_>) -> Result<Option<Message>, Problem> {
        let Some(last) = &self.0.last_message else {
            return Ok(None);
        };
        let found = loaders(ctx)?.load(MessageKey(last.id)).await?;
        Ok(found.map(Message))
    }

    /// The last message's place in time.
    async fn last_message_at(&self) -> Option<DateTime> {
        self.0.last_message_at.map(DateTime)
    }

    /// The timeline, oldest first. Without arguments its newest part: as `last: 25`.
    #[graphql(complexity = "page_cost(first, last) * child_complexity")]
    async fn messages(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, Message>, Problem> {
        let is_newest = first.is_none() && after.is_none();
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let mut slice = arguments.slice(MESSAGES)?;
        slice.from_end |= is_newest;
        let read = app(ctx)?.reads().message_slice(self.0.id, &slice).await;
        Ok(MESSAGES.connection(read_page(read)?, Message))
    }

    /// What stands beside the messages (notes, assignments, take-overs, closings), newest first.
    #[graphql(complexity = "page_cost(first, last) * child_complexity")]
    async fn entries(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> Result<Connection<String, TimelineEntry>, Problem> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let slice = arguments.slice(ENTRIES)?;
        let read = app(ctx)?.reads().entry_slice(self.0.id, &slice).await;
        Ok(ENTRIES.connection(read_page(read)?, TimelineEntry))
    }

    /// Notes left in it.
    async fn note_count(&self) -> u32 {
        self.0.note_count
    }

    /// What people noted, oldest first.
    #[graphql(complexity = "10 * child_complexity")]
    async fn notes(&self, ctx: &Context<'_>) -> Result<Vec<Note>, Problem> {
        let notes = app(ctx)?.reads().notes(self.0.id).await?;
        Ok(notes.into_iter().map(Note).collect())
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// When it was closed, if it is.
    async fn closed_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(DateTime)
    }
}
