//! A person takes a conversation over, closes it or writes while a bot is in the middle of a long turn.
//! What was on its way arrives, the rest does not, and nobody has to guess which is which.

use std::time::Duration;

use api::simulator::fault::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{ScenarioJson, TestApp, eventually};

/// Bubbles of the bot's turn.
const BUBBLES: usize = 10;

/// Ten bubbles; the last one is a question, so the run waits after it.
fn talkative() -> ScenarioJson {
    let mut scenario = ScenarioJson::new().welcome("b1", "bubble 1");
    for number in 2..BUBBLES {
        scenario = scenario
            .message(&format!("b{number}"), &format!("bubble {number}"))
            .edge(&format!("b{}", number - 1), &format!("b{number}"));
    }
    scenario
        .question("b10", "bubble 10", "answer")
        .edge("b9", "b10")
}

fn texts(app: &TestApp, wa_id: &str) -> Vec<String> {
    let bubbles = app.meta.answers(wa_id).into_iter();
    bubbles.map(|bubble| bubble.text).collect()
}

/// The conversation in the middle of the turn: everything is queued, `arrived` bubbles are on the phone.
async fn interrupted(app: &TestApp, wa_id: &str, arrived: usize) -> Value {
    let slow = Fault::Slow(Duration::from_millis(90));
    match arrived {
        // The number is slowed down for a second, so nothing has left yet.
        0 => app.meta.will([Fault::Throttle(130_429)]),
        _ => app.meta.will([
            Fault::Slow(Duration::from_millis(300)),
            slow,
            slow,
            slow,
            slow,
            slow,
            slow,
            slow,
            slow,
            slow,
        ]),
    }
    app.meta.types(wa_id, "hi");
    let conversation = app.conversation(wa_id).await;
    app.messages_when(&conversation, "the whole turn is queued", |all| {
        all.len() > BUBBLES
    })
    .await;
    app.meta.shows(wa_id, arrived).await;
    conversation
}

/// After the interruption: what left is what was on the phone or on its way, in order; the rest is
/// canceled with the reason.
async fn settled(app: &TestApp, conversation: &Value, wa_id: &str, reason: &str) -> usize {
    let messages = app
        .messages_when(conversation, "every bubble is settled", |all| {
            let mut bot = all.iter().filter(|one| one["sender"]["type"] == "bot");
            bot.all(|one| one["send_state"] == "accepted" || one["send_state"] == "canceled")
        })
        .await;
    let bot: Vec<&Value> = messages
        .iter()
        .filter(|one| one["sender"]["type"] == "bot")
        .collect();
    assert_eq!(bot.len(), BUBBLES);
    let left = bot
        .iter()
        .filter(|one| one["send_state"] == "accepted")
        .count();
    for (place, message) in bot.iter().enumerate() {
        assert_eq!(message["content"], format!("bubble {}", place + 1));
        if place < left {
            assert_eq!(message["send_state"], "accepted", "{message}");
        } else {
            assert_eq!(message["status"], "canceled", "{message}");
            assert_eq!(message["error"]["code"], reason, "{message}");
        }
    }
    let shown = texts(app, wa_id);
    let expected: Vec<String> = (1..=left)
        .map(|number| format!("bubble {number}"))
        .collect();
    assert_eq!(shown, expected);
    left
}

async fn writes(app: &TestApp, conversation: &Value, body: Value) -> Value {
    let id = conversation["id"].as_str().expect("an id");
    app.post(&format!("/conversations/{id}/messages"), body)
        .await
        .expect(201)
}

/// The customer writes: a person has the conversation, so the run's end shows in the reason.
async fn nobody_answers(app: &TestApp, conversation: &Value, wa_id: &str) {
    let before = app.meta.answers(wa_id).len();
    app.meta.types(wa_id, "and you are?");
    app.messages_when(conversation, "the reason", |all| {
        all.iter().any(|one| {
            one["content"] == "and you are?" && one["unanswered_reason"] == "handled_by_person"
        })
    })
    .await;
    assert_eq!(app.meta.answers(wa_id).len(), before);
}

#[tokio::test]
async fn take_over_after_each_bubble_cancels_exactly_the_rest() {
    let app = TestApp::with_bot(&talkative()).await;
    for arrived in 0..=BUBBLES {
        let wa_id = format!("799922200{arrived:02}");
        let conversation = interrupted(&app, &wa_id, arrived).await;
        let id = conversation["id"].as_str().expect("an id");
        let taken = app
            .post(&format!("/conversations/{id}/takeover"), json!({}))
            .await
            .expect(200);
        let shown = app.meta.answers(&wa_id).len();
        app.meta.heals();
        assert_eq!(taken["handler"]["type"], "person");
        assert_eq!(taken["bot"], Value::Null);
        let on_their_way = taken["messages_on_their_way"].as_u64().expect("a number");
        assert!(on_their_way <= 1, "one after the other: {taken}");
        let left = settled(&app, &conversation, &wa_id, "taken_over").await;
        let late = left - shown.min(left);
        assert!(
            late as u64 <= on_their_way,
            "{late} left after the answer: {taken}"
        );
        assert!(left >= arrived);
        writes(&app, &conversation, json!({"content": "A person here"})).await;
        let shown = app.meta.shows(&wa_id, left + 1).await;
        assert_eq!(shown[left], "A person here");
        nobody_answers(&app, &conversation, &wa_id).await;
    }
}

#[tokio::test]
async fn closing_cancels_what_is_queued_and_the_next_message_starts_anew() {
    let app = TestApp::with_bot(&talkative()).await;
    for arrived in [0, 4, BUBBLES] {
        let wa_id = format!("799922201{arrived:02}");
        let conversation = interrupted(&app, &wa_id, arrived).await;
        let path = format!(
            "/conversations/{}",
            conversation["id"].as_str().expect("an id")
        );
        let closed = app
            .call(Method::PATCH, &path, Some(json!({"status": "closed"})))
            .await
            .expect(200);
        app.meta.heals();
        assert_eq!(closed["status"], "closed");
        assert_eq!(closed["handler"]["type"], "nobody");
        let left = settled(&app, &conversation, &wa_id, "closed").await;
        app.meta.types(&wa_id, "once more");
        let shown = app.meta.shows(&wa_id, left + BUBBLES).await;
        assert_eq!(shown[left], "bubble 1");
        let open = app.conversation(&wa_id).await;
        assert_eq!(open["status"], "active");
        assert_eq!(open["handler"]["type"], "bot");
    }
}

#[tokio::test]
async fn writing_takes_over_unless_the_bot_is_kept() {
    let app = TestApp::with_bot(&talkative()).await;
    for arrived in [0, 5] {
        let wa_id = format!("799922202{arrived:02}");
        let conversation = interrupted(&app, &wa_id, arrived).await;
        writes(&app, &conversation, json!({"content": "I am here"})).await;
        app.meta.heals();
        let now = app.conversation(&wa_id).await;
        assert_eq!(now["handler"]["type"], "person");
        eventually("the person's words", || async {
            texts(&app, &wa_id)
                .iter()
                .any(|text| text == "I am here")
                .then_some(())
        })
        .await;
        let shown = texts(&app, &wa_id);
        let (last, bubbles) = shown.split_last().expect("answers");
        assert_eq!(last, "I am here");
        let expected: Vec<String> = (1..=bubbles.len())
            .map(|number| format!("bubble {number}"))
            .collect();
        assert_eq!(bubbles, expected);
        assert!(bubbles.len() < BUBBLES);
        nobody_answers(&app, &conversation, &wa_id).await;
    }

    let wa_id = "79992220299";
    let conversation = interrupted(&app, wa_id, 5).await;
    let body = json!({"content": "Do answer him", "keep_bot": true});
    writes(&app, &conversation, body).await;
    app.meta.heals();
    let shown = app.meta.shows(wa_id, BUBBLES + 1).await;
    assert_eq!(
        shown[BUBBLES], "Do answer him",
        "the order of decisions is kept"
    );
    let now = app.conversation(wa_id).await;
    assert_eq!(now["handler"]["type"], "bot");
    app.meta.types(wa_id, "my answer");
    app.conversation_when(wa_id, "the answer is kept", |one| {
        one["customer"]["metadata"]["answer"] == "my answer"
    })
    .await;
}
