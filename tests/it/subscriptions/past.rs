//! Pages of events, and states of the past.

use serde_json::{Value, json};

use super::{all_events, ask, ask_as, graph_id, position};
use crate::support::{TestApp, press};

const ANNA: &str = "79991112233";
const STATE: &str = "query($stream: ID!, $position: String) {
    streamAt(stream: $stream, position: $position) { stream version position cursor masked state
        event { eventType position } changes { path before after } } }";

#[tokio::test]
async fn pages_of_events_follow_each_other_without_a_gap() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    app.settled().await;
    let all: Vec<u64> = all_events(&app).await.iter().map(position).collect();
    assert_eq!(all, (1..=all.len() as u64).collect::<Vec<_>>());
    let query = "query($after: String, $filter: EventFilter) {
        events(after: $after, first: 2, filter: $filter) {
            nodes { eventType cursor } pageInfo { hasNextPage endCursor } } }";
    let filter = json!({"streamKinds": ["SESSION"]});
    let (mut types, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = ask(&app, query, json!({"after": after, "filter": filter})).await;
        let page = &page["events"];
        types.extend(page["nodes"].as_array().expect("nodes").iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert!(types.len() > 4);
    assert_eq!(types[0]["eventType"], "BotSessionStarted");
}

#[tokio::test]
async fn the_state_of_a_conversation_and_of_a_run_at_any_position() {
    let app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    app.meta.acts(ANNA, &press("1", "Записаться на услугу"));
    app.meta.shows(ANNA, 3).await;
    app.meta.types(ANNA, "Анна");
    app.meta.shows(ANNA, 4).await;
    let conversation = app.conversation(ANNA).await;
    app.settled().await;
    let events = ask(
        &app,
        "{ events(first: 100) { nodes { position stream eventType } } }",
        Value::Null,
    )
    .await;
    let events = events["events"]["nodes"].as_array().expect("nodes").clone();
    let at = |kind: &str| {
        let found = events.iter().find(|event| event["eventType"] == kind);
        found.unwrap_or_else(|| panic!("no {kind}")).clone()
    };
    let stream = graph_id(&conversation);
    let engaged = at("ConversationHandlerChanged");
    let variables = json!({"stream": stream, "position": engaged["position"]});
    let state = ask(&app, STATE, variables).await["streamAt"].clone();
    assert_eq!(state["event"]["eventType"], "ConversationHandlerChanged");
    let changes = state["changes"].as_array().expect("changes");
    let handler = changes.iter().find(|change| change["path"] == "/handler");
    let handler = handler.expect("the handler changed");
    assert_eq!(handler["before"], "nobody");
    assert!(handler["after"]["bot"].is_object(), "{handler}");
    assert!(state["state"]["handler"]["bot"].is_object());
    let before = position(&engaged) - 1;
    let variables = json!({"stream": stream, "position": before.to_string()});
    let earlier = ask(&app, STATE, variables).await["streamAt"].clone();
    assert_eq!(earlier["state"]["handler"], "nobody");

    let run = at("BotSessionStarted")["stream"].clone();
    let now = ask(&app, STATE, json!({"stream": run})).await["streamAt"].clone();
    assert_eq!(now["state"]["variables"]["customer_name"], "Анна");
    let analyst = app.token("analyst").await;
    let masked = ask_as(&app, &analyst, STATE, json!({"stream": run})).await;
    let masked = &masked["data"]["streamAt"];
    assert_eq!(masked["masked"], true);
    assert_eq!(masked["version"], now["version"]);
    assert!(!masked.to_string().contains("Анна"), "{masked}");
    // Every stream that the log knows can be shown at every position.
    for event in &events {
        let variables = json!({"stream": event["stream"], "position": event["position"]});
        let state = ask(&app, STATE, variables).await["streamAt"].clone();
        assert_eq!(state["position"], event["position"]);
        assert_ne!(state["changes"], Value::Null);
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_for_the_caller_is_null() {
    let app = TestApp::with_number().await;
    let number = format!(
        "number:{}",
        app.get("/whatsapp/numbers").await.json()[0]["id"]
            .as_str()
            .expect("an id")
    );
    let agent = app.token("agent").await;
    let hidden = ask_as(&app, &agent, STATE, json!({"stream": number})).await;
    assert_eq!(hidden["data"]["streamAt"], Value::Null, "{hidden}");
    assert!(hidden["errors"].is_null());
    let variables = json!({"stream": number, "position": "0"});
    assert_eq!(ask(&app, STATE, variables).await["streamAt"], Value::Null);
    for (variables, field) in [
        (json!({"stream": "planet:1"}), "stream"),
        (json!({"stream": number, "position": "soon"}), "position"),
    ] {
        let answer = ask_as(&app, app.admin_token(), STATE, variables).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(extensions["code"], "BAD_USER_INPUT");
        assert_eq!(extensions["violations"][0]["field"], field);
    }
}
