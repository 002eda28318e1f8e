//! Row operations that travel with a commit: applied in its transaction, only if it wins.
//!
//! An operation may carry a precondition; if it does not hold, the whole commit is refused with
//! `CommitError::Precondition` and the name given in its doc comment.

use domain::api_token::Role;
use domain::bot::BlobHash;
use domain::ids::{
    BotId, CommandId, ContactId, ConversationId, MessageId, NumberId, SecretId, SessionId, TokenId,
};
use domain::number::NumberKind;
use domain::time::Timestamp;
use secrecy::SecretString;

use super::hashes::KeyedHash;
use super::leases::Fence;
use super::outbox::Settlement;

/// One row operation.
#[derive(Clone, Debug)]
pub enum RowOp {
    /// The inbox item is handled. Precondition `inbox_item_open`: it was not before.
    InboxDone {
        /// The item.
        item: i64,
    },
    /// A message is to be sent; points to its `MessageQueued` event, holds no content.
    OutboxInsert(OutboxInsert),
    /// An attempt ended. Precondition `outbox_attempt`: the row is `attempting` with this attempt, or
    /// `unknown`, or (settling from a status) in any unsettled state.
    OutboxSettle {
        /// The message.
        message: MessageId,
        /// The attempt that ended; `None` settles from outside evidence (a status).
        attempt: Option<u32>,
        /// How.
        settlement: Settlement,
    },
    /// Queued rows are canceled. Precondition `outbox_queued`: all of them are still `queued`.
    OutboxCancel {
        /// The messages.
        messages: Vec<MessageId>,
    },
    /// Someone else decides in this conversation from here. Precondition `outbox_queued`: no bot's row of it
    /// is `queued` besides those that this commit cancels. Without it a row queued between the reading of
    /// the facts and the commit would leave under an epoch that is over.
    OutboxNoOther {
        /// The conversation.
        conversation: ConversationId,
        /// The rows that this commit cancels.
        canceled: Vec<MessageId>,
    },
    /// What is still queued of a bot's turn leaves not before a time: held after a rejection until it is
    /// decided what becomes of it, let go by a time that has come.
    OutboxHoldTurn {
        /// The conversation.
        conversation: ConversationId,
        /// The bot's session and turn.
        turn: (SessionId, u32),
        /// The time.
        not_before: Timestamp,
    },
    /// Joins a wamid with its send; statuses that came before are released for handling.
    WamidRoute {
        /// Keyed hash of number and wamid.
        wamid: KeyedHash,
        /// The message.
        message: MessageId,
        /// The conversation.
        conversation: ConversationId,
        /// The customer.
        contact: ContactId,
    },
    /// The directory's row of a number. Precondition `number_exists`: no other number that is not
    /// removed has this `phone_number_id`.
    Number(NumberRow),
    /// The bot that answers on a number. Precondition `number_has_bot`: no other bot does.
    BotBound {
        /// The number.
        number: NumberId,
        /// The bot.
        bot: BotId,
        /// Its published version.
        version: u32,
        /// The version's blob.
        definition: BlobHash,
    },
    /// The bot answers on this number no more.
    BotUnbound {
        /// The number.
        number: NumberId,
        /// The bot.
        bot: BotId,
    },
    /// A secret, sealed before it is written.
    Secret {
        /// The row.
        id: SecretId,
        /// `access_token`, `app_secret`: part of what the seal is bound to.
        purpose: &'static str,
        /// The number it belongs to: part of what the seal is bound to.
        number: NumberId,
        /// The value.
        value: SecretString,
    },
    /// A secret that is no longer used.
    SecretDropped {
        /// The row.
        id: SecretId,
    },
    /// The look-up row of an API token.
    Token {
        /// The token's id.
        id: TokenId,
        /// SHA-256 of the token as 64 hex digits.
        hash: String,
        /// Name.
        name: String,
        /// Role.
        role: Role,
        /// When it ends by itself.
        expires_at: Option<Timestamp>,
        /// Taken back.
        revoked: bool,
    },
    /// A large immutable thing; written once.
    Blob {
        /// Its name.
        hash: BlobHash,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// The commit is work under a lease. If that has changed hands, the commit is refused with
    /// `StoreError::LeaseLost`.
    Under(Fence),
    /// A stored command of the process manager is done.
    ProcessCommandDone {
        /// The command.
        id: CommandId,
    },
}

/// A row of the outbox to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxInsert {
    /// Index of the `MessageQueued` event in the commit; gives the row its position.
    pub event_index: usize,
    /// The message and send id.
    pub message: MessageId,
    /// The number it leaves from.
    pub number: NumberId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer.
    pub contact: ContactId,
    /// The handler's epoch.
    pub epoch: u64,
    /// The bot's session and turn; `None` for a person's message.
    pub turn: Option<(SessionId, u32)>,
}

/// What the application must know of a number without loading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberRow {
    /// The number.
    pub id: NumberId,
    /// Kind.
    pub kind: NumberKind,
    /// Meta's id.
    pub phone_number_id: String,
    /// Switched on.
    pub is_active: bool,
    /// Taken out of use.
    pub is_removed: bool,
    /// Meta refused its token.
    pub auth_broken: bool,
    /// Row of the sealed access token.
    pub access_token: SecretId,
    /// First 16 hex digits of the token's keyed hash.
    pub token_fingerprint: String,
    /// Row of its own app secret.
    pub app_secret: Option<SecretId>,
}
