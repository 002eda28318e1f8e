//! Which conversations are listed, and in which order.

use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, OneofObject};
use domain::ids::{ContactId, TokenId};
use domain::saved_view::{ViewAssignee, ViewSort};
use projections::conversation::{
    AssigneeFilter, ConversationFilter as ReadFilter, ConversationSort as ReadSort,
};

use super::handler::HandlerType;
use super::{Conversation, ConversationStatus};
use crate::graphql::context::app;
use crate::graphql::id::Kind;
use crate::graphql::page::{List, PageArguments, read_page};
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};
use crate::search;

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
    /// Only assigned to this person, or to nobody.
    assignee: Option<AssigneeChoice>,
    /// Only those that wait for a person, or do not.
    is_awaiting: Option<bool>,
    /// Only with something unread, or nothing.
    is_unread: Option<bool>,
    /// Only of customers with this tag.
    tag: Option<String>,
    /// Part of the customer's name, username or phone number.
    search: Option<String>,
}

/// To whom conversations are assigned.
#[derive(Debug, OneofObject)]
pub(crate) enum AssigneeChoice {
    /// To whoever asks (`true`).
    Me(bool),
    /// To nobody (`true`).
    Nobody(bool),
    /// To this person, by the id of an API token.
    Person(ID),
}

/// In which order conversations are listed.
#[derive(Clone, Copy, Debug, Default, Enum, PartialEq, Eq)]
pub(crate) enum ConversationSort {
    /// The last message newest first.
    #[default]
    Newest,
    /// Only those that wait for a person, the longest waiting first.
    LongestWaiting,
}

const NEWEST: List = List("conversations/newest");
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
            sort: ConversationSort::Newest,
            arguments,
        }
    }

    /// Reads it.
    pub(in crate::graphql) async fn read(
        self,
        ctx: &Context<'_>,
    ) -> Result<Connection<String, Conversation>, Problem> {
        let (list, sort) = match self.sort {
            ConversationSort::Newest => (NEWEST, ReadSort::Newest),
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
    pub(super) fn read_filter(self, viewer: TokenId) -> Result<ReadFilter, Problem> {
        let number = self.number.as_ref();
        let contact = self.customer.as_ref();
        let search = search::checked("filter.search", self.search.as_deref())
            .map_err(|error| Problem::invalid(vec![*error]))?;
        Ok(ReadFilter {
            is_closed: self
                .status
                .map(|status| status == ConversationStatus::Closed),
            search,
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
            assignee: match self.assignee {
                None => None,
                Some(choice) => Some(match choice.view("filter.assignee")? {
                    ViewAssignee::Me => AssigneeFilter::Person(viewer),
                    ViewAssignee::Nobody => AssigneeFilter::Nobody,
                    ViewAssignee::Person(person) => AssigneeFilter::Person(person),
                }),
            },
            is_awaiting: self.is_awaiting,
            is_unread: self.is_unread,
            tag: self.tag,
        })
    }
}

impl AssigneeChoice {
    /// As saved views keep it.
    pub(in crate::graphql) fn view(&self, argument: &str) -> Result<ViewAssignee, Problem> {
        Ok(match self {
            Self::Me(true) => ViewAssignee::Me,
            Self::Nobody(true) => ViewAssignee::Nobody,
            Self::Person(person) => ViewAssignee::Person(Kind::ApiToken.parse(argument, person)?),
            Self::Me(false) | Self::Nobody(false) => {
                let message = Text::new(
                    "must be true, or another choice",
                    "должно быть true либо другой вариант",
                );
                let error = FieldError::new(argument, "invalid_choice", message);
                return Err(Problem::invalid(vec![error]));
            }
        })
    }
}

impl From<ViewSort> for ConversationSort {
    fn from(sort: ViewSort) -> Self {
        match sort {
            ViewSort::Newest => Self::Newest,
            ViewSort::LongestWaiting => Self::LongestWaiting,
        }
    }
}

impl From<ConversationSort> for ViewSort {
    fn from(sort: ConversationSort) -> Self {
        match sort {
            ConversationSort::Newest => Self::Newest,
            ConversationSort::LongestWaiting => Self::LongestWaiting,
        }
    }
}
