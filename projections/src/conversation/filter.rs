//! Which conversations to list, and in which order.

use domain::ids::{ContactId, NumberId, TokenId};
use domain::saved_view::{ViewAssignee, ViewFilter, ViewHandler, ViewSort};
use infrastructure::database::db::Query;

use crate::search;

/// Which conversations to list; the default lists all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationFilter {
    /// Only closed (`true`) or only open ones (`false`).
    pub is_closed: Option<bool>,
    /// Part of a name, of a username or of a phone number.
    pub search: Option<String>,
    /// Only of this number.
    pub number: Option<NumberId>,
    /// Only of this customer.
    pub contact: Option<ContactId>,
    /// Only handled by `bot`, `person` or `nobody`.
    pub handler: Option<String>,
    /// Only assigned to a person, or to nobody.
    pub assignee: Option<AssigneeFilter>,
    /// Only those that await people (`true`) or do not (`false`).
    pub is_awaiting: Option<bool>,
    /// Only with something unread (`true`) or nothing (`false`).
    pub is_unread: Option<bool>,
    /// Only of customers with this tag.
    pub tag: Option<String>,
}

/// To whom conversations are assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssigneeFilter {
    /// To nobody.
    Nobody,
    /// To this person.
    Person(TokenId),
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ConversationSort {
    /// The last message newest first.
    #[default]
    Newest,
    /// Those who await people, longest first; others are left out.
    LongestWaiting,
}

impl From<ViewSort> for ConversationSort {
    fn from(sort: ViewSort) -> Self {
        match sort {
            ViewSort::Newest => Self::Newest,
            ViewSort::LongestWaiting => Self::LongestWaiting,
        }
    }
}

impl ConversationFilter {
    /// The filter of a saved view as this person sees it.
    pub fn of_view(view: &ViewFilter, viewer: TokenId) -> Self {
        let handler = view.handler.map(|handler| match handler {
            ViewHandler::Bot => "bot",
            ViewHandler::Person => "person",
            ViewHandler::Nobody => "nobody",
        });
        let assignee = view.assignee.map(|assignee| match assignee {
            ViewAssignee::Me => AssigneeFilter::Person(viewer),
            ViewAssignee::Nobody => AssigneeFilter::Nobody,
            ViewAssignee::Person(person) => AssigneeFilter::Person(person),
        });
        Self {
            is_closed: view.closed,
            search: None,
            number: view.number,
            contact: None,
            handler: handler.map(str::to_owned),
            assignee,
            is_awaiting: view.awaiting,
            is_unread: view.unread,
            tag: view.tag.clone(),
        }
    }

    /// Binds `$3` to `$12` of a list.
    pub(super) fn bind<'q>(&'q self, query: Query<'q>) -> Query<'q> {
        let sought = self.search.as_deref().map(str::trim);
        let sought = sought.filter(|text| !text.is_empty());
        let status = self
            .is_closed
            .map(|closed| if closed { "closed" } else { "active" });
        let assignee = self.assignee.map(|assignee| match assignee {
            AssigneeFilter::Nobody => String::new(),
            AssigneeFilter::Person(person) => person.to_string(),
        });
        // Tags are stored as a JSON list: a tag is found with the quotes around it.
        let tag = self.tag.as_deref().map(str::trim);
        let tag = tag.map(|tag| serde_json::Value::from(tag).to_string());
        query
            .bind(status)
            .bind(self.number.map(|number| number.to_string()))
            .bind(self.contact.map(|contact| contact.to_string()))
            .bind(self.handler.as_deref())
            .bind(sought.map(|text| search::pattern(text.trim_start_matches('@'))))
            .bind(sought.and_then(search::digits_pattern))
            .bind(assignee)
            .bind(self.is_awaiting.map(i64::from))
            .bind(self.is_unread.map(i64::from))
            .bind(tag)
    }
}
