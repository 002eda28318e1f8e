//! Order, keys and the classes of items.

use bytes::Bytes;
use serde_json::json;

use super::fakes::PlainHashes;
use crate::inbound::envelope::Delivery;
use crate::inbound::split::{message_dedupe, split};
use crate::ports::inbox::{HoldReason, ItemClass};

fn delivery(value: &serde_json::Value) -> Delivery {
    let json = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "W", "changes": [{"field": "messages", "value": value}]}]});
    Delivery::read(Bytes::from(json.to_string()))
}

fn metadata() -> serde_json::Value {
    json!({"phone_number_id": "N"})
}

#[test]
fn messages_come_before_statuses_before_others() {
    let delivery = delivery(&json!({
        "metadata": metadata(),
        "errors": [{"code": 1}],
        "statuses": [{"id": "s", "status": "sent"}],
        "messages": [{"id": "b"}, {"id": "a"}],
    }));
    let items = split(&delivery);
    let order: Vec<_> = items
        .iter()
        .map(|item| (item.class, item.value["id"].as_str()))
        .collect();
    assert_eq!(
        order,
        [
            (ItemClass::Message, Some("b")),
            (ItemClass::Message, Some("a")),
            (ItemClass::Status, Some("s")),
            (ItemClass::Other, None),
        ]
    );
}

#[test]
fn message_key_is_found_again_from_number_and_wamid() {
    let delivery =
        delivery(&json!({"metadata": metadata(), "messages": [{"id": "w", "type": "text"}]}));
    let key = split(&delivery)[0].dedupe(&PlainHashes);
    assert_eq!(key, message_dedupe(&PlainHashes, "N", "w"));
}

#[test]
fn placeholder_and_its_content_have_keys_of_their_own() {
    let delivery = delivery(&json!({"metadata": metadata(), "messages": [
        {"id": "w", "type": "media_placeholder"}, {"id": "w", "type": "image"}]}));
    let items = split(&delivery);
    assert_ne!(items[0].parts(), items[1].parts());
}

#[test]
fn each_status_of_a_message_has_its_key_and_a_plus_makes_no_difference() {
    let delivery = delivery(&json!({"metadata": metadata(), "statuses": [
        {"id": "w", "status": "sent", "recipient_id": "1"},
        {"id": "w", "status": "sent", "recipient_id": "+1"},
        {"id": "w", "status": "read", "recipient_id": "1"}]}));
    let items = split(&delivery);
    assert_eq!(items[0].parts(), items[1].parts());
    assert_ne!(items[0].parts(), items[2].parts());
}

#[test]
fn anything_that_is_no_delivery_is_one_unparsable_item() {
    for body in [
        "",
        "{",
        "[]",
        "3",
        "null",
        "{}",
        r#"{"entry":[]}"#,
        "\u{0}",
        "\"text\"",
    ] {
        let delivery = Delivery::read(Bytes::copy_from_slice(body.as_bytes()));
        let items = split(&delivery);
        assert_eq!(items.len(), 1, "{body}");
        assert_eq!(items[0].hold, Some(HoldReason::Unparsable), "{body}");
    }
}

#[test]
fn unparsable_bodies_that_differ_in_one_byte_keep_keys_that_differ() {
    let [one, two] = [&b"{\xfe"[..], &b"{\xff"[..]]
        .map(|body| split(&Delivery::read(Bytes::from_static(body)))[0].dedupe(&PlainHashes));
    assert_ne!(one, two);
}

#[test]
fn a_thousand_items_in_one_delivery_are_a_thousand_items() {
    let messages: Vec<_> = (0..1_000)
        .map(|at| json!({"id": format!("w{at}")}))
        .collect();
    let delivery = delivery(&json!({"metadata": metadata(), "messages": messages}));
    assert_eq!(split(&delivery).len(), 1_000);
}
