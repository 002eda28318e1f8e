//! Deliveries: signed over the raw bytes, repeated until a 200, and what the phone shows of it.

use application::inbound::receive::SignatureVerifier;
use infrastructure::webhook_signature::HmacVerifier;
use secrecy::SecretString;
use serde_json::json;

use super::server::{CUSTOMER, NUMBER, SECRET, world};
use crate::simulator::behavior::Behavior;
use crate::simulator::{Act, Author, Ticks};

fn quick() -> Behavior {
    Behavior {
        redeliver_first_ms: 1,
        redeliver_longest_ms: 5,
        status_delay_ms: 1,
        ..Behavior::default()
    }
}

#[tokio::test]
async fn the_signature_is_over_the_escaped_bytes() {
    let mut world = world(Behavior::default(), None, 0).await;
    world
        .simulator
        .meta()
        .act(NUMBER, CUSTOMER, &Act::Text("а/б 😀\u{0}".to_owned()));
    let hook = world.hook().await;
    assert!(hook.body.is_ascii());
    let body = String::from_utf8(hook.body.to_vec()).expect("ASCII");
    assert!(
        body.contains(r"\u0430\/\u0431 \ud83d\ude00\u0000"),
        "{body}"
    );
    let digits = hook.signature.strip_prefix("sha256=").expect("the prefix");
    assert!(HmacVerifier.verify(&SecretString::from(SECRET), &hook.body, digits));
    assert!(!HmacVerifier.verify(&SecretString::from("other"), &hook.body, digits));
}

#[tokio::test]
async fn a_delivery_is_repeated_unchanged_until_it_is_acknowledged() {
    let mut world = world(quick(), None, 3).await;
    let meta = world.simulator.meta().clone();
    meta.act(NUMBER, CUSTOMER, &Act::Text("hi".to_owned()));
    let first = world.hook().await;
    for _ in 0..3 {
        assert_eq!(world.hook().await.body, first.body);
    }
    meta.drained().await;
    let counters = meta.counters();
    assert_eq!(
        (counters.redeliveries, counters.acknowledged_deliveries),
        (3, 1)
    );
    assert_eq!(meta.ledger().deliveries_in_memory().len(), 1);
}

#[tokio::test]
async fn a_rough_meta_loses_nothing_and_doubles_some() {
    let behavior = Behavior {
        status_delay_ms: 1,
        jitter_ms: 20,
        redeliver_first_ms: 1,
        ..Behavior::rough()
    };
    let world = world(behavior, None, 5).await;
    let meta = world.simulator.meta();
    for n in 0..200 {
        meta.act(
            NUMBER,
            &(79_990_000_000_u64 + n % 7).to_string(),
            &Act::Text(n.to_string()),
        );
    }
    meta.drained().await;
    let acknowledged = meta.ledger().deliveries_in_memory().join("\n");
    let mut ids: Vec<&str> = acknowledged
        .split('"')
        .filter(|part| part.starts_with("wamid."))
        .collect();
    let with_doubles = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 200);
    assert!(with_doubles > 200);
    assert!(
        meta.counters().acknowledged_deliveries < 200 + meta.counters().duplicates,
        "batched"
    );
}

#[tokio::test]
async fn the_phone_shows_ticks_typing_and_buttons() {
    let mut world = world(quick(), None, 0).await;
    let path = format!("/phone/{NUMBER}/{CUSTOMER}/messages");
    let written = world
        .request("POST", &path, "", r#"{"text":"Привет","name":"Ольга"}"#)
        .await;
    assert_eq!(written.status(), 201);
    let id = written.json()["id"].clone();
    assert_eq!(
        world.hook().await.value()["contacts"][0]["profile"]["name"],
        "Ольга"
    );
    let meta = world.simulator.meta().clone();
    meta.drained().await;
    let screen = meta.screen(NUMBER, CUSTOMER, 0, true);
    assert_eq!(screen.messages[0].ticks, Some(Ticks::Delivered));
    assert!(!screen.typing);

    let read = json!({
        "messaging_product": "whatsapp", "status": "read", "message_id": id,
        "typing_indicator": { "type": "text" },
    });
    assert_eq!(world.send(&read).await.json(), json!({ "success": true }));
    let screen = meta.screen(NUMBER, CUSTOMER, screen.next, true);
    assert_eq!(
        (screen.messages[0].ticks, screen.typing),
        (Some(Ticks::Read), true)
    );

    let waiting = format!("{path}?after={}&wait_ms=5000", screen.next);
    let buttons = json!({
        "messaging_product": "whatsapp", "to": CUSTOMER, "type": "interactive",
        "interactive": { "type": "button", "body": { "text": "Что?" },
            "action": { "buttons": [{ "type": "reply", "reply": { "id": "1", "title": "Цены" } }] } },
    });
    let (screen, _answer) =
        tokio::join!(world.request("GET", &waiting, "", ""), world.send(&buttons));
    let screen: crate::simulator::Screen = serde_json::from_value(screen.json()).expect("a screen");
    assert!(!screen.typing);
    let [bubble] = &screen.messages[..] else {
        panic!("{screen:?}")
    };
    assert_eq!(
        (bubble.from, bubble.text.as_str()),
        (Author::Business, "Что?")
    );
    assert_eq!(bubble.buttons[0].title, "Цены");
}

#[tokio::test]
async fn the_phone_route_says_what_is_wrong() {
    let world = world(quick(), None, 0).await;
    let good = format!("/phone/{NUMBER}/{CUSTOMER}/messages");
    let cases = [
        ("/phone/1/16505551234/messages", r#"{"text":"x"}"#, 404),
        (
            &format!("/phone/{NUMBER}/anna/messages"),
            r#"{"text":"x"}"#,
            422,
        ),
        (&good, r#"{"text":""}"#, 422),
        (&good, r#"{"shout":"x"}"#, 422),
        (&good, "{", 422),
    ];
    for (path, body, status) in cases {
        let answer = world.request("POST", path, "", body).await;
        assert_eq!(answer.status(), status, "{path} {body}");
        assert!(
            answer.json()["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty())
        );
    }
}

#[tokio::test]
async fn control_makes_load_and_waits_for_it() {
    let mut world = world(quick(), None, 0).await;
    let load =
        json!({ "phone_number_id": NUMBER, "count": 20, "rate_per_s": 2000, "customers": 4 });
    let started = world
        .request("POST", "/control/send", "", &load.to_string())
        .await;
    assert_eq!(started.status(), 202);
    let drained = world
        .request("POST", "/control/drain", "", r#"{"timeout_ms":10000}"#)
        .await;
    assert_eq!(drained.status(), 200);
    assert_eq!(drained.json()["customer_messages"], 20);
    assert_eq!(drained.json()["acknowledged_items"], 20);
    world.hook().await;
    let answer = world
        .request("POST", "/control/faults", "", r#"{"plan":"boom=1"}"#)
        .await;
    assert!(matches!(answer, super::server::Seen::Answer(422, body) if body.contains("boom")));
}
