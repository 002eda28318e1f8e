//! What each fixture becomes, as snapshots.

use bytes::Bytes;
use domain::time::Timestamp;
use serde_json::{Value, json};

use super::FIXTURES;
use crate::inbound::envelope::Delivery;
use crate::inbound::normalize::{InboundKind, InboundMessage, InboundStatus, message, status};
use crate::inbound::split::{Item, split};
use crate::ports::inbox::ItemClass;

const RECEIVED_AT: Timestamp = Timestamp::from_seconds(1_750_040_000);

#[test]
fn every_fixture_becomes_what_its_snapshot_says() {
    for (name, body) in FIXTURES {
        let delivery = Delivery::read(Bytes::from_static(body));
        let items: Vec<Value> = split(&delivery).iter().map(describe).collect();
        insta::assert_json_snapshot!(*name, items);
    }
}

#[test]
fn every_fixture_file_is_in_the_table() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/inbound/fixtures");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), FIXTURES.len());
}

#[test]
fn a_time_far_in_the_future_is_when_it_reached_us_and_a_past_one_stays() {
    let now = RECEIVED_AT.as_micros() / 1_000_000;
    for (told, expected) in [
        (now + 300, now + 300),
        (now + 301, now),
        (now - 900_000, now - 900_000),
    ] {
        let value = json!({"id": "w", "type": "text", "timestamp": told.to_string()});
        let provider_at = message(&value, &[], RECEIVED_AT).unwrap().provider_at;
        assert_eq!(provider_at, Timestamp::from_seconds(expected), "{told}");
        let value = json!({"id": "w", "status": "read", "timestamp": told.to_string()});
        let provider_at = status(&value, RECEIVED_AT).unwrap().provider_at;
        assert_eq!(provider_at, Timestamp::from_seconds(expected), "{told}");
    }
}

fn describe(item: &Item<'_>) -> Value {
    match item.class {
        ItemClass::Message => message(item.value, item.contacts, RECEIVED_AT)
            .map_or(Value::Null, |message| describe_message(&message)),
        ItemClass::Status => {
            status(item.value, RECEIVED_AT).map_or(Value::Null, |status| describe_status(&status))
        }
        ItemClass::Other => json!({
            "held": item.hold.map(|hold| format!("{hold:?}")),
            "number": item.phone_number_id,
            "parts": item.parts(),
        }),
    }
}

fn describe_message(message: &InboundMessage) -> Value {
    let kind = match &message.kind {
        InboundKind::Message(body) => json!({"message": {
            "content": body.content,
            "quote": body.quote,
            "referral": body.referral,
            "group_id": body.group_id,
            "reply_to": body.reply_to_wamid,
        }}),
        InboundKind::Reaction {
            target_wamid,
            emoji,
        } => {
            json!({"reaction": emoji, "target": target_wamid})
        }
        InboundKind::Edit {
            original_wamid,
            content,
        } => {
            json!({"edit": content, "target": original_wamid})
        }
        InboundKind::Revoke { original_wamid } => json!({"revoke": original_wamid}),
        InboundKind::Notice { notice, text, raw } => {
            json!({"notice": notice, "text": text, "raw": raw})
        }
    };
    json!({
        "wamid": message.wamid,
        "provider_at": message.provider_at,
        "sender": message.sender,
        "kind": without_nulls(kind),
    })
}

fn describe_status(status: &InboundStatus) -> Value {
    json!({
        "wamid": status.wamid,
        "status": status.status.map(|kind| format!("{kind:?}")),
        "provider_at": status.provider_at,
        "send_id": status.send_id,
        "pricing": status.pricing,
        "failure": status.failure,
    })
}

fn without_nulls(mut kind: Value) -> Value {
    if let Some(body) = kind.get_mut("message").and_then(Value::as_object_mut) {
        body.retain(|_, member| !member.is_null());
    }
    kind
}
