//! Why the bot did or did not answer a message: from what the log says of it and how things stand now.
//!
//! [`facts`] reads, [`diagnosis`] decides without reading, [`words`] says it in both languages. Absent on
//! purpose: guesses; what the log does not tell is said to be in progress.

mod diagnosis;
mod facts;
#[cfg(test)]
mod tests;
mod words;

use application::use_cases::policy::Action;
use async_graphql::{Context, ID, Object, SimpleObject};
use domain::ids::{ConversationId, MessageId};

use self::diagnosis::Diagnosis;
use super::context::{app, lang};
use super::conversation::Conversation;
use super::guard::Can;
use super::id::Kind;
use super::message::Message;
use crate::i18n::{Lang, Text};
use crate::problem::{FieldError, Problem};

/// Why the bot did or did not answer.
#[derive(Debug, SimpleObject)]
pub(crate) struct WhyNoAnswer {
    /// The conversation.
    conversation: Conversation,
    /// The customer's message that it is about; null if none came.
    message: Option<Message>,
    /// Whether an answer of a bot or a person left for it.
    answered: bool,
    /// What became of the message, the decisive reason first.
    reasons: Vec<Finding>,
    /// What would keep a bot from answering the next message.
    now: Vec<Finding>,
    /// The bot's messages that answer it.
    replies: Vec<Message>,
}

/// Something that was found.
#[derive(Debug, SimpleObject)]
pub(crate) struct Finding {
    /// Stable code, e.g. `no_active_bot`.
    code: &'static str,
    /// What it means, in the caller's language.
    text: String,
    /// What to do about it, in the caller's language; null where nothing is to be done.
    next_step: Option<String>,
}

impl Finding {
    fn of(code: &'static str, lang: Lang) -> Self {
        let (text, next_step) = words::of(code, lang);
        Self {
            code,
            text: text.to_owned(),
            next_step: (!next_step.is_empty()).then(|| next_step.to_owned()),
        }
    }
}

/// Queries about answers.
#[derive(Debug, Default)]
pub(crate) struct WhyNoAnswerQueries;

#[Object]
impl WhyNoAnswerQueries {
    /// Why the bot did or did not answer: a message, or the last one of a conversation. Exactly one of the
    /// two is to be given. Null if there is no such thing.
    #[graphql(guard = "Can(Action::ReadConversations)")]
    async fn why_no_answer(
        &self,
        ctx: &Context<'_>,
        conversation: Option<ID>,
        message: Option<ID>,
    ) -> Result<Option<WhyNoAnswer>, Problem> {
        let app = app(ctx)?;
        let (conversation, message) = match (conversation, message) {
            (Some(id), None) => (Kind::Conversation.parse("conversation", &id)?, None),
            (None, Some(id)) => {
                let id: MessageId = Kind::Message.parse("message", &id)?;
                let Some(view) = app.reads().message(id).await? else {
                    return Ok(None);
                };
                if !view.is_inbound {
                    return Err(not_inbound());
                }
                (view.conversation, Some(id))
            }
            _ => return Err(exactly_one()),
        };
        let conversation: ConversationId = conversation;
        let Some(view) = app.reads().conversation(conversation).await? else {
            return Ok(None);
        };
        let facts = facts::read(app, conversation, message).await?;
        let Diagnosis {
            answered,
            reasons,
            now,
        } = diagnosis::of(&facts);
        let shown = match facts.message {
            Some(id) => app.reads().message(id).await?,
            None => None,
        };
        let lang = lang(ctx);
        let say = |codes: Vec<&'static str>| {
            let findings = codes.into_iter().map(|code| Finding::of(code, lang));
            findings.collect()
        };
        let replies = facts.replies.into_iter().filter_map(|reply| reply.view);
        Ok(Some(WhyNoAnswer {
            conversation: Conversation(view),
            message: shown.map(Message),
            answered,
            reasons: say(reasons),
            now: say(now),
            replies: replies.map(Message).collect(),
        }))
    }
}

fn exactly_one() -> Problem {
    Problem::invalid(vec![FieldError::new(
        "conversation",
        "exactly_one",
        Text::new(
            "give either conversation or message",
            "укажите либо conversation, либо message",
        ),
    )])
}

fn not_inbound() -> Problem {
    Problem::invalid(vec![FieldError::new(
        "message",
        "not_inbound",
        Text::new(
            "must be a message of the customer",
            "должно быть сообщением клиента",
        ),
    )])
}
