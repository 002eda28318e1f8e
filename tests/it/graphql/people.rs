//! What people do beside writing: assign, note, read, tag, hand back; their views, replies and settings.

use serde_json::{Value, json};

use super::{gql, gql_as, id_of};
use crate::support::TestApp;

const ANNA: &str = "79991112233";

/// Runs a mutation with its input; what it answered.
async fn run(app: &TestApp, token: &str, mutation: &str, input: Value, answer: &str) -> Value {
    let mut kind = mutation[..1].to_uppercase();
    kind.push_str(&mutation[1..]);
    let kind = match mutation {
        "showPresence" => "LookInput".to_owned(),
        "untagContact" => "TagContactInput".to_owned(),
        _ => format!("{kind}Input"),
    };
    let query = format!("mutation($input: {kind}!) {{ done: {mutation}(input: $input) {answer} }}");
    let done = gql_as(app, token, &[], &query, json!({"input": input})).await;
    done.data()["done"].clone()
}

#[tokio::test]
async fn a_conversation_is_assigned_noted_and_read() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of("conversation", &conversation);
    let admin = app.admin_token().to_owned();
    let agent = app.token("agent").await;
    app.token("analyst").await;
    let people = gql(&app, "{ people { id name role } }", Value::Null)
        .await
        .data();
    assert_eq!(people["people"].as_array().map(Vec::len), Some(1));
    let olga = &people["people"][0]["id"];
    let shape = "{ status conversation { assignee { id name } unreadCount noteCount }
        violations { field code } }";
    let input = json!({"conversation": id, "assignee": olga, "clientMutationId": "a-1"});
    let assigned = run(&app, &admin, "assignConversation", input, shape).await;
    assert_eq!(assigned["conversation"]["assignee"]["name"], "a agent");
    let nobody = json!({"conversation": id,
        "assignee": "token:5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f"});
    let nobody = run(&app, &admin, "assignConversation", nobody, shape).await;
    assert_eq!(nobody["status"], "INVALID");
    assert_eq!(nobody["violations"][0]["code"], "unknown_person");
    let noted = json!({"conversation": id, "note": "calls back", "clientMutationId": "n-1"});
    for _ in 0..2 {
        let noted = run(&app, &agent, "leaveNote", noted.clone(), shape).await;
        assert_eq!(noted["conversation"]["noteCount"], 1);
    }
    let read = run(&app, &agent, "markRead", json!({"conversation": id}), shape).await;
    assert_eq!(read["conversation"]["unreadCount"], 0);
    let mine =
        "{ conversations(filter: {assignee: {me: true}, isUnread: false}) { nodes { id } } }";
    let mine = gql_as(&app, &agent, &[], mine, Value::Null).await.data();
    assert_eq!(mine["conversations"]["nodes"][0]["id"], id);
    let entries = "query($id: ID!) { conversation(id: $id) { entries(first: 1) {
        nodes { kind note actor { name } assignee { name } } pageInfo { hasNextPage endCursor } }
        all: entries { nodes { kind } } } }";
    let shown = gql(&app, entries, json!({"id": id})).await.data();
    let page = &shown["conversation"]["entries"];
    assert_eq!(page["nodes"][0]["note"], "calls back");
    assert_eq!(page["nodes"][0]["actor"]["name"], "a agent");
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let kinds = &shown["conversation"]["all"]["nodes"];
    assert_eq!(*kinds, json!([{"kind": "NOTED"}, {"kind": "ASSIGNED"}]));
}

#[tokio::test]
async fn a_customer_is_tagged_and_a_conversation_shows_who_looks() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of("conversation", &conversation);
    let contact = id_of("contact", &conversation["customer"]);
    let agent = app.token("agent").await;
    let shape = "{ status contact { tags attributes { name value } } violations { field } }";
    let tag = json!({"contact": contact, "tag": "vip"});
    let tagged = run(&app, &agent, "tagContact", tag.clone(), shape).await;
    assert_eq!(tagged["contact"]["tags"], json!(["vip"]));
    let found = "{ conversations(filter: {tag: \"vip\"}) { nodes { id } } }";
    let found = gql(&app, found, Value::Null).await.data();
    assert_eq!(found["conversations"]["nodes"][0]["id"], id);
    let untagged = run(&app, &agent, "untagContact", tag, shape).await;
    assert_eq!(untagged["contact"]["tags"], json!([]));
    let size = json!({"contact": contact, "name": "size", "value": "M"});
    let set = run(&app, &agent, "setContactAttribute", size, shape).await;
    assert_eq!(
        set["contact"]["attributes"],
        json!([{"name": "size", "value": "M"}])
    );
    let empty = json!({"contact": contact, "tag": " "});
    assert_eq!(
        run(&app, &agent, "tagContact", empty, shape).await["status"],
        "INVALID"
    );

    let shape = "{ present { isTyping person { name } } }";
    let look = json!({"conversation": id, "isTyping": true});
    let seen = run(&app, &agent, "showPresence", look, shape).await;
    let here = json!([{"isTyping": true, "person": {"name": "a agent"}}]);
    assert_eq!(seen["present"], here);
    let query =
        "query($id: ID!) { conversation(id: $id) { present { isTyping person { name } } } }";
    let shown = gql(&app, query, json!({"id": id})).await.data();
    assert_eq!(shown["conversation"]["present"], here);
    let away = json!({"conversation": id, "isLooking": false});
    let gone = run(&app, &agent, "showPresence", away, shape).await;
    assert_eq!(gone["present"], json!([]));
}

#[tokio::test]
async fn quick_replies_are_everyones_and_views_are_ones_own_or_shared() {
    let app = TestApp::with_number().await;
    app.hears(ANNA, "Anna", "hi").await;
    let (admin, agent) = (app.admin_token().to_owned(), app.token("agent").await);
    let shape =
        "{ status quickReply { id shortcut texts { language text } } violations { field } }";
    let hello = json!({"shortcut": "hello", "texts": [{"language": "en", "text": "Hello!"}]});
    let added = run(&app, &agent, "addQuickReply", hello, shape).await;
    assert_eq!(added["quickReply"]["texts"][0]["text"], "Hello!");
    let reply = &added["quickReply"]["id"];
    let bad = json!({"shortcut": "", "texts": []});
    assert_eq!(
        run(&app, &agent, "addQuickReply", bad, shape).await["status"],
        "INVALID"
    );
    let edit = json!({"quickReply": reply, "shortcut": "hi",
        "texts": [{"language": "ru", "text": "Привет!"}]});
    let edited = run(&app, &agent, "editQuickReply", edit, shape).await;
    assert_eq!(edited["quickReply"]["shortcut"], "hi");
    let list = gql(&app, "{ quickReplies { id shortcut } }", Value::Null)
        .await
        .data();
    assert_eq!(
        list["quickReplies"],
        json!([{"id": reply, "shortcut": "hi"}])
    );
    let gone = json!({"quickReply": reply});
    let gone = run(&app, &agent, "removeQuickReply", gone, shape).await;
    assert_eq!(
        (&gone["status"], &gone["quickReply"]),
        (&json!("DONE"), &Value::Null)
    );

    let shape = "{ status savedView { id name isShared sort filter { handler assignee }
        conversations { nodes { customer { name } } } } violations { field } }";
    let content = json!({"name": "Free", "filter": {"handler": "NOBODY",
        "assignee": {"nobody": true}}});
    let own = json!({"content": content});
    let query = |mutation: &str, kind: &str| {
        format!("mutation($input: {kind}!) {{ done: {mutation}(input: $input) {shape} }}")
    };
    let save = query("saveView", "SaveViewInput");
    let saved = gql_as(&app, &agent, &[], &save, json!({"input": own}))
        .await
        .data();
    let view = &saved["done"]["savedView"];
    assert_eq!(
        view["filter"],
        json!({"handler": "NOBODY", "assignee": "NOBODY"})
    );
    assert_eq!(
        view["conversations"]["nodes"][0]["customer"]["name"],
        "Anna"
    );
    let others = gql(&app, "{ savedViews { id } }", Value::Null).await.data();
    assert_eq!(others["savedViews"], json!([]));
    let shared = json!({"input": {"content": {"name": "All"}, "isShared": true}});
    let refused = gql_as(&app, &agent, &[], &save, shared.clone()).await;
    assert_eq!(refused.code(), "FORBIDDEN");
    let shared = gql_as(&app, &admin, &[], &save, shared).await.data();
    let shared = &shared["done"]["savedView"];
    assert_eq!(
        (&shared["isShared"], &shared["sort"]),
        (&json!(true), &json!("NEWEST"))
    );
    let edit = query("editView", "EditViewInput");
    let change = json!({"input": {"savedView": shared["id"], "content": {"name": "Mine"}}});
    let refused = gql_as(&app, &agent, &[], &edit, change.clone()).await;
    assert_eq!(refused.code(), "FORBIDDEN");
    let edited = gql_as(&app, &admin, &[], &edit, change).await.data();
    assert_eq!(edited["done"]["savedView"]["name"], "Mine");
    let remove = query("removeView", "RemoveViewInput");
    let mine = json!({"input": {"savedView": view["id"]}});
    let foreign = gql_as(&app, &admin, &[], &remove, mine.clone()).await;
    assert_eq!(foreign.code(), "NOT_FOUND");
    let gone = gql_as(&app, &agent, &[], &remove, mine).await.data();
    assert_eq!(gone["done"]["savedView"], Value::Null);
}

#[tokio::test]
async fn settings_hold_the_time_zone_and_hours_of_each_number() {
    let app = TestApp::start().await;
    let number = format!("number:{}", app.add_number().await);
    let admin = app.admin_token().to_owned();
    let shape = "{ status settings { timeZone numbers { number { id } outOfHoursText
        hours { day from to } } } violations { field code } }";
    let zone = json!({"timeZone": "Europe/Moscow"});
    let set = run(&app, &admin, "setTimeZone", zone, shape).await;
    assert_eq!(set["settings"]["timeZone"], "Europe/Moscow");
    let nowhere = run(
        &app,
        &admin,
        "setTimeZone",
        json!({"timeZone": "Mars"}),
        shape,
    )
    .await;
    assert_eq!(
        nowhere["violations"],
        json!([{"field": "timeZone", "code": "unknown_time_zone"}])
    );
    let hours = json!([{"day": "MONDAY", "from": "09:00", "to": "18:00"}]);
    let input = json!({"number": number, "hours": hours});
    let set = run(&app, &admin, "setWeeklyHours", input, shape).await;
    assert_eq!(set["settings"]["numbers"][0]["hours"], hours);
    let odd = json!({"number": number, "hours": [{"day": "MONDAY", "from": "9", "to": "25:00"}]});
    let odd = run(&app, &admin, "setWeeklyHours", odd, shape).await;
    assert_eq!(odd["violations"][1]["field"], "hours[0].to");
    let text = json!({"number": number, "text": "Closed"});
    let set = run(&app, &admin, "setOutOfHoursText", text, shape).await;
    assert_eq!(set["settings"]["numbers"][0]["outOfHoursText"], "Closed");
    assert_eq!(set["settings"]["numbers"][0]["number"]["id"], number);
    let state = gql(
        &app,
        "{ outbound { isFrozen restoredAt waiting } }",
        Value::Null,
    )
    .await;
    let open = json!({"isFrozen": false, "restoredAt": null, "waiting": 0});
    assert_eq!(state.data()["outbound"], open);
}
