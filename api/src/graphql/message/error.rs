//! Why a message was not delivered.

use async_graphql::SimpleObject;
use projections::message::MessageError as ErrorView;

use crate::i18n::Lang;
use crate::problem::failures;

/// Why a message was not delivered.
#[derive(Debug, SimpleObject)]
pub(crate) struct MessageError {
    /// Our code.
    code: String,
    /// Meta's code.
    meta_code: Option<i64>,
    /// In one line.
    title: String,
    /// In detail.
    detail: Option<String>,
    /// What to do.
    next_step: String,
    /// Whether sending it again may work.
    retryable: bool,
}

impl MessageError {
    pub(super) fn of(error: ErrorView, lang: Lang) -> Self {
        let known = failures::find(&error.code);
        Self {
            title: error
                .title
                .unwrap_or_else(|| known.title.get(lang).to_owned()),
            next_step: known.next_step.get(lang).to_owned(),
            retryable: known.retryable,
            code: error.code,
            meta_code: error.meta_code,
            detail: error.detail,
        }
    }
}
