//! Outside the hours in which people answer, a customer who waits for them is told so: once in each waiting,
//! by the installation, through the same guard and outbox as everything else. Hours are set through GraphQL.

use application::local_time::local;
use application::ports::clock::Clock;
use domain::settings::Weekday;
use infrastructure::system::SystemClock;
use serde_json::{Value, json};

use crate::graphql::gql;
use crate::support::{ScenarioJson, TestApp};

const ANNA: &str = "79001112233";
const BORIS: &str = "79001112244";
const LATER: &str = "We answer tomorrow from 9";
const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// The whole of a day as GraphQL takes it.
fn whole_day(day: Weekday) -> Value {
    let day = format!("{day:?}").to_uppercase();
    json!({"day": day, "from": "00:00", "to": "24:00"})
}

/// A day that is neither today nor tomorrow, whatever happens around midnight.
fn another_day() -> Weekday {
    let (today, _) = local("UTC", SystemClock.now()).expect("a day");
    let place = WEEK.iter().position(|day| *day == today).expect("a day");
    WEEK[(place + 3) % 7]
}

/// Sets the number's hours and text.
async fn set(app: &TestApp, hours: Vec<Value>, text: Option<&str>) {
    let numbers = app.get("/whatsapp/numbers").await.expect(200);
    let number = format!("number:{}", numbers[0]["id"].as_str().expect("an id"));
    let set = "mutation($hours: SetWeeklyHoursInput!, $text: SetOutOfHoursTextInput!) {
        hours: setWeeklyHours(input: $hours) { status }
        text: setOutOfHoursText(input: $text) { status } }";
    let variables = json!({
        "hours": {"number": number, "hours": hours}, "text": {"number": number, "text": text},
    });
    let done = gql(app, set, variables).await.data();
    assert_eq!(
        (&done["hours"]["status"], &done["text"]["status"]),
        (&json!("DONE"), &json!("DONE"))
    );
}

async fn closed_now(app: &TestApp) {
    set(app, vec![whole_day(another_day())], Some(LATER)).await;
}

fn shown(app: &TestApp) -> Vec<String> {
    let bubbles = app.meta.answers(ANNA).into_iter();
    bubbles.map(|bubble| bubble.text).collect()
}

/// Waits until a message of the customer is left to people, with all that follows from it.
async fn left_to_people(app: &TestApp, text: &str, reason: &str) -> Vec<Value> {
    let conversation = app.conversation(ANNA).await;
    let messages = app
        .messages_when(&conversation, "the reason", |all| {
            let mut all = all.iter();
            all.any(|one| one["content"] == text && one["unanswered_reason"] == reason)
        })
        .await;
    app.settled().await;
    messages
}

/// Makes sure that whatever was to be decided about the messages so far has been: a message of another
/// customer, who comes later in the log, is told.
async fn after_another_is_told(app: &TestApp, said: &[&str]) {
    app.meta.types(BORIS, "me too");
    assert_eq!(app.meta.shows(BORIS, said.len()).await, said);
}

#[tokio::test]
async fn who_writes_where_nobody_answers_is_told_once_until_a_person_answers() {
    let app = TestApp::with_number().await;
    closed_now(&app).await;
    app.meta.types(ANNA, "hi");
    assert_eq!(app.meta.shows(ANNA, 1).await, [LATER]);
    app.meta.types(ANNA, "hello?");
    left_to_people(&app, "hello?", "no_active_bot").await;
    after_another_is_told(&app, &[LATER]).await;
    assert_eq!(shown(&app), [LATER]);

    let conversation = app.conversation(ANNA).await;
    let messages = app.messages(&conversation).await;
    let told = messages
        .iter()
        .find(|one| one["content"] == LATER)
        .expect("the text");
    assert_eq!(told["sender"]["type"], "system");
    assert_eq!(conversation["unread_count"], 2);

    let id = conversation["id"].as_str().expect("an id");
    app.post(
        &format!("/conversations/{id}/messages"),
        json!({"content": "I am here"}),
    )
    .await
    .expect(201);
    app.post(&format!("/conversations/{id}/handback"), json!({}))
        .await
        .expect(200);
    app.meta.types(ANNA, "and now?");
    assert_eq!(app.meta.shows(ANNA, 3).await, [LATER, "I am here", LATER]);
}

#[tokio::test]
async fn who_is_handed_over_out_of_hours_is_told_after_the_bots_last_words() {
    let scenario = ScenarioJson::new()
        .welcome("w", "One moment")
        .node(
            "people",
            "action",
            json!({"actionType": "human_takeover", "field": null, "value": ""}),
        )
        .edge("w", "people");
    let app = TestApp::with_bot(&scenario).await;
    closed_now(&app).await;
    app.meta.types(ANNA, "hi");
    assert_eq!(app.meta.shows(ANNA, 2).await, ["One moment", LATER]);
    app.meta.types(ANNA, "hello?");
    left_to_people(&app, "hello?", "awaiting_people").await;
    after_another_is_told(&app, &["One moment", LATER]).await;
    assert_eq!(shown(&app), ["One moment", LATER]);
}

#[tokio::test]
async fn within_the_hours_or_without_a_text_nothing_is_said() {
    let app = TestApp::with_number().await;
    let always = WEEK.into_iter().map(whole_day).collect();
    set(&app, always, Some(LATER)).await;
    app.meta.types(ANNA, "by day");
    left_to_people(&app, "by day", "no_active_bot").await;
    set(&app, vec![whole_day(another_day())], None).await;
    app.meta.types(ANNA, "by night");
    left_to_people(&app, "by night", "no_active_bot").await;
    // The waiting that began by day goes on at night: the next message is answered.
    closed_now(&app).await;
    app.meta.types(ANNA, "late");
    assert_eq!(app.meta.shows(ANNA, 1).await, [LATER]);
}
