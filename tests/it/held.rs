//! Held items through HTTP: what could not be handled is listed, and handled once its cause is gone.

use serde_json::{Value, json};

use crate::support::{Delivery, PHONE_NUMBER_ID, TestApp, eventually, inbound_text, keys, now};

const ANNA: &str = "79991112233";

async fn held(app: &TestApp) -> Vec<Value> {
    let held = app.get("/admin/held").await.expect(200);
    held.as_array().expect("a list").clone()
}

async fn holds(app: &TestApp, count: usize) -> Vec<Value> {
    eventually("held items", || async {
        let held = held(app).await;
        (held.len() == count).then_some(held)
    })
    .await
}

#[tokio::test]
async fn what_is_held_is_listed_in_pages_and_released_by_its_reason() {
    let app = TestApp::start().await;
    assert!(held(&app).await.is_empty());
    let message = |wamid: &str| {
        let text = inbound_text(ANNA, wamid, now(), "hi");
        Delivery::new().change(ANNA, "Anna", &[text], &[]).bytes()
    };
    app.deliver(message("wamid.1")).await.expect(200);
    app.deliver(message("wamid.2")).await.expect(200);
    app.deliver(b"{\"object\": \"whatsapp_".to_vec())
        .await
        .expect(200);
    let items = holds(&app, 3).await;
    let wanted = [
        "class",
        "error",
        "item",
        "phone_number_id",
        "reason",
        "received_at",
    ];
    assert_eq!(keys(&items[0]), wanted);
    let reasons: Vec<&str> = items
        .iter()
        .map(|one| one["reason"].as_str().expect("a reason"))
        .collect();
    assert_eq!(reasons, ["unknown_number", "unknown_number", "unparsable"]);
    assert_eq!(items[0]["phone_number_id"], PHONE_NUMBER_ID);
    assert_eq!(items[0]["class"], "message");
    // The next page begins behind the last id of this one.
    let after = |item: &Value| format!("/admin/held?after={}", item["item"]);
    let rest = app.get(&after(&items[1])).await.expect(200);
    assert_eq!(rest, json!([items[2]]));
    assert_eq!(app.get(&after(&items[2])).await.expect(200), json!([]));

    let release = |reason: &str| {
        let body = json!({ "reason": reason });
        let app = &app;
        async move { app.post("/admin/held/release", body).await }
    };
    // The number is still not there: they are handled again, and held again.
    let released = release("unknown_number").await.expect(200);
    assert_eq!(released, json!({"released": 2}));
    holds(&app, 3).await;
    assert_eq!(release("parked").await.expect(200)["released"], 0);
    // A number that is added lets them go by itself; what is unparsable stays so.
    app.add_number().await;
    let left = holds(&app, 1).await;
    assert_eq!(left[0]["reason"], "unparsable");
    let conversation = app.conversation(ANNA).await;
    app.messages_when(&conversation, "both messages", |all| all.len() == 2)
        .await;
    assert_eq!(release("unparsable").await.expect(200)["released"], 1);
    assert_eq!(holds(&app, 1).await[0]["reason"], "unparsable");
    for bad in [
        json!({}),
        json!({"reason": "boredom"}),
        json!({"reason": 7}),
    ] {
        let problem = app.post("/admin/held/release", bad).await.expect(422);
        assert_eq!(problem["errors"][0]["field"], "reason");
    }
}
