//! Answers that say no: throttling, a refused token, a refused message, nobody there, our own guard.

use api::simulator::fault::Fault;
use application::tasks::Tasks;
use reqwest::Method;
use serde_json::json;
use tokio::net::TcpListener;

use super::{ANNA, in_state, open, send, shown};
use crate::support::{ScenarioJson, TestApp, eventually};

#[tokio::test]
async fn throttled_messages_are_sent_once_more_for_each_such_answer() {
    let (app, conversation) = open(Vec::new()).await;
    // 131057 waits a minute for the number's maintenance; its rule is proven beside the lanes.
    let codes = [4, 613, 80_007, 130_429, 131_056];
    let faults = codes
        .map(Fault::Throttle)
        .into_iter()
        .chain([Fault::TooManyRequests]);
    for fault in faults {
        app.meta.will([fault]);
        let id = send(&app, &conversation, &fault.name()).await;
        in_state(&app, &conversation, &id, "accepted").await;
        assert_eq!(
            app.meta.outcomes(&id),
            [fault.name(), "accepted".to_owned()]
        );
    }
    app.meta
        .will([Fault::Throttle(130_429), Fault::TooManyRequests]);
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(send(&app, &conversation, &format!("in order {number}")).await);
    }
    in_state(&app, &conversation, &ids[3], "accepted").await;
    assert_eq!(
        shown(&app)[6..],
        ["in order 0", "in order 1", "in order 2", "in order 3"]
    );
    assert_eq!(app.meta.outcomes(&ids[0]).len(), 3);
}

#[tokio::test]
async fn message_that_reaches_nobody_leaves_when_meta_is_back() {
    let place = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = place.local_addr().expect("an address");
    drop(place);
    let url = format!("http://{address}/v25.0");
    let (app, conversation) = open(vec![("WHATSAPP_API_URL", url)]).await;
    let first = send(&app, &conversation, "first").await;
    let second = send(&app, &conversation, "second").await;
    eventually("an attempt that found nobody", || async {
        let tried = "select 1 from outbox where attempt > 0 and state = 'queued'";
        app.log_number(tried).await
    })
    .await;
    let tasks = Tasks::default();
    let listener = TcpListener::bind(address).await.expect("the same port");
    let router = app.meta.simulator.graph_router();
    tasks.spawn(async move { axum::serve(listener, router).await.expect("it serves") });
    in_state(&app, &conversation, &second, "accepted").await;
    assert_eq!(shown(&app), ["first", "second"]);
    assert_eq!(app.meta.outcomes(&first), ["accepted"]);
    tasks.stop().cancel();
}

#[tokio::test]
async fn refused_token_pauses_the_number_until_a_new_one_comes() {
    let (mut app, conversation) = open(Vec::new()).await;
    app.meta.will([Fault::TokenRefused]);
    let first = send(&app, &conversation, "first").await;
    let number = eventually("the number needs attention", || async {
        let numbers = app.get("/whatsapp/numbers").await.expect(200);
        (numbers[0]["status"] == "attention").then(|| numbers[0].clone())
    })
    .await;
    assert_eq!(number["status_reason"], "token_invalid");
    let second = send(&app, &conversation, "second").await;
    // The queue is on disk: it outlives a restart and leaves once.
    app.restart().await;
    let third = send(&app, &conversation, "third").await;
    for id in [&first, &second, &third] {
        in_state(&app, &conversation, id, "queued").await;
    }
    let path = format!(
        "/whatsapp/numbers/{}",
        number["id"].as_str().expect("an id")
    );
    let token = Some(json!({"access_token": "EAAanotherToken9z9z"}));
    let healed = app.call(Method::PUT, &path, token).await.expect(200);
    assert_eq!(healed["status"], "active");
    in_state(&app, &conversation, &third, "accepted").await;
    assert_eq!(shown(&app), ["first", "second", "third"]);
    assert_eq!(app.meta.outcomes(&first), ["token", "accepted"]);
    assert_eq!(app.meta.outcomes(&second), ["accepted"]);
}

#[tokio::test]
async fn refused_bot_message_calls_people_and_cancels_the_rest_of_the_turn() {
    let scenario = ScenarioJson::new()
        .welcome("a", "one")
        .message("b", "two")
        .question("c", "three?", "three")
        .edge("a", "b")
        .edge("b", "c");
    let app = TestApp::with_bot(&scenario).await;
    app.meta.will([Fault::Reject(131_009)]);
    app.meta.types(ANNA, "hi");
    let handed = app
        .conversation_when(ANNA, "people are asked", |one| {
            one["awaiting_people_since"].is_string()
        })
        .await;
    assert_eq!(handed["handler"]["type"], "nobody");
    let messages = app
        .messages_when(&handed, "the turn is over", |all| {
            all.iter().filter(|one| one["status"] == "canceled").count() == 2
        })
        .await;
    assert_eq!(messages[1]["status"], "failed");
    assert_eq!(messages[1]["send_state"], "rejected");
    assert_eq!(messages[1]["error"]["meta_code"], 131_009);
    assert!(messages[1]["error"]["next_step"].is_string());
    assert_eq!(messages[2]["error"]["code"], "turn_rejected");
    assert!(shown(&app).is_empty());
}

#[tokio::test]
async fn guard_is_asked_again_when_a_message_leaves() {
    let (app, conversation) = open(Vec::new()).await;
    let numbers = app.get("/whatsapp/numbers").await.expect(200);
    let path = format!(
        "/whatsapp/numbers/{}",
        numbers[0]["id"].as_str().expect("an id")
    );
    app.meta.will([Fault::Throttle(130_429)]);
    let held = send(&app, &conversation, "held").await;
    app.call(Method::PATCH, &format!("{path}/toggle"), None)
        .await
        .expect(200);
    let id = conversation["id"].as_str().expect("an id");
    let refused = app
        .post(
            &format!("/conversations/{id}/messages"),
            json!({"content": "now?"}),
        )
        .await
        .expect(409);
    assert_eq!(refused["code"], "number_inactive");
    app.call(Method::PATCH, &format!("{path}/toggle"), None)
        .await
        .expect(200);
    in_state(&app, &conversation, &held, "accepted").await;

    app.meta.will([Fault::Throttle(130_429)]);
    let last = send(&app, &conversation, "last").await;
    app.call(Method::DELETE, &path, None).await.expect(204);
    let canceled = in_state(&app, &conversation, &last, "canceled").await;
    assert_eq!(canceled["error"]["code"], "number_removed");
    assert_eq!(shown(&app), ["held"]);
}
