//! Webhooks on their way: what is due when, signed, repeated until a 200 comes.
//!
//! Absent on purpose: a disk. What waits is lost with the process; what was acknowledged is in the ledger.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use infrastructure::webhook_signature::sign;
use secrecy::SecretString;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::Instant;

use super::behavior::Behavior;
use super::chance::Chance;
use super::locked;
use super::meta::SimulatedMeta;
use super::payload::{self, Item, ItemId};

/// One POST to the callback.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) body: Bytes,
    pub(super) signature: String,
    pub(super) items: Vec<(ItemId, String)>,
    pub(super) attempts: u32,
}

#[derive(Debug)]
enum Work {
    Item(Item),
    Repeat(Delivery),
}

/// Everything that has to be delivered.
#[derive(Debug)]
pub(super) struct Deliveries {
    queue: Mutex<BTreeMap<(Instant, u64), Work>>,
    count: Mutex<u64>,
    wake: Notify,
    unfinished: watch::Sender<usize>,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            queue: Mutex::default(),
            count: Mutex::default(),
            wake: Notify::new(),
            unfinished: watch::Sender::new(0),
        }
    }
}

impl Deliveries {
    /// An item that leaves after a delay.
    pub(super) fn add(&self, item: Item, delay: Duration) {
        self.begin();
        self.put(Work::Item(item), Instant::now() + delay);
    }

    fn repeat(&self, delivery: Delivery, delay: Duration) {
        self.begin();
        self.put(Work::Repeat(delivery), Instant::now() + delay);
    }

    fn put(&self, work: Work, due: Instant) {
        let place = {
            let mut count = locked(&self.count);
            *count += 1;
            *count
        };
        locked(&self.queue).insert((due, place), work);
        self.wake.notify_one();
    }

    /// Something that [`Self::unfinished`] counts until [`Self::end`].
    pub(super) fn begin(&self) {
        self.unfinished.send_modify(|unfinished| *unfinished += 1);
    }

    pub(super) fn end(&self, done: usize) {
        self.unfinished
            .send_modify(|unfinished| *unfinished = unfinished.saturating_sub(done));
    }

    /// How many items and repetitions are not done.
    pub(super) fn unfinished(&self) -> watch::Receiver<usize> {
        self.unfinished.subscribe()
    }

    /// Waits for the next delivery that is due.
    async fn next(
        &self,
        behavior: impl Fn() -> Behavior,
        chance: &Mutex<Chance>,
        secret: &SecretString,
    ) -> Delivery {
        loop {
            let wait = match self.take(&behavior(), chance, secret) {
                Ok(delivery) => return delivery,
                Err(wait) => wait,
            };
            match wait {
                Some(due) => tokio::select! {
                    () = tokio::time::sleep_until(due) => {}
                    () = self.wake.notified() => {}
                },
                None => self.wake.notified().await,
            }
        }
    }

    /// The next delivery, or when there will be one.
    fn take(
        &self,
        behavior: &Behavior,
        chance: &Mutex<Chance>,
        secret: &SecretString,
    ) -> Result<Delivery, Option<Instant>> {
        let mut queue = locked(&self.queue);
        let now = Instant::now();
        let most = {
            let limit = u64::try_from(behavior.batch_max.max(1)).unwrap_or(1);
            1 + locked(chance).below(limit)
        };
        let mut items: Vec<Item> = Vec::new();
        while let Some(first) = queue.first_entry() {
            if first.key().0 > now || u64::try_from(items.len()).unwrap_or(most) >= most {
                break;
            }
            if !items.is_empty() && matches!(first.get(), Work::Repeat(_)) {
                break;
            }
            match first.remove() {
                Work::Item(item) => items.push(item),
                Work::Repeat(delivery) => return Ok(delivery),
            }
        }
        if items.is_empty() {
            return Err(queue.first_key_value().map(|((due, _), _)| *due));
        }
        let body = payload::body(&items);
        let signature = sign(secret, &body);
        let items = items
            .into_iter()
            .map(|item| (item.id, item.wa_id))
            .collect();
        Ok(Delivery {
            body: Bytes::from(body),
            signature,
            items,
            attempts: 0,
        })
    }
}

/// Delivers until the process stops.
pub(super) async fn run(meta: Arc<SimulatedMeta>) {
    let stop = meta.tasks.stop().clone();
    let slots = Arc::new(Semaphore::new(meta.behavior().concurrency.max(1)));
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
            let delivery = meta
                .deliveries
                .next(|| meta.behavior(), &meta.chance, &meta.secret)
                .await;
            Some((slot, delivery))
        };
        let (slot, delivery) = tokio::select! {
            () = stop.cancelled() => return,
            next = next => match next {
                Some(next) => next,
                None => return,
            },
        };
        let meta_of_task = Arc::clone(&meta);
        meta.tasks.spawn(async move {
            attempt(&meta_of_task, delivery).await;
            drop(slot);
        });
    }
}

/// Tries once; puts the delivery back where no 200 came.
async fn attempt(meta: &SimulatedMeta, mut delivery: Delivery) {
    // What is taken from the queue stays unfinished until its own end: items for the first try, the whole
    // delivery for a repetition.
    let share = if delivery.attempts == 0 {
        delivery.items.len()
    } else {
        1
    };
    delivery.attempts += 1;
    let behavior = meta.behavior();
    let acknowledged = post(meta, &delivery).await && meta.acknowledged(&delivery).await;
    if acknowledged {
        let doubled =
            delivery.attempts == 1 && locked(&meta.chance).happens(behavior.duplicate_per_mille);
        if doubled {
            meta.counters.duplicates.add(1);
            let delay = locked(&meta.chance).up_to(behavior.jitter());
            meta.deliveries.repeat(delivery, delay);
        }
    } else if delivery.attempts < behavior.max_attempts {
        meta.counters.redeliveries.add(1);
        let pause = behavior.redelivery_pause(delivery.attempts);
        meta.deliveries.repeat(delivery, pause);
    } else {
        meta.counters.given_up.add(1);
        tracing::warn!(
            attempts = delivery.attempts,
            "the simulator gave up a delivery"
        );
    }
    meta.deliveries.end(share);
}

async fn post(meta: &SimulatedMeta, delivery: &Delivery) -> bool {
    let request = meta
        .client
        .post(meta.callback())
        .header("Content-Type", "application/json")
        .header("User-Agent", "facebookexternalua")
        .header("X-Hub-Signature-256", &delivery.signature)
        .body(delivery.body.clone());
    match request.send().await {
        Ok(response) if response.status() == reqwest::StatusCode::OK => true,
        Ok(response) => {
            tracing::debug!(
                status = response.status().as_u16(),
                "a simulated delivery was refused"
            );
            false
        }
        Err(error) => {
            tracing::debug!(
                timeout = error.is_timeout(),
                "a simulated delivery did not arrive"
            );
            false
        }
    }
}
