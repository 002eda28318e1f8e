//! When a run starts, what it leaves behind, and how it ends.

use api::simulator::fault::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ANNA, is_free, menu, reason};
use crate::support::{ScenarioJson, TestApp, eventually, press};

async fn post(app: &TestApp, conversation: &Value, action: &str) -> Value {
    let id = conversation["id"].as_str().expect("an id");
    app.post(&format!("/conversations/{id}/{action}"), json!({}))
        .await
        .expect(200)
}

async fn close(app: &TestApp, conversation: &Value) {
    let id = conversation["id"].as_str().expect("an id");
    let closed = Some(json!({"status": "closed"}));
    app.call(Method::PATCH, &format!("/conversations/{id}"), closed)
        .await
        .expect(200);
}

#[tokio::test]
async fn message_without_a_bot_says_why() {
    let app = TestApp::with_number().await;
    app.meta.types(ANNA, "anybody?");
    assert_eq!(reason(&app, ANNA, "anybody?").await, "no_active_bot");

    app.import_bot(&ScenarioJson::new().welcome("w", "Hello").text())
        .await;
    let numbers = app.get("/whatsapp/numbers").await.expect(200);
    let path = format!(
        "/whatsapp/numbers/{}/toggle",
        numbers[0]["id"].as_str().expect("an id")
    );
    app.call(Method::PATCH, &path, None).await.expect(200);
    app.meta.types(ANNA, "and now?");
    assert_eq!(reason(&app, ANNA, "and now?").await, "number_inactive");
    assert!(app.meta.answers(ANNA).is_empty());
}

#[tokio::test]
async fn actions_save_tag_open_deals_and_call_people() {
    let action = |kind: &str, field: Option<&str>, value: &str| json!({"actionType": kind, "field": field, "value": value});
    let scenario = ScenarioJson::new()
        .question("ask", "City?", "answer")
        .node("crm", "action", action("save_to_crm", Some("city"), ""))
        .node(
            "tag",
            "action",
            action("assign_tag", None, "from {{answer}}"),
        )
        .node(
            "deal",
            "action",
            action("create_deal", None, "Visit to {{city}}{{answer}}"),
        )
        .node("people", "action", action("human_takeover", None, ""))
        .edge("ask", "crm")
        .edge("crm", "tag")
        .edge("tag", "deal")
        .edge("deal", "people");
    let app = TestApp::with_bot(&scenario).await;
    app.meta.types(ANNA, "hi");
    app.meta.shows(ANNA, 1).await;
    app.meta.types(ANNA, "Omsk");
    let handed = app
        .conversation_when(ANNA, "people are asked", |one| {
            one["awaiting_people_since"].is_string()
        })
        .await;
    assert!(is_free(&handed));
    assert_eq!(handed["customer"]["metadata"]["city"], "Omsk");
    assert_eq!(handed["customer"]["tags"], json!(["from Omsk"]));
    let deals = app
        .inside()
        .app()
        .reads()
        .deals(None, 10)
        .await
        .expect("deals")
        .items;
    assert_eq!(deals.len(), 1);
    assert!(deals[0].title.ends_with("Omsk"), "{}", deals[0].title);

    app.meta.types(ANNA, "hello?");
    assert_eq!(reason(&app, ANNA, "hello?").await, "awaiting_people");
    // Each way in which people take the case up clears the wait; afterwards a message starts the bot anew.
    let taken = post(&app, &handed, "takeover").await;
    assert_eq!(taken["awaiting_people_since"], Value::Null);
    app.meta.types(ANNA, "a person?");
    assert_eq!(reason(&app, ANNA, "a person?").await, "handled_by_person");
    post(&app, &handed, "handback").await;
    for (count, way) in [(2, "handback"), (3, "close")] {
        app.meta.types(ANNA, "again");
        assert_eq!(app.meta.shows(ANNA, count).await[count - 1], "City?");
        app.meta.types(ANNA, "Tver");
        let handed = app
            .conversation_when(ANNA, "people are asked again", |one| {
                one["awaiting_people_since"].is_string()
            })
            .await;
        match way {
            "close" => close(&app, &handed).await,
            way => assert!(is_free(&post(&app, &handed, way).await)),
        }
        let freed = app.conversation(ANNA).await;
        assert_eq!(freed["awaiting_people_since"], Value::Null, "{way}");
    }
    app.meta.types(ANNA, "after the closing");
    assert_eq!(app.meta.shows(ANNA, 4).await[3], "City?");
}

#[tokio::test]
async fn two_messages_at_once_start_one_run_that_still_waits() {
    let app = TestApp::with_salon().await;
    let customers: Vec<String> = (20..28).map(|n| format!("799911100{n}")).collect();
    for wa_id in &customers {
        app.meta.types(wa_id, "первое");
        app.meta.types(wa_id, "второе");
    }
    for wa_id in &customers {
        assert_eq!(reason(&app, wa_id, "второе").await, "before_question");
        assert_eq!(app.meta.shows(wa_id, 2).await.len(), 2, "{wa_id}");
        app.meta.acts(wa_id, &press("book", "Записаться на услугу"));
        assert_eq!(app.meta.shows(wa_id, 3).await[2], "Как вас зовут?");
    }
}

#[tokio::test]
async fn input_before_the_question_left_does_not_answer_it() {
    let app = TestApp::with_salon().await;
    // Meta slows the number down for a second: the menu is composed, not asked yet.
    app.meta.will([Fault::Throttle(130_429)]);
    app.meta.types(ANNA, "здравствуйте");
    let conversation = app.conversation(ANNA).await;
    app.messages_when(&conversation, "both are queued", |all| all.len() == 3)
        .await;
    app.meta.acts(ANNA, &press("ask", "Задать вопрос"));
    assert_eq!(reason(&app, ANNA, "Задать вопрос").await, "before_question");
    app.meta.shows(ANNA, 2).await;
    app.meta.acts(ANNA, &press("book", "Записаться на услугу"));
    assert_eq!(app.meta.shows(ANNA, 3).await[2], "Как вас зовут?");
}

#[tokio::test]
async fn run_that_waited_too_long_ends_and_the_next_message_starts_anew() {
    let app = TestApp::with_bot(&menu()).await;
    app.meta.types(ANNA, "hi");
    app.meta.shows(ANNA, 1).await;
    app.conversation_when(ANNA, "the bot waits", |one| one["is_bot_active"] == true)
        .await;
    // The hour strikes early: the timer is made due in the store, the rest is the server's.
    let struck = eventually("a timer", || async {
        let changed = app.change_log("update timers set due_at = 1").await;
        (changed > 0).then_some(changed)
    })
    .await;
    assert_eq!(struck, 1);
    let ended = app.conversation_when(ANNA, "the run ended", is_free).await;
    assert_eq!(ended["awaiting_people_since"], Value::Null);
    app.meta.types(ANNA, "back again");
    assert_eq!(app.meta.shows(ANNA, 2).await[1], "Придёте?");
}
