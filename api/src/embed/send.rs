//! Sending from a program: to customers who have written within the service window.

use std::sync::Arc;

use application::use_cases::Request;
use application::use_cases::conversations::SendText;
use domain::conversation::{Person, PersonKind};
use domain::ids::{ConversationId, MessageId, NumberId, TokenId};
use domain::message::Button;
use projections::conversation::ConversationFilter;
use uuid::Uuid;

use super::EmbedError;
use crate::bootstrap::Running;
use crate::rest::App;

/// Conversations that a number can be part of are few.
const FOUND: usize = 50;

/// Sends from one number.
#[derive(Clone, Debug)]
pub struct WhatsAppService {
    app: Arc<App>,
    number: NumberId,
}

/// The service of the number with Meta's id `phone_number_id`.
///
/// # Errors
/// [`EmbedError::UnknownNumber`].
pub fn get_whatsapp_service(
    running: &Running,
    phone_number_id: &str,
) -> Result<WhatsAppService, EmbedError> {
    let app = Arc::clone(running.app());
    let known = app.directory.number_by_phone_number_id(phone_number_id);
    let number = known.ok_or_else(|| EmbedError::UnknownNumber(phone_number_id.to_owned()))?;
    Ok(WhatsAppService {
        number: number.row.id,
        app,
    })
}

impl WhatsAppService {
    /// Sends a text; `to` is the customer's number, with or without `+`.
    ///
    /// # Errors
    /// [`EmbedError`]: no conversation, the window is closed, the text is too long.
    pub async fn send_text_message(&self, to: &str, text: &str) -> Result<MessageId, EmbedError> {
        let conversation = self.conversation(to).await?;
        let request = self.request();
        let send =
            self.app
                .conversations
                .send_text(&request, conversation, by_program(text.to_owned()));
        Ok(send.await?.value)
    }

    /// Sends a question with one to three reply buttons, each an id and what the customer sees.
    ///
    /// # Errors
    /// As [`Self::send_text_message`].
    pub async fn send_interactive_buttons(
        &self,
        to: &str,
        body_text: &str,
        buttons: &[(&str, &str)],
    ) -> Result<MessageId, EmbedError> {
        let conversation = self.conversation(to).await?;
        let buttons = buttons.iter().map(|(id, title)| Button {
            id: (*id).to_owned(),
            title: (*title).to_owned(),
        });
        let request = self.request();
        let send = self.app.conversations.send_buttons(
            &request,
            conversation,
            by_program(body_text.to_owned()),
            buttons.collect(),
        );
        Ok(send.await?.value)
    }

    async fn conversation(&self, to: &str) -> Result<ConversationId, EmbedError> {
        let phone = format!("+{}", to.trim_start_matches('+'));
        let filter = ConversationFilter {
            search: Some(phone.clone()),
            number: Some(self.number),
            ..ConversationFilter::default()
        };
        // What was received up to now is to be found.
        let head = self.app.log.head();
        self.app
            .projections
            .wait_for(head, super::process::DEADLINE)
            .await;
        let page = self.app.reads().conversations(&filter, None, FOUND).await?;
        let of_customer = page
            .items
            .into_iter()
            .find(|one| one.customer.phone_number.as_deref() == Some(&phone));
        of_customer
            .map(|one| one.id)
            .ok_or(EmbedError::NoConversation)
    }

    fn request(&self) -> Request {
        Request::new(self.app.ids.next(), "system")
    }
}

/// The program is the machine's own; a bot that runs stays in charge.
fn by_program(body: String) -> SendText {
    SendText {
        by: Person {
            id: TokenId::new(Uuid::nil()),
            kind: PersonKind::Api,
        },
        body,
        preview_url: None,
        reply_to: None,
        reply_to_wamid: None,
        repeats: None,
        keep_bot: true,
    }
}
