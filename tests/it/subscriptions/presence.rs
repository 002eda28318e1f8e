//! Who looks and who types, as others see it.

use serde_json::json;

use super::{Socket, ask_as, graph_id};
use crate::support::TestApp;

const PRESENCE: &str = "subscription($conversation: ID!) {
    presenceChanged(conversation: $conversation) { present { isTyping person { name } } } }";
const SHOW: &str = "mutation($input: LookInput!) { showPresence(input: $input) {
    present { isTyping } } }";

#[tokio::test]
async fn others_see_who_looks_and_who_types() {
    let app = TestApp::with_number().await;
    let conversation = graph_id(&app.hears("79991112233", "Anna", "hi").await);
    let agent = app.token("agent").await;
    let mut socket = Socket::admin(&app).await;
    let variables = json!({"conversation": conversation});
    socket.begin("1", PRESENCE, variables).await;
    assert_eq!(socket.data().await["presenceChanged"]["present"], json!([]));
    for (is_looking, is_typing, expected) in [
        (
            true,
            false,
            json!([{"isTyping": false, "person": {"name": "a agent"}}]),
        ),
        (
            true,
            true,
            json!([{"isTyping": true, "person": {"name": "a agent"}}]),
        ),
        (false, false, json!([])),
    ] {
        let input =
            json!({"conversation": conversation, "isLooking": is_looking, "isTyping": is_typing});
        let answer = ask_as(&app, &agent, SHOW, json!({"input": input})).await;
        assert!(answer["errors"].is_null(), "{answer}");
        assert_eq!(socket.data().await["presenceChanged"]["present"], expected);
    }
}
