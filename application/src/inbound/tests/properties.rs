//! Batching changes no key, and no body whatever panics.

use std::collections::BTreeSet;

use bytes::Bytes;
use domain::time::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::fakes::PlainHashes;
use crate::inbound::envelope::Delivery;
use crate::inbound::normalize;
use crate::inbound::split::split;
use crate::ports::hashes::KeyedHash;

/// Names that the code looks for, and one that it does not.
const NAMES: &[&str] = &[
    "object",
    "entry",
    "changes",
    "field",
    "value",
    "messages",
    "statuses",
    "contacts",
    "metadata",
    "phone_number_id",
    "id",
    "type",
    "text",
    "body",
    "image",
    "interactive",
    "button_reply",
    "nfm_reply",
    "reaction",
    "message_id",
    "edit",
    "message",
    "original_message_id",
    "order",
    "product_items",
    "from",
    "from_user_id",
    "wa_id",
    "user_id",
    "profile",
    "timestamp",
    "errors",
    "code",
    "status",
    "system",
    "location",
    "latitude",
    "longitude",
    "context",
    "strange",
];
const TEXTS: &[&str] = &[
    "whatsapp_business_account",
    "messages",
    "text",
    "image",
    "interactive",
    "button_reply",
    "order",
    "reaction",
    "edit",
    "system",
    "contacts",
    "location",
    "sent",
    "failed",
    "US.1",
    "+1650",
    "",
    "1750030073",
    "\u{0}",
    "😀",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(TEXTS).prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        let name = proptest::sample::select(NAMES).prop_map(str::to_owned);
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((name, inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn read_all(delivery: &Delivery) {
    for item in split(delivery) {
        let now = Timestamp::from_seconds(1);
        let _ = item.dedupe(&PlainHashes);
        let _ = normalize::message(item.value, item.contacts, now);
        let _ = normalize::status(item.value, now);
    }
}

/// A message, status or error: kind and number of it.
fn item(kind: u8, which: u8) -> (&'static str, Value) {
    match kind % 3 {
        0 => (
            "messages",
            json!({"id": format!("w{which}"), "type": "text"}),
        ),
        1 => (
            "statuses",
            json!({"id": format!("w{which}"), "status": "sent", "recipient_id": "1"}),
        ),
        _ => ("errors", json!({"code": which})),
    }
}

fn keys(deliveries: &[Vec<Vec<(u8, u8)>>]) -> BTreeSet<KeyedHash> {
    let mut keys = BTreeSet::new();
    for changes in deliveries {
        let changes: Vec<Value> = changes.iter().map(|items| change(items)).collect();
        let json = json!({"object": "whatsapp_business_account", "entry": [{"id": "W", "changes": changes}]});
        let delivery = Delivery::read(Bytes::from(json.to_string()));
        keys.extend(
            split(&delivery)
                .iter()
                .map(|item| item.dedupe(&PlainHashes)),
        );
    }
    keys
}

fn change(items: &[(u8, u8)]) -> Value {
    let mut value = json!({"metadata": {"phone_number_id": "N"}});
    for (kind, which) in items {
        let (member, json) = item(*kind, *which);
        match value.get_mut(member).and_then(Value::as_array_mut) {
            Some(list) => list.push(json),
            None => value[member] = json!([json]),
        }
    }
    json!({"field": "messages", "value": value})
}

proptest! {
    #[test]
    fn any_bytes_are_split_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        read_all(&Delivery::read(Bytes::from(bytes)));
    }

    #[test]
    fn any_text_between_quotes_is_mended(text in r#"(\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\|\\"|\\n|[a-z\x00-\x1f]){0,12}"#) {
        let body = format!(r#"{{"object":"page","text":"{text}"}}"#);
        prop_assert!(Delivery::read(Bytes::from(body)).json().is_some());
    }

    #[test]
    fn any_json_is_normalized_without_panic(json in any_json()) {
        read_all(&Delivery::read(Bytes::from(json.to_string())));
        let message = json!({"object": "whatsapp_business_account", "entry": [{"changes": [
            {"field": "messages", "value": {"metadata": {"phone_number_id": "N"},
             "contacts": [json], "messages": [json], "statuses": [json]}}]}]});
        read_all(&Delivery::read(Bytes::from(message.to_string())));
        let now = Timestamp::from_seconds(1);
        let _ = normalize::message(&json, std::slice::from_ref(&json), now);
        let _ = normalize::status(&json, now);
    }

    #[test]
    fn any_batching_gives_the_same_keys(
        items in proptest::collection::vec((any::<u8>(), 0u8..6), 1..12),
        change_size in 1usize..5,
        delivery_size in 1usize..4,
    ) {
        let alone: Vec<_> = items.iter().map(|item| vec![vec![*item]]).collect();
        let changes: Vec<_> = items.chunks(change_size).map(<[_]>::to_vec).collect();
        let batched: Vec<_> = changes.chunks(delivery_size).map(<[_]>::to_vec).collect();
        prop_assert_eq!(keys(&alone), keys(&batched));
    }
}
