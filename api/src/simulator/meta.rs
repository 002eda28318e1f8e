//! The simulated Meta: phones on one side, the business on the other, webhooks and statuses between them.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use application::ports::clock::Clock;
use application::tasks::Tasks;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;
use url::Url;

use super::behavior::Behavior;
use super::chance::Chance;
use super::counters::{CounterValues, Counters};
use super::deliveries::{Deliveries, Delivery};
use super::fault::Faults;
use super::ledger::Ledger;
use super::locked;
use super::pairs::Pairs;
use super::payload::{Item, ItemId};
use super::phone::{Phone, Profile, Screen, Ticks};
use super::phones::Phones;
use super::wamid::Wamids;

/// What the simulator must know of the business' numbers.
pub trait BusinessNumbers: Send + Sync + std::fmt::Debug {
    /// The number as it is shown, if it exists and may be simulated.
    fn display_phone_number(&self, phone_number_id: &str) -> Option<String>;

    /// Whether this access token may send from the number.
    fn accepts_token(&self, phone_number_id: &str, token: &str) -> bool;
}

/// All there is.
#[derive(Debug)]
pub struct SimulatedMeta {
    pub(super) numbers: Arc<dyn BusinessNumbers>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) tasks: Tasks,
    pub(super) client: reqwest::Client,
    pub(super) secret: SecretString,
    pub(super) ledger: Ledger,
    pub(super) deliveries: Deliveries,
    pub(super) counters: Counters,
    pub(super) wamids: Wamids,
    pub(super) faults: Mutex<Faults>,
    pub(super) chance: Mutex<Chance>,
    pub(super) pairs: Mutex<Pairs>,
    pub(super) arrivals: AtomicU64,
    /// Grows when loads are told to end: a load ends when it is not what it began with.
    pub(super) quiets: AtomicU64,
    pub(super) callback: RwLock<Url>,
    pub(super) behavior: RwLock<Behavior>,
    pub(super) phones: Mutex<Phones>,
}

impl SimulatedMeta {
    /// How it behaves now.
    pub fn behavior(&self) -> Behavior {
        self.behavior
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Changes how it behaves; the number of parallel deliveries stays as it was at the start.
    pub fn set_behavior(&self, behavior: Behavior) {
        *self
            .behavior
            .write()
            .unwrap_or_else(PoisonError::into_inner) = behavior;
    }

    /// Where webhooks go.
    pub fn callback(&self) -> Url {
        self.callback
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sends webhooks elsewhere from now on.
    pub fn set_callback(&self, callback: Url) {
        *self
            .callback
            .write()
            .unwrap_or_else(PoisonError::into_inner) = callback;
    }

    /// The books.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What fails, and how.
    pub fn with_faults<T>(&self, change: impl FnOnce(&mut Faults) -> T) -> T {
        change(&mut locked(&self.faults))
    }

    /// What happened since the start.
    pub fn counters(&self) -> CounterValues {
        let counters = &self.counters;
        CounterValues {
            requests: counters.requests.get(),
            accepted: counters.accepted.get(),
            faults: counters.faults.get(),
            customer_messages: counters.written.get(),
            acknowledged_deliveries: counters.acknowledged_deliveries.get(),
            acknowledged_items: counters.acknowledged_items.get(),
            duplicates: counters.duplicates.get(),
            redeliveries: counters.redeliveries.get(),
            given_up: counters.given_up.get(),
            unfinished: *self.deliveries.unfinished().borrow(),
        }
    }

    /// Waits until every webhook was acknowledged (or given up).
    pub async fn drained(&self) {
        // The sender lives as long as this does, so the wait cannot fail.
        let mut unfinished = self.deliveries.unfinished();
        let _drained = unfinished.wait_for(|unfinished| *unfinished == 0).await;
    }

    /// What a phone shows after a version; what is looked at becomes read.
    pub fn screen(&self, phone_number_id: &str, wa_id: &str, after: u64, look: bool) -> Screen {
        let mut phones = locked(&self.phones);
        let phone = phones.of(phone_number_id, wa_id);
        let screen = phone.screen(after);
        if look {
            let now = Instant::now();
            for seen in phone.look() {
                let delay = seen.not_before.saturating_duration_since(now);
                let status = self.status(
                    phone_number_id,
                    phone,
                    &seen.wamid,
                    "read",
                    seen.callback_data,
                );
                self.enqueue(status, delay);
            }
        }
        screen
    }

    /// Tells when a phone changes.
    pub fn watch(&self, phone_number_id: &str, wa_id: &str) -> watch::Receiver<u64> {
        locked(&self.phones).of(phone_number_id, wa_id).watch()
    }

    /// Sets how a customer presents themselves on this number.
    pub fn set_profile(&self, phone_number_id: &str, wa_id: &str, profile: Profile) {
        locked(&self.phones).of(phone_number_id, wa_id).profile = profile;
    }

    /// How a customer presents themselves on this number.
    pub fn profile(&self, phone_number_id: &str, wa_id: &str) -> Profile {
        locked(&self.phones)
            .of(phone_number_id, wa_id)
            .profile
            .clone()
    }

    pub(super) fn seconds(&self) -> i64 {
        self.clock.now().as_micros() / 1_000_000
    }

    pub(super) fn display_phone_number(&self, phone_number_id: &str) -> String {
        self.numbers
            .display_phone_number(phone_number_id)
            .unwrap_or_default()
    }

    /// Puts an item on its way, shuffled as the behavior says.
    pub(super) fn enqueue(&self, item: Item, delay: std::time::Duration) {
        let jitter = locked(&self.chance).up_to(self.behavior().jitter());
        self.deliveries.add(item, delay + jitter);
    }

    /// The webhook item of a status.
    pub(super) fn status(
        &self,
        phone_number_id: &str,
        phone: &Phone,
        wamid: &str,
        status: &'static str,
        callback_data: Option<String>,
    ) -> Item {
        let mut object = json!({
            "id": wamid,
            "status": status,
            "timestamp": self.seconds().to_string(),
            "recipient_user_id": phone.bsuid(),
        });
        if !phone.profile.hides_phone {
            object["recipient_id"] = json!(phone.wa_id);
        }
        if let Some(data) = callback_data {
            object["biz_opaque_callback_data"] = Value::String(data);
        }
        if matches!(status, "sent" | "delivered") {
            object["pricing"] = json!({
                "billable": true, "pricing_model": "PMP", "type": "regular", "category": "service",
            });
        }
        Item {
            id: ItemId {
                phone_number_id: phone_number_id.to_owned(),
                id: wamid.to_owned(),
                status: Some(status),
            },
            display_phone_number: self.display_phone_number(phone_number_id),
            wa_id: phone.wa_id.clone(),
            contact: Some(phone.contact()),
            object,
        }
    }

    /// Writes down that a delivery got its 200; `false` where the ledger cannot, so that it is repeated.
    pub(super) async fn acknowledged(&self, delivery: &Delivery) -> bool {
        #[derive(Serialize)]
        struct Record<'a> {
            at_micros: i64,
            attempt: u32,
            items: Vec<&'a ItemId>,
        }
        let record = Record {
            at_micros: self.clock.now().as_micros(),
            attempt: delivery.attempts,
            items: delivery.items.iter().map(|(id, _)| id).collect(),
        };
        if let Err(error) = self.ledger.delivery(&record).await {
            tracing::error!(%error, "the simulator's ledger failed");
            return false;
        }
        self.counters.acknowledged_deliveries.add(1);
        self.counters.acknowledged_items.add(delivery.items.len());
        let mut phones = locked(&self.phones);
        for (item, wa_id) in delivery
            .items
            .iter()
            .filter(|(item, _)| item.status.is_none())
        {
            if let Some(phone) = phones.showing(&item.phone_number_id, wa_id) {
                phone.tick(&item.id, Ticks::Delivered);
            }
        }
        true
    }
}
