//! The inbox: deliveries of Meta as they came, split into items, each handled exactly once.
//!
//! Bodies are sealed under a daily key and dropped 7 days after their items are handled. Dedupe keys are
//! kept for ever. Items that no version understands, or of an unknown number, are held.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::ids::{ContactId, ConversationId, MessageId};
use domain::time::Timestamp;

use super::StoreError;
use super::hashes::KeyedHash;
use super::leases::Fence;

/// What an item is, as far as order and dedupe are concerned. Messages come before statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemClass {
    /// A message, reaction, edit, revoke, notice.
    Message,
    /// A status of an outbound message.
    Status,
    /// Anything else: other fields, errors, unparsable bodies. Kept raw.
    Other,
}

/// An item of a delivery.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Place among the delivery's items in split order; the handler finds it there again.
    pub ordinal: u32,
    /// Class.
    pub class: ItemClass,
    /// Meta's phone number id, if the item names one.
    pub phone_number_id: Option<String>,
    /// The dedupe key.
    pub dedupe: KeyedHash,
    /// Held from the start (unknown field, unparsable, ...), with the reason.
    pub hold: Option<HoldReason>,
}

/// A verified delivery.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The raw bytes.
    pub body: Bytes,
    /// Its items.
    pub items: Vec<NewItem>,
}

/// What became of an accepted delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Items not seen before.
    pub fresh: usize,
    /// Items seen before.
    pub duplicates: usize,
}

/// Why an item is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HoldReason {
    /// The number is not known here (yet).
    UnknownNumber,
    /// The field or kind is not understood by this version.
    NotUnderstood,
    /// The signed body is no JSON, or not of the expected shape.
    Unparsable,
    /// Handling failed five times; can be driven again.
    Parked,
}

/// A held item as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldItem {
    /// Grows in receive order.
    pub item: i64,
    /// Why it is held.
    pub reason: HoldReason,
    /// Meta's phone number id.
    pub phone_number_id: Option<String>,
    /// Class.
    pub class: ItemClass,
    /// When its delivery came.
    pub received_at: Timestamp,
    /// Code of the last failure; never text of the item.
    pub error: Option<String>,
}

/// Which held items are to be handled again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Release {
    /// All that are held for a reason.
    Reason(HoldReason),
    /// These; unknown ones are passed over.
    Items(Vec<i64>),
    /// All that were not understood, once a version of the program: a newer one may understand them.
    ForVersion(String),
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemFate {
    /// Waits to be handled.
    Open,
    /// A status that came before its send was known; handled as soon as it is.
    AwaitsSend,
    /// Handled.
    Done,
    /// Held until somebody releases it.
    Held(HoldReason),
}

/// An item in the history of deliveries; never its text. Handled ones are kept 7 days, held ones 90.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemRecord {
    /// Grows in receive order; an item that was released goes on under a new one.
    pub item: i64,
    /// The delivery it came with.
    pub delivery: i64,
    /// Class.
    pub class: ItemClass,
    /// Meta's phone number id.
    pub phone_number_id: Option<String>,
    /// When its delivery came.
    pub received_at: Timestamp,
    /// Tries that failed.
    pub attempts: u32,
    /// What became of it.
    pub fate: ItemFate,
    /// When it was handled or held.
    pub settled_at: Option<Timestamp>,
    /// Code of the last failure.
    pub error: Option<String>,
    /// The conversation it belongs to, once resolved.
    pub conversation: Option<ConversationId>,
}

/// Which part of the history, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryPart {
    /// Only held items.
    pub only_held: bool,
    /// Only those held for this reason.
    pub reason: Option<HoldReason>,
    /// Items below this one.
    pub below: i64,
    /// Items above this one.
    pub above: i64,
    /// The oldest of what remains instead of the newest; they come oldest first.
    pub from_end: bool,
    /// Items at most.
    pub limit: usize,
}

/// An item as stored, with the body it lies in.
#[derive(Clone, Debug)]
pub struct StoredItem {
    /// Grows in receive order.
    pub item: i64,
    /// Place in the body.
    pub ordinal: u32,
    /// Class.
    pub class: ItemClass,
    /// Meta's phone number id.
    pub phone_number_id: Option<String>,
    /// The dedupe key.
    pub dedupe: KeyedHash,
    /// Database time of the delivery.
    pub received_at: Timestamp,
    /// Tries that failed.
    pub attempts: u32,
    /// Stamped by the resolver.
    pub resolved: Option<Resolution>,
    /// The raw delivery.
    pub body: Bytes,
    /// Which delivery, so that items of one body are parsed once.
    pub delivery: i64,
}

/// Whose item it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// The customer.
    pub contact: ContactId,
    /// The conversation.
    pub conversation: ConversationId,
}

/// An identifier that a payload names: where it is valid, its kind and its keyed hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityKey {
    /// Within what it names one person; simulated people are apart from real ones.
    pub scope: &'static str,
    /// `bsuid` or `wa_id`.
    pub kind: &'static str,
    /// Keyed hash of scope, kind and value.
    pub hash: KeyedHash,
}

/// Asks whose items these are; reserves what is new.
#[derive(Clone, Debug)]
pub struct ResolveItem {
    /// The item.
    pub item: i64,
    /// Meta's phone number id.
    pub phone_number_id: String,
    /// Identifiers, strongest first (BSUID before wa_id and its aliases).
    pub keys: Vec<IdentityKey>,
    /// Id for a new contact.
    pub new_contact: ContactId,
    /// Id for a new conversation.
    pub new_conversation: ConversationId,
}

/// The answer to [`ResolveItem`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResolvedItem {
    /// The item.
    pub item: i64,
    /// Whose it is.
    pub resolution: Resolution,
    /// Another contact that holds one of the identifiers (the strongest one won), or whose phone number
    /// this one has got.
    pub conflict: Option<ContactId>,
}

/// Where a wamid leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WamidTarget {
    /// Our message.
    pub message: MessageId,
    /// The conversation.
    pub conversation: ConversationId,
    /// The customer.
    pub contact: ContactId,
}

/// The inbox with its identity and route tables. What is done under a fence whose lease has changed hands is
/// refused with [`StoreError::LeaseLost`].
#[async_trait]
pub trait Inbox: Send + Sync + std::fmt::Debug {
    /// Stores a delivery; durable when it returns. Items seen before are dropped.
    ///
    /// # Errors
    /// [`StoreError`]: then nothing may be acknowledged.
    async fn accept(&self, delivery: NewDelivery) -> Result<Accepted, StoreError>;

    /// Deliveries of which Meta waits for the answer at this moment.
    fn unanswered(&self) -> usize;

    /// Unhandled items (received or resolved, not held, not orphaned) after an item, in receive order. Those of
    /// the phone number ids in `others` need not be among them: another node handles them.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn open_items(
        &self,
        after: i64,
        limit: usize,
        others: &[String],
    ) -> Result<Vec<Arc<StoredItem>>, StoreError>;

    /// Waits until there may be an open item after `after` (also one released for handling again).
    async fn wait_for_items(&self, after: i64);

    /// Resolves items in the order given, reserving contacts (with their key) and conversations, and
    /// stamps the items. An identifier not seen before is linked to the contact that the strongest
    /// known identifier names; but a new BSUID is another contact than the one that the phone number
    /// names, if that one has a BSUID already: the number was recycled.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn resolve(
        &self,
        items: Vec<ResolveItem>,
        fence: Option<Fence>,
    ) -> Result<Vec<ResolvedItem>, StoreError>;

    /// Where wamids lead, in the order asked.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn find_wamids(
        &self,
        wamids: &[KeyedHash],
    ) -> Result<Vec<Option<WamidTarget>>, StoreError>;

    /// Sets a status of an unknown wamid aside until its send is known. `false`: it is known by now,
    /// handle it again.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn orphan(
        &self,
        item: i64,
        wamid: KeyedHash,
        fence: Option<Fence>,
    ) -> Result<bool, StoreError>;

    /// Marks items as handled without an event (duplicates, legacy statuses).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn done(&self, items: &[i64], fence: Option<Fence>) -> Result<(), StoreError>;

    /// Moves items to the held ones.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn hold(
        &self,
        items: &[i64],
        reason: HoldReason,
        fence: Option<Fence>,
    ) -> Result<(), StoreError>;

    /// Counts a failed try; after the fifth the item is parked. Returns whether it is. `error` is a code.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn failed(
        &self,
        item: i64,
        error: &str,
        fence: Option<Fence>,
    ) -> Result<bool, StoreError>;

    /// Items held for this number are received anew (the number was added).
    ///
    /// # Errors
    /// [`StoreError`].
    async fn release_held(&self, phone_number_id: &str) -> Result<usize, StoreError>;

    /// Held items after an item, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn held(&self, after: i64, limit: usize) -> Result<Vec<HeldItem>, StoreError>;

    /// Held items are received anew, under new ids; how many.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn release(&self, what: Release) -> Result<usize, StoreError>;

    /// When a number's last delivery came.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn last_seen_at(&self, phone_number_id: &str) -> Result<Option<Timestamp>, StoreError>;

    /// The same of many numbers at once; those that Meta never delivered for are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn numbers_last_seen_at(
        &self,
        phone_number_ids: &[String],
    ) -> Result<Vec<(String, Timestamp)>, StoreError>;

    /// What became of items.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn history(&self, part: &HistoryPart) -> Result<Vec<ItemRecord>, StoreError>;

    /// Age of the oldest item that is neither handled, held nor orphaned, in seconds.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn oldest_open_seconds(&self) -> Result<u64, StoreError>;

    /// Drops bodies of items handled long ago, held items past 90 days, orphans past 30 days and
    /// idempotency keys past 24 h.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sweep(&self) -> Result<(), StoreError>;
}
