//! `/conversations` as the contract describes it: list, search, take-over, closing.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestApp, inbound_text, keys, now};

const ANNA: &str = "79991112233";
const KEYS: [&str; 16] = [
    "assigned_to",
    "awaiting_people_since",
    "bot",
    "closed_at",
    "created_at",
    "customer",
    "handler",
    "id",
    "is_bot_active",
    "last_message",
    "last_message_at",
    "status",
    "unread_count",
    "updated_at",
    "whatsapp_number_id",
    "window_expires_at",
];

fn path(conversation: &Value, rest: &str) -> String {
    format!(
        "/conversations/{}{rest}",
        conversation["id"].as_str().expect("an id")
    )
}

async fn set_status(app: &TestApp, conversation: &Value, status: &str) -> Answer {
    let body = json!({"status": status});
    app.call(Method::PATCH, &path(conversation, ""), Some(body))
        .await
}

async fn names(app: &TestApp, query: &str) -> Vec<String> {
    let found = app
        .get(&format!("/conversations?{query}"))
        .await
        .expect(200);
    let list = found.as_array().expect("a list");
    list.iter()
        .map(|one| one["customer"]["name"].as_str().expect("a name").to_owned())
        .collect()
}

/// Anna, Boris and Vera have written, in this order.
async fn three_customers(app: &TestApp) -> Vec<Value> {
    let mut all = Vec::new();
    for (index, (wa_id, name)) in [
        (ANNA, "Анна"),
        ("79992220000", "Boris"),
        ("4915112345678", "Vera"),
    ]
    .into_iter()
    .enumerate()
    {
        let at = now() - 100 + i64::try_from(index).expect("small");
        let message = inbound_text(wa_id, &format!("wamid.{wa_id}"), at, "hi");
        app.receives(wa_id, name, &[message]).await;
        all.push(app.conversation(wa_id).await);
    }
    all
}

#[tokio::test]
async fn a_conversation_shows_every_documented_key() {
    let app = TestApp::with_number().await;
    let number = app.get("/whatsapp/numbers").await.expect(200)[0]["id"].clone();
    let conversation = app.hears(ANNA, "Анна", "завтра").await;
    assert_eq!(keys(&conversation), KEYS);
    let customer = &conversation["customer"];
    assert_eq!(
        keys(customer),
        ["id", "metadata", "name", "phone_number", "tags", "username"]
    );
    assert_eq!(customer["name"], "Анна");
    assert_eq!(customer["phone_number"], "+79991112233");
    assert_eq!(customer["username"], Value::Null);
    assert_eq!(customer["metadata"], json!({}));
    assert_eq!(customer["tags"], json!([]));
    assert_eq!(conversation["status"], "active");
    assert_eq!(conversation["whatsapp_number_id"], number);
    assert_eq!(
        conversation["handler"],
        json!({"type": "nobody", "id": null, "name": null})
    );
    assert_eq!(conversation["is_bot_active"], false);
    for null in ["bot", "assigned_to", "awaiting_people_since", "closed_at"] {
        assert_eq!(conversation[null], Value::Null, "{null}");
    }
    assert_eq!(conversation["unread_count"], 1);
    let last = &conversation["last_message"];
    assert_eq!(
        keys(last),
        [
            "content",
            "created_at",
            "direction",
            "id",
            "message_type",
            "status"
        ]
    );
    assert_eq!(last["direction"], "inbound");
    assert_eq!(last["status"], "received");
    assert_eq!(last["message_type"], "text");
    for time in [
        "window_expires_at",
        "last_message_at",
        "created_at",
        "updated_at",
    ] {
        let text = conversation[time].as_str().expect(time);
        assert!(text.len() == 24 && text.ends_with('Z'), "{time}: {text}");
    }
    let one = app.get(&path(&conversation, "")).await.expect(200);
    assert_eq!(one, conversation);
}

#[tokio::test]
async fn the_list_is_newest_first_and_pages_by_cursor() {
    let app = TestApp::with_number().await;
    three_customers(&app).await;
    assert_eq!(names(&app, "").await, ["Vera", "Boris", "Анна"]);
    let first = app.get("/conversations?limit=2&status=all").await;
    assert_eq!(first.expect(200).as_array().map(Vec::len), Some(2));
    let cursor = first.header("x-next-cursor").expect("a cursor").to_owned();
    let link = first.header("link").expect("a link").to_owned();
    assert!(link.ends_with("; rel=\"next\""), "{link}");
    let target = link
        .trim_start_matches('<')
        .split('>')
        .next()
        .expect("a target");
    let target = target.strip_prefix("/api/v1").expect("a path of the API");
    assert!(target.contains("limit=2"), "{target}");
    let by_link = app.get(target).await;
    assert_eq!(by_link.expect(200)[0]["customer"]["name"], "Анна");
    assert!(by_link.header("x-next-cursor").is_none() && by_link.header("link").is_none());
    assert_eq!(
        names(&app, &format!("limit=2&after={cursor}")).await,
        ["Анна"]
    );
}

#[tokio::test]
async fn parameters_are_clamped_or_named() {
    let app = TestApp::with_number().await;
    app.get("/conversations?limit=100000").await.expect(200);
    app.get("/conversations?limit=99999999999999999999999")
        .await
        .expect(200);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("status=archived", "status"),
        ("handler=robot", "handler"),
        ("whatsapp_number_id=1", "whatsapp_number_id"),
        ("after=nonsense", "after"),
    ] {
        let problem = app
            .get(&format!("/conversations?{query}"))
            .await
            .expect(422);
        assert_eq!(problem["code"], "validation_failed", "{query}");
        assert_eq!(problem["errors"][0]["field"], field, "{query}");
    }
    let problem = app.get("/conversations?status=archived").await.expect(422);
    let detail = problem["detail"].as_str().expect("a text");
    for allowed in ["active", "closed", "all"] {
        assert!(detail.contains(allowed), "{detail}");
    }
}

#[tokio::test]
async fn search_finds_names_usernames_and_any_part_of_the_number() {
    let app = TestApp::with_number().await;
    three_customers(&app).await;
    let mut with_username: Value = serde_json::from_slice(
        &crate::support::Delivery::new()
            .change(
                "79993330000",
                "Galina",
                &[inbound_text("79993330000", "wamid.g", now(), "hi")],
                &[],
            )
            .bytes(),
    )
    .expect("JSON");
    with_username["entry"][0]["changes"][0]["value"]["contacts"][0]["profile"]["username"] =
        json!("galina.shop");
    app.deliver(with_username.to_string().into_bytes())
        .await
        .expect(200);
    app.conversation("79993330000").await;
    for (search, found) in [
        ("анн", &["Анна"][..]),
        ("BOR", &["Boris"]),
        ("a.sho", &["Galina"]),
        ("@galina.shop", &["Galina"]),
        ("1112233", &["Анна"]),
        ("111-22-33", &["Анна"]),
        ("%2B7%20(999)%20222", &["Boris"]),
        ("4915", &["Vera"]),
        ("%25", &[]),
        ("_", &[]),
        ("nobody", &[]),
    ] {
        assert_eq!(
            names(&app, &format!("search={search}")).await,
            found,
            "{search}"
        );
    }
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let app = TestApp::with_number().await;
    let all = three_customers(&app).await;
    set_status(&app, &all[0], "closed").await.expect(200);
    app.post(&path(&all[1], "/takeover"), json!({}))
        .await
        .expect(200);
    assert_eq!(names(&app, "status=closed").await, ["Анна"]);
    assert_eq!(names(&app, "status=active").await, ["Vera", "Boris"]);
    assert_eq!(names(&app, "status=all").await.len(), 3);
    assert_eq!(names(&app, "handler=person").await, ["Boris"]);
    assert_eq!(names(&app, "handler=nobody&status=active").await, ["Vera"]);
    assert!(names(&app, "handler=bot").await.is_empty());
    let number = all[0]["whatsapp_number_id"].as_str().expect("an id");
    assert_eq!(
        names(&app, &format!("whatsapp_number_id={number}"))
            .await
            .len(),
        3
    );
    let other = all[0]["id"].as_str().expect("an id");
    assert!(
        names(&app, &format!("whatsapp_number_id={other}"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_not_found() {
    let app = TestApp::start().await;
    for id in ["5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f", "1", "%ff", "a%2Fb"] {
        let answer = app.get(&format!("/conversations/{id}")).await;
        assert_eq!(answer.expect(404)["code"], "not_found", "{id}");
        let taken = app
            .post(&format!("/conversations/{id}/takeover"), json!({}))
            .await;
        assert_eq!(taken.expect(404)["code"], "not_found", "{id}");
    }
}

#[tokio::test]
async fn a_conversation_is_taken_once_unless_by_force() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let take = path(&conversation, "/takeover");
    let olga = app.token("agent").await;
    let taken = app.call_as(&olga, Method::POST, &take, None, &[]).await;
    assert!(taken.header("vestnik-position").is_some());
    let taken = taken.expect(200);
    for key in KEYS {
        assert!(taken.get(key).is_some(), "{key}");
    }
    assert_eq!(taken["handler"]["type"], "person");
    assert_eq!(taken["handler"]["name"], "a agent");
    assert_eq!(taken["assigned_to"]["name"], "a agent");
    assert_eq!(taken["unread_count"], 0);
    let again = app
        .call_as(&olga, Method::POST, &take, Some(json!({})), &[])
        .await;
    assert_eq!(again.expect(200)["updated_at"], taken["updated_at"]);
    let other = app.post(&take, json!({})).await.expect(409);
    assert_eq!(other["code"], "already_taken");
    assert_eq!(other["handler"], taken["handler"]);
    let forced = app
        .post(&take, json!({"force": true, "note": "urgent"}))
        .await
        .expect(200);
    assert_ne!(forced["handler"]["id"], taken["handler"]["id"]);
    let back = app
        .post(&path(&conversation, "/handback"), json!({}))
        .await
        .expect(200);
    assert_eq!(back["handler"]["type"], "nobody");
    let bad = app.post(&take, json!({"force": "yes"})).await.expect(422);
    assert_eq!(bad["errors"][0]["field"], "force");
}

#[tokio::test]
async fn closing_ends_and_writing_reopens() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    app.post(&path(&conversation, "/takeover"), json!({}))
        .await
        .expect(200);
    let closed = set_status(&app, &conversation, "closed").await.expect(200);
    assert_eq!(closed["status"], "closed");
    assert_eq!(closed["handler"]["type"], "nobody");
    assert!(closed["closed_at"].is_string());
    let again = set_status(&app, &conversation, "closed").await.expect(200);
    assert_eq!(again, closed);
    let opened = set_status(&app, &conversation, "active").await.expect(200);
    assert_eq!(opened["status"], "active");
    assert_eq!(opened["closed_at"], Value::Null);
    set_status(&app, &conversation, "closed").await.expect(200);
    let taken = app
        .post(&path(&conversation, "/takeover"), json!({}))
        .await
        .expect(200);
    assert_eq!(taken["status"], "active");
    set_status(&app, &conversation, "closed").await.expect(200);
    let reopened = app.hears(ANNA, "Anna", "me again").await;
    assert_eq!(reopened["id"], conversation["id"]);
    assert_eq!(reopened["status"], "active");
    for body in [
        json!({"status": "archived"}),
        json!({"status": 1}),
        json!({}),
    ] {
        let problem = app
            .call(Method::PATCH, &path(&conversation, ""), Some(body))
            .await
            .expect(422);
        assert_eq!(problem["errors"][0]["field"], "status");
    }
}
