//! Who may follow what: the table below against every field of the subscriptions.

use std::collections::BTreeSet;

use application::use_cases::policy::{Action, allows};
use domain::api_token::Role;
use serde_json::Value;

use super::{Socket, ask};
use crate::support::TestApp;

/// What each subscription needs; `None`: any role, and each event is looked at.
const TABLE: &[(&str, Option<Action>)] = &[
    ("events", None),
    ("conversationChanged", Some(Action::ReadConversations)),
    ("messageChanged", Some(Action::ReadConversations)),
    ("numberChanged", Some(Action::ReadNumbers)),
    ("presenceChanged", Some(Action::Presence)),
];

#[tokio::test]
async fn every_subscription_asks_for_its_action() {
    let app = TestApp::with_number().await;
    let types = "{ __schema { subscriptionType { fields { name args { name type { kind } } } } } }";
    let schema = ask(&app, types, Value::Null).await;
    let fields = &schema["__schema"]["subscriptionType"]["fields"];
    let mut known = BTreeSet::new();
    for field in fields.as_array().expect("fields") {
        let name = field["name"].as_str().expect("a name");
        let found = TABLE.iter().find(|(known, _)| *known == name);
        let (_, action) = found.unwrap_or_else(|| panic!("{name} is not in the table"));
        known.insert(name);
        let mut arguments = field["args"].as_array().expect("arguments").iter();
        let arguments = if arguments.any(|argument| argument["type"]["kind"] == "NON_NULL") {
            "(conversation: \"conversation:x\")"
        } else {
            "(after: \"garbage\")"
        };
        let document = format!("subscription {{ {name}{arguments} {{ __typename }} }}");
        for role in [Role::Admin, Role::Agent, Role::Analyst] {
            let token = app.token(role.as_str()).await;
            let mut socket = Socket::of(&app, &token).await;
            socket.begin("1", &document, Value::Null).await;
            let error = socket.error().await;
            let code = error["extensions"]["code"].as_str().expect("a code");
            let expected = if action.is_none_or(|action| allows(role, action)) {
                "BAD_USER_INPUT"
            } else {
                "FORBIDDEN"
            };
            assert_eq!(code, expected, "{name} as {}", role.as_str());
        }
    }
    assert_eq!(known.len(), TABLE.len(), "the table names what is gone");
}
