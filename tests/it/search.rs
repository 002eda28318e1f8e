//! The list of conversations: pages, filters, search.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Delivery, TestApp, inbound_text, now};

const ANNA: &str = "79991112233";

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
        &Delivery::new()
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
