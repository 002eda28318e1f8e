//! A person or a program writes: recorded durably with its outbox row; the sender sends it after.

use domain::conversation::{Conversation, ConversationCommand, Person, SendByPerson};
use domain::ids::{ConversationId, MessageId};
use domain::message::{Button, Content};

use super::Conversations;
use crate::use_cases::{Request, UseCaseError, Written};

/// A text to send.
#[derive(Clone, Debug)]
pub struct SendText {
    /// Who writes.
    pub by: Person,
    /// The text.
    pub body: String,
    /// Whether a link preview is asked for; `None`: when the text has a link.
    pub preview_url: Option<bool>,
    /// Our message that it quotes.
    pub reply_to: Option<MessageId>,
    /// Meta's id of the quoted message.
    pub reply_to_wamid: Option<String>,
    /// The message that did not arrive and that this one repeats by a person's will.
    pub repeats: Option<MessageId>,
    /// Leave the bot in charge.
    pub keep_bot: bool,
}

impl Conversations {
    /// Queues a text. The message's id follows from the request, so repeating it sends nothing twice.
    ///
    /// # Errors
    /// Rejected: the text. Not found. Conflict: `window_closed`, `number_inactive`, `number_removed`.
    /// Unavailable.
    pub async fn send_text(
        &self,
        request: &Request,
        id: ConversationId,
        send: SendText,
    ) -> Result<Written<MessageId>, UseCaseError> {
        let preview_url = Some(send.preview_url.unwrap_or_else(|| has_link(&send.body)));
        let content = Content::Text {
            body: send.body.clone(),
            preview_url,
        };
        self.send_content(request, id, send, content).await
    }

    /// Queues a question with one to three reply buttons, as [`Self::send_text`] does a text.
    ///
    /// # Errors
    /// As [`Self::send_text`].
    pub async fn send_buttons(
        &self,
        request: &Request,
        id: ConversationId,
        send: SendText,
        buttons: Vec<Button>,
    ) -> Result<Written<MessageId>, UseCaseError> {
        let content = Content::Buttons {
            body: send.body.clone(),
            buttons,
        };
        self.send_content(request, id, send, content).await
    }

    async fn send_content(
        &self,
        request: &Request,
        id: ConversationId,
        send: SendText,
        content: Content,
    ) -> Result<Written<MessageId>, UseCaseError> {
        let message = MessageId::new(request.id("message"));
        let number = self
            .executor
            .load::<Conversation>(id.as_uuid())
            .await?
            .number();
        let now = self.clock.now();
        let (done, _) = self
            .execute(request, "send", id, |queued_bot_messages| {
                ConversationCommand::Send(SendByPerson {
                    now,
                    message,
                    by: send.by.clone(),
                    content: content.clone(),
                    reply_to: send.reply_to,
                    reply_to_wamid: send.reply_to_wamid.clone(),
                    repeats: send.repeats,
                    keep_bot: send.keep_bot,
                    queued_bot_messages,
                    number: self.number_facts(number),
                })
            })
            .await?;
        if !done.events.is_empty() {
            self.show_read(&done.state, true);
        }
        Ok(Written {
            value: message,
            position: done.position,
        })
    }
}

/// Meta shows a preview only of addresses that name their scheme.
fn has_link(text: &str) -> bool {
    text.contains("https://") || text.contains("http://")
}
