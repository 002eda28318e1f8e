//! The second asking of the guard, with fresh facts, just before a message leaves.

use std::sync::Arc;

use domain::any_event::AnyEvent;
use domain::contact::Contact;
use domain::conversation::{CancelReason, Conversation, ConversationEvent, QueuedMessage};
use domain::delivery::FailureCode;
use domain::personal::Personal;
use domain::send_guard::{self, NumberFacts, SendFacts, SendRefusal};
use domain::stream::Refusal;

use super::Shared;
use crate::ports::StoreError;
use crate::ports::cloud_api::{Credentials, Recipient};
use crate::ports::directory::DirectoryNumber;
use crate::ports::outbox::OutboxRow;

/// What a request needs besides its attempt.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The row.
    pub(super) row: OutboxRow,
    /// With what to call.
    pub(super) credentials: Credentials,
    /// Tells whose refusal a refused token is.
    pub(super) fingerprint: String,
    /// To whom.
    pub(super) to: Recipient,
    /// What.
    pub(super) queued: QueuedMessage,
}

/// What the guard says.
#[derive(Debug)]
pub(super) enum Verdict {
    /// It may leave.
    Send(Box<Prepared>),
    /// The number does not send now.
    Wait,
    /// It will not be sent.
    Cancel(CancelReason),
    /// It cannot be sent as it is.
    Refuse(FailureCode),
}

impl Shared {
    /// Gathers fresh facts and asks the guard.
    pub(super) async fn prepare(&self, row: &OutboxRow) -> Result<Verdict, StoreError> {
        let Some(number) = self.deps.directory.number(row.number) else {
            return Ok(Verdict::Wait);
        };
        if number.row.is_removed {
            return Ok(Verdict::Cancel(CancelReason::NumberRemoved));
        }
        let Some(access_token) = number
            .access_token
            .clone()
            .filter(|_| !number.row.auth_broken)
        else {
            return Ok(Verdict::Wait);
        };
        // An erased customer's conversation is closed for good: there is nothing left to send.
        let Some(queued) = self.content(row).await? else {
            return Ok(Verdict::Cancel(CancelReason::Closed));
        };
        let executor = &self.deps.executor;
        let conversation = executor
            .load::<Conversation>(row.conversation.as_uuid())
            .await?;
        let facts = SendFacts {
            last_inbound_at: conversation.last_inbound_at(),
            number: NumberFacts {
                is_active: number.row.is_active,
                is_removed: number.row.is_removed,
            },
            content: &queued.content,
            now: self.now(),
        };
        match send_guard::check(&facts) {
            Ok(()) => {}
            Err(SendRefusal::WindowClosed) => {
                return Ok(Verdict::Cancel(CancelReason::WindowClosed));
            }
            Err(SendRefusal::NumberRemoved) => {
                return Ok(Verdict::Cancel(CancelReason::NumberRemoved));
            }
            Err(SendRefusal::NumberInactive) => return Ok(Verdict::Wait),
            Err(refusal) => return Ok(Verdict::Refuse(FailureCode(refusal.code().to_owned()))),
        }
        let contact = executor.load::<Contact>(row.contact.as_uuid()).await?;
        let identity = contact.identity();
        let to = Recipient {
            phone: identity
                .wa_id
                .as_ref()
                .map(|digits| format!("+{}", digits.trim_start_matches('+'))),
            bsuid: identity.bsuid.clone(),
        };
        if to == Recipient::default() {
            return Ok(Verdict::Refuse(FailureCode(
                "recipient_unavailable".to_owned(),
            )));
        }
        Ok(Verdict::Send(Box::new(Prepared {
            row: row.clone(),
            credentials: credentials(&number, access_token),
            fingerprint: number.row.token_fingerprint.clone(),
            to,
            queued,
        })))
    }

    /// What is to be sent, from the row's event; `None` after erasure.
    async fn content(&self, row: &OutboxRow) -> Result<Option<QueuedMessage>, StoreError> {
        let event = self.deps.executor.log().read_at(row.position).await?;
        match event.as_deref().map(|event| &event.data) {
            Some(AnyEvent::Conversation(ConversationEvent::MessageQueued {
                message,
                personal,
                ..
            })) if *message == row.message => Ok(match personal {
                Personal::Open(queued) => Some(queued.clone()),
                Personal::Erased(_) => None,
            }),
            _ => Err(StoreError::Corrupt(format!(
                "outbox row {} points to position {}, which is not its MessageQueued",
                row.message, row.position
            ))),
        }
    }
}

fn credentials(number: &DirectoryNumber, access_token: Arc<secrecy::SecretString>) -> Credentials {
    Credentials {
        phone_number_id: number.row.phone_number_id.clone(),
        kind: number.row.kind,
        access_token,
    }
}
