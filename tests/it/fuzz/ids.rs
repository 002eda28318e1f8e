//! The data that is asked about, and the ids of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::dice::Dice;
use crate::support::{Raw, TestApp, press};

const CUSTOMERS: [&str; 3] = ["79991110001", "79991110002", "79991110003"];
/// A thing that is not there.
const NOBODY: &str = "5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f";

/// Everything of an installation that has begun to work: a bot, conversations in several states, a deal.
pub(super) async fn demo() -> TestApp {
    let app = TestApp::with_salon().await;
    let [anna, boris, clara] = CUSTOMERS;
    app.meta.types(anna, "Здравствуйте");
    app.meta.shows(anna, 2).await;
    app.meta.acts(anna, &press("1", "Записаться на услугу"));
    app.meta.shows(anna, 3).await;
    app.meta.types(anna, "Анна");
    app.meta.shows(anna, 4).await;
    app.meta.types(anna, "завтра");
    app.meta.shows(anna, 5).await;
    app.meta.types(boris, "hello");
    app.meta.shows(boris, 2).await;
    let taken = app.conversation(boris).await;
    let path = format!(
        "/conversations/{}/takeover",
        taken["id"].as_str().expect("an id")
    );
    app.post(&path, json!({"note": "mine"})).await.expect(200);
    app.hears(clara, "Clara", "hi").await;
    for index in 0..3 {
        let body = json!({
            "display_name": format!("Spare {index}"), "phone_number": format!("+7900123456{index}"),
            "phone_number_id": format!("9{index}"), "access_token": "EAAspare",
        });
        app.post("/whatsapp/numbers", body).await.expect(201);
    }
    let more = "mutation {
        addQuickReply(input: {shortcut: \"hello\", texts: [{language: \"en\", text: \"Hello!\"}]}) { status }
        saveView(input: {content: {name: \"Mine\"}}) { status }
        makeApiToken(input: {name: \"to revoke\", role: AGENT}) { status } }";
    let made = ask(&app, more).await;
    assert!(made["errors"].is_null(), "{made}");
    app.settled().await;
    app
}

async fn ask(app: &TestApp, query: &str) -> Value {
    let body = json!({ "query": query }).to_string();
    let raw = Raw {
        method: "POST",
        path: "/graphql",
        headers: &[("content-type", "application/json")],
        body: body.as_bytes(),
        ..Raw::default()
    };
    app.raw(raw).await.json()
}

/// Ids by kind, and cursors.
#[derive(Debug)]
pub(super) struct Ids {
    known: BTreeMap<String, Vec<String>>,
    cursors: Vec<String>,
}

impl Ids {
    /// The ids of everything there but tokens in use.
    pub(super) async fn of(app: &TestApp) -> Self {
        let query = "{
            numbers { id } bots { id } quickReplies { id } savedViews { id }
            apiTokens { id name }
            contacts { nodes { id } pageInfo { endCursor } }
            deals { nodes { id } pageInfo { endCursor } }
            conversations { pageInfo { endCursor } nodes { id messages(first: 2) {
                nodes { id } pageInfo { startCursor endCursor } } } }
            events(first: 50) { nodes { cursor stream } } }";
        let data = ask(app, query).await;
        assert!(data["errors"].is_null(), "{data}");
        let mut ids = Self {
            known: BTreeMap::new(),
            cursors: Vec::new(),
        };
        ids.gather(&data["data"]);
        assert!(ids.known.len() >= 9, "{:?}", ids.known.keys());
        ids
    }

    fn gather(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.gather(value)),
            Value::Object(members) => {
                let is_in_use = members.get("name").is_some_and(|name| name != "to revoke");
                for (name, value) in members {
                    match (name.as_str(), value.as_str()) {
                        ("id" | "stream", Some(id)) if !is_in_use => self.add(id),
                        ("cursor" | "startCursor" | "endCursor", Some(cursor)) => {
                            self.cursors.push(cursor.to_owned());
                        }
                        _ => self.gather(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, id: &str) {
        let kind = id.split(':').next().unwrap_or_default();
        if kind == "token" && self.known.contains_key("token") {
            return;
        }
        self.known
            .entry(kind.to_owned())
            .or_default()
            .push(id.to_owned());
    }

    /// An id, mostly of the kind that a name asks for, sometimes of another or of nothing.
    pub(super) fn one(&self, dice: &mut Dice, name: &str) -> String {
        let name = name.to_lowercase();
        let wanted: Vec<&String> = self
            .known
            .keys()
            .filter(|kind| name.contains(kind.as_str()))
            .collect();
        match dice.below(12) {
            0 => dice.text(),
            1 => {
                let kind = *dice.pick(&self.known.keys().collect::<Vec<_>>());
                format!("{kind}:{NOBODY}")
            }
            2 | 3 => self.any(dice),
            _ if wanted.is_empty() => self.any(dice),
            _ => {
                let kind = *dice.pick(&wanted);
                dice.pick(&self.known[kind]).clone()
            }
        }
    }

    fn any(&self, dice: &mut Dice) -> String {
        let all: Vec<&Vec<String>> = self.known.values().collect();
        let kind = *dice.pick(&all);
        dice.pick(kind).clone()
    }

    /// The same id as REST writes it.
    pub(super) fn bare(&self, dice: &mut Dice, name: &str) -> String {
        let id = self.one(dice, name);
        match id.split_once(':') {
            Some((_, bare)) => bare.to_owned(),
            None => id,
        }
    }

    /// A cursor, sometimes a damaged one.
    pub(super) fn cursor(&self, dice: &mut Dice) -> String {
        let cursor = dice.pick(&self.cursors).clone();
        match dice.below(4) {
            0 => dice.damaged(&cursor),
            1 => dice.text(),
            _ => cursor,
        }
    }
}
