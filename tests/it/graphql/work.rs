//! Mutations of conversations: statuses for what people meet, and repeating them is safe.

use serde_json::{Value, json};

use super::{Graph, gql, gql_as, id_of};
use crate::support::TestApp;

const ANNA: &str = "79991112233";
const SEND: &str = "mutation($input: SendTextInput!) { sendText(input: $input) {
    status clientMutationId sent { id content status sendState sender { type name } replyTo { id } }
    conversation { handler { type name } }
    violations { field code limit actual } message nextStep stale position } }";
const TAKE: &str = "mutation($input: TakeOverInput!) { takeOver(input: $input) {
    status clientMutationId conversation { status handler { type name } } message nextStep
    messagesOnTheirWay violations { field code } stale position } }";

async fn send(app: &TestApp, input: Value) -> Graph {
    gql(app, SEND, json!({"input": input})).await
}

#[tokio::test]
async fn a_text_is_recorded_once_for_one_client_mutation_id() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of("conversation", &conversation);
    let input = json!({"conversation": id, "content": "Привет!", "clientMutationId": "m-1"});
    let first = send(&app, input.clone()).await.data()["sendText"].clone();
    assert_eq!(first["status"], "DONE");
    assert_eq!(first["clientMutationId"], "m-1");
    assert_eq!(first["sent"]["content"], "Привет!");
    assert_eq!(
        first["sent"]["sender"],
        json!({"type": "OPERATOR", "name": "cli"})
    );
    assert_eq!(first["conversation"]["handler"]["type"], "PERSON");
    assert_eq!(
        (&first["stale"], &first["violations"]),
        (&json!(false), &json!([]))
    );
    assert!(
        first["position"]
            .as_str()
            .expect("a position")
            .contains('-')
    );
    let again = send(&app, input.clone()).await.data()["sendText"].clone();
    assert_eq!(again["sent"]["id"], first["sent"]["id"]);
    assert_eq!(again["position"], first["position"]);
    app.meta.shows(ANNA, 1).await;
    assert_eq!(app.messages(&conversation).await.len(), 2);
    let mut other = input;
    other["content"] = json!("something else");
    let refused = send(&app, other).await;
    assert_eq!(refused.code(), "CONFLICT");
    assert_eq!(
        refused.error()["extensions"]["problem"],
        "idempotency_key_reused"
    );
}

#[tokio::test]
async fn what_cannot_be_sent_is_a_status_in_the_callers_language() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of("conversation", &conversation);
    let long = send(
        &app,
        json!({"conversation": id, "content": "x".repeat(5_000)}),
    )
    .await;
    let long = long.data()["sendText"].clone();
    assert_eq!(long["status"], "INVALID");
    assert_eq!(
        long["violations"],
        json!([{"field": "content", "code": "text_too_long", "limit": 4096, "actual": 5000}])
    );
    let empty = send(&app, json!({"conversation": id, "content": ""})).await;
    assert_eq!(empty.data()["sendText"]["status"], "INVALID");
    let quoted = json!({"conversation": id, "content": "x",
        "replyTo": "message:5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f"});
    let quoted = send(&app, quoted).await.data()["sendText"].clone();
    assert_eq!(quoted["violations"][0]["field"], "replyTo");
    let nul = send(&app, json!({"conversation": id, "content": "a\u{0}b"})).await;
    assert_eq!(nul.code(), "BAD_USER_INPUT");
    let number = format!(
        "number:{}",
        conversation["whatsapp_number_id"].as_str().expect("an id")
    );
    let switch =
        "mutation($id: ID!) { switchNumber(input: {number: $id, isActive: false}) { status } }";
    gql(&app, switch, json!({"id": number})).await.data();
    let input = json!({"input": {"conversation": id, "content": "x"}});
    let russian = [("accept-language", "ru")];
    let off = gql_as(&app, app.admin_token(), &russian, SEND, input).await;
    let off = off.data()["sendText"].clone();
    assert_eq!(
        (&off["status"], &off["sent"]),
        (&json!("NUMBER_INACTIVE"), &Value::Null)
    );
    let message = off["message"].as_str().expect("a text");
    assert!(
        message
            .chars()
            .any(|character| ('а'..='я').contains(&character)),
        "{message}"
    );
    let unknown = json!({"conversation": "conversation:5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f",
        "content": "x"});
    assert_eq!(send(&app, unknown).await.code(), "NOT_FOUND");
}

#[tokio::test]
async fn a_conversation_is_taken_over_by_one_person_at_a_time() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of("conversation", &conversation);
    let (olga, ivan) = (app.token("agent").await, app.token("admin").await);
    let take = async |token: &str, force: bool| {
        let input = json!({"input": {"conversation": id, "force": force, "note": "mine"}});
        let taken = gql_as(&app, token, &[], TAKE, input).await;
        taken.data()["takeOver"].clone()
    };
    let first = take(&olga, false).await;
    assert_eq!(first["status"], "DONE");
    assert_eq!(first["messagesOnTheirWay"], 0);
    assert_eq!(take(&olga, false).await["status"], "DONE");
    let second = take(&ivan, false).await;
    assert_eq!(second["status"], "ALREADY_TAKEN");
    assert_eq!(second["conversation"]["handler"]["name"], "a agent");
    assert!(second["message"].is_string() && second["nextStep"].is_string());
    assert_eq!(
        take(&ivan, true).await["conversation"]["handler"]["name"],
        "a admin"
    );
    let shout = json!({"input": {"conversation": id, "note": "x".repeat(4_097)}});
    let long = gql(&app, TAKE, shout).await.data();
    assert_eq!(long["takeOver"]["violations"][0]["field"], "note");
    let notes = "query($id: ID!) { conversation(id: $id) { notes { text authorId } } }";
    let notes = gql(&app, notes, json!({"id": id})).await.data();
    assert_eq!(notes["conversation"]["notes"][0]["text"], "mine");
}

#[tokio::test]
async fn conversations_are_handed_back_closed_and_reopened() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of("conversation", &conversation);
    let run = async |mutation: &str| {
        let query = format!(
            "mutation($id: ID!) {{ done: {mutation}(input: {{conversation: $id}}) {{
                status conversation {{ status closedAt handler {{ type }} }} }} }}"
        );
        gql(&app, &query, json!({"id": id})).await.data()["done"].clone()
    };
    run("takeOver").await;
    let back = run("handBack").await;
    assert_eq!(back["conversation"]["handler"]["type"], "NOBODY");
    for _ in 0..2 {
        let closed = run("closeConversation").await;
        assert_eq!(closed["status"], "DONE");
        assert_eq!(closed["conversation"]["status"], "CLOSED");
    }
    let open = run("reopenConversation").await;
    assert_eq!(open["conversation"]["status"], "ACTIVE");
    assert_eq!(open["conversation"]["closedAt"], Value::Null);
}

#[tokio::test]
async fn a_client_mutation_id_is_visible_ascii_of_some_length() {
    let app = TestApp::with_number().await;
    let conversation = app.hears(ANNA, "Anna", "hi").await;
    let id = id_of("conversation", &conversation);
    for key in ["", "a b", "é", &"x".repeat(129)] {
        let refused = send(
            &app,
            json!({"conversation": id, "content": "x", "clientMutationId": key}),
        );
        let refused = refused.await;
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        let violation = &refused.error()["extensions"]["violations"][0];
        assert_eq!(violation["field"], "clientMutationId");
    }
}
