//! Taking items in: what of the open items is this node's, whose it is, and what is set aside.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{InboundWorker, Leased, POLL, Task, rest};
use crate::adopted::Adopted;
use crate::inbound::resolver::{Sorted, resolve, sort};
use crate::ports::StoreError;
use crate::ports::inbox::{HoldReason, StoredItem};
use crate::ports::leases::{Fence, Permit, Work};

/// Items read at once.
const BATCH: usize = 256;

/// Items that are handled under one lease.
#[derive(Debug)]
struct Part {
    permit: Permit,
    items: Vec<Arc<StoredItem>>,
}

/// What was taken in, and the last item that was read.
pub(super) struct Taken {
    pub(super) last: i64,
    pub(super) tasks: Vec<Leased>,
}

/// Where the next items are taken.
#[derive(Default)]
pub(super) struct Place {
    /// Read on after this item.
    pub(super) after: i64,
    /// Items to pass over because they wait or are under way: they lie in the way of whoever begins anew.
    pub(super) known: HashSet<i64>,
    /// Wait so long before.
    pub(super) pause: Duration,
    /// What this node had taken over when it began at the beginning.
    pub(super) adopted: Arc<Adopted>,
}

impl InboundWorker {
    /// Reads, sorts and resolves the next items; waits for some if there are none.
    ///
    /// # Errors
    /// [`StoreError`]: what is not closed is still open.
    pub(super) async fn take_in(
        &self,
        place: Place,
        stop: &CancellationToken,
    ) -> Result<Taken, StoreError> {
        if !place.pause.is_zero() {
            rest(place.pause, stop).await;
        }
        if place.after == 0 {
            self.release_strays(&place.adopted).await?;
        }
        let others = self.numbers_of_others(&place.adopted);
        let inbox = &self.deps.inbox;
        let mut batch = inbox.open_items(place.after, BATCH, &others).await?;
        let Some(last) = batch.last().map(|stored| stored.item) else {
            tokio::select! {
                () = self.deps.inbox.wait_for_items(place.after) => {}
                () = tokio::time::sleep(POLL) => {}
                () = stop.cancelled() => {}
            }
            return Ok(Taken {
                last: place.after,
                tasks: Vec::new(),
            });
        };
        batch.retain(|stored| !place.known.contains(&stored.item));
        let parts = self.parts(batch, &place.adopted);
        let sorted = parts.into_iter().map(|part| self.sort_out(part));
        let mut tasks = Vec::new();
        for sorted in futures::future::join_all(sorted).await {
            match sorted {
                Ok(of_part) => tasks.extend(of_part),
                // The other node finds the items.
                Err(StoreError::LeaseLost) => self.deps.leases.doubt(),
                Err(error) => return Err(error),
            }
        }
        Ok(Taken { last, tasks })
    }

    /// Sorts and resolves the items of one lease.
    async fn sort_out(&self, Part { permit, items }: Part) -> Result<Vec<Leased>, StoreError> {
        let fence = permit.fence();
        let fence = fence.as_ref();
        let mut sorted = sort(&self.deps, &items, fence);
        self.set_aside(&sorted, fence).await?;
        let messages = resolve(&self.deps, std::mem::take(&mut sorted.messages), fence).await?;
        let messages = messages
            .into_iter()
            .map(|task| Task::Message(Box::new(task)));
        let statuses = sorted
            .statuses
            .into_iter()
            .map(|task| Task::Status(Box::new(task)));
        let lost = sorted.lost.into_iter().map(Task::Lost);
        let leased = messages.chain(statuses).chain(lost).map(|task| Leased {
            task,
            permit: permit.clone(),
        });
        Ok(leased.collect())
    }

    /// Phone number ids whose items other nodes handle.
    fn numbers_of_others(&self, adopted: &Adopted) -> Vec<String> {
        let leases = self.deps.leases.as_ref();
        if !leases.are_shared() {
            return Vec::new();
        }
        let numbers = self.deps.directory.numbers().into_iter();
        numbers
            .filter(|number| !number.row.is_removed)
            .filter(|number| adopted.enter(leases, Work::Number(number.row.id)).is_none())
            .map(|number| number.row.phone_number_id.clone())
            .collect()
    }

    /// What of a batch is this node's, one part a lease; other nodes are told of what is theirs. Where there is
    /// one node all is one part.
    fn parts(&self, batch: Vec<Arc<StoredItem>>, adopted: &Adopted) -> Vec<Part> {
        let leases = self.deps.leases.as_ref();
        if !leases.are_shared() {
            let permit = Permit::alone();
            let items = batch;
            return vec![Part { permit, items }];
        }
        let mut parts: HashMap<Work, Option<Part>> = HashMap::new();
        let mut has_others = false;
        for item in batch {
            let named = item.phone_number_id.as_deref().unwrap_or_default();
            let number = self.deps.directory.number_by_phone_number_id(named);
            let work = number.map_or(Work::Strays, |number| Work::Number(number.row.id));
            let part = parts.entry(work).or_insert_with(|| {
                adopted.enter(leases, work).map(|permit| Part {
                    permit,
                    items: Vec::new(),
                })
            });
            match part {
                Some(part) => part.items.push(item),
                None => has_others = true,
            }
        }
        if has_others {
            leases.hint();
        }
        parts.into_values().flatten().collect()
    }

    /// Items held because their number was not known here are received anew once it is: another node may have
    /// added it a moment before this one held them.
    async fn release_strays(&self, adopted: &Adopted) -> Result<(), StoreError> {
        let leases = self.deps.leases.as_ref();
        if !leases.are_shared() {
            return Ok(());
        }
        let is_ours = adopted.enter(leases, Work::Strays).is_some();
        let numbers = self.deps.directory.numbers();
        let fresh: Vec<String> = {
            let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
            if !is_ours {
                released.clear();
                return Ok(());
            }
            for removed in numbers.iter().filter(|number| number.row.is_removed) {
                released.remove(&removed.row.phone_number_id);
            }
            numbers
                .iter()
                .filter(|number| !number.row.is_removed)
                .map(|number| number.row.phone_number_id.clone())
                .filter(|phone_number_id| !released.contains(phone_number_id))
                .collect()
        };
        for phone_number_id in fresh {
            self.deps.inbox.release_held(&phone_number_id).await?;
            let mut released = self.released.lock().unwrap_or_else(PoisonError::into_inner);
            released.insert(phone_number_id);
        }
        Ok(())
    }

    async fn set_aside(&self, sorted: &Sorted, fence: Option<&Fence>) -> Result<(), StoreError> {
        if !sorted.done.is_empty() {
            let fence = fence.cloned();
            self.deps.inbox.done(&sorted.done, fence).await?;
        }
        for (held, items) in &sorted.held {
            let reason = HoldReason::from(*held);
            self.deps.inbox.hold(items, reason, fence.cloned()).await?;
        }
        // A number added between the look-up and the hold has released what was held before it.
        for phone_number_id in &sorted.unknown_numbers {
            if self
                .deps
                .directory
                .number_by_phone_number_id(phone_number_id)
                .is_some()
            {
                self.deps.inbox.release_held(phone_number_id).await?;
            }
        }
        Ok(())
    }
}
