//! After a restore: what was on its way is unknown, nothing leaves until a person says so, and statuses of
//! the installation that is gone attach to nothing new.

use std::time::Duration;

use api::simulator::fault::Fault;
use serde_json::Value;

use super::{back_up, in_state, lose_and_restore, send, vestnik};
use crate::support::{AppOptions, Delivery, TestApp, eventually, now, status};

const ANNA: &str = "79995550001";

async fn waiting(app: &TestApp) -> Value {
    app.get("/admin/outbound").await.expect(200)
}

async fn report(app: &TestApp, wamid: &str, send_id: &Value) {
    let mut echo = status(ANNA, wamid, now(), "delivered");
    echo["biz_opaque_callback_data"] = send_id.clone();
    let delivery = Delivery::new().change(ANNA, "", &[], &[echo]);
    app.deliver(delivery.bytes()).await.expect(200);
}

fn wamid(message: &Value) -> String {
    let wamid = message["whatsapp_message_id"].as_str();
    wamid.expect("a wamid").to_owned()
}

#[tokio::test]
async fn what_was_on_its_way_is_unknown_and_nothing_is_sent_twice() {
    let settings = vec![("SEND_TIMEOUT_SECONDS", "30".to_owned())];
    let mut app = TestApp::start_with(AppOptions { settings }).await;
    app.add_number().await;
    app.meta.keeps_statuses();
    app.meta.types(ANNA, "hello");
    let conversation = app.conversation(ANNA).await;
    // Taken by Meta, but the answer is slow: the second one waits behind it.
    app.meta.will([Fault::Slow(Duration::from_secs(6))]);
    let first = send(&app, &conversation, "on its way").await;
    in_state(&app, &conversation, &first, "attempting").await;
    let second = send(&app, &conversation, "waits behind it").await;
    let (backup, keys) = back_up(&app, "monday").await;
    let said = vestnik(&app, &["backup", "verify", super::text(&backup)]).await;
    assert!(said.good().contains("2 messages were on their way"));
    // The installation goes on for a while before it is lost.
    in_state(&app, &conversation, &first, "accepted").await;
    let second_sent = in_state(&app, &conversation, &second, "accepted").await;
    let third = send(&app, &conversation, "after the backup").await;
    let third_sent = in_state(&app, &conversation, &third, "accepted").await;

    lose_and_restore(&mut app, &backup, &keys).await;
    for id in [&first, &second] {
        let unknown = in_state(&app, &conversation, id, "unknown").await;
        assert_eq!(unknown["status"], "pending", "{unknown}");
    }
    assert_eq!(waiting(&app).await["waiting"], 0);
    // What customers write comes in; what people write waits, and is seen to wait.
    app.meta.types(ANNA, "anybody there?");
    app.messages_when(&conversation, "the customer's new words", |all| {
        all.iter().any(|one| one["content"] == "anybody there?")
    })
    .await;
    let fourth = send(&app, &conversation, "we are back").await;
    let status = waiting(&app).await;
    assert_eq!(
        (&status["frozen"], &status["waiting"]),
        (&Value::Bool(true), &Value::from(1))
    );
    let said = vestnik(&app, &["outbound", "status"]).await.good();
    assert!(
        said.contains("frozen") && said.contains("waiting: 1"),
        "{said}"
    );

    // Meta reports on what only the lost installation knew: it belongs to nothing here.
    let shown = app.messages(&conversation).await;
    report(&app, &wamid(&third_sent), &third).await;
    app.settled().await;
    assert_eq!(app.messages(&conversation).await, shown);
    // Its report on what the backup held queued proves that it left.
    report(&app, &wamid(&second_sent), &second).await;
    in_state(&app, &conversation, &second, "reconciled").await;
    assert!(app.meta.outcomes(&fourth).is_empty(), "held");
    // A restart does not lift it.
    app.restart().await;
    assert_eq!(waiting(&app).await["frozen"], true);

    let said = vestnik(&app, &["outbound", "release"]).await.good();
    assert!(said.contains("leaving: 1"), "{said}");
    in_state(&app, &conversation, &fourth, "accepted").await;
    // A person may write again what is unknown: a message of its own.
    let again = send(&app, &conversation, "on its way").await;
    let sent = in_state(&app, &conversation, &again, "accepted").await;
    report(&app, &wamid(&sent), &again).await;
    eventually("its own status", || async {
        let all = app.messages(&conversation).await;
        let of = |id: &Value| all.iter().find(|one| one["id"] == *id).cloned();
        let (again, fourth, first) = (of(&again)?, of(&fourth)?, of(&first)?);
        let right = again["status"] == "delivered"
            && fourth["status"] == "sent"
            && first["send_state"] == "unknown";
        right.then_some(())
    })
    .await;
    for id in [&first, &second, &third, &fourth, &again] {
        assert_eq!(
            app.meta.outcomes(id).len(),
            1,
            "each request reached Meta once"
        );
    }
    app.restart().await;
    assert_eq!(waiting(&app).await["frozen"], false);
    let said = vestnik(&app, &["--lang", "ru", "outbound", "release"]).await;
    assert!(said.good().contains("не была остановлена"));
}

#[tokio::test]
async fn what_waits_can_be_discarded() {
    let mut app = TestApp::with_salon().await;
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    let conversation = app.conversation(ANNA).await;
    app.settled().await;
    let (backup, keys) = back_up(&app, "monday").await;
    lose_and_restore(&mut app, &backup, &keys).await;
    let marks = app.meta.requests("read").len();
    app.meta.types("79995550002", "Здравствуйте");
    let answered = eventually("the bot's words wait", || async {
        let status = waiting(&app).await;
        (status["waiting"] == 2).then_some(())
    });
    answered.await;
    let other = app.conversation("79995550002").await;
    let said = vestnik(&app, &["outbound", "release", "--discard"]).await;
    assert!(said.good().contains("discarded: 2"));
    app.messages_when(&other, "they are unknown", |all| {
        let sent = all.iter().filter(|one| one["direction"] == "outbound");
        sent.clone().count() == 2 && sent.clone().all(|one| one["send_state"] == "unknown")
    })
    .await;
    let id = send(&app, &conversation, "we are back").await;
    in_state(&app, &conversation, &id, "accepted").await;
    assert!(app.meta.answers("79995550002").is_empty());
    assert_eq!(
        app.meta.requests("read").len(),
        marks + 1,
        "marks of reading are held too, until a person writes"
    );
}
