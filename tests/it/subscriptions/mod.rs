//! Subscriptions over real sockets, and the queries that read the same log.

mod access;
mod client;
mod ends;
mod entities;
mod events;
mod kills;
mod nodes;
mod past;
mod presence;
mod protocol;
mod socket;
mod why;

use serde_json::{Value, json};

use self::socket::Socket;
use crate::support::{Raw, TestApp};

const EVENTS: &str = "subscription($after: String, $filter: EventFilter) {
    events(after: $after, filter: $filter) {
        cursor event { position stream eventType payload masked sequence } } }";

/// The data of a query over HTTP that must not fail.
async fn ask_as(app: &TestApp, token: &str, query: &str, variables: Value) -> Value {
    let body = json!({"query": query, "variables": variables}).to_string();
    let raw = Raw {
        method: "POST",
        path: "/graphql",
        token: Some(token),
        headers: &[("content-type", "application/json")],
        body: body.as_bytes(),
    };
    app.raw(raw).await.json()
}

/// The data of a query as the admin.
async fn ask(app: &TestApp, query: &str, variables: Value) -> Value {
    let answer = ask_as(app, app.admin_token(), query, variables).await;
    assert!(answer["errors"].is_null(), "{answer}");
    answer["data"].clone()
}

/// Every event of the log, by pages.
async fn all_events(app: &TestApp) -> Vec<Value> {
    let query = "query($after: String) { events(after: $after, first: 100) {
        nodes { cursor position eventType } pageInfo { endCursor hasNextPage } } }";
    let (mut events, mut after) = (Vec::new(), Value::Null);
    loop {
        let page = ask(app, query, json!({"after": after})).await["events"].clone();
        events.extend(page["nodes"].as_array().expect("nodes").iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return events;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// The position of an event.
fn position(event: &Value) -> u64 {
    let position = event["position"].as_str().expect("a position");
    position.parse().expect("a number")
}

/// The graph's id of a conversation that REST shows.
fn graph_id(conversation: &Value) -> String {
    format!(
        "conversation:{}",
        conversation["id"].as_str().expect("an id")
    )
}
