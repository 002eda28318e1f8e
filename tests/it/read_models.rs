//! Read models are disposable: rebuilt beside live traffic or from nothing, they show the same.

use reqwest::Method;
use serde_json::Value;

use crate::support::{TestApp, press};

/// The read models' names, from the route that lists them.
async fn names(app: &TestApp) -> Vec<String> {
    let listed = app.get("/admin/projections").await.expect(200);
    let listed = listed.as_array().expect("a list").iter();
    listed
        .map(|one| one["name"].as_str().expect("a name").to_owned())
        .collect()
}

async fn rebuild(app: &TestApp, name: &str) {
    let path = format!("/admin/projections/{name}/rebuild");
    let answer = app.call(Method::POST, &path, None).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    let last: Value = answer
        .text
        .lines()
        .last()
        .and_then(|line| serde_json::from_str(line).ok())
        .unwrap_or_default();
    assert_eq!(last["done"], true, "{name}: {}", answer.text);
}

/// One hash of each read model, once all have taken everything.
async fn fingerprints(app: &TestApp) -> Vec<(String, String)> {
    app.settled().await;
    let inside = app.inside().app();
    let mut all = Vec::new();
    for name in names(app).await {
        let print = inside.projections.fingerprint(&name).await;
        all.push((name, print.expect("a hash")));
    }
    all
}

async fn begin(app: &TestApp, customers: std::ops::Range<u32>) {
    for number in customers.clone() {
        app.meta
            .types(&format!("7999333{number:04}"), "Здравствуйте");
    }
    for number in customers {
        let wa_id = format!("7999333{number:04}");
        app.meta.shows(&wa_id, 2).await;
        app.meta
            .acts(&wa_id, &press("book", "Записаться на услугу"));
    }
}

/// Plays conversations to their end, so that nothing changes any more.
async fn finish(app: &TestApp, customers: std::ops::Range<u32>) {
    for (shown, said) in [(3, "Анна"), (4, "завтра")] {
        for number in customers.clone() {
            let wa_id = format!("7999333{number:04}");
            app.meta.shows(&wa_id, shown).await;
            app.meta.types(&wa_id, said);
        }
    }
    for number in customers {
        let wa_id = format!("7999333{number:04}");
        app.meta.shows(&wa_id, 5).await;
        let done = app
            .conversation_when(&wa_id, "the end", |one| one["handler"]["type"] == "nobody")
            .await;
        app.messages_when(&done, "everything is read", |all| {
            let mut sent = all.iter().filter(|one| one["direction"] == "outbound");
            sent.all(|one| one["status"] == "read")
        })
        .await;
    }
}

#[tokio::test]
async fn rebuilds_beside_live_traffic_equal_what_they_replace() {
    let app = TestApp::with_salon().await;
    begin(&app, 0..6).await;
    finish(&app, 0..6).await;
    let live = fingerprints(&app).await;
    assert!(live.len() >= 6, "{live:?}");
    for (name, _) in &live {
        rebuild(&app, name).await;
    }
    assert_eq!(fingerprints(&app).await, live, "rebuilt at rest");

    begin(&app, 10..16).await;
    let traffic = finish(&app, 10..16);
    let rebuilding = async {
        for (name, _) in &live {
            rebuild(&app, name).await;
        }
    };
    futures::join!(traffic, rebuilding);
    let beside = fingerprints(&app).await;
    for ((name, before), (_, after)) in live.iter().zip(&beside) {
        let grows = ["activity", "contacts", "conversations", "deals", "messages"];
        let grows = grows.contains(&name.as_str());
        assert_eq!(before != after, grows, "{name} shows the new conversations");
    }
    for (name, _) in &live {
        rebuild(&app, name).await;
    }
    assert_eq!(fingerprints(&app).await, beside, "rebuilt under traffic");
}

#[tokio::test]
async fn lost_read_models_are_built_again_at_the_start() {
    let mut app = TestApp::with_salon().await;
    begin(&app, 20..23).await;
    finish(&app, 20..23).await;
    let before = fingerprints(&app).await;
    let listed = app.get("/conversations").await.expect(200);
    app.stop().await;
    for ending in ["", "-wal", "-shm"] {
        let file = app.folder.path().join(format!("data/read.db{ending}"));
        if file.exists() {
            std::fs::remove_file(file).expect("the file goes");
        }
    }
    app.restart().await;
    assert_eq!(fingerprints(&app).await, before);
    assert_eq!(app.get("/conversations").await.expect(200), listed);
}

#[tokio::test]
async fn conversations_are_found_by_name_and_by_any_part_of_the_number() {
    let app = TestApp::with_number().await;
    let profile = api::simulator::Profile {
        name: "Ёлка Петрова".to_owned(),
        username: Some("yolka_p".to_owned()),
        hides_phone: false,
    };
    let meta = app.meta.simulator.meta();
    meta.set_profile(crate::support::PHONE_NUMBER_ID, "79993339001", profile);
    app.meta.types("79993339001", "one");
    app.meta.types("79993339002", "two");
    app.conversation("79993339001").await;
    app.conversation("79993339002").await;
    for (search, found) in [
        ("3339001", 1),
        ("%2B7%20999%20333-90-01", 1),
        ("79993339", 2),
        ("%D1%91%D0%BB%D0%BA", 1),
        ("%D0%9F%D0%95%D0%A2%D0%A0", 1),
        ("yolka", 1),
        ("nobody", 0),
        ("%25", 0),
    ] {
        let list = app
            .get(&format!("/conversations?search={search}"))
            .await
            .expect(200);
        assert_eq!(
            list.as_array().map(Vec::len),
            Some(found),
            "{search}: {list}"
        );
    }
}
