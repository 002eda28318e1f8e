//! Bots that are bound and switched at the same time: whoever wins, the rows that answer customers and the
//! bots' own states say the same, and a number has at most one bot.

use application::use_cases::Request;
use domain::bot::Bot;
use domain::ids::{BotId, NumberId};
use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::ANNA;
use crate::support::{PHONE_NUMBER_ID, Raw, ScenarioJson, TestApp};

/// Rounds of a race.
const ROUNDS: usize = 12;

async fn second_number(app: &TestApp) -> NumberId {
    let body = json!({
        "display_name": "Second", "phone_number": "+79001234568",
        "phone_number_id": "223456789012345", "access_token": "EAAtokenOfTheTests4f2b",
    });
    let added = app.post("/whatsapp/numbers", body).await.expect(201);
    number_id(&added["id"])
}

fn number_id(id: &Value) -> NumberId {
    let id: Uuid = id.as_str().expect("an id").parse().expect("a uuid");
    NumberId::new(id)
}

/// A published bot that says its name.
async fn bot(app: &TestApp, name: &str, publish: bool) -> BotId {
    let body = json!({
        "name": name, "phone_number_id": PHONE_NUMBER_ID, "publish": publish,
        "definition": ScenarioJson::new().welcome("w", name).text(),
    });
    let made = app.post("/admin/bots/import", body).await;
    assert!(made.status.is_success(), "{}", made.text);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    BotId::new(id.parse().expect("a uuid"))
}

async fn state(app: &TestApp, bot: BotId) -> std::sync::Arc<Bot> {
    let executor = &app.inside().app().conversations.executor;
    executor.load::<Bot>(bot.as_uuid()).await.expect("a bot")
}

/// Which of the bots the directory names for each number, after comparing it with their states.
async fn answering(app: &TestApp, bots: &[BotId], numbers: &[NumberId]) -> Vec<Option<BotId>> {
    let mut found = Vec::new();
    for number in numbers {
        let row = app.inside().app().directory.bot(*number);
        let row = row.map(|bound| bound.bot);
        let mut serving = Vec::new();
        for bot in bots {
            let state = state(app, *bot).await;
            let serves = state.numbers().contains(number);
            if serves && state.is_active() && state.published().is_some() {
                serving.push(*bot);
            }
        }
        assert_eq!(row.into_iter().collect::<Vec<_>>(), serving, "{number}");
        found.push(row);
    }
    found
}

fn request(app: &TestApp) -> Request {
    Request::new(app.inside().app().ids.next(), "cli")
}

#[tokio::test]
async fn one_bot_bound_twice_at_once_answers_where_it_says() {
    let app = TestApp::start().await;
    let first = number_id(&json!(app.add_number().await));
    let second = second_number(&app).await;
    let bot = bot(&app, "A", true).await;
    let (server, bots) = (&app, &app.inside().app().bots);
    for _ in 0..ROUNDS {
        let sets = [
            vec![first],
            vec![second],
            vec![],
            vec![first, second],
            vec![first],
        ];
        let bound = sets.map(|numbers| async move {
            let request = request(server);
            bots.bind(&request, bot, numbers).await
        });
        for done in join_all(bound).await {
            done.expect("it is bound");
        }
        answering(&app, &[bot], &[first, second]).await;
    }
}

#[tokio::test]
async fn two_bots_bound_to_one_number_at_once_have_one_winner() {
    let app = TestApp::start().await;
    let first = number_id(&json!(app.add_number().await));
    let second = second_number(&app).await;
    let pair = [bot(&app, "A", true).await, bot(&app, "B", true).await];
    let (server, bots) = (&app, &app.inside().app().bots);
    for _ in 0..ROUNDS {
        let bound = [0, 1, 0, 1].map(|index| async move {
            let numbers = if index == 0 {
                vec![first, second]
            } else {
                vec![first]
            };
            let request = request(server);
            bots.bind(&request, pair[index], numbers).await
        });
        for done in join_all(bound).await {
            done.expect("it is bound");
        }
        let found = answering(&app, &pair, &[first, second]).await;
        assert!(found[0].is_some());
    }
}

#[tokio::test]
async fn bots_switched_on_at_once_leave_one_that_answers() {
    let app = TestApp::with_number().await;
    let number = app.get("/whatsapp/numbers").await.json()[0]["id"].clone();
    let number = number_id(&number);
    let names = ["A", "B", "C", "D", "E", "F"];
    let mut bots = Vec::new();
    for name in names {
        bots.push(bot(&app, name, false).await);
    }
    let publish = "mutation($bot: ID!) { publishBot(input: {bot: $bot}) { status } }";
    let switch = "mutation($bot: ID!) { switchBot(input: {bot: $bot, isActive: true}) {
        status bot { isActive } } }";
    for document in [publish, switch] {
        let asked = bots.iter().map(|bot| ask(&app, document, *bot));
        for answer in join_all(asked).await {
            assert!(answer["errors"].is_null(), "{answer}");
        }
    }
    let found = answering(&app, &bots, &[number]).await;
    let winner = found[0].expect("one answers");
    app.settled().await;
    let shown = ask_all(&app).await;
    let serving: Vec<&Value> = shown
        .iter()
        .filter(|bot| bot["numbers"] != json!([]))
        .collect();
    assert_eq!(serving.len(), 1, "{shown:?}");
    assert_eq!(serving[0]["id"], format!("bot:{winner}"));
    app.meta.types(ANNA, "hi");
    let said = app.meta.shows(ANNA, 1).await;
    assert_eq!(json!(said[0]), serving[0]["name"]);
}

async fn graphql(app: &TestApp, body: Value) -> Value {
    let body = body.to_string();
    let raw = Raw {
        method: "POST",
        path: "/graphql",
        headers: &[("content-type", "application/json")],
        body: body.as_bytes(),
        ..Raw::default()
    };
    app.raw(raw).await.json()
}

async fn ask(app: &TestApp, query: &str, bot: BotId) -> Value {
    let variables = json!({"bot": format!("bot:{bot}")});
    graphql(app, json!({"query": query, "variables": variables})).await
}

async fn ask_all(app: &TestApp) -> Vec<Value> {
    let query = "{ bots { id name isActive numbers { id } } }";
    let answer = graphql(app, json!({ "query": query })).await;
    answer["data"]["bots"].as_array().expect("bots").clone()
}
