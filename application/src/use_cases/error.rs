//! Why a use case did not do what was asked: rejected, in conflict, not found, or unavailable.

use domain::api_token::ApiTokenError;
use domain::bot::BotError;
use domain::bot::scenario::Problem;
use domain::contact::ContactError;
use domain::conversation::{ConversationError, Person};
use domain::field::FieldError;
use domain::number::NumberError;
use domain::quick_reply::QuickReplyError;
use domain::saved_view::SavedViewError;
use domain::send_guard::SendRefusal;
use domain::settings::SettingsError;
use domain::stream::Refusal;
use uuid::Uuid;

use crate::execute::ExecuteError;
use crate::ports::StoreError;

/// A field that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// Path, e.g. `buttons[3].title`.
    pub field: String,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong, in English.
    pub message: String,
    /// The limit, if it is one.
    pub limit: Option<u64>,
    /// The actual value.
    pub actual: Option<u64>,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum UseCaseError {
    /// Fields cannot be accepted.
    #[error("{} fields cannot be accepted", .0.len())]
    Rejected(Vec<FieldProblem>),
    /// The scenario has problems.
    #[error("the scenario has {} problems", .0.len())]
    InvalidScenario(Vec<Problem>),
    /// It cannot be done in the present state.
    #[error("{code}")]
    Conflict {
        /// Stable code.
        code: &'static str,
        /// The thing that stands in the way.
        existing: Option<Uuid>,
        /// The person who holds the conversation.
        holder: Option<Person>,
    },
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// Too many writers or facts that change too fast: try later.
    #[error("too busy")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl UseCaseError {
    /// A conflict that needs no more words.
    pub(crate) const fn conflict(code: &'static str) -> Self {
        Self::Conflict {
            code,
            existing: None,
            holder: None,
        }
    }

    /// A conflict with a thing.
    pub(crate) const fn exists(code: &'static str, existing: Uuid) -> Self {
        Self::Conflict {
            code,
            existing: Some(existing),
            holder: None,
        }
    }

    /// One field that cannot be accepted.
    pub(crate) fn field(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Rejected(vec![FieldProblem {
            field: field.to_owned(),
            code,
            message: message.into(),
            limit: None,
            actual: None,
        }])
    }
}

impl<E> From<ExecuteError<E>> for UseCaseError
where
    E: std::error::Error + Into<Self> + 'static,
{
    fn from(error: ExecuteError<E>) -> Self {
        match error {
            ExecuteError::Refused(refusal) => refusal.into(),
            ExecuteError::Precondition(_) | ExecuteError::Busy => Self::Busy,
            ExecuteError::Store(error) => Self::Store(error),
        }
    }
}

impl From<NumberError> for UseCaseError {
    fn from(error: NumberError) -> Self {
        match error {
            NumberError::NotFound => Self::NotFound,
            NumberError::AlreadyAdded | NumberError::InUse => Self::conflict(error.code()),
        }
    }
}

impl From<ApiTokenError> for UseCaseError {
    fn from(error: ApiTokenError) -> Self {
        match error {
            ApiTokenError::NotFound => Self::NotFound,
            ApiTokenError::AlreadyMade => Self::conflict(error.code()),
            ApiTokenError::InvalidName => Self::field("name", error.code(), error.to_string()),
            ApiTokenError::InvalidExpiry => {
                Self::field("expires_at", error.code(), error.to_string())
            }
        }
    }
}

impl From<BotError> for UseCaseError {
    fn from(error: BotError) -> Self {
        match error {
            BotError::NotFound => Self::NotFound,
            BotError::InvalidName => Self::field("name", error.code(), error.to_string()),
            BotError::InvalidScenario(problems) => Self::InvalidScenario(problems),
            BotError::AlreadyCreated | BotError::NoDraft | BotError::NotPublished => {
                Self::conflict(error.code())
            }
        }
    }
}

impl From<ConversationError> for UseCaseError {
    fn from(error: ConversationError) -> Self {
        match error {
            ConversationError::NotFound => Self::NotFound,
            ConversationError::AlreadyTaken { ref by } => Self::Conflict {
                code: error.code(),
                existing: None,
                holder: Some(by.clone()),
            },
            ConversationError::Field(field) => field.into(),
            ConversationError::Refused(refusal) => refusal.into(),
            ConversationError::StaleEpoch | ConversationError::NotFree => {
                Self::conflict(error.code())
            }
        }
    }
}

impl From<FieldError> for UseCaseError {
    fn from(error: FieldError) -> Self {
        let number = |value: usize| value as u64;
        Self::Rejected(vec![FieldProblem {
            field: error.field,
            code: error.code,
            message: error.problem,
            limit: error.limit.map(number),
            actual: error.actual.map(number),
        }])
    }
}

impl From<ContactError> for UseCaseError {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::NotFound => Self::NotFound,
            ContactError::Length {
                field,
                limit,
                actual,
            } => FieldError::length(field, limit, actual).into(),
        }
    }
}

impl From<SettingsError> for UseCaseError {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::Field(field) => field.into(),
        }
    }
}

impl From<QuickReplyError> for UseCaseError {
    fn from(error: QuickReplyError) -> Self {
        match error {
            QuickReplyError::NotFound => Self::NotFound,
            QuickReplyError::AlreadyAdded => Self::conflict(error.code()),
            QuickReplyError::Field(field) => field.into(),
        }
    }
}

impl From<SavedViewError> for UseCaseError {
    fn from(error: SavedViewError) -> Self {
        match error {
            SavedViewError::NotFound => Self::NotFound,
            SavedViewError::AlreadySaved => Self::conflict(error.code()),
            SavedViewError::Field(field) => field.into(),
        }
    }
}

impl From<SendRefusal> for UseCaseError {
    fn from(refusal: SendRefusal) -> Self {
        let code = refusal.code();
        let message = refusal.to_string();
        match refusal {
            SendRefusal::TooLong {
                field,
                limit,
                actual,
            } => Self::Rejected(vec![FieldProblem {
                field,
                code,
                message,
                limit: Some(limit as u64),
                actual: Some(actual as u64),
            }]),
            SendRefusal::Empty { field } => Self::field(&field, code, message),
            SendRefusal::Invalid { field, problem } => Self::field(&field, code, problem),
            _ => Self::conflict(code),
        }
    }
}
