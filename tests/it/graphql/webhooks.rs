//! What became of each item of a delivery, and handling held ones again.

use serde_json::{Value, json};

use super::gql;
use crate::support::{Delivery, TestApp, inbound_text, now, of_type};

const HISTORY: &str = "query($first: Int, $after: String, $last: Int, $before: String) {
    webhookDeliveries(first: $first, after: $after, last: $last, before: $before) {
      nodes { item delivery class state holdReason phoneNumberId error attempts receivedAt settledAt
        conversation { customer { name } } }
      pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } }";
const HELD: &str = "query($reason: HoldReason) { heldItems(reason: $reason) { nodes { item state
    holdReason } } }";

#[tokio::test]
async fn the_history_tells_what_became_of_each_item() {
    let app = TestApp::with_number().await;
    app.hears("79991112233", "Anna", "hi").await;
    let strange = of_type("79991112233", "wamid.x", "text", Value::Null);
    app.receives("79991112233", "Anna", &[strange]).await;
    app.deliver(b"not json".to_vec()).await.expect(200);
    app.settled().await;
    let data = gql(&app, HISTORY, json!({})).await.data();
    let nodes = data["webhookDeliveries"]["nodes"]
        .as_array()
        .expect("items");
    assert_eq!(nodes.last().expect("the first")["state"], "DONE");
    assert_eq!(
        nodes.last().expect("the first")["conversation"]["customer"]["name"],
        "Anna"
    );
    let unparsable = &nodes[0];
    assert_eq!(unparsable["state"], "HELD");
    assert_eq!(unparsable["holdReason"], "UNPARSABLE");
    let first = gql(&app, HISTORY, json!({"first": 1})).await.data();
    let page = &first["webhookDeliveries"];
    assert_eq!(page["nodes"][0], *unparsable);
    let after = &page["pageInfo"]["endCursor"];
    let rest = gql(&app, HISTORY, json!({"first": 9, "after": after}))
        .await
        .data();
    let rest = rest["webhookDeliveries"]["nodes"]
        .as_array()
        .expect("items");
    assert_eq!(rest, &nodes[1..]);
    let last = gql(&app, HISTORY, json!({"last": 1})).await.data();
    assert_eq!(
        &last["webhookDeliveries"]["nodes"][0],
        nodes.last().expect("one")
    );
    let wrong = gql(&app, HISTORY, json!({"after": "x"})).await;
    assert_eq!(wrong.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn held_items_are_handled_again_by_reason_or_one_by_one() {
    let app = TestApp::start().await;
    // Without the number its items are held.
    let message = inbound_text("79991112233", "wamid.1", now(), "hi");
    let body = Delivery::new().change("79991112233", "Anna", &[message], &[]);
    app.deliver(body.bytes()).await.expect(200);
    app.deliver(b"not json".to_vec()).await.expect(200);
    app.settled().await;
    let held = gql(&app, HELD, json!({"reason": "UNKNOWN_NUMBER"}))
        .await
        .data();
    let held = held["heldItems"]["nodes"]
        .as_array()
        .expect("items")
        .clone();
    assert_eq!(held.len(), 1);
    let all = gql(&app, HELD, json!({})).await.data();
    assert_eq!(all["heldItems"]["nodes"].as_array().map(Vec::len), Some(2));
    let redrive = "mutation($input: RedriveHeldItemsInput!) { redriveHeldItems(input: $input) {
        status released violations { field code } } }";
    let run = async |which: Value, id: &str| {
        let input = json!({"input": {"which": which, "clientMutationId": id}});
        gql(&app, redrive, input).await.data()["redriveHeldItems"].clone()
    };
    let one = run(json!({"items": [held[0]["item"]]}), "r-1").await;
    assert_eq!(one["released"], 1);
    let none = run(json!({"reason": "PARKED"}), "r-2").await;
    assert_eq!(
        (&none["status"], &none["released"]),
        (&json!("DONE"), &json!(0))
    );
    let wrong = run(json!({"items": ["x"]}), "r-3").await;
    assert_eq!(wrong["status"], "INVALID");
    let both = json!({"input": {"which": {"reason": "PARKED", "items": []}}});
    assert_eq!(gql(&app, redrive, both).await.code(), "BAD_USER_INPUT");
}
