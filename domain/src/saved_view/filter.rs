//! Which conversations a view shows, and in which order.
//!
//! Absent on purpose: a search text. It would be a customer's name or number, and events of views are open.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::field::{self, FieldError};
use crate::ids::{NumberId, TokenId};

/// Characters of a tag.
const TAG_LIMIT: usize = 100;

/// Which conversations to show; what is not named does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ViewFilter {
    /// Who handles them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handler: Option<ViewHandler>,
    /// To whom they are assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<ViewAssignee>,
    /// Whether people are awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaiting: Option<bool>,
    /// Whether something is unread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// Whether they are closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<bool>,
    /// A tag of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Our number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<NumberId>,
}

/// Kinds of handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewHandler {
    /// A bot.
    Bot,
    /// A person.
    Person,
    /// Nobody.
    Nobody,
}

/// To whom conversations are assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewAssignee {
    /// Whoever looks.
    Me,
    /// Nobody.
    Nobody,
    /// This person.
    Person(TokenId),
}

/// The order of a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ViewSort {
    /// The last message newest first.
    #[default]
    Newest,
    /// Those who await people longest first; others are left out.
    LongestWaiting,
}

impl ViewFilter {
    /// The filter with its tag trimmed.
    pub(super) fn checked(&self) -> Result<Self, FieldError> {
        let tag = self.tag.as_deref();
        let tag = tag.map(|tag| field::name("filter.tag", tag, TAG_LIMIT));
        Ok(Self {
            tag: tag.transpose()?,
            ..self.clone()
        })
    }
}
