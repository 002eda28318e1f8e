//! Webhook bodies as Meta writes them.

use serde_json::{Value, json};

use super::server::{CUSTOMER, NUMBER, World, world};
use crate::simulator::behavior::Behavior;
use crate::simulator::{Act, Profile};

/// Takes out what differs from run to run, after looking at its form.
fn settled(mut message: Value) -> Value {
    let id = message["id"].as_str().expect("an id");
    assert!(id.starts_with("wamid.HBgL"), "{id}");
    let timestamp = message["timestamp"].as_str().expect("text, not a number");
    assert_eq!(timestamp.len(), 10);
    message["id"] = json!("wamid");
    message["timestamp"] = json!("now");
    message
}

async fn acted(act: Act) -> (World, Value) {
    let mut world = world(Behavior::default(), None, 0).await;
    world.simulator.meta().act(NUMBER, CUSTOMER, &act);
    let hook = world.hook().await;
    let body = hook.json();
    assert_eq!(body["object"], "whatsapp_business_account");
    assert_eq!(body["entry"][0]["changes"][0]["field"], "messages");
    let value = hook.value();
    assert_eq!(value["messaging_product"], "whatsapp");
    let metadata = json!({ "display_phone_number": "15550783881", "phone_number_id": NUMBER });
    assert_eq!(value["metadata"], metadata);
    (world, value)
}

#[tokio::test]
async fn a_text_names_the_person_twice() {
    let (_world, value) = acted(Act::Text("hi".to_owned())).await;
    let user_id = value["contacts"][0]["user_id"].clone();
    assert!(user_id.as_str().is_some_and(|id| id.starts_with("US.")));
    assert_eq!(
        value["contacts"],
        json!([{ "profile": { "name": "Анна" }, "wa_id": CUSTOMER, "user_id": user_id }])
    );
    assert_eq!(
        settled(value["messages"][0].clone()),
        json!({
            "from": CUSTOMER, "from_user_id": user_id, "id": "wamid", "timestamp": "now",
            "type": "text", "text": { "body": "hi" },
        })
    );
}

#[tokio::test]
async fn presses_reactions_edits_and_revokes_have_their_objects() {
    let press = Act::Press {
        id: "1".to_owned(),
        title: "Записаться".to_owned(),
        message_id: Some("wamid.X".to_owned()),
    };
    let (_world, value) = acted(press).await;
    let message = &value["messages"][0];
    assert_eq!(message["type"], "interactive");
    assert_eq!(
        message["interactive"],
        json!({ "type": "button_reply", "button_reply": { "id": "1", "title": "Записаться" } })
    );
    assert_eq!(
        message["context"],
        json!({ "from": "15550783881", "id": "wamid.X" })
    );

    let id = || "wamid.X".to_owned();
    let (_world, value) = acted(Act::Reaction {
        message_id: id(),
        emoji: "👍".to_owned(),
    })
    .await;
    assert_eq!(
        value["messages"][0]["reaction"],
        json!({ "message_id": "wamid.X", "emoji": "👍" })
    );
    let (_world, value) = acted(Act::Edit {
        message_id: id(),
        text: "new".to_owned(),
    })
    .await;
    assert_eq!(
        value["messages"][0]["edit"],
        json!({ "original_message_id": "wamid.X", "message": { "type": "text", "text": { "body": "new" } } })
    );
    let (_world, value) = acted(Act::Revoke { message_id: id() }).await;
    assert_eq!(
        value["messages"][0]["revoke"],
        json!({ "original_message_id": "wamid.X" })
    );
}

#[tokio::test]
async fn who_hides_the_phone_is_known_by_user_id_and_can_be_answered() {
    let mut world = world(Behavior::default(), None, 0).await;
    let meta = world.simulator.meta();
    let profile = Profile {
        name: "Ana".to_owned(),
        username: Some("ana.shop".to_owned()),
        hides_phone: true,
    };
    meta.set_profile(NUMBER, CUSTOMER, profile);
    meta.act(NUMBER, CUSTOMER, &Act::Text("hi".to_owned()));
    let value = world.hook().await.value();
    assert!(!value.to_string().contains(CUSTOMER));
    assert_eq!(value["contacts"][0]["profile"]["username"], "ana.shop");
    let user_id = value["messages"][0]["from_user_id"].clone();
    let body = json!({
        "messaging_product": "whatsapp", "recipient": user_id, "text": { "body": "hello" },
    });
    let answer = world.send(&body).await.json();
    assert_eq!(
        answer["contacts"],
        json!([{ "input": user_id, "user_id": user_id }])
    );
    let status = world.hook().await.value()["statuses"][0].clone();
    assert_eq!(status["recipient_id"], Value::Null);
    assert_eq!(status["recipient_user_id"], user_id);
}

#[tokio::test]
async fn statuses_come_in_order_and_read_waits_for_a_look() {
    let mut world = world(
        Behavior {
            status_delay_ms: 1,
            ..Behavior::default()
        },
        None,
        0,
    )
    .await;
    let body = json!({
        "messaging_product": "whatsapp", "to": format!("+{CUSTOMER}"), "text": { "body": "hello" },
        "biz_opaque_callback_data": "send-1",
    });
    let answer = world.send(&body).await.json();
    assert_eq!(
        answer["contacts"][0],
        json!({ "input": "+16505551234", "wa_id": CUSTOMER })
    );
    let sent = world.hook().await.value();
    let user_id = sent["contacts"][0]["user_id"].clone();
    assert_eq!(
        settled(sent["statuses"][0].clone()),
        json!({
            "id": "wamid", "status": "sent", "timestamp": "now", "recipient_id": CUSTOMER,
            "recipient_user_id": user_id, "biz_opaque_callback_data": "send-1",
            "pricing": { "billable": true, "pricing_model": "PMP", "type": "regular", "category": "service" },
        })
    );
    assert_eq!(
        world.hook().await.value()["statuses"][0]["status"],
        "delivered"
    );
    assert!(world.hooks.try_recv().is_err());
    let screen = world.simulator.meta().screen(NUMBER, CUSTOMER, 0, true);
    assert_eq!(screen.messages[0].text, "hello");
    let read = world.hook().await.value()["statuses"][0].clone();
    assert_eq!(
        (&read["status"], &read["pricing"]),
        (&json!("read"), &Value::Null)
    );
}
