//! Which conversations a saved view shows. It has no search text: that would be a customer's name.

use async_graphql::{Enum, ID, InputObject, SimpleObject};
use domain::saved_view::{ViewAssignee, ViewFilter, ViewHandler};

use crate::graphql::conversation::{AssigneeChoice, ConversationStatus, HandlerType};
use crate::graphql::id::Kind;
use crate::problem::Problem;

/// Which conversations a saved view shows; what is null does not matter.
#[derive(Debug, SimpleObject)]
pub(crate) struct SavedViewFilter {
    /// Those that go on, or closed ones.
    status: Option<ConversationStatus>,
    /// Of this number.
    number: Option<ID>,
    /// With a handler of this kind.
    handler: Option<HandlerType>,
    /// To whom they are assigned.
    assignee: Option<SavedViewAssignee>,
    /// The person, where `assignee` is `PERSON`.
    assignee_id: Option<ID>,
    /// Whether they wait for a person.
    is_awaiting: Option<bool>,
    /// Whether something is unread.
    is_unread: Option<bool>,
    /// Of customers with this tag.
    tag: Option<String>,
}

/// To whom conversations of a view are assigned.
#[derive(Clone, Copy, Debug, Enum, PartialEq, Eq)]
pub(crate) enum SavedViewAssignee {
    /// To whoever looks.
    Me,
    /// To nobody.
    Nobody,
    /// To one person.
    Person,
}

/// Which conversations a saved view shall show; what is left out does not matter.
#[derive(Debug, Default, InputObject)]
pub(crate) struct SavedViewFilterInput {
    /// Those that go on, or closed ones.
    status: Option<ConversationStatus>,
    /// Of this number.
    number: Option<ID>,
    /// With a handler of this kind.
    handler: Option<HandlerType>,
    /// To whom they are assigned.
    assignee: Option<AssigneeChoice>,
    /// Whether they wait for a person.
    is_awaiting: Option<bool>,
    /// Whether something is unread.
    is_unread: Option<bool>,
    /// Of customers with this tag.
    tag: Option<String>,
}

impl SavedViewFilter {
    pub(super) fn of(filter: &ViewFilter) -> Self {
        let (assignee, assignee_id) = match filter.assignee {
            None => (None, None),
            Some(ViewAssignee::Me) => (Some(SavedViewAssignee::Me), None),
            Some(ViewAssignee::Nobody) => (Some(SavedViewAssignee::Nobody), None),
            Some(ViewAssignee::Person(person)) => (
                Some(SavedViewAssignee::Person),
                Some(Kind::ApiToken.id(person)),
            ),
        };
        Self {
            status: filter.closed.map(|closed| {
                if closed {
                    ConversationStatus::Closed
                } else {
                    ConversationStatus::Active
                }
            }),
            number: filter.number.map(|number| Kind::Number.id(number)),
            handler: filter.handler.map(|handler| match handler {
                ViewHandler::Bot => HandlerType::Bot,
                ViewHandler::Person => HandlerType::Person,
                ViewHandler::Nobody => HandlerType::Nobody,
            }),
            assignee,
            assignee_id,
            is_awaiting: filter.awaiting,
            is_unread: filter.unread,
            tag: filter.tag.clone(),
        }
    }
}

impl SavedViewFilterInput {
    /// As the domain keeps it.
    pub(super) fn view(&self) -> Result<ViewFilter, Problem> {
        let number = self.number.as_ref();
        let assignee = self.assignee.as_ref();
        Ok(ViewFilter {
            handler: self.handler.map(|handler| match handler {
                HandlerType::Bot => ViewHandler::Bot,
                HandlerType::Person => ViewHandler::Person,
                HandlerType::Nobody => ViewHandler::Nobody,
            }),
            assignee: assignee
                .map(|choice| choice.view("filter.assignee"))
                .transpose()?,
            awaiting: self.is_awaiting,
            unread: self.is_unread,
            closed: self
                .status
                .map(|status| status == ConversationStatus::Closed),
            tag: self.tag.clone(),
            number: number
                .map(|id| Kind::Number.parse("filter.number", id))
                .transpose()?,
        })
    }
}
