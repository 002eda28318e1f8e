//! A batch of stored items into work: read each delivery once, set aside what cannot be handled, ask the
//! inbox whose the messages are.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use domain::ids::{ContactId, ConversationId, NumberId};

use super::envelope::Delivery;
use super::handlers::{InboundDeps, MessageTask, StatusTask};
use super::identity;
use super::normalize::{self, InboundMessage};
use super::split::{Item, split};
use crate::ports::StoreError;
use crate::ports::directory::DirectoryNumber;
use crate::ports::inbox::{HoldReason, ItemClass, ResolveItem, StoredItem};
use crate::ports::leases::Fence;

/// A batch, sorted by what is to be done. Orders within are inbox orders.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) messages: Vec<UnresolvedMessage>,
    pub(super) statuses: Vec<StatusTask>,
    /// Nothing to record.
    pub(super) done: Vec<i64>,
    pub(super) held: BTreeMap<HeldAs, Vec<i64>>,
    /// Numbers whose items are held because they are not known.
    pub(super) unknown_numbers: Vec<String>,
    /// Items that their own delivery does not hold.
    pub(super) lost: Vec<i64>,
}

/// [`HoldReason`] with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum HeldAs {
    UnknownNumber,
    NotUnderstood,
    Unparsable,
}

impl From<HeldAs> for HoldReason {
    fn from(held: HeldAs) -> Self {
        match held {
            HeldAs::UnknownNumber => Self::UnknownNumber,
            HeldAs::NotUnderstood => Self::NotUnderstood,
            HeldAs::Unparsable => Self::Unparsable,
        }
    }
}

/// A message whose customer is not known yet.
#[derive(Debug)]
pub(super) struct UnresolvedMessage {
    item: Arc<StoredItem>,
    number: Arc<DirectoryNumber>,
    message: InboundMessage,
}

/// Sorts a batch. Pure but for look-ups in memory.
pub(super) fn sort(deps: &InboundDeps, batch: &[Arc<StoredItem>], fence: Option<&Fence>) -> Sorted {
    let mut sorted = Sorted::default();
    for of_delivery in batch.chunk_by(|left, right| left.delivery == right.delivery) {
        let Some(first) = of_delivery.first() else {
            continue;
        };
        let delivery = Delivery::read(first.body.clone());
        let parts = split(&delivery);
        for stored in of_delivery {
            match find(deps, &parts, stored) {
                Some(part) => sort_item(deps, (stored, fence), part, &mut sorted),
                None => sorted.lost.push(stored.item),
            }
        }
    }
    sorted
}

/// The part with the item's key: at its ordinal, unless another version split it.
fn find<'a, 'b>(
    deps: &InboundDeps,
    parts: &'a [Item<'b>],
    stored: &StoredItem,
) -> Option<&'a Item<'b>> {
    let is_same = |part: &&Item<'_>| part.dedupe(deps.hashes.as_ref()) == stored.dedupe;
    let at_ordinal = usize::try_from(stored.ordinal)
        .ok()
        .and_then(|index| parts.get(index));
    at_ordinal
        .filter(is_same)
        .or_else(|| parts.iter().find(is_same))
}

fn sort_item(
    deps: &InboundDeps,
    (stored, fence): (&Arc<StoredItem>, Option<&Fence>),
    part: &Item<'_>,
    sorted: &mut Sorted,
) {
    let mut hold = |held: HeldAs| sorted.held.entry(held).or_default().push(stored.item);
    match part.class {
        ItemClass::Other if part.hold == Some(HoldReason::Unparsable) => hold(HeldAs::Unparsable),
        ItemClass::Other => hold(HeldAs::NotUnderstood),
        ItemClass::Message | ItemClass::Status => {
            let named = part.phone_number_id.as_deref().unwrap_or_default();
            let Some(number) = deps.directory.number_by_phone_number_id(named) else {
                hold(HeldAs::UnknownNumber);
                sorted.unknown_numbers.push(named.to_owned());
                return;
            };
            let understood = match part.class {
                ItemClass::Status => sort_status((stored, fence), number, part, sorted),
                _ => sort_message(stored, number, part, sorted),
            };
            if !understood {
                sorted
                    .held
                    .entry(HeldAs::NotUnderstood)
                    .or_default()
                    .push(stored.item);
            }
        }
    }
}

/// `false`: there is nobody to whom the message could belong.
fn sort_message(
    stored: &Arc<StoredItem>,
    number: Arc<DirectoryNumber>,
    part: &Item<'_>,
    sorted: &mut Sorted,
) -> bool {
    let normalized = normalize::message(part.value, part.contacts, stored.received_at)
        .filter(|message| message.sender.bsuid.is_some() || message.sender.wa_id.is_some());
    let Some(message) = normalized else {
        return false;
    };
    sorted.messages.push(UnresolvedMessage {
        item: Arc::clone(stored),
        number,
        message,
    });
    true
}

fn sort_status(
    (stored, fence): (&Arc<StoredItem>, Option<&Fence>),
    number: Arc<DirectoryNumber>,
    part: &Item<'_>,
    sorted: &mut Sorted,
) -> bool {
    let Some(status) = normalize::status(part.value, stored.received_at) else {
        return false;
    };
    match status.status {
        Some(kind) => {
            sorted.statuses.push(StatusTask {
                item: Arc::clone(stored),
                number,
                status,
                kind,
                fence: fence.cloned(),
            });
        }
        None => sorted.done.push(stored.item),
    }
    true
}

/// Asks the inbox whose these messages are; new customers and conversations are reserved.
pub(super) async fn resolve(
    deps: &InboundDeps,
    messages: Vec<UnresolvedMessage>,
    fence: Option<&Fence>,
) -> Result<Vec<MessageTask>, StoreError> {
    if messages.is_empty() {
        return Ok(Vec::new());
    }
    let questions = messages
        .iter()
        .map(|message| question(deps, message))
        .collect();
    let answers: HashMap<i64, _> = deps
        .inbox
        .resolve(questions, fence.cloned())
        .await?
        .into_iter()
        .map(|answer| (answer.item, answer))
        .collect();
    let tasks = messages.into_iter().filter_map(|unresolved| {
        // An item without an answer was handled meanwhile; if not, it is open and comes again.
        let answer = answers.get(&unresolved.item.item)?;
        Some(MessageTask {
            number: NumberId::clone(&unresolved.number.row.id),
            phone_number_id: unresolved.number.row.phone_number_id.clone(),
            item: unresolved.item,
            resolution: answer.resolution,
            conflict: answer.conflict,
            message: unresolved.message,
            fence: fence.cloned(),
        })
    });
    Ok(tasks.collect())
}

fn question(deps: &InboundDeps, unresolved: &UnresolvedMessage) -> ResolveItem {
    let number = &unresolved.number.row;
    ResolveItem {
        item: unresolved.item.item,
        phone_number_id: number.phone_number_id.clone(),
        keys: identity::keys(
            deps.hashes.as_ref(),
            number.kind,
            &unresolved.message.sender,
        ),
        new_contact: ContactId::new(deps.ids.next()),
        new_conversation: ConversationId::new(deps.ids.next()),
    }
}
