//! The inbox: filters, orders, pages, and how many statements it costs.

use serde_json::{Value, json};

use super::{gql, id_of};
use crate::support::{Delivery, TestApp, eventually, inbound_text, now};

const INBOX: &str = "query($first: Int, $after: String, $last: Int, $before: String,
        $filter: ConversationFilter, $sort: ConversationSort) {
    conversations(first: $first, after: $after, last: $last, before: $before,
        filter: $filter, sort: $sort) {
      pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
      nodes { id status unreadCount windowExpiresAt lastMessageAt
        number { displayName webhookLastSeenAt bot { name } }
        customer { name phoneNumber tags }
        handler { type name } botStep { nodeId bot { name numbers { phoneNumber } } }
        lastMessage { content status sendState sender { name } replyTo { content } } } } }";

/// The inbox with each kind of thing asked for at one place: where two places ask for one kind, it depends
/// on the moment whether their look-ups meet.
const PLAIN: &str = "query { conversations(first: 100) { nodes { id unreadCount
    number { displayName webhookLastSeenAt } customer { name tags } handler { type name }
    botStep { bot { name } } lastMessage { content status sendState sender { name } } } } }";

/// Customers with one message each, in one delivery.
async fn customers(app: &TestApp, range: std::ops::Range<u32>) {
    let mut delivery = Delivery::new();
    let at = now();
    for number in range.clone() {
        let wa_id = format!("7999{number:07}");
        let text = format!("from {number}");
        let message = inbound_text(&wa_id, &format!("wamid.{number}"), at, &text);
        delivery = delivery.change(&wa_id, &format!("C{number}"), &[message], &[]);
    }
    app.deliver(delivery.bytes()).await.expect(200);
    app.settled().await;
}

fn names(data: &Value) -> Vec<String> {
    let nodes = data["conversations"]["nodes"].as_array().expect("nodes");
    nodes
        .iter()
        .map(|node| {
            node["customer"]["name"]
                .as_str()
                .expect("a name")
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn the_inbox_costs_the_same_statements_for_any_number_of_rows() {
    let app = TestApp::with_salon().await;
    let cost = async |expected: usize| {
        // Every conversation has its bot and every answer is settled, so both lists are of the same shape.
        eventually("the bots answer", || async {
            let nodes = gql(&app, INBOX, json!({"first": 100})).await.data();
            let nodes = nodes["conversations"]["nodes"].as_array()?.clone();
            let is_quiet = |node: &Value| {
                node["handler"]["type"] == "BOT" && node["lastMessage"]["sendState"] == "ACCEPTED"
            };
            (nodes.len() == expected && nodes.iter().all(is_quiet)).then_some(())
        })
        .await;
        let reads = app.inside().app();
        let before = reads.reads().statements_run();
        let data = gql(&app, PLAIN, Value::Null).await.data();
        assert_eq!(names(&data).len(), expected);
        let plain = reads.reads().statements_run() - before;
        gql(&app, INBOX, json!({"first": 100})).await.data();
        (plain, reads.reads().statements_run() - before - plain)
    };
    customers(&app, 0..2).await;
    let (few, _) = cost(2).await;
    customers(&app, 2..40).await;
    let (many, all) = cost(40).await;
    assert_eq!(many, few);
    // List, numbers, customers, bots (3), messages and reactions; some of them for two places.
    assert!(all <= 16, "{all} statements");
}

#[tokio::test]
async fn the_list_pages_both_ways_and_meets_itself() {
    let app = TestApp::with_number().await;
    customers(&app, 0..7).await;
    let all = names(&gql(&app, INBOX, json!({})).await.data());
    assert_eq!(all.len(), 7);
    let mut forward = Vec::new();
    let mut after = Value::Null;
    loop {
        let data = gql(&app, INBOX, json!({"first": 3, "after": after}))
            .await
            .data();
        forward.extend(names(&data));
        let info = &data["conversations"]["pageInfo"];
        assert_eq!(info["hasPreviousPage"], !after.is_null());
        after = info["endCursor"].clone();
        if info["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(forward, all);
    let mut backward = Vec::new();
    let mut before = Value::Null;
    loop {
        let data = gql(&app, INBOX, json!({"last": 3, "before": before}))
            .await
            .data();
        let mut page = names(&data);
        page.extend(backward);
        backward = page;
        let info = &data["conversations"]["pageInfo"];
        before = info["startCursor"].clone();
        if info["hasPreviousPage"] == false {
            break;
        }
    }
    assert_eq!(backward, all);
    // A cursor of another list is no place in this one.
    let wrong = json!({"sort": "LONGEST_WAITING", "after": after});
    let refused = gql(&app, INBOX, wrong).await;
    assert_eq!(refused.code(), "BAD_USER_INPUT");
    assert_eq!(
        refused.error()["extensions"]["violations"][0]["code"],
        "invalid_cursor"
    );
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let app = TestApp::with_number().await;
    let anna = app.hears("79991110001", "Anna", "hi").await;
    app.hears("79991110002", "Boris", "hi").await;
    let take = "mutation($id: ID!) { takeOver(input: {conversation: $id}) { status } }";
    let id = id_of("conversation", &anna);
    gql(&app, take, json!({"id": id})).await.data();
    let list = async |filter: Value| {
        names(&gql(&app, INBOX, json!({"filter": filter})).await.data()).join(" ")
    };
    assert_eq!(list(json!({"handler": "PERSON"})).await, "Anna");
    assert_eq!(list(json!({"handler": "NOBODY"})).await, "Boris");
    assert_eq!(list(json!({"search": "bor"})).await, "Boris");
    assert_eq!(list(json!({"status": "CLOSED"})).await, "");
    let customer = format!(
        "contact:{}",
        anna["customer"]["id"].as_str().expect("an id")
    );
    assert_eq!(list(json!({"customer": customer})).await, "Anna");
    let number = format!(
        "number:{}",
        anna["whatsapp_number_id"].as_str().expect("an id")
    );
    assert_eq!(
        list(json!({"number": number, "search": "anna"})).await,
        "Anna"
    );
    let wrong = json!({"filter": {"number": customer}});
    assert_eq!(gql(&app, INBOX, wrong).await.code(), "BAD_USER_INPUT");
}
