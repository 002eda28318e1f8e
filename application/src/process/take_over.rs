//! How shards come to this node and leave it: taken over from what is stored, left between two steps.

use super::ConversationManager;
use super::dispatcher::{Dispatcher, Handed};
use super::shards::Shard;
use crate::ports::StoreError;
use crate::ports::leases::Work;
use crate::ports::process_store::StoredCommand;

impl ConversationManager {
    /// Takes over the shards that are this node's now, each from what is stored, and lets go of the others.
    pub(super) async fn adopt(&mut self, dispatcher: &Dispatcher) -> Result<(), StoreError> {
        let mut gained = Vec::new();
        for number in self.shards.all() {
            let permit = self.deps.leases.enter(Work::Shard(number));
            match (self.shards.owned.get(&number), permit) {
                (Some(shard), Some(permit)) if shard.is_under(&permit) => {}
                (_, Some(permit)) => gained.push((number, permit)),
                (_, None) => drop(self.shards.owned.remove(&number)),
            }
        }
        if gained.is_empty() {
            self.deps.progress.stands(self.shards.lowest());
            return Ok(());
        }
        // What another owner did since is only in the store.
        self.instances.invalidate_all();
        let numbers: Vec<u8> = gained.iter().map(|(number, _)| *number).collect();
        let stored = self.deps.store.checkpoints(&numbers).await?;
        for ((number, permit), stored) in gained.into_iter().zip(stored) {
            let shard = Shard::new(permit, stored);
            self.shards.owned.insert(number, shard);
        }
        self.deps.progress.stands(self.shards.lowest());
        self.recover(&numbers, dispatcher).await
    }

    /// Hands over the stored commands of shards just taken over.
    async fn recover(&self, shards: &[u8], dispatcher: &Dispatcher) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let pending = self.deps.store.pending(after, 1_000).await?;
            let Some(last) = pending.last() else {
                return Ok(());
            };
            after = last.ordinal;
            let is_theirs = |command: &StoredCommand| {
                shards.contains(&self.shards.number_of(command.conversation))
            };
            self.hand_over(pending.into_iter().filter(is_theirs), dispatcher)
                .await;
        }
    }

    pub(super) async fn hand_over(
        &self,
        commands: impl Iterator<Item = StoredCommand>,
        dispatcher: &Dispatcher,
    ) {
        let handed = commands.filter_map(|command| {
            let number = self.shards.number_of(command.conversation);
            let shard = self.shards.find(command.conversation)?;
            Some(Handed {
                shard: number,
                command: shard.under_fence(command),
                permit: shard.permit.clone(),
            })
        });
        dispatcher.hand_over(handed.collect()).await;
    }

    /// Leaves all shards to nodes that know a type of events.
    pub(super) fn decline(&mut self, event_kind: &str) {
        for number in self.shards.numbers() {
            self.deps.leases.decline(Work::Shard(number), event_kind);
        }
        if self.deps.leases.are_shared() {
            self.shards.owned.clear();
        }
    }
}
