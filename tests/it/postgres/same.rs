//! The whole product on PostgreSQL: what people see is what they see on SQLite, also after a restart.

use domain::time::Timestamp;
use serde_json::{Value, json};
use tests::private_postgres::PrivatePostgres;

use crate::graphql::gql;
use crate::support::{AppOptions, DEADLINE, SALON, TestApp, inbound_text, now, press, vestnik_in};

const ANNA: &str = "79991112233";
const BORIS: &str = "79992223344";
const VERA: &str = "4915112345678";
/// No text of PostgreSQL holds the first character.
const VERAS_NAME: &str = "Ве\u{0}ра Ё";

const GRAPH: &str = "query($filter: ConversationFilter, $after: String) {
    conversations(first: 2, after: $after, filter: $filter) {
      pageInfo { endCursor hasNextPage }
      nodes { status unreadCount handler { type name } number { displayName bot { name } }
        customer { name phoneNumber tags attributes { name value } }
        lastMessage { content status sendState }
        messages(first: 50) { nodes { content status sendState sender { name } } } } } }";

async fn start(settings: Vec<(&'static str, String)>) -> TestApp {
    let app = TestApp::start_with(AppOptions { settings }).await;
    app.add_number().await;
    app.import_bot(SALON).await;
    app
}

/// Anna books a visit, Boris is taken over and answered, Vera only says hello.
async fn a_day(app: &TestApp) {
    app.meta.types(ANNA, "Здравствуйте");
    app.meta.shows(ANNA, 2).await;
    app.meta.acts(ANNA, &press("1", "Записаться на услугу"));
    app.meta.shows(ANNA, 3).await;
    app.meta.types(ANNA, "Анна");
    app.meta.shows(ANNA, 4).await;
    app.meta.types(ANNA, "завтра");
    app.meta.shows(ANNA, 5).await;

    let message = inbound_text(BORIS, "wamid.boris", now(), "Здравствуйте");
    app.receives(BORIS, "БОРИС Ёлкин", &[message]).await;
    app.meta.shows(BORIS, 2).await;
    let boris = app.conversation(BORIS).await;
    let path = format!("/conversations/{}", boris["id"].as_str().expect("an id"));
    app.post(&format!("{path}/takeover"), json!({}))
        .await
        .expect(200);
    let answer = json!({"content": "Добрый день!"});
    app.post(&format!("{path}/messages"), answer)
        .await
        .expect(201);
    app.meta.shows(BORIS, 3).await;

    let message = inbound_text(VERA, "wamid.vera", now(), "Привет\u{0}!");
    app.receives(VERA, VERAS_NAME, &[message]).await;
    app.meta.shows(VERA, 2).await;
    for wa_id in [ANNA, BORIS, VERA] {
        let conversation = app.conversation(wa_id).await;
        app.messages_when(&conversation, "everything is read", |all| {
            all.iter()
                .filter(|one| one["direction"] == "outbound")
                .all(|one| one["status"] == "read")
        })
        .await;
    }
    app.conversation_when(ANNA, "the bot is done", |one| {
        one["handler"]["type"] == "nobody"
    })
    .await;
}

/// What people see, without ids and times.
async fn seen(app: &TestApp) -> Vec<(String, Value)> {
    let inside = app.inside().app();
    let head = inside.log.head();
    assert!(inside.projections.wait_for(head, DEADLINE).await);
    for status in inside.projections.list() {
        assert_eq!(status.degraded, None, "{}", status.name);
    }
    let mut seen = Vec::new();
    for search in [
        "анн",
        "АННА",
        "борис",
        "ёлк",
        "ЁЛК",
        "ё",
        "112-233",
        "%25",
        "%00",
    ] {
        let found = app
            .get(&format!("/conversations?search={search}"))
            .await
            .expect(200);
        seen.push((format!("search {search}"), names(&found)));
    }
    seen.push(("pages".to_owned(), pages(app).await));
    for wa_id in [ANNA, BORIS, VERA] {
        let conversation = app.conversation(wa_id).await;
        let messages = app.messages(&conversation).await;
        let shown = messages.iter().map(|one| {
            json!([
                one["direction"],
                one["sender"]["type"],
                one["content"],
                one["status"],
                one["unanswered_reason"]
            ])
        });
        seen.push((format!("messages of {wa_id}"), shown.collect()));
    }
    let mut after = Value::Null;
    loop {
        let variables = json!({"filter": {"search": "9"}, "after": after});
        let page = gql(app, GRAPH, variables).await.data()["conversations"].take();
        seen.push(("graph".to_owned(), page["nodes"].clone()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    seen.push(("activity".to_owned(), activity(app).await));
    let deals = "{ deals(first: 10) { nodes { stage title bot { name } } } }";
    seen.push((
        "deals".to_owned(),
        gql(app, deals, Value::Null).await.data(),
    ));
    seen
}

fn names(list: &Value) -> Value {
    let list = list.as_array().expect("a list").iter();
    list.map(|one| one["customer"]["name"].clone()).collect()
}

/// One conversation a page.
async fn pages(app: &TestApp) -> Value {
    let mut all = Vec::new();
    let mut path = "/conversations?limit=1&status=all".to_owned();
    loop {
        let page = app.get(&path).await;
        all.push(names(&page.expect(200)));
        let Some(cursor) = page.header("x-next-cursor") else {
            return all.into();
        };
        path = format!("/conversations?limit=1&status=all&after={cursor}");
    }
}

/// The lines of the CSV without the columns that name a day or an id, and without durations.
async fn activity(app: &TestApp) -> Value {
    let day = |from_now: i64| {
        let then = Timestamp::from_seconds(now()).plus_seconds(from_now * 86_400);
        then.to_rfc3339_millis()[..10].to_owned()
    };
    // The days around now, so that the test may run over midnight.
    let path = format!("/activity.csv?from={}&to={}", day(-1), day(1));
    let csv = app.get(&path).await;
    assert_eq!(csv.status.as_u16(), 200, "{}", csv.text);
    let mut lines = csv.text.split_terminator("\r\n");
    let columns: Vec<&str> = lines.next().expect("columns").split(',').collect();
    let mut rows: Vec<String> = lines
        .map(|line| columns.iter().zip(line.split(',')))
        .map(|cells| {
            let kept = cells.filter(|(column, _)| !matches!(**column, "day" | "number" | "bot"));
            let row: Vec<&str> = kept.map(|(_, cell)| cell).collect();
            row.join(",")
        })
        .filter(|row| !row.contains("_ms"))
        .collect();
    rows.sort();
    rows.into()
}

#[tokio::test]
async fn the_product_shows_on_postgres_what_it_shows_on_sqlite() {
    let Some(server) = PrivatePostgres::start().expect("PostgreSQL starts") else {
        return;
    };
    let url = server.url("postgres");
    let mut app = start(vec![("DATABASE_URL", url.clone())]).await;
    let embedded = start(Vec::new()).await;
    a_day(&app).await;
    a_day(&embedded).await;
    let expected = seen(&embedded).await;
    let shown = seen(&app).await;
    assert_eq!(shown, expected);
    let anna = &shown[0];
    assert_eq!(anna.1.as_array().map(Vec::len), Some(1), "{anna:?}");

    app.restart().await;
    assert_eq!(seen(&app).await, expected, "the same after a restart");
    for name in ["conversations", "messages", "activity", "contacts"] {
        let inside = app.inside().app();
        let live = inside.projections.fingerprint(name).await.expect("a hash");
        inside
            .projections
            .rebuild(name, |_, _| {})
            .await
            .expect("rebuilt");
        let rebuilt = inside.projections.fingerprint(name).await.expect("a hash");
        assert_eq!(rebuilt, live, "{name}");
    }
    assert_eq!(seen(&app).await, expected, "the same after a rebuild");

    app.stop().await;
    let data = app.folder.path().join("data");
    for file in ["log.db", "read.db"] {
        assert!(!data.join(file).exists(), "{file} is not made");
    }
    let settings = [
        ("DATABASE_URL", &*url),
        ("WHATSAPP_API_URL", &*app.meta.url()),
    ];
    let listed = vestnik_in(&data, &settings, &["projections", "list"]).await;
    assert!(
        listed.good().contains("conversations"),
        "the command line asks the same data"
    );
    assert!(!data.join("log.db").exists());
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named_without_its_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [(
        "DATABASE_URL",
        "postgres://vestnik:hunter2@127.0.0.1:1/salon",
    )];
    let said = vestnik_in(&folder.path().join("data"), &settings, &["serve"]).await;
    assert!(!said.success);
    assert!(
        said.err.contains("the log cannot be opened"),
        "{}",
        said.err
    );
    assert!(!format!("{}{}", said.out, said.err).contains("hunter2"));
}
