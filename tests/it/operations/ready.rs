//! Readiness ends where work is stuck, says which, and comes back when it goes on.

use serde_json::Value;

use crate::support::{AppOptions, SALON, TestApp, eventually};

const CUSTOMER: &str = "79991112233";

async fn app(limit: &str) -> TestApp {
    // The triggers that stop work are SQLite's.
    let settings = vec![
        ("READY_LIMIT_SECONDS", limit.to_owned()),
        ("DATABASE_URL", String::new()),
    ];
    let app = TestApp::start_with(AppOptions { settings }).await;
    app.add_number().await;
    app.import_bot(SALON).await;
    app
}

/// The database refuses what a piece of work has to write.
async fn stop(app: &TestApp, trigger: &str) {
    let text =
        format!("create trigger stuck before {trigger} begin select raise(abort, 'stuck'); end");
    app.change_log(&text).await;
}

async fn stuck(app: &TestApp, what: &str) -> Value {
    eventually("not ready any more", || async {
        let answer = app.get_root("/readyz").await;
        let named = answer.json()["stuck"].as_array().cloned();
        let is_it = named.is_some_and(|named| named.contains(&Value::from(what)));
        (answer.status.as_u16() == 503 && is_it).then(|| answer.json())
    })
    .await
}

async fn goes_on(app: &TestApp) {
    app.change_log("drop trigger stuck").await;
    app.settled().await;
    eventually("ready again", || async {
        let answer = app.get_root("/readyz").await;
        (answer.status.as_u16() == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_received_item_that_nobody_handles_makes_the_node_not_ready() {
    let app = app("1").await;
    app.get_root("/readyz").await.expect(200);
    stop(
        &app,
        "insert on events when new.event_type = 'ConversationMessageReceived'",
    )
    .await;
    app.meta.types(CUSTOMER, "Здравствуйте");
    let problem = stuck(&app, "inbox").await;
    assert_eq!(problem["code"], "work_stuck");
    assert_eq!(problem["status"], 503);
    assert!(problem["checks"]["oldest_unhandled_s"].as_u64() > Some(1));
    let detail = problem["detail"].as_str().expect("a detail");
    assert!(detail.contains("inbox"), "{detail}");
    assert!(!problem.to_string().contains(CUSTOMER));
    goes_on(&app).await;
    app.meta.shows(CUSTOMER, 2).await;
}

#[tokio::test]
async fn a_message_that_does_not_leave_makes_the_node_not_ready() {
    let app = app("1").await;
    stop(&app, "update on outbox when new.state = 'attempting'").await;
    app.meta.types(CUSTOMER, "Здравствуйте");
    let problem = stuck(&app, "outbox").await;
    assert!(problem["checks"]["oldest_unsent_s"].as_u64() > Some(1));
    goes_on(&app).await;
    app.meta.shows(CUSTOMER, 2).await;
}

#[tokio::test]
async fn a_bots_manager_that_stands_still_makes_the_node_not_ready() {
    let app = app("1").await;
    stop(&app, "update on process_checkpoints").await;
    app.meta.types(CUSTOMER, "Здравствуйте");
    let problem = stuck(&app, "bots").await;
    assert!(problem["checks"]["oldest_undecided_s"].as_u64() > Some(1));
    goes_on(&app).await;
    app.meta.shows(CUSTOMER, 2).await;
}

#[tokio::test]
async fn what_waits_for_a_person_and_a_limit_of_zero_leave_the_node_ready() {
    let app = app("0").await;
    stop(
        &app,
        "insert on events when new.event_type = 'ConversationMessageReceived'",
    )
    .await;
    app.meta.types(CUSTOMER, "Здравствуйте");
    eventually("old work", || async {
        let ready = app.get_root("/readyz").await.expect(200);
        (ready["checks"]["oldest_unhandled_s"].as_u64() > Some(1)).then_some(())
    })
    .await;
}
