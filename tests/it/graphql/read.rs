//! What can be read, thing by thing.

use serde_json::{Value, json};

use super::{gql, gql_as, id_of};
use crate::support::{PHONE_NUMBER_ID, TestApp};

const ANNA: &str = "79991112233";

#[tokio::test]
async fn numbers_and_bots_lead_to_each_other() {
    let app = TestApp::with_salon().await;
    let query =
        "{ numbers { id kind displayName phoneNumber phoneNumberId isActive status statusReason
        token { last4 } webhookUrl webhookLastSeenAt
        bot { name isActive publishedVersion numbers { phoneNumberId }
              versions { version publishedAt definitionHash }
              version(version: 1) { definition } } } }";
    let data = gql(&app, query, Value::Null).await.data();
    let number = &data["numbers"][0];
    assert_eq!(number["kind"], "LIVE");
    assert_eq!(number["status"], "ACTIVE");
    assert_eq!(number["token"]["last4"], "4f2a");
    assert_eq!(number["webhookLastSeenAt"], Value::Null);
    let bot = &number["bot"];
    assert_eq!(bot["numbers"], json!([{"phoneNumberId": PHONE_NUMBER_ID}]));
    assert_eq!(bot["versions"][0]["version"], 1);
    let definition = &bot["version"]["definition"];
    let committed: Value = serde_json::from_str(crate::support::SALON).expect("JSON");
    assert_eq!(*definition, committed);
    let id = &number["id"];
    let by_id = gql(
        &app,
        "query($id: ID!) { number(id: $id) { id } node(id: $id) { __typename id } }",
        json!({"id": id}),
    )
    .await
    .data();
    assert_eq!(by_id["number"]["id"], *id);
    assert_eq!(by_id["node"], json!({"__typename": "Number", "id": id}));
    app.hears(ANNA, "Anna", "hi").await;
    let seen = gql(&app, "{ numbers { webhookLastSeenAt } }", Value::Null).await;
    assert!(seen.data()["numbers"][0]["webhookLastSeenAt"].is_string());
}

#[tokio::test]
async fn a_conversation_shows_its_customer_handler_and_timeline() {
    let app = TestApp::with_salon().await;
    let shown = app.hears(ANNA, "Анна", "привет").await;
    let shown = app
        .conversation_when(ANNA, "the bot answers", |one| one["is_bot_active"] == true)
        .await
        .clone()
        .as_object()
        .map_or(shown, |one| Value::Object(one.clone()));
    app.messages_when(&shown, "the answer", |all| {
        all.len() > 1 && all.iter().all(|one| one["status"] != "pending")
    })
    .await;
    app.settled().await;
    let query = "query($id: ID!) { conversation(id: $id) {
        status unreadCount windowExpiresAt awaitingPeopleSince lastMessageAt closedAt
        number { phoneNumberId } customer { name phoneNumber tags attributes { name value }
          conversations { nodes { id } } }
        handler { type id name } botStep { version nodeId sessionId bot { name } }
        lastMessage { direction status sendState }
        messages(first: 1) { pageInfo { hasNextPage hasPreviousPage }
          edges { cursor node { id direction messageType content payload status sendState
            sender { type id name } reactions { emoji } replyTo { id } error { code }
            conversation { id } createdAt } } }
        notes { text } } }";
    let id = id_of("conversation", &shown);
    let data = gql(&app, query, json!({"id": id})).await.data();
    let one = &data["conversation"];
    assert_eq!(one["status"], "ACTIVE");
    assert_eq!(one["customer"]["name"], "Анна");
    assert_eq!(one["customer"]["phoneNumber"], "+79991112233");
    assert_eq!(one["customer"]["conversations"]["nodes"][0]["id"], id);
    assert_eq!(one["handler"]["type"], "BOT");
    assert_eq!(one["handler"]["name"], one["botStep"]["bot"]["name"]);
    assert_eq!(one["lastMessage"]["direction"], "OUTBOUND");
    assert_eq!(one["lastMessage"]["sendState"], "ACCEPTED");
    let page = &one["messages"];
    assert_eq!(
        page["pageInfo"],
        json!({"hasNextPage": true, "hasPreviousPage": false})
    );
    let first = &page["edges"][0]["node"];
    assert_eq!(first["content"], "привет");
    assert_eq!(first["status"], "RECEIVED");
    assert_eq!(first["sendState"], Value::Null);
    assert_eq!(first["sender"]["type"], "CUSTOMER");
    assert_eq!(first["conversation"]["id"], id);
    let nodes =
        "query($a: ID!, $b: ID!) { a: node(id: $a) { __typename } b: node(id: $b) { __typename } }";
    let variables = json!({"a": first["id"], "b": first["sender"]["id"]});
    let data = gql(&app, nodes, variables).await.data();
    assert_eq!(data["a"]["__typename"], "Message");
    assert_eq!(data["b"]["__typename"], "Contact");
}

#[tokio::test]
async fn the_timeline_pages_both_ways_without_gaps() {
    let app = TestApp::with_number().await;
    let mut conversation = Value::Null;
    for text in ["a", "bb", "ccc", "dddd", "eeeee"] {
        conversation = app.hears(ANNA, "Anna", text).await;
    }
    let query = "query($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
        conversation(id: $id) { messages(first: $first, after: $after, last: $last, before: $before) {
            nodes { content } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }";
    let id = id_of("conversation", &conversation);
    let page = async |mut variables: Value| {
        variables["id"] = json!(id);
        let data = gql(&app, query, variables).await.data();
        let page = data["conversation"]["messages"].clone();
        let nodes = page["nodes"].as_array().expect("nodes").iter();
        let contents: Vec<String> = nodes
            .map(|node| node["content"].as_str().expect("a text").to_owned())
            .collect();
        (contents.join(" "), page["pageInfo"].clone())
    };
    let (all, _) = page(json!({})).await;
    assert_eq!(all, "a bb ccc dddd eeeee");
    let (newest, info) = page(json!({"last": 2})).await;
    assert_eq!(newest, "dddd eeeee");
    assert_eq!(
        (&info["hasNextPage"], &info["hasPreviousPage"]),
        (&json!(false), &json!(true))
    );
    let (older, info) = page(json!({"last": 2, "before": info["startCursor"]})).await;
    assert_eq!(older, "bb ccc");
    let (oldest, rest) = page(json!({"last": 2, "before": info["startCursor"]})).await;
    assert_eq!(
        (oldest.as_str(), &rest["hasPreviousPage"]),
        ("a", &json!(false))
    );
    let (newer, _) = page(json!({"first": 2, "after": info["endCursor"]})).await;
    assert_eq!(newer, "dddd eeeee");
    let between = json!({"first": 9, "after": rest["endCursor"], "before": info["endCursor"]});
    assert_eq!(page(between).await.0, "bb");
}

#[tokio::test]
async fn contacts_deals_tokens_and_projections_are_listed() {
    let app = TestApp::with_number().await;
    app.hears("79990000001", "Anna", "hi").await;
    app.hears("79990000002", "Boris", "hi").await;
    let query = "query($search: String, $first: Int, $after: String) {
        contacts(search: $search, first: $first, after: $after) {
            nodes { id name phoneNumber } pageInfo { hasNextPage endCursor } } }";
    let found = gql(&app, query, json!({"search": "ann"})).await.data();
    assert_eq!(found["contacts"]["nodes"][0]["name"], "Anna");
    assert_eq!(found["contacts"]["nodes"].as_array().map(Vec::len), Some(1));
    let first = gql(&app, query, json!({"first": 1})).await.data();
    let page = &first["contacts"];
    assert_eq!(page["nodes"][0]["name"], "Boris");
    let after = &page["pageInfo"]["endCursor"];
    let second = gql(&app, query, json!({"first": 1, "after": after}))
        .await
        .data();
    assert_eq!(second["contacts"]["nodes"][0]["name"], "Anna");
    assert_eq!(second["contacts"]["pageInfo"]["hasNextPage"], false);
    let id = &page["nodes"][0]["id"];
    let one = "query($id: ID!) { contact(id: $id) { name bsuid conflictsWith { id } createdAt } }";
    let one = gql(&app, one, json!({"id": id})).await.data();
    assert_eq!(one["contact"]["name"], "Boris");

    let agent = app.token("agent").await;
    let query = "{ deals { nodes { id } } apiTokens { id name role }
        projections { name state position lag degraded } }";
    let data = gql(&app, query, Value::Null).await.data();
    assert_eq!(data["deals"]["nodes"], json!([]));
    assert_eq!(data["apiTokens"][0]["name"], "a agent");
    let names = data["projections"].as_array().expect("builds").iter();
    assert!(
        names
            .into_iter()
            .any(|one| one["name"] == "conversations" && one["state"] == "LIVE")
    );
    let me = gql_as(&app, &agent, &[], "{ me { id name role } }", Value::Null).await;
    assert_eq!(me.data()["me"], data["apiTokens"][0]);
}

#[tokio::test]
async fn ids_of_another_kind_are_bad_input_and_unknown_ones_are_null() {
    let app = TestApp::start().await;
    let uuid = "5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f";
    for (field, kind) in [
        ("number", "number"),
        ("conversation", "conversation"),
        ("contact", "contact"),
        ("bot", "bot"),
    ] {
        let query = format!("query($id: ID!) {{ one: {field}(id: $id) {{ id }} }}");
        let unknown = gql(&app, &query, json!({"id": format!("{kind}:{uuid}")})).await;
        assert_eq!(unknown.data()["one"], Value::Null);
        for wrong in [uuid.to_owned(), format!("deal:{uuid}"), format!("{kind}:x")] {
            let refused = gql(&app, &query, json!({"id": wrong})).await;
            assert_eq!(refused.code(), "BAD_USER_INPUT", "{wrong}");
            assert_eq!(
                refused.error()["extensions"]["violations"][0]["field"],
                "id"
            );
        }
    }
    let foreign = gql(&app, "{ node(id: \"cat:1\") { id } }", Value::Null).await;
    assert_eq!(foreign.code(), "BAD_USER_INPUT");
    let analyst = app.token("analyst").await;
    let query = format!("{{ node(id: \"conversation:{uuid}\") {{ id }} }}");
    let hidden = gql_as(&app, &analyst, &[], &query, Value::Null).await;
    assert_eq!(hidden.data()["node"], Value::Null);
}
