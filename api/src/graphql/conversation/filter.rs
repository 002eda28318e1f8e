//! Which conversations are listed, and in which order.

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject};
use domain::ids::ContactId;
use projections::conversation::{ConversationFilter as ReadFilter, ConversationSort as ReadSort};

use super::handler::HandlerType;
use super::{Conversation, ConversationStatus};
use crate::graphql::context::app;
use crate::graphql::id::Kind;
use crate::graphql::page::{List, PageArguments, read_page};
use crate::problem::Problem;

/// Which conversations to list; what is left out lists all.
#[derive(Debug, Default, InputObject)]
pub(crate) struct ConversationFilter {
    /// Only those that go on, or only closed ones.
    status: Option<ConversationStatus>,
    /// Only of this number.
    number: Option<ID>,
    /// Only of this customer.
    customer: Option<ID>,
    /// Only with a handler of this kind.
    handler: Option<HandlerType>,
    /// Part of the customer's name, username or phone number.
    search: Option<String>,
}

/// In which order conversations are listed.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub(crate) enum ConversationSort {
    /// The last message newest first.
    #[default]
    LastMessage,
    /// Only those that wait for a person, the longest waiting first.
    LongestWaiting,
}

const LAST_MESSAGE: List = List("conversations/last_message");
const LONGEST_WAITING: List = List("conversations/longest_waiting");

/// A page of conversations that is asked for.
#[derive(Debug)]
pub(in crate::graphql) struct ConversationPage {
    pub(in crate::graphql) filter: ReadFilter,
    pub(in crate::graphql) sort: ConversationSort,
    pub(in crate::graphql) arguments: PageArguments,
}

impl ConversationPage {
    /// Those of one customer.
    pub(in crate::graphql) fn of_contact(contact: ContactId, arguments: PageArguments) -> Self {
        Self {
            filter: ReadFilter {
                contact: Some(contact),
                ..ReadFilter::default()
            },
            sort: ConversationSort::LastMessage,
            arguments,
        }
    }

    /// Reads it.
    pub(in crate::graphql) async fn read(
        self,
        ctx: &Context<'_>,
    ) -> Result<Connection<String, Conversation>, Problem> {
        let (list, sort) = match self.sort {
            ConversationSort::LastMessage => (LAST_MESSAGE, ReadSort::LastMessage),
            ConversationSort::LongestWaiting => (LONGEST_WAITING, ReadSort::LongestWaiting),
        };
        let slice = self.arguments.slice(list)?;
        let reads = app(ctx)?.reads();
        let read = reads.conversation_slice(&self.filter, sort, &slice).await;
        Ok(list.connection(read_page(read)?, Conversation))
    }
}

impl ConversationFilter {
    /// As the read models take it.
    pub(super) fn read_filter(self) -> Result<ReadFilter, Problem> {
        let number = self.number.as_ref();
        let contact = self.customer.as_ref();
        Ok(ReadFilter {
            is_closed: self
                .status
                .map(|status| status == ConversationStatus::Closed),
            search: self.search,
            number: number
                .map(|id| Kind::Number.parse("filter.number", id))
                .transpose()?,
            contact: contact
                .map(|id| Kind::Contact.parse("filter.customer", id))
                .transpose()?,
            handler: self.handler.map(|handler| {
                let name = match handler {
                    HandlerType::Bot => "bot",
                    HandlerType::Person => "person",
                    HandlerType::Nobody => "nobody",
                };
                name.to_owned()
            }),
        })
    }
}
