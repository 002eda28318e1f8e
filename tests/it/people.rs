//! To whom messages belong: people known by number, by id only, or by both.

use serde_json::{Value, json};

use crate::graphql::gql;
use crate::support::{Delivery, PHONE_NUMBER_ID, Raw, TestApp, bsuid, eventually, now, of_type};

const ANNA: &str = "79991112233";
const BORIS: &str = "79992220000";

fn known_by(messages: &Value, contacts: &Value) -> Vec<u8> {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": "987654321098765", "changes": [{"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "79001234567", "phone_number_id": PHONE_NUMBER_ID},
            "contacts": contacts, "messages": messages,
        }}]}],
    })
    .to_string()
    .into_bytes()
}

fn text(wamid: &str, body: &str, who: &Value) -> Value {
    let mut message = json!({"id": wamid, "timestamp": now().to_string(), "type": "text", "text": {"body": body}});
    for (name, value) in who.as_object().expect("an object") {
        message[name] = value.clone();
    }
    message
}

#[tokio::test]
async fn a_customer_known_by_id_only_is_a_customer() {
    let app = TestApp::with_number().await;
    let phones = app.meta.simulator.meta();
    let mut profile = phones.profile(PHONE_NUMBER_ID, ANNA);
    profile.name = "Hidden".to_owned();
    profile.username = Some("hidden.one".to_owned());
    profile.hides_phone = true;
    phones.set_profile(PHONE_NUMBER_ID, ANNA, profile);
    app.meta.types(ANNA, "hi");
    let conversation = app.conversation("hidden.one").await;
    assert_eq!(conversation["customer"]["name"], "Hidden");
    assert_eq!(conversation["customer"]["username"], "hidden.one");
    assert_eq!(conversation["customer"]["phone_number"], Value::Null);
    let path = format!(
        "/conversations/{}/messages",
        conversation["id"].as_str().expect("an id")
    );
    app.post(&path, json!({"content": "hello"}))
        .await
        .expect(201);
    app.messages_when(&conversation, "it left", |shown| {
        shown[1]["send_state"] == "accepted"
    })
    .await;
}

#[tokio::test]
async fn a_delivery_that_names_two_contacts_goes_to_the_bsuids_and_is_counted() {
    let app = TestApp::with_number().await;
    let hers = bsuid("1001");
    let by_id = text("wamid.1", "by id", &json!({"from_user_id": hers}));
    app.deliver(known_by(
        &json!([by_id]),
        &json!([{"profile": {"name": "ById"}, "user_id": hers}]),
    ))
    .await
    .expect(200);
    let by_phone = text("wamid.2", "by phone", &json!({"from": ANNA}));
    app.deliver(known_by(
        &json!([by_phone]),
        &json!([{"profile": {"name": "ByPhone"}, "wa_id": ANNA}]),
    ))
    .await
    .expect(200);
    let first = app.conversation("ById").await;
    let second = app.conversation("ByPhone").await;
    assert_ne!(first["id"], second["id"]);
    let both = text(
        "wamid.3",
        "by both",
        &json!({"from": ANNA, "from_user_id": hers}),
    );
    app.deliver(known_by(
        &json!([both]),
        &json!([{"profile": {"name": "ById"}, "wa_id": ANNA, "user_id": hers}]),
    ))
    .await
    .expect(200);
    app.messages_when(&first, "the third", |shown| shown.len() == 2)
        .await;
    assert_eq!(app.messages(&second).await.len(), 1);
    let conflict = "query($id: ID!) { contact(id: $id) { id conflictsWith { id name } } }";
    let id = |of: &Value| format!("contact:{}", of["customer"]["id"].as_str().expect("an id"));
    let flagged = eventually("the conflict is flagged", || async {
        let asked = gql(&app, conflict, json!({"id": id(&first)})).await.data();
        let other = asked["contact"]["conflictsWith"].clone();
        (!other.is_null()).then_some(other)
    })
    .await;
    assert_eq!(flagged, json!({"id": id(&second), "name": "ByPhone"}));
    let other = gql(&app, conflict, json!({"id": id(&second)})).await.data();
    assert_eq!(other["contact"]["conflictsWith"], Value::Null);
    let metrics = app
        .raw(Raw {
            path: "/metrics",
            ..Raw::default()
        })
        .await
        .text;
    assert!(metrics.contains("identity_conflicts_total"));
}

#[tokio::test]
async fn messages_of_several_people_in_one_delivery_find_their_owners() {
    let app = TestApp::with_number().await;
    let body = Delivery::new()
        .change(
            ANNA,
            "Anna",
            &[of_type(
                ANNA,
                "wamid.1",
                "text",
                json!({"body": "from anna"}),
            )],
            &[],
        )
        .change(
            BORIS,
            "Boris",
            &[of_type(
                BORIS,
                "wamid.2",
                "text",
                json!({"body": "from boris"}),
            )],
            &[],
        )
        .bytes();
    app.deliver(body).await.expect(200);
    for (wa_id, content) in [(ANNA, "from anna"), (BORIS, "from boris")] {
        assert_eq!(
            app.conversation(wa_id).await["last_message"]["content"],
            content
        );
    }
}
