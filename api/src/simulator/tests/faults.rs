//! Each way to fail, seen by a raw client.

use std::time::Duration;

use serde_json::{Value, json};

use super::server::{CUSTOMER, NUMBER, Seen, World, world};
use crate::simulator::behavior::Behavior;
use crate::simulator::fault::{Fault, FaultPlan, Faults, PlanError};

fn text() -> Value {
    json!({
        "messaging_product": "whatsapp", "to": format!("+{CUSTOMER}"), "type": "text",
        "text": { "body": "Привет" }, "biz_opaque_callback_data": "send-1",
    })
}

/// Sends one text under a fault; returns what was seen and the ledger's line.
async fn failing(fault: &str) -> (World, Seen, Value) {
    let world = world(Behavior::default(), None, 0).await;
    world
        .simulator
        .meta()
        .with_faults(|faults| faults.script([fault.parse().expect("a fault")]));
    let seen = world.send(&text()).await;
    let lines = world.simulator.meta().ledger().requests_in_memory();
    assert_eq!(lines.len(), 1);
    let line: Value = serde_json::from_str(&lines[0]).expect("JSON");
    assert_eq!(line["outcome"], fault);
    assert_eq!(line["send_id"], "send-1");
    (world, seen, line)
}

#[tokio::test]
async fn reset_takes_the_message_and_resets_the_connection() {
    let (mut world, seen, line) = failing("reset").await;
    assert!(
        matches!(seen, Seen::Broken(std::io::ErrorKind::ConnectionReset)),
        "{seen:?}"
    );
    assert_eq!(line["applied"], true);
    let status = world.hook().await.value();
    assert_eq!(status["statuses"][0]["biz_opaque_callback_data"], "send-1");
}

#[tokio::test]
async fn server_errors_come_with_and_without_taking_the_message() {
    let (_world, seen, line) = failing("error_after").await;
    assert_eq!((seen.status(), &line["applied"]), (500, &json!(true)));
    let (_world, seen, line) = failing("error_before").await;
    assert_eq!((seen.status(), &line["applied"]), (500, &json!(false)));
    assert_eq!(line["wamid"], Value::Null);
}

#[tokio::test]
async fn throttling_names_its_code_and_takes_nothing() {
    for (fault, status) in [("130429", 429), ("131056", 400), ("80007", 400)] {
        let (_world, seen, line) = failing(fault).await;
        assert_eq!(seen.status(), status);
        assert_eq!(seen.json()["error"]["code"].to_string(), fault);
        assert_eq!(line["applied"], false);
    }
    let (_world, seen, _line) = failing("429").await;
    assert!(matches!(seen, Seen::Answer(429, body) if body.is_empty()));
}

#[tokio::test]
async fn refusals_name_their_code() {
    let (_world, seen, line) = failing("token").await;
    assert_eq!(
        (seen.status(), seen.json()["error"]["code"].as_i64()),
        (401, Some(190))
    );
    assert_eq!(line["applied"], false);
    let (_world, seen, _line) = failing("reject:131026").await;
    assert_eq!(
        (seen.status(), seen.json()["error"]["code"].as_i64()),
        (400, Some(131_026))
    );
}

#[tokio::test]
async fn bad_json_takes_the_message() {
    let (_world, seen, line) = failing("bad_json").await;
    let Seen::Answer(200, body) = seen else {
        panic!("{seen:?}")
    };
    assert!(serde_json::from_str::<Value>(&body).is_err());
    assert_eq!(line["applied"], true);
}

#[tokio::test]
async fn slow_answers_come_late_and_whole() {
    let started = tokio::time::Instant::now();
    let (_world, seen, _line) = failing("slow:60").await;
    assert!(started.elapsed() >= Duration::from_millis(60));
    assert!(
        seen.json()["messages"][0]["id"]
            .as_str()
            .expect("an id")
            .starts_with("wamid.")
    );
}

#[tokio::test]
async fn a_request_without_an_answer_is_in_the_ledger_all_the_same() {
    let mut world = world(Behavior::default(), None, 0).await;
    world
        .simulator
        .meta()
        .with_faults(|faults| faults.script([Fault::NeverAnswer]));
    let answered = tokio::time::timeout(Duration::from_millis(100), world.send(&text())).await;
    assert!(answered.is_err());
    assert_eq!(
        world.simulator.meta().ledger().requests_in_memory().len(),
        1
    );
    assert_eq!(world.hook().await.value()["statuses"][0]["status"], "sent");
}

#[tokio::test]
async fn a_message_that_fails_later_is_accepted_first() {
    let (mut world, seen, _line) = failing("fail_later:131047").await;
    assert_eq!(seen.status(), 200);
    let value = world.hook().await.value();
    assert_eq!(value["statuses"][0]["status"], "failed");
    assert_eq!(value["statuses"][0]["errors"][0]["code"], 131_047);
    assert_eq!(value["contacts"], Value::Null);
}

#[tokio::test]
async fn bodies_are_checked_as_meta_checks_them() {
    let world = world(Behavior::default(), None, 0).await;
    let buttons = |titles: &[&str]| {
        let buttons: Vec<Value> = titles
            .iter()
            .enumerate()
            .map(|(id, title)| json!({"type":"reply","reply":{"id":id.to_string(),"title":title}}))
            .collect();
        json!({
            "messaging_product":"whatsapp","to":CUSTOMER,"type":"interactive",
            "interactive":{"type":"button","body":{"text":"?"},"action":{"buttons":buttons}},
        })
    };
    let long = "я".repeat(4097);
    let cases = [
        (json!({"to":CUSTOMER,"text":{"body":"x"}}), 100),
        (
            json!({"messaging_product":"whatsapp","text":{"body":"x"}}),
            131_008,
        ),
        (
            json!({"messaging_product":"whatsapp","to":CUSTOMER,"text":{"body":long}}),
            131_009,
        ),
        (
            json!({"messaging_product":"whatsapp","to":CUSTOMER,"type":"image"}),
            131_051,
        ),
        (buttons(&[]), 131_009),
        (buttons(&["a", "b", "c", "d"]), 131_009),
        (buttons(&["a", "a"]), 131_009),
        (buttons(&["Записаться на услуги"]), 0),
        (buttons(&["Записаться на услугу!"]), 131_009),
    ];
    for (body, code) in cases {
        let answer = world.send(&body).await;
        assert_eq!(
            answer.json()["error"]["code"].as_i64().unwrap_or(0),
            code,
            "{body}"
        );
    }
}

#[tokio::test]
async fn strangers_are_refused() {
    let world = world(Behavior::default(), None, 0).await;
    let path = format!("/v25.0/{NUMBER}/messages");
    let body = text().to_string();
    for headers in [
        "",
        "Authorization: Bearer \r\n",
        "Authorization: Bearer bad\r\n",
    ] {
        let answer = world.request("POST", &path, headers, &body).await;
        assert_eq!(
            (answer.status(), answer.json()["error"]["code"].as_i64()),
            (401, Some(190))
        );
    }
    let headers = "Authorization: Bearer good\r\n";
    let answer = world
        .request("POST", "/v25.0/1/messages", headers, &body)
        .await;
    assert_eq!(answer.json()["error"]["code"], 100);
}

#[tokio::test]
async fn a_pair_may_send_forty_five_at_once() {
    let world = world(
        Behavior {
            pair_limit: true,
            ..Behavior::default()
        },
        None,
        0,
    )
    .await;
    for _ in 0..45 {
        assert_eq!(world.send(&text()).await.status(), 200);
    }
    assert_eq!(world.send(&text()).await.json()["error"]["code"], 131_056);
}

#[test]
fn the_same_seed_plays_the_same_faults() {
    let plan: FaultPlan = "reset=200, 130429=300,slow:5=100".parse().expect("a plan");
    let play = |seed| {
        let mut faults = Faults::new(plan.clone(), seed);
        (0..1000).map(|_| faults.decide()).collect::<Vec<_>>()
    };
    let first = play(1);
    assert_eq!(first, play(1));
    assert_ne!(first, play(2));
    let throttled = first
        .iter()
        .filter(|fault| **fault == Some(Fault::Throttle(130_429)))
        .count();
    assert!((230..370).contains(&throttled), "{throttled}");
}

#[test]
fn plans_that_cannot_be_are_refused() {
    assert!(matches!(
        "boom=1".parse::<FaultPlan>(),
        Err(PlanError::UnknownFault(_))
    ));
    assert!(matches!(
        "reset".parse::<FaultPlan>(),
        Err(PlanError::Share(_))
    ));
    assert!(matches!(
        "reset=600,never=600".parse::<FaultPlan>(),
        Err(PlanError::Share(_))
    ));
}
