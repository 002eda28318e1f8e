//! The webhook: Meta's verification, signatures, and what becomes of deliveries good and bad.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::support::{
    APP_SECRET, AppOptions, Delivery, TestApp, VERIFY_TOKEN, eventually, inbound_text, now, signed,
    status,
};

const ANNA: &str = "79991112233";
const HOOK: &str = "/api/v1/webhooks/whatsapp";

/// How many items are held.
async fn held(app: &TestApp) -> i64 {
    let held = app.log_number("select count(*) from held_items").await;
    held.expect("a count")
}

async fn holds(app: &TestApp, count: i64) {
    eventually("held items", || async {
        (held(app).await == count).then_some(())
    })
    .await;
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .filter_map(|message| message["content"].as_str())
        .collect()
}

#[tokio::test]
async fn meta_verifies_the_webhook_with_its_token() {
    let app = TestApp::start().await;
    let path = format!(
        "{HOOK}?hub.mode=subscribe&hub.verify_token={VERIFY_TOKEN}&hub.challenge=1158201444"
    );
    let answer = app.get_root(&path).await;
    answer.expect(200);
    assert_eq!(answer.text, "1158201444");
    assert!(
        answer
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("text/plain"))
    );
}

#[tokio::test]
async fn a_verification_with_anything_missing_or_wrong_is_refused() {
    let app = TestApp::start().await;
    let token = format!("hub.verify_token={VERIFY_TOKEN}");
    for query in [
        "hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=1".to_owned(),
        "hub.mode=subscribe&hub.verify_token=&hub.challenge=1".to_owned(),
        "hub.mode=subscribe&hub.challenge=1".to_owned(),
        format!("hub.mode=unsubscribe&{token}&hub.challenge=1"),
        format!("{token}&hub.challenge=1"),
        format!("hub.mode=subscribe&{token}"),
        format!("hub.mode=subscribe&{token}&hub.challenge=%3Cscript%3E"),
        String::new(),
    ] {
        let answer = app.get_root(&format!("{HOOK}?{query}")).await;
        assert_eq!(answer.expect(403)["code"], "verification_failed", "{query}");
        assert!(!answer.text.contains(VERIFY_TOKEN));
    }
}

#[tokio::test]
async fn only_one_right_signature_opens_the_door() {
    let app = TestApp::with_number().await;
    let body = Delivery::new()
        .change(
            ANNA,
            "Anna",
            &[inbound_text(ANNA, "wamid.1", now(), "hi")],
            &[],
        )
        .bytes();
    let good = signed(&body);
    let wrong = signed(b"another body");
    let sha1 = format!("sha1={}", &good[7..47]);
    let cut = good[..70].to_owned();
    let refused: [&[&str]; 6] = [&[], &[&wrong], &[&good, &good], &[&sha1], &[&cut], &[""]];
    for signatures in refused {
        let answer = app.deliver_signed(body.clone(), signatures).await;
        assert_eq!(
            answer.expect(401)["code"],
            "signature_invalid",
            "{signatures:?}"
        );
    }
    assert_eq!(
        app.deliver_signed(body, &[&good]).await.expect(200),
        json!({"status": "ok"})
    );
}

#[tokio::test]
async fn during_a_rotation_both_secrets_sign() {
    let secrets = format!("the-next-secret-0123456789abcdef, {APP_SECRET}");
    let app = TestApp::start_with(AppOptions {
        settings: vec![("WHATSAPP_APP_SECRET", secrets)],
    })
    .await;
    app.deliver(b"{}".to_vec()).await.expect(200);
}

#[tokio::test]
async fn without_an_app_secret_nothing_is_taken() {
    let app = TestApp::start_with(AppOptions {
        settings: vec![("WHATSAPP_APP_SECRET", String::new())],
    })
    .await;
    let answer = app.deliver(b"{}".to_vec()).await;
    assert_eq!(answer.expect(503)["code"], "webhook_disabled");
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_acknowledged_and_comes_again() {
    let app = TestApp::with_number().await;
    let message = inbound_text(ANNA, "wamid.1", now(), "hi");
    let body = Delivery::new()
        .change(ANNA, "Anna", &[message], &[])
        .bytes();
    app.change_log("alter table inbox_counters rename to elsewhere")
        .await;
    let answer = app.deliver(body.clone()).await;
    assert_eq!(answer.expect(503)["code"], "store_unavailable");
    let seconds = answer.header("retry-after").expect("when to try again");
    assert!(
        seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0),
        "{seconds}"
    );
    app.change_log("alter table elsewhere rename to inbox_counters")
        .await;
    app.deliver(body).await.expect(200);
    app.settled().await;
    assert_eq!(app.messages(&app.conversation(ANNA).await).await.len(), 1);
}

#[tokio::test]
async fn three_megabytes_are_taken_and_what_is_larger_is_refused() {
    let app = TestApp::start().await;
    let mut body = b"{}".to_vec();
    body.resize(3 * 1024 * 1024, b' ');
    app.deliver(body.clone()).await.expect(200);
    body.resize(3 * 1024 * 1024 + 256 * 1024 + 1, b' ');
    assert_eq!(
        app.deliver(body).await.expect(413)["code"],
        "body_too_large"
    );
}

#[tokio::test]
async fn what_is_signed_but_not_understood_is_held() {
    let app = TestApp::with_number().await;
    app.deliver(b"{\"object\": \"whatsapp_".to_vec())
        .await
        .expect(200);
    holds(&app, 1).await;
    let other = json!({"object": "page", "entry": [{"id": "1", "changes": []}]});
    app.deliver(other.to_string().into_bytes())
        .await
        .expect(200);
    holds(&app, 2).await;
    let unknown = json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "a_field_of_next_year", "value": {"x": 1}}]}],
    });
    app.deliver(unknown.to_string().into_bytes())
        .await
        .expect(200);
    holds(&app, 3).await;
    let known = ["deleted", "warning"];
    let statuses = known.map(|kind| status(ANNA, &format!("wamid.{kind}"), now(), kind));
    let future = status(ANNA, "wamid.future", now(), "a_status_of_next_year");
    let statuses = [&statuses[..], &[future]].concat();
    let bytes = Delivery::new().change(ANNA, "Anna", &[], &statuses).bytes();
    app.deliver(bytes).await.expect(200);
    holds(&app, 4).await;
    app.hears(ANNA, "Anna", "still here").await;
}

#[tokio::test]
async fn broken_characters_arrive_readable() {
    let app = TestApp::with_number().await;
    for (wamid, body) in [
        ("wamid.nul", &b"nul\\u0000nul"[..]),
        ("wamid.raw-nul", b"raw\0nul"),
        ("wamid.lone", b"lone \\ud83d here"),
        ("wamid.bytes", b"bytes \xff here"),
        ("wamid.pair", b"pair \\ud83d\\ude00 here"),
    ] {
        let bytes = Delivery::new()
            .change(
                ANNA,
                "Anna",
                &[inbound_text(ANNA, wamid, now(), "HERE")],
                &[],
            )
            .bytes();
        let place = bytes
            .windows(4)
            .position(|part| part == b"HERE")
            .expect("a place");
        let delivery = [&bytes[..place], body, &bytes[place + 4..]].concat();
        app.deliver(delivery).await.expect(200);
    }
    let conversation = app.conversation(ANNA).await;
    let messages = app
        .messages_when(&conversation, "five messages", |messages| {
            messages.len() == 5
        })
        .await;
    let mut shown = texts(&messages);
    shown.sort_unstable();
    assert_eq!(
        shown,
        [
            "bytes \u{fffd} here",
            "lone \u{fffd} here",
            "nulnul",
            "pair 😀 here",
            "rawnul"
        ]
    );
}

#[tokio::test]
async fn a_thousand_items_in_one_delivery_are_a_thousand_messages() {
    let app = TestApp::with_number().await;
    let at = now();
    let mut delivery = Delivery::new();
    for customer in 0..100 {
        let wa_id = (79_990_000_000_i64 + customer).to_string();
        let messages: Vec<Value> = (0..10)
            .map(|index| {
                let wamid = format!("wamid.{customer}.{index}");
                inbound_text(&wa_id, &wamid, at, &format!("text {index}"))
            })
            .collect();
        delivery = delivery.change(&wa_id, "Anna", &messages, &[]);
    }
    app.deliver(delivery.bytes()).await.expect(200);
    let all = eventually("a thousand messages", || async {
        let all = app.get("/conversations?limit=200").await.expect(200);
        let unread = all
            .as_array()?
            .iter()
            .map(|one| one["unread_count"].as_i64().unwrap_or(0));
        (unread.sum::<i64>() == 1_000).then_some(all)
    })
    .await;
    assert_eq!(all.as_array().map(Vec::len), Some(100));
    let shown = app.messages(&all[0]).await;
    let expected: Vec<String> = (0..10).map(|index| format!("text {index}")).collect();
    assert_eq!(texts(&shown), expected);
}

#[tokio::test]
async fn messages_of_an_unknown_number_wait_until_it_is_added() {
    let app = TestApp::start().await;
    app.receives(
        ANNA,
        "Anna",
        &[inbound_text(ANNA, "wamid.1", now(), "early")],
    )
    .await;
    holds(&app, 1).await;
    let none = app.get("/conversations").await.expect(200);
    assert_eq!(none, json!([]));
    app.add_number().await;
    let conversation = app.conversation(ANNA).await;
    assert_eq!(conversation["last_message"]["content"], "early");
    holds(&app, 0).await;
}

#[tokio::test]
async fn repeated_items_are_one_message_also_after_a_restart() {
    let mut app = TestApp::with_number().await;
    let first = inbound_text(ANNA, "wamid.1", now(), "once");
    let second = inbound_text(ANNA, "wamid.2", now(), "twice");
    app.receives(ANNA, "Anna", std::slice::from_ref(&first))
        .await;
    app.receives(ANNA, "Anna", std::slice::from_ref(&first))
        .await;
    app.restart().await;
    app.receives(ANNA, "Anna", &[first.clone(), second.clone(), first])
        .await;
    app.receives(ANNA, "Anna", &[second]).await;
    let conversation = app
        .conversation_when(ANNA, "the second", |conversation| {
            conversation["last_message"]["content"] == "twice"
        })
        .await;
    assert_eq!(conversation["unread_count"], 2);
    assert_eq!(texts(&app.messages(&conversation).await), ["once", "twice"]);
}

#[tokio::test]
async fn webhooks_of_a_new_customer_at_the_same_time_make_one_contact() {
    let app = TestApp::with_number().await;
    let (app, at) = (&app, now());
    join_all((0..8).map(|index| async move {
        let text = inbound_text(
            ANNA,
            &format!("wamid.{index}"),
            at,
            &format!("text {index}"),
        );
        app.receives(ANNA, "Anna", &[text]).await;
    }))
    .await;
    app.conversation_when(ANNA, "all eight", |conversation| {
        conversation["unread_count"] == 8
    })
    .await;
    let all = app.get("/conversations").await.expect(200);
    assert_eq!(all.as_array().map(Vec::len), Some(1));
}
