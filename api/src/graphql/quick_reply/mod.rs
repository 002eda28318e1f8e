//! A quick reply: a text that everyone can put into a message by its shortcut.

mod mutations;
mod queries;

use async_graphql::{ID, InputObject, Object, SimpleObject};
use projections::quick_reply::QuickReplyView;

pub(super) use mutations::QuickReplyMutations;
pub(super) use queries::QuickReplyQueries;

use super::id::Kind;
use super::time::DateTime;

/// A quick reply.
#[derive(Clone, Debug)]
pub(crate) struct QuickReply(pub(super) QuickReplyView);

/// A text in a language.
#[derive(Clone, Debug, InputObject, SimpleObject)]
#[graphql(input_name = "LocalizedTextInput")]
pub(crate) struct LocalizedText {
    /// The language, e.g. `en`, `ru`, `pt_BR`.
    language: String,
    /// The text.
    text: String,
}

#[Object]
impl QuickReply {
    /// Its id.
    pub(super) async fn id(&self) -> ID {
        Kind::QuickReply.id(self.0.id)
    }

    /// What is typed after `/`; two replies may have the same.
    async fn shortcut(&self) -> &str {
        &self.0.shortcut
    }

    /// The texts by language.
    async fn texts(&self) -> Vec<LocalizedText> {
        let texts = self.0.texts.iter();
        texts
            .map(|(language, text)| LocalizedText {
                language: language.clone(),
                text: text.clone(),
            })
            .collect()
    }

    /// When it was added.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }
}
