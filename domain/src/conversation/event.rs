//! What was said and decided in one customer's conversation with one number.
//!
//! Absent on purpose: what became of an outbound message (the delivery's stream).

use cqrs_es::DomainEvent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Author, CancelReason, ChangeCause, Handler, Person, UnansweredReason};
use crate::ids::{ContactId, MessageId, NumberId, TokenId};
use crate::message::{Content, MessageType, Quote, Referral};
use crate::personal::Personal;
use crate::time::Timestamp;

/// Events of one conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum ConversationEvent {
    /// The first contact of this customer with this number.
    ///
    /// Example: `{"Started":{"at":"2026-11-18T11:06:41Z","number":"00000000-0000-0000-0000-000000000001","contact":"00000000-0000-0000-0000-000000000002"}}`
    Started {
        /// When, by the server's clock.
        at: Timestamp,
        /// Our number.
        number: NumberId,
        /// The customer, whose key seals this stream.
        contact: ContactId,
    },
    /// The customer wrote, pressed or sent something that counts as a message.
    ///
    /// Example: `{"MessageReceived":{"message":"00000000-0000-0000-0000-000000000102","received_at":"2026-11-18T11:06:41Z","provider_at":"2026-11-18T11:06:40Z","message_type":"text","reply_to":"00000000-0000-0000-0000-000000000101","handler":{"bot":{"bot":"00000000-0000-0000-0000-000000000003","session":"00000000-0000-0000-0000-000000000004"}},"epoch":1,"personal":{"content":{"text":{"body":"Здравствуйте"}},"wamid":"wamid.HBgLNzkwMDEyMzQ1NjcVAgASGBQzQTdC","quote":{"wamid":"wamid.HBgLNzkwMDEyMzQ1NjcVAgASGBQzQTdC","forwarded":false,"frequently_forwarded":false},"referral":{"source_type":"ad","source_id":"120210"}}}}`
    MessageReceived {
        /// Derived from the dedupe key.
        message: MessageId,
        /// When the delivery reached us.
        received_at: Timestamp,
        /// Meta's timestamp.
        provider_at: Timestamp,
        /// Kind, readable after erasure.
        message_type: MessageType,
        /// The quoted message, if it quotes one.
        reply_to: Option<MessageId>,
        /// Who handled the conversation when it came.
        handler: Handler,
        /// The handler's epoch when it came.
        epoch: u64,
        /// Content and Meta's ids.
        personal: Personal<ReceivedMessage>,
    },
    /// A message to the customer was decided; it leaves in this order.
    ///
    /// Example: `{"MessageQueued":{"message":"00000000-0000-0000-0000-000000000102","at":"2026-11-18T11:06:43Z","author":{"bot":{"bot":"00000000-0000-0000-0000-000000000003","version":1,"session":"00000000-0000-0000-0000-000000000004","turn":1,"node":"welcome"}},"epoch":1,"message_type":"text","reply_to":"00000000-0000-0000-0000-000000000101","repeats":null,"personal":{"content":{"text":{"body":"Привет!"}},"reply_to_wamid":"wamid.HBgLNzkwMDEyMzQ1NjcVAgASGBQzQTdC"}}}`
    MessageQueued {
        /// The message and send id.
        message: MessageId,
        /// When.
        at: Timestamp,
        /// Who wrote it.
        author: Author,
        /// The handler's epoch under which it was decided.
        epoch: u64,
        /// Kind, readable after erasure.
        message_type: MessageType,
        /// Our message that it quotes.
        reply_to: Option<MessageId>,
        /// The refused message that this one repeats by a person's will.
        repeats: Option<MessageId>,
        /// What is to be sent.
        personal: Personal<QueuedMessage>,
    },
    /// A queued message will not be sent.
    ///
    /// Example: `{"MessageCanceled":{"message":"00000000-0000-0000-0000-000000000102","at":"2026-11-18T11:06:44Z","reason":"taken_over"}}`
    MessageCanceled {
        /// The message.
        message: MessageId,
        /// When.
        at: Timestamp,
        /// Why.
        reason: CancelReason,
    },
    /// The customer reacted to a message, or took the reaction back.
    ///
    /// Example: `{"ReactionReceived":{"message":"00000000-0000-0000-0000-000000000102","target":"00000000-0000-0000-0000-000000000101","received_at":"2026-11-18T11:06:41Z","provider_at":"2026-11-18T11:06:40Z","personal":{"emoji":"👍","target_wamid":"wamid.HBgLNzkwMDEyMzQ1NjcVAgASGBQzQTdC"}}}`
    ReactionReceived {
        /// Derived from the dedupe key.
        message: MessageId,
        /// The message reacted to.
        target: MessageId,
        /// When the delivery reached us.
        received_at: Timestamp,
        /// Meta's timestamp; the latest wins.
        provider_at: Timestamp,
        /// The reaction.
        personal: Personal<Reaction>,
    },
    /// The customer edited a message.
    ///
    /// Example: `{"EditReceived":{"message":"00000000-0000-0000-0000-000000000102","target":"00000000-0000-0000-0000-000000000101","received_at":"2026-11-18T11:06:41Z","provider_at":"2026-11-18T11:06:40Z","personal":{"content":{"text":{"body":"Добрый день"}},"target_wamid":"wamid.HBgLNzkwMDEyMzQ1NjcVAgASGBQzQTdC"}}}`
    EditReceived {
        /// Derived from the dedupe key.
        message: MessageId,
        /// The edited message.
        target: MessageId,
        /// When the delivery reached us.
        received_at: Timestamp,
        /// Meta's timestamp; the latest wins.
        provider_at: Timestamp,
        /// The new content.
        personal: Personal<EditedContent>,
    },
    /// The customer deleted a message.
    ///
    /// Example: `{"RevokeReceived":{"message":"00000000-0000-0000-0000-000000000102","target":"00000000-0000-0000-0000-000000000101","received_at":"2026-11-18T11:06:41Z","provider_at":"2026-11-18T11:06:40Z","personal":{"target_wamid":"wamid.HBgLNzkwMDEyMzQ1NjcVAgASGBQzQTdC"}}}`
    RevokeReceived {
        /// Derived from the dedupe key.
        message: MessageId,
        /// The deleted message.
        target: MessageId,
        /// When the delivery reached us.
        received_at: Timestamp,
        /// Meta's timestamp.
        provider_at: Timestamp,
        /// Meta's id of the deleted message.
        personal: Personal<RevokedMessage>,
    },
    /// WhatsApp told something about the customer (changed number, opened the chat); no message of theirs.
    ///
    /// Example: `{"NoticeReceived":{"message":"00000000-0000-0000-0000-000000000102","received_at":"2026-11-18T11:06:41Z","provider_at":"2026-11-18T11:06:40Z","notice":"request_welcome","personal":{"text":"","raw":{"type":"request_welcome"}}}}`
    NoticeReceived {
        /// Derived from the dedupe key.
        message: MessageId,
        /// When the delivery reached us.
        received_at: Timestamp,
        /// Meta's timestamp.
        provider_at: Timestamp,
        /// `user_changed_number`, `request_welcome`, ...
        notice: String,
        /// What it said.
        personal: Personal<Notice>,
    },
    /// Another one handles the conversation, or nobody does.
    ///
    /// Example: `{"HandlerChanged":{"at":"2026-11-18T11:06:44Z","handler":{"person":{"id":"00000000-0000-0000-0000-000000000061","kind":"operator"}},"epoch":2,"cause":"taken_over","awaiting_people_since":null,"trigger":null}}`
    HandlerChanged {
        /// When.
        at: Timestamp,
        /// Who handles it now.
        handler: Handler,
        /// Grows by one with each change.
        epoch: u64,
        /// Why.
        cause: ChangeCause,
        /// Since when a person is awaited; while set no bot starts.
        awaiting_people_since: Option<Timestamp>,
        /// The customer's message that led to it, if one did.
        trigger: Option<MessageId>,
    },
    /// No bot answered a message although nobody handled the conversation, and why.
    ///
    /// Example: `{"LeftUnanswered":{"message":"00000000-0000-0000-0000-000000000102","at":"2026-11-18T11:06:44Z","reason":"no_active_bot"}}`
    LeftUnanswered {
        /// The customer's message.
        message: MessageId,
        /// When.
        at: Timestamp,
        /// Why no bot answered.
        reason: UnansweredReason,
    },
    /// A person left a note.
    ///
    /// Example: `{"Noted":{"at":"2026-11-18T11:06:44Z","by":{"id":"00000000-0000-0000-0000-000000000061","kind":"operator"},"personal":{"text":"Перезвонить в пять"}}}`
    Noted {
        /// When.
        at: Timestamp,
        /// Who.
        by: Person,
        /// The note.
        personal: Personal<Note>,
    },
    /// Assigned to a person, or to nobody any more. Who handles it is another matter.
    ///
    /// Example: `{"Assigned":{"at":"2026-11-18T11:06:44Z","to":"00000000-0000-0000-0000-000000000062","by":{"id":"00000000-0000-0000-0000-000000000061","kind":"operator"}}}`
    Assigned {
        /// When.
        at: Timestamp,
        /// To whom; nobody: it is free.
        to: Option<TokenId>,
        /// By whom.
        by: Person,
    },
    /// A person has seen what the customer wrote.
    ///
    /// Example: `{"ReadByOperator":{"at":"2026-11-18T11:06:44Z","by":{"id":"00000000-0000-0000-0000-000000000061","kind":"operator"},"up_to":"00000000-0000-0000-0000-000000000102","unread":1}}`
    ReadByOperator {
        /// When.
        at: Timestamp,
        /// Who.
        by: Person,
        /// The last message seen; nothing: all of them.
        up_to: Option<MessageId>,
        /// Messages that came after it and are still unread.
        unread: u32,
    },
    /// Closed by a person.
    ///
    /// Example: `{"Closed":{"at":"2026-11-18T11:06:45Z","by":{"id":"00000000-0000-0000-0000-000000000061","kind":"operator"}}}`
    Closed {
        /// When.
        at: Timestamp,
        /// Who.
        by: Person,
    },
    /// Open again: the customer wrote, or a person opened it.
    ///
    /// Example: `{"Reopened":{"at":"2026-11-18T11:06:46Z","by":null}}`
    Reopened {
        /// When.
        at: Timestamp,
        /// The person, or nobody if the customer wrote.
        by: Option<Person>,
    },
}

/// Personal fields of a received message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReceivedMessage {
    /// What the customer sent.
    pub content: Content,
    /// Meta's message id (contains the phone number).
    pub wamid: String,
    /// What it refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<Quote>,
    /// The advertisement it came through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Box<Referral>>,
    /// The group it was written in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
}

/// Personal fields of a queued message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueuedMessage {
    /// What is to be sent.
    pub content: Content,
    /// Wamid of the quoted message, for Meta.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to_wamid: Option<String>,
}

/// Personal fields of a reaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reaction {
    /// The emoji; `None` takes the reaction back.
    pub emoji: Option<String>,
    /// Meta's id of the message reacted to: it says which one it is if `target` was derived too early.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_wamid: Option<String>,
}

/// Personal fields of an edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EditedContent {
    /// The content as it reads now.
    pub content: Content,
    /// Meta's id of the edited message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_wamid: Option<String>,
}

/// Personal fields of a deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RevokedMessage {
    /// Meta's id of the deleted message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_wamid: Option<String>,
}

/// Personal fields of a notice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// The text WhatsApp shows, or empty.
    pub text: String,
    /// The object as it came.
    pub raw: Value,
}

/// Personal fields of a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// The text.
    pub text: String,
}

impl DomainEvent for ConversationEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Started { .. } => "ConversationStarted",
            Self::MessageReceived { .. } => "ConversationMessageReceived",
            Self::MessageQueued { .. } => "ConversationMessageQueued",
            Self::MessageCanceled { .. } => "ConversationMessageCanceled",
            Self::ReactionReceived { .. } => "ConversationReactionReceived",
            Self::EditReceived { .. } => "ConversationEditReceived",
            Self::RevokeReceived { .. } => "ConversationRevokeReceived",
            Self::NoticeReceived { .. } => "ConversationNoticeReceived",
            Self::HandlerChanged { .. } => "ConversationHandlerChanged",
            Self::LeftUnanswered { .. } => "ConversationLeftUnanswered",
            Self::Noted { .. } => "ConversationNoted",
            Self::Assigned { .. } => "ConversationAssigned",
            Self::ReadByOperator { .. } => "ConversationReadByOperator",
            Self::Closed { .. } => "ConversationClosed",
            Self::Reopened { .. } => "ConversationReopened",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}
