//! A message item: first who the customer is, then what was said.

use std::sync::Arc;

use domain::contact::{Contact, ContactCommand};
use domain::conversation::{
    Conversation, ConversationCommand, EditedContent, Notice, Reaction, ReceiveMessage, Received,
    ReceivedMessage, RevokedMessage,
};
use domain::ids::MessageId;

use super::{HandleError, ITEM_OPEN, InboundDeps, MessageTask, SeenIdentities, intent};
use crate::execute::ExecuteError;
use crate::inbound::normalize::{InboundKind, MessageBody};
use crate::inbound::split::message_dedupe;
use crate::ports::hashes::message_id;
use crate::ports::row_op::RowOp;

/// Contacts whose last told identity is remembered.
const SEEN_CONTACTS: u64 = 10_000;

/// Handles messages.
#[derive(Debug)]
pub struct MessageHandler {
    deps: Arc<InboundDeps>,
    seen: SeenIdentities,
}

impl MessageHandler {
    /// A handler with its ports.
    pub fn new(deps: Arc<InboundDeps>) -> Self {
        Self {
            deps,
            seen: SeenIdentities::new(SEEN_CONTACTS),
        }
    }

    /// Forgets what was told: another node may have told something else since.
    pub fn forget(&self) {
        self.seen.invalidate_all();
    }

    /// Records one message; does nothing if that was done before.
    ///
    /// # Errors
    /// [`HandleError`]; the same task may be handled again.
    pub async fn handle(&self, task: &MessageTask) -> Result<(), HandleError> {
        self.identify(task).await?;
        let id = message_id(task.item.dedupe);
        let conversation = task.resolution.conversation;
        let received = self.received(task, id).await?;
        let item = task.item.item;
        let executed = self
            .deps
            .executor
            .execute::<Conversation>(
                conversation.as_uuid(),
                intent(task.item.dedupe, "receive", task.fence.as_ref()),
                ConversationCommand::Receive(received),
                |_, _| vec![RowOp::InboxDone { item }],
            )
            .await;
        match executed {
            Ok(executed) if executed.events.is_empty() => {
                self.deps.inbox.done(&[item], task.fence.clone()).await?;
            }
            Ok(_) => {}
            Err(ExecuteError::Precondition(ITEM_OPEN)) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(
            message.id = %id,
            conversation.id = %conversation,
            "Message processed: {id} from {}",
            task.resolution.contact
        );
        Ok(())
    }

    async fn identify(&self, task: &MessageTask) -> Result<(), HandleError> {
        let contact = task.resolution.contact;
        if self.seen.get(&contact).as_ref() != Some(&task.message.sender) {
            let command = ContactCommand::Identify {
                now: self.deps.clock.now(),
                contact,
                provider_at: task.message.provider_at,
                identity: task.message.sender.clone(),
            };
            self.tell_contact(task, "identify", command).await?;
            self.seen.insert(contact, task.message.sender.clone());
        }
        if let Some(other) = task.conflict {
            metrics::counter!("identity_conflicts_total").increment(1);
            let command = ContactCommand::FlagConflict {
                now: self.deps.clock.now(),
                other,
            };
            self.tell_contact(task, "conflict", command).await?;
        }
        Ok(())
    }

    async fn tell_contact(
        &self,
        task: &MessageTask,
        step: &str,
        command: ContactCommand,
    ) -> Result<(), HandleError> {
        let contact = task.resolution.contact.as_uuid();
        let intent = intent(task.item.dedupe, step, task.fence.as_ref());
        self.deps
            .executor
            .execute::<Contact>(contact, intent, command, |_, _| Vec::new())
            .await?;
        Ok(())
    }

    async fn received(&self, task: &MessageTask, id: MessageId) -> Result<Received, HandleError> {
        let head = ReceiveMessage {
            number: task.number,
            contact: task.resolution.contact,
            message: id,
            received_at: task.item.received_at,
            provider_at: task.message.provider_at,
        };
        Ok(match &task.message.kind {
            InboundKind::Message(body) => Received::Message {
                head,
                reply_to: match &body.reply_to_wamid {
                    Some(wamid) => Some(self.target(task, wamid).await?),
                    None => None,
                },
                body: received_message(&task.message.wamid, body),
            },
            InboundKind::Reaction {
                target_wamid,
                emoji,
            } => Received::Reaction {
                head,
                target: self.target(task, target_wamid).await?,
                body: Reaction {
                    emoji: emoji.clone(),
                    target_wamid: Some(target_wamid.clone()),
                },
            },
            InboundKind::Edit {
                original_wamid,
                content,
            } => Received::Edit {
                head,
                target: self.target(task, original_wamid).await?,
                body: EditedContent {
                    content: content.clone(),
                    target_wamid: Some(original_wamid.clone()),
                },
            },
            InboundKind::Revoke { original_wamid } => Received::Revoke {
                head,
                target: self.target(task, original_wamid).await?,
                body: RevokedMessage {
                    target_wamid: Some(original_wamid.clone()),
                },
            },
            InboundKind::Notice { notice, text, raw } => Received::Notice {
                head,
                notice: notice.clone(),
                body: Notice {
                    text: text.clone(),
                    raw: raw.clone(),
                },
            },
        })
    }

    /// Our message with this wamid, else the customer's: its id follows from the wamid, so it may come later.
    async fn target(&self, task: &MessageTask, wamid: &str) -> Result<MessageId, HandleError> {
        let hashes = self.deps.hashes.as_ref();
        let route = hashes.wamid(&task.phone_number_id, wamid);
        let ours = self
            .deps
            .inbox
            .find_wamids(&[route])
            .await?
            .into_iter()
            .next()
            .flatten();
        Ok(ours.map_or_else(
            || message_id(message_dedupe(hashes, &task.phone_number_id, wamid)),
            |target| target.message,
        ))
    }
}

fn received_message(wamid: &str, body: &MessageBody) -> ReceivedMessage {
    ReceivedMessage {
        content: body.content.clone(),
        wamid: wamid.to_owned(),
        quote: body.quote.clone(),
        referral: body.referral.clone().map(Box::new),
        group_id: body.group_id.clone(),
    }
}
