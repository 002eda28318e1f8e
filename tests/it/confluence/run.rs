//! One arrival of a case's items, with customers of its own, and what is shown afterwards.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{CUSTOMERS, Case, Item};
use crate::support::{Delivery, TestApp, bsuid, inbound_text, status};

/// Seconds between two items by Meta's clock.
const STEP: i64 = 7;

/// One delivery of a case to customers of its own.
pub(super) struct Run<'a> {
    app: &'a TestApp,
    name: String,
    /// The wamid of our message to each customer.
    ours: Vec<String>,
    begins: i64,
}

impl Run<'_> {
    fn wa_id(&self, customer: usize) -> String {
        format!("7995{}{customer:03}", self.name)
    }

    /// The wamid of the n-th item (the opening one is `o`) of a customer.
    fn wamid(&self, customer: usize, item: &str) -> String {
        format!("wamid.{}.{customer}.{item}", self.name)
    }

    /// Every customer has written and got an answer.
    pub(super) async fn open(app: &TestApp, name: String, begins: i64) -> Run<'_> {
        let mut run = Run {
            app,
            name,
            ours: Vec::new(),
            begins,
        };
        for customer in 0..CUSTOMERS {
            let wa_id = run.wa_id(customer);
            let text = inbound_text(&wa_id, &run.wamid(customer, "o"), begins, "opening");
            let delivery = Delivery::new().change(&wa_id, "Name 0", &[text], &[]);
            app.deliver(delivery.bytes()).await.expect(200);
            let conversation = app.conversation(&wa_id).await;
            let path = format!(
                "/conversations/{}/messages",
                conversation["id"].as_str().expect("an id")
            );
            app.post(&path, json!({"content": "ours"}))
                .await
                .expect(201);
            let wamid = app
                .messages_when(&conversation, "ours is accepted", |all| {
                    all.iter().any(|one| one["send_state"] == "accepted")
                })
                .await;
            let wamid = wamid
                .iter()
                .find_map(|one| match one["direction"].as_str() {
                    Some("outbound") => one["whatsapp_message_id"].as_str(),
                    _ => None,
                });
            run.ours.push(wamid.expect("a wamid").to_owned());
        }
        run
    }

    /// The message that an item is about: the opening one or the customer's earlier or later text.
    fn target(&self, case: &Case, customer: usize, target: usize) -> String {
        let texts = case
            .items
            .iter()
            .enumerate()
            .filter(|(_, (of, item))| *of == customer && matches!(item, Item::Text(_)));
        match texts
            .skip(target.saturating_sub(1))
            .map(|(place, _)| place)
            .next()
        {
            Some(place) if target > 0 => self.wamid(customer, &place.to_string()),
            _ => self.wamid(customer, "o"),
        }
    }

    /// When the item at a place happened, by Meta's clock.
    fn time(&self, place: usize) -> i64 {
        self.begins + (i64::try_from(place).expect("few") + 1) * STEP
    }

    /// One item as a change of a delivery.
    fn add(&self, delivery: Delivery, case: &Case, place: usize) -> Delivery {
        let (customer, item) = &case.items[place];
        let (wa_id, wamid) = (
            self.wa_id(*customer),
            self.wamid(*customer, &place.to_string()),
        );
        let at = self.time(place);
        let object = |kind: &str, own: Value| {
            json!({
                "from": wa_id, "from_user_id": bsuid(&wa_id), "id": wamid,
                "timestamp": at.to_string(), "type": kind, kind: own,
            })
        };
        let (message, status) = match item {
            Item::Text(text) => (Some(inbound_text(&wa_id, &wamid, at, text)), None),
            Item::Edit(target, text) => {
                let original = self.target(case, *customer, *target);
                let message = json!({"type": "text", "text": {"body": text}});
                let own = json!({"original_message_id": original, "message": message});
                (Some(object("edit", own)), None)
            }
            Item::Revoke(target) => {
                let original = self.target(case, *customer, *target);
                (
                    Some(object("revoke", json!({"original_message_id": original}))),
                    None,
                )
            }
            Item::Reaction(target, emoji) => {
                let target = self.target(case, *customer, *target);
                let own = json!({"message_id": target, "emoji": emoji});
                (Some(object("reaction", own)), None)
            }
            Item::Status(kind) => {
                let at = self.time(first_of_its_kind(case, place));
                let mut status = status(&wa_id, &self.ours[*customer], at, kind);
                if *kind == "failed" {
                    status["errors"] = json!([{"code": 131_026, "title": "Undeliverable"}]);
                }
                (None, Some(status))
            }
        };
        let name = format!("Name {place:02}");
        let (messages, statuses): (Vec<_>, Vec<_>) =
            (message.into_iter().collect(), status.into_iter().collect());
        delivery.change(&wa_id, &name, &messages, &statuses)
    }

    /// Items arrive in this order; `true` ends a delivery.
    pub(super) async fn arrive(&self, case: &Case, arrivals: &[(usize, bool)]) {
        let mut delivery = Delivery::new();
        let mut is_empty = true;
        for (place, is_last) in arrivals {
            delivery = self.add(delivery, case, *place);
            is_empty = false;
            if *is_last {
                let full = std::mem::take(&mut delivery);
                self.app.deliver(full.bytes()).await.expect(200);
                is_empty = true;
            }
        }
        if !is_empty {
            self.app.deliver(delivery.bytes()).await.expect(200);
        }
        self.app.settled().await;
    }

    /// What is shown of a customer, without what differs by nature (ids, our own times, the names of a run).
    pub(super) async fn shows(&self, customer: usize) -> Value {
        let wa_id = self.wa_id(customer);
        let conversation = self.app.conversation(&wa_id).await;
        let mut messages = BTreeMap::new();
        for message in self.app.messages(&conversation).await {
            let wamid = message["whatsapp_message_id"].as_str().unwrap_or("");
            let key = match message["direction"].as_str() {
                Some("inbound") => wamid.replace(&self.name, "run"),
                _ => "ours".to_owned(),
            };
            let kept = [
                "content",
                "message_type",
                "payload",
                "status",
                "send_state",
                "error",
                "reactions",
                "edited_at",
                "revoked_at",
                "delivered_at",
                "read_at",
                "failed_at",
            ];
            let kept: BTreeMap<_, _> = kept
                .iter()
                .map(|name| (*name, message[*name].clone()))
                .collect();
            let repeated = messages.insert(key, json!(kept));
            assert!(repeated.is_none(), "no message twice");
        }
        json!({
            "messages": messages,
            "name": conversation["customer"]["name"],
            "phone": conversation["customer"]["phone_number"].as_str().map(str::len),
            "window": conversation["window_expires_at"],
            "handler": conversation["handler"],
            "unread": conversation["unread_count"],
        })
    }
}

/// Where a customer's status of this kind stands first: a message has each status at one time.
fn first_of_its_kind(case: &Case, place: usize) -> usize {
    let (customer, Item::Status(kind)) = &case.items[place] else {
        return place;
    };
    let is_same = |(of, item): &(usize, Item)| {
        of == customer && matches!(item, Item::Status(other) if other == kind)
    };
    case.items.iter().position(is_same).unwrap_or(place)
}
