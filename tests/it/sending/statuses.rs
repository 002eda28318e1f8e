//! Statuses, lost answers that only a status settles, and marks of reading.

use std::time::Duration;

use api::simulator::behavior::Behavior;
use api::simulator::fault::Fault;
use api::simulator::{Author, Ticks};
use serde_json::{Value, json};

use super::{ANNA, in_state, message_when, open, send};
use crate::graphql::gql;
use crate::support::{Delivery, PHONE_NUMBER_ID, TestApp, eventually, status};

async fn report(app: &TestApp, kinds: &[&str], wamid: &str, at: i64) {
    for kind in kinds {
        let delivery = Delivery::new().change(ANNA, "", &[], &[status(ANNA, wamid, at, kind)]);
        app.deliver(delivery.bytes()).await.expect(200);
    }
}

#[tokio::test]
async fn statuses_in_any_order_end_the_same() {
    let (app, conversation) = open(Vec::new()).await;
    app.meta.keeps_statuses();
    let orders = [
        ["sent", "delivered", "read"],
        ["read", "delivered", "sent"],
        ["delivered", "read", "sent"],
        ["read", "sent", "delivered"],
    ];
    for order in orders {
        let id = send(&app, &conversation, &format!("{order:?}")).await;
        let accepted = in_state(&app, &conversation, &id, "accepted").await;
        assert_eq!(accepted["status"], "sent");
        let wamid = accepted["whatsapp_message_id"].as_str().expect("a wamid");
        report(&app, &order, wamid, 1_700_000_000).await;
        let read = message_when(&app, &conversation, &id, "read", |one| {
            one["status"] == "read" && one["delivered_at"].is_string()
        })
        .await;
        assert_eq!(read["read_at"], "2023-11-14T22:13:20.000Z", "{order:?}");
        assert_eq!(read["failed_at"], Value::Null);
    }
    app.meta.will([Fault::FailLater(131_026)]);
    app.meta.simulator.meta().set_behavior(Behavior::default());
    let id = send(&app, &conversation, "never arrives").await;
    let failed = message_when(&app, &conversation, &id, "failed", |one| {
        one["status"] == "failed"
    })
    .await;
    assert_eq!(failed["error"]["meta_code"], 131_026);
    assert_eq!(failed["send_state"], "accepted");
}

#[tokio::test]
async fn status_before_the_answer_to_the_send_finds_its_message() {
    let (app, conversation) = open(vec![("SEND_TIMEOUT_SECONDS", "20".to_owned())]).await;
    app.meta.keeps_statuses();
    app.meta.will([Fault::Slow(Duration::from_millis(700))]);
    let id = send(&app, &conversation, "quick").await;
    app.meta.shows(ANNA, 1).await;
    let wamid = app.meta.answers(ANNA)[0].id.clone();
    // It does not echo our send id, so it waits until the answer names the wamid.
    report(&app, &["delivered"], &wamid, 1_700_000_000).await;
    let before = app.messages(&conversation).await;
    assert_eq!(before[1]["send_state"], "attempting");
    let after = message_when(&app, &conversation, &id, "delivered", |one| {
        one["status"] == "delivered"
    })
    .await;
    assert_eq!(after["send_state"], "accepted");
    assert_eq!(app.meta.outcomes(&id).len(), 1);
}

#[tokio::test]
async fn lost_answers_are_unknown_never_sent_again_and_settled_by_a_status() {
    let (app, conversation) = open(Vec::new()).await;
    app.meta.keeps_statuses();
    let faults = [
        Fault::ResetAfterApply,
        Fault::ErrorAfterApply,
        Fault::ErrorBeforeApply,
        Fault::BadJson,
        Fault::NeverAnswer,
    ];
    for fault in faults {
        app.meta.will([fault]);
        let id = send(&app, &conversation, &fault.name()).await;
        let unknown = in_state(&app, &conversation, &id, "unknown").await;
        assert_eq!(unknown["status"], "pending", "{unknown}");
        // The next message leaves all the same: an unknown outcome releases the lane.
        let next = send(&app, &conversation, "next").await;
        in_state(&app, &conversation, &next, "accepted").await;
        assert_eq!(app.meta.outcomes(&id), [fault.name()]);
        let mut echo = status(
            ANNA,
            &format!("wamid.{}", fault.name()),
            1_700_000_000,
            "delivered",
        );
        echo["biz_opaque_callback_data"] = id.clone();
        let delivery = Delivery::new().change(ANNA, "", &[], &[echo]);
        app.deliver(delivery.bytes()).await.expect(200);
        let settled = in_state(&app, &conversation, &id, "reconciled").await;
        assert_eq!(settled["status"], "delivered");
    }
}

#[tokio::test]
async fn turns_and_people_mark_the_message_as_read_and_show_that_they_type() {
    let app = TestApp::with_salon().await;
    let reads = |count: usize, is_typing: bool| {
        let app = &app;
        async move {
            eventually("blue ticks", || async {
                (app.meta.requests("read").len() >= count).then_some(())
            })
            .await;
            let screen = app
                .meta
                .simulator
                .meta()
                .screen(PHONE_NUMBER_ID, ANNA, 0, true);
            let own = screen
                .messages
                .into_iter()
                .filter(|one| one.from == Author::Me);
            assert!(own.into_iter().all(|one| one.ticks == Some(Ticks::Read)));
            let marks = app.meta.requests("read");
            assert_eq!(marks.len(), count, "once for each occasion");
            assert_eq!(marks[count - 1]["typing"], is_typing);
        }
    };
    app.meta.types(ANNA, "hi");
    app.meta.shows(ANNA, 2).await;
    reads(1, true).await;
    app.meta.types(ANNA, "Узнать цены");
    app.meta.shows(ANNA, 3).await;
    reads(2, true).await;
    let conversation = app
        .conversation_when(ANNA, "the bot is done", |one| one["is_bot_active"] == false)
        .await;
    let id = conversation["id"].as_str().expect("an id");
    app.post(&format!("/conversations/{id}/takeover"), json!({}))
        .await
        .expect(200);
    reads(3, true).await;
    app.meta.types(ANNA, "thanks");
    app.messages_when(&conversation, "it is there", |all| {
        all.iter().any(|one| one["content"] == "thanks")
    })
    .await;
    send(&app, &conversation, "you are welcome").await;
    reads(4, true).await;
    // Who only reads is not about to answer.
    app.meta.types(ANNA, "bye");
    app.messages_when(&conversation, "it is there", |all| {
        all.iter().any(|one| one["content"] == "bye")
    })
    .await;
    let read = "mutation($id: ID!) { markRead(input: {conversation: $id}) { status } }";
    gql(&app, read, json!({ "id": format!("conversation:{id}") }))
        .await
        .data();
    reads(5, false).await;
}
