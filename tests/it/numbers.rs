//! `/whatsapp/numbers` as the contract describes it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, PHONE_NUMBER_ID, Raw, TestApp, eventually, keys};

const KEYS: [&str; 15] = [
    "bot_id",
    "created_at",
    "display_name",
    "id",
    "is_active",
    "phone_number",
    "phone_number_id",
    "quality_rating",
    "status",
    "status_reason",
    "token",
    "updated_at",
    "webhook_last_seen_at",
    "webhook_url",
    "whatsapp_business_account_id",
];
const SECRET: &str = "EAAverySecretTokenOfANumber9z9z";

fn body() -> Value {
    json!({
        "display_name": "Main Number",
        "phone_number": "+7 (900) 123-45-67",
        "phone_number_id": 223_456_789_012_345_u64,
        "access_token": SECRET,
    })
}

async fn put(app: &TestApp, id: &Value, body: Value) -> Answer {
    let path = format!("/whatsapp/numbers/{}", id.as_str().expect("an id"));
    app.call(Method::PUT, &path, Some(body)).await
}

async fn toggle(app: &TestApp, id: &Value, body: Option<Value>) -> Answer {
    let path = format!("/whatsapp/numbers/{}/toggle", id.as_str().expect("an id"));
    app.call(Method::PATCH, &path, body).await
}

#[track_caller]
fn field_codes(problem: &Value) -> Vec<(&str, &str)> {
    problem["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|error| {
            (
                error["field"].as_str().expect("a field"),
                error["code"].as_str().expect("a code"),
            )
        })
        .collect()
}

#[tokio::test]
async fn adding_a_number_answers_with_it_and_its_place() {
    let app = TestApp::start().await;
    let answer = app.post("/whatsapp/numbers", body()).await;
    let number = answer.expect(201);
    assert_eq!(keys(&number), KEYS);
    assert_eq!(keys(&number["token"]), ["last4", "set_at"]);
    assert_eq!(number["phone_number"], "+79001234567");
    assert_eq!(number["phone_number_id"], "223456789012345");
    assert_eq!(number["whatsapp_business_account_id"], Value::Null);
    assert_eq!(number["is_active"], true);
    assert_eq!(number["status"], "active");
    assert_eq!(number["token"]["last4"], "9z9z");
    let id = number["id"].as_str().expect("an id");
    let place = format!("/api/v1/whatsapp/numbers/{id}");
    assert_eq!(answer.header("location"), Some(place.as_str()));
    assert!(answer.header("vestnik-position").is_some());
    let url = number["webhook_url"].as_str().expect("a URL");
    assert!(url.ends_with("/api/v1/webhooks/whatsapp"), "{url}");
    let one = app.get(&format!("/whatsapp/numbers/{id}")).await;
    assert_eq!(one.expect(200), number);
    let all = app.get("/whatsapp/numbers").await;
    assert_eq!(all.expect(200), json!([number]));
    for text in [answer.text, one.text, all.text] {
        assert!(!text.contains(SECRET) && !text.contains("access_token"));
    }
}

#[tokio::test]
async fn numbers_are_listed_oldest_first() {
    let app = TestApp::start().await;
    for (index, name) in ["first", "second", "third"].iter().enumerate() {
        let mut body = body();
        body["display_name"] = json!(name);
        body["phone_number_id"] = json!(format!("90{index}"));
        app.post("/whatsapp/numbers", body).await.expect(201);
    }
    let all = app.get("/whatsapp/numbers").await.expect(200);
    let names: Vec<_> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| &one["display_name"])
        .collect();
    assert_eq!(names, ["first", "second", "third"]);
}

#[tokio::test]
async fn every_bad_field_of_a_new_number_is_named_at_once() {
    let app = TestApp::start().await;
    let nothing = app.post("/whatsapp/numbers", json!({})).await;
    let missing = nothing.expect(422);
    assert_eq!(missing["code"], "validation_failed");
    assert_eq!(
        field_codes(&missing),
        [
            "display_name",
            "phone_number",
            "phone_number_id",
            "access_token"
        ]
        .map(|field| (field, "required"))
    );
    // The field's name is the request's own; the rule is about answers that carry a number.
    let bad = json!({
        "display_name": "x".repeat(101), "phone_number": "89001234567x", "phone_number_id": "12a",
        "access_token": 5, "is_active": "yes", "whatsapp_business_account_id": [],
    });
    let problem = app.post("/whatsapp/numbers", bad).await.expect(422);
    assert_eq!(
        field_codes(&problem),
        [
            ("display_name", "invalid_length"),
            ("phone_number", "invalid_phone"),
            ("phone_number_id", "invalid_digits"),
            ("whatsapp_business_account_id", "invalid_type"),
            ("access_token", "invalid_type"),
            ("is_active", "invalid_type"),
        ]
    );
    assert_eq!(problem["errors"][0]["limit"], 100);
    assert_eq!(problem["errors"][0]["actual"], 101);
    let unknown = app.get("/whatsapp/numbers").await.expect(200);
    assert_eq!(unknown, json!([]));
}

#[tokio::test]
async fn a_second_number_with_the_same_id_is_told_of_the_first() {
    let app = TestApp::start().await;
    let first = app.add_number().await;
    let mut again = body();
    again["phone_number_id"] = json!(PHONE_NUMBER_ID);
    let problem = app.post("/whatsapp/numbers", again).await.expect(409);
    assert_eq!(problem["code"], "number_exists");
    assert_eq!(problem["existing_id"], first.as_str());
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_nothing_else() {
    let app = TestApp::start().await;
    let number = app.post("/whatsapp/numbers", body()).await.expect(201);
    let id = &number["id"];
    let same = put(&app, id, json!({})).await.expect(200);
    assert_eq!(same["updated_at"], number["updated_at"]);
    let edited = put(
        &app,
        id,
        json!({"display_name": "New", "whatsapp_business_account_id": "55", "access_token": "", "id": "x", "nonsense": 1}),
    )
    .await
    .expect(200);
    assert_eq!(edited["id"], *id);
    assert_eq!(edited["display_name"], "New");
    assert_eq!(edited["whatsapp_business_account_id"], "55");
    assert_eq!(edited["token"], number["token"]);
    let cleared = put(
        &app,
        id,
        json!({"whatsapp_business_account_id": null, "access_token": null}),
    )
    .await
    .expect(200);
    assert_eq!(cleared["whatsapp_business_account_id"], Value::Null);
    assert_eq!(cleared["display_name"], "New");
    let token = put(
        &app,
        id,
        json!({"access_token": "EAAanotherTokenEntirely7777", "is_active": false}),
    )
    .await
    .expect(200);
    assert_eq!(token["token"]["last4"], "7777");
    assert_eq!(token["status"], "off");
    let moved = put(&app, id, json!({"phone_number_id": "777"}))
        .await
        .expect(200);
    assert_eq!(moved["phone_number_id"], "777");
    let bad = put(&app, id, json!({"phone_number": "12", "display_name": ""}))
        .await
        .expect(422);
    assert_eq!(
        field_codes(&bad),
        [
            ("display_name", "invalid_length"),
            ("phone_number", "invalid_phone")
        ]
    );
    let null = put(&app, id, json!({"display_name": null})).await;
    assert!([200, 422].contains(&null.status.as_u16()), "{}", null.text);
}

#[tokio::test]
async fn a_number_that_was_used_keeps_its_id_at_meta() {
    let app = TestApp::start().await;
    let id = json!(app.add_number().await);
    app.hears("79991112233", "Anna", "hi").await;
    let problem = put(&app, &id, json!({"phone_number_id": "777"}))
        .await
        .expect(409);
    assert_eq!(problem["code"], "number_in_use");
    put(
        &app,
        &id,
        json!({"phone_number_id": PHONE_NUMBER_ID, "display_name": "Still mine"}),
    )
    .await
    .expect(200);
}

#[tokio::test]
async fn toggling_flips_or_sets() {
    let app = TestApp::start().await;
    let id = json!(app.add_number().await);
    assert_eq!(toggle(&app, &id, None).await.expect(200)["status"], "off");
    assert_eq!(toggle(&app, &id, None).await.expect(200)["is_active"], true);
    for wanted in [false, false, true, true] {
        let body = json!({"is_active": wanted});
        assert_eq!(
            toggle(&app, &id, Some(body)).await.expect(200)["is_active"],
            wanted
        );
    }
    let bad = toggle(&app, &id, Some(json!({"is_active": "on"})))
        .await
        .expect(422);
    assert_eq!(field_codes(&bad), [("is_active", "invalid_type")]);
}

#[tokio::test]
async fn a_removed_number_is_gone_and_its_history_stays() {
    let app = TestApp::start().await;
    let id = app.add_number().await;
    let conversation = app.hears("79991112233", "Anna", "hi").await;
    let path = format!("/api/v1/whatsapp/numbers/{id}");
    let remove = Raw {
        method: "DELETE",
        path: &path,
        ..Raw::default()
    };
    let answer = app.raw(remove.clone()).await;
    answer.expect(204);
    assert!(answer.text.is_empty());
    assert_eq!(app.raw(remove).await.expect(404)["code"], "not_found");
    app.get(&format!("/whatsapp/numbers/{id}"))
        .await
        .expect(404);
    let number = json!(id);
    put(&app, &number, json!({"display_name": "x"}))
        .await
        .expect(404);
    toggle(&app, &number, None).await.expect(404);
    assert_eq!(app.get("/whatsapp/numbers").await.expect(200), json!([]));
    assert_eq!(app.messages(&conversation).await.len(), 1);
    let anew = app.add_number().await;
    assert_eq!(anew, id);
    let answered = json!({"content": "We are back.", "message_type": "text"});
    let path = format!(
        "/conversations/{}/messages",
        conversation["id"].as_str().expect("an id")
    );
    app.post(&path, answered).await.expect(201);
}

#[tokio::test]
async fn numbers_know_when_meta_last_delivered() {
    let app = TestApp::with_number().await;
    let before = &app.get("/whatsapp/numbers").await.expect(200)[0];
    assert_eq!(before["phone_number_id"], PHONE_NUMBER_ID);
    assert_eq!(before["webhook_last_seen_at"], Value::Null);
    app.hears("79991112233", "Anna", "hi").await;
    eventually("the time of the last delivery", || async {
        let numbers = app.get("/whatsapp/numbers").await.expect(200);
        numbers[0]["webhook_last_seen_at"].is_string().then_some(())
    })
    .await;
}
