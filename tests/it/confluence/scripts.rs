//! What customers say to a bot, made up: where the order matters by nature, repeating items and cutting deliveries
//! anew changes nothing.
//!
//! In each step every customer says one thing, and the next step begins when the bots have done all they will do:
//! what a customer says too early is another conversation by nature.

use proptest::prelude::{Just, Strategy, any};
use serde_json::{Value, json};

use super::quiet::quiet;
use crate::graphql::gql;
use crate::support::{Delivery, TestApp, bsuid, inbound_text, now};

/// Customers of a script.
pub(super) const CUSTOMERS: usize = 3;
/// Things that each of them says.
const STEPS: usize = 5;
/// Items of a delivery that came before, at most.
const AGAIN: usize = 5;

/// What a customer does.
#[derive(Clone, Debug)]
enum Act {
    Says(String),
    Presses(&'static str, &'static str),
}

/// How the items of a step arrive.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Items of this or an earlier step that come again: customer, steps back.
    again: Vec<(usize, usize)>,
    /// Their order.
    order: Vec<usize>,
    /// Behind which of them a delivery ends.
    ends: Vec<bool>,
}

/// What all say, and one way in which it arrives.
#[derive(Clone, Debug)]
pub(super) struct Script {
    /// By step, then by customer.
    acts: Vec<Vec<Act>>,
    arrivals: Vec<Arrival>,
}

fn act() -> impl Strategy<Value = Act> {
    let words = [
        "Записаться на услугу",
        "хочу записаться",
        "Узнать цены",
        "цены?",
        "2",
        "Анна",
        "завтра",
        "{{customer_name}}",
    ];
    proptest::prop_oneof![
        4 => proptest::sample::select(words.to_vec()).prop_map(|text| Act::Says(text.to_owned())),
        2 => "[a-zа-я][a-zа-я ]{0,10}".prop_map(Act::Says),
        3 => proptest::sample::select(vec![
            ("book", "Записаться на услугу"),
            ("prices", "Узнать цены"),
            ("ask", "Задать вопрос"),
        ])
        .prop_map(|(id, title)| Act::Presses(id, title)),
    ]
}

fn arrival() -> impl Strategy<Value = Arrival> {
    let again = proptest::collection::vec((0..CUSTOMERS, 0..STEPS), 0..AGAIN);
    let order = Just((0..CUSTOMERS + AGAIN).collect::<Vec<_>>()).prop_shuffle();
    let ends = proptest::collection::vec(any::<bool>(), CUSTOMERS + AGAIN);
    (again, order, ends).prop_map(|(again, order, ends)| Arrival { again, order, ends })
}

pub(super) fn script() -> impl Strategy<Value = Script> {
    let acts = proptest::collection::vec(proptest::collection::vec(act(), CUSTOMERS), STEPS);
    let arrivals = proptest::collection::vec(arrival(), STEPS);
    (acts, arrivals).prop_map(|(acts, arrivals)| Script { acts, arrivals })
}

/// One playing of a script with customers of its own.
pub(super) struct Played<'a> {
    app: &'a TestApp,
    name: String,
    /// By step, then by customer: an item that comes again is the same to the last byte.
    items: Vec<Vec<Value>>,
}

impl<'a> Played<'a> {
    /// Each item comes once, in a delivery of its own.
    pub(super) async fn plainly(app: &'a TestApp, name: String, script: &Script) -> Self {
        let mut played = Self::new(app, name);
        for acts in &script.acts {
            let step = played.say(acts);
            for customer in 0..CUSTOMERS {
                played.deliver(&[(customer, step)]).await;
            }
            quiet(app).await;
        }
        played
    }

    /// Items come again and together with others, as the script has it.
    pub(super) async fn as_it_comes(app: &'a TestApp, name: String, script: &Script) -> Self {
        let mut played = Self::new(app, name);
        for (acts, arrival) in script.acts.iter().zip(&script.arrivals) {
            let step = played.say(acts);
            let fresh = (0..CUSTOMERS).map(|customer| (customer, step));
            let again = arrival.again.iter();
            let again = again.map(|(customer, back)| (*customer, step.saturating_sub(*back)));
            let items: Vec<(usize, usize)> = fresh.chain(again).collect();
            let mut delivery = Vec::new();
            let order = arrival.order.iter().filter_map(|place| items.get(*place));
            for (item, is_last) in order.zip(&arrival.ends) {
                delivery.push(*item);
                if *is_last {
                    played.deliver(&std::mem::take(&mut delivery)).await;
                }
            }
            if !delivery.is_empty() {
                played.deliver(&delivery).await;
            }
            quiet(app).await;
        }
        played
    }

    const fn new(app: &'a TestApp, name: String) -> Self {
        Self {
            app,
            name,
            items: Vec::new(),
        }
    }

    fn wa_id(&self, customer: usize) -> String {
        format!("7996{}{customer:03}", self.name)
    }

    /// Makes the items of the next step; its number.
    fn say(&mut self, acts: &[Act]) -> usize {
        let step = self.items.len();
        let items = acts.iter().enumerate().map(|(customer, act)| {
            let wa_id = self.wa_id(customer);
            let wamid = format!("wamid.{}.{customer}.{step}", self.name);
            match act {
                Act::Says(text) => inbound_text(&wa_id, &wamid, now(), text),
                Act::Presses(id, title) => json!({
                    "from": wa_id, "from_user_id": bsuid(&wa_id), "id": wamid,
                    "timestamp": now().to_string(), "type": "interactive",
                    "interactive": {"type": "button_reply", "button_reply": {"id": id, "title": title}},
                }),
            }
        });
        let items = items.collect();
        self.items.push(items);
        step
    }

    /// One delivery with these items: customer, step.
    async fn deliver(&self, items: &[(usize, usize)]) {
        let mut delivery = Delivery::new();
        for (customer, step) in items {
            let message = self.items[*step][*customer].clone();
            delivery = delivery.change(&self.wa_id(*customer), "Anna", &[message], &[]);
        }
        self.app.deliver(delivery.bytes()).await.expect(200);
    }

    /// What is shown of a customer, without what differs by nature (ids, times).
    pub(super) async fn shows(&self, customer: usize) -> Value {
        let conversation = self.app.conversation(&self.wa_id(customer)).await;
        let messages = self.app.messages(&conversation).await;
        let messages: Vec<Value> = messages
            .iter()
            .map(|one| {
                json!([
                    one["direction"],
                    one["message_type"],
                    one["content"],
                    one["payload"],
                    one["send_state"],
                    one["unanswered_reason"],
                ])
            })
            .collect();
        let deals = "{ deals(first: 100) { nodes { title conversation { id } } } }";
        let deals = gql(self.app, deals, Value::Null).await.data();
        let id = format!(
            "conversation:{}",
            conversation["id"].as_str().expect("an id")
        );
        let deals = deals["deals"]["nodes"].as_array().expect("deals").iter();
        let deals = deals.filter(|deal| deal["conversation"]["id"] == id);
        let deals: Vec<&Value> = deals.map(|deal| &deal["title"]).collect();
        json!({
            "messages": messages,
            "unread": conversation["unread_count"],
            "handler": conversation["handler"],
            "node": conversation["bot"]["node_id"],
            "is awaiting": conversation["awaiting_people_since"].is_string(),
            "metadata": conversation["customer"]["metadata"],
            "tags": conversation["customer"]["tags"],
            "status": conversation["status"],
            "deals": deals,
        })
    }
}
