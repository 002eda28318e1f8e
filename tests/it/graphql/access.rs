//! Who may ask for what: the table below against every root field of the schema.

use std::collections::{BTreeMap, BTreeSet};

use application::use_cases::policy::{Action, allows};
use domain::api_token::Role;
use serde_json::{Value, json};

use super::{gql, gql_as};
use crate::support::TestApp;

/// What each root field needs; `None`: any token.
const TABLE: &[(&str, Option<Action>)] = &[
    ("Query.node", None),
    ("Query.me", None),
    ("Query.numbers", Some(Action::ReadNumbers)),
    ("Query.number", Some(Action::ReadNumbers)),
    ("Query.conversations", Some(Action::ReadConversations)),
    ("Query.conversation", Some(Action::ReadConversations)),
    ("Query.contacts", Some(Action::ReadContacts)),
    ("Query.contact", Some(Action::ReadContacts)),
    ("Query.bots", Some(Action::ReadBots)),
    ("Query.bot", Some(Action::ReadBots)),
    ("Query.deals", Some(Action::ReadConversations)),
    ("Query.apiTokens", Some(Action::ManageTokens)),
    ("Query.webhookDeliveries", Some(Action::Operate)),
    ("Query.heldItems", Some(Action::Operate)),
    ("Query.projections", Some(Action::Operate)),
    ("Query.serverNodes", Some(Action::Operate)),
    ("Query.people", Some(Action::ReadConversations)),
    ("Query.quickReplies", Some(Action::QuickReplies)),
    ("Query.savedViews", Some(Action::OwnViews)),
    ("Query.savedView", Some(Action::OwnViews)),
    ("Query.settings", Some(Action::ReadNumbers)),
    ("Query.outbound", Some(Action::Operate)),
    ("Query.activity", Some(Action::ReadActivity)),
    ("Query.events", None),
    ("Query.latestCursor", None),
    ("Query.streamAt", None),
    ("Query.whyNoAnswer", Some(Action::ReadConversations)),
    ("Mutation.addNumber", Some(Action::ManageNumbers)),
    ("Mutation.editNumber", Some(Action::ManageNumbers)),
    ("Mutation.switchNumber", Some(Action::ManageNumbers)),
    ("Mutation.removeNumber", Some(Action::ManageNumbers)),
    ("Mutation.takeOver", Some(Action::TakeOver)),
    ("Mutation.handBack", Some(Action::HandBack)),
    ("Mutation.closeConversation", Some(Action::Close)),
    ("Mutation.reopenConversation", Some(Action::Close)),
    ("Mutation.sendText", Some(Action::Send)),
    ("Mutation.sendButtons", Some(Action::Send)),
    ("Mutation.createBot", Some(Action::ManageBots)),
    ("Mutation.importBot", Some(Action::ManageBots)),
    ("Mutation.saveBotDraft", Some(Action::ManageBots)),
    ("Mutation.publishBot", Some(Action::ManageBots)),
    ("Mutation.bindBot", Some(Action::ManageBots)),
    ("Mutation.switchBot", Some(Action::ManageBots)),
    ("Mutation.makeApiToken", Some(Action::ManageTokens)),
    ("Mutation.revokeApiToken", Some(Action::ManageTokens)),
    ("Mutation.redriveHeldItems", Some(Action::Operate)),
    ("Mutation.rebuildProjection", Some(Action::Operate)),
    ("Mutation.assignConversation", Some(Action::Assign)),
    ("Mutation.leaveNote", Some(Action::Note)),
    ("Mutation.markRead", Some(Action::MarkRead)),
    ("Mutation.tagContact", Some(Action::EditContacts)),
    ("Mutation.untagContact", Some(Action::EditContacts)),
    ("Mutation.setContactAttribute", Some(Action::EditContacts)),
    ("Mutation.addQuickReply", Some(Action::QuickReplies)),
    ("Mutation.editQuickReply", Some(Action::QuickReplies)),
    ("Mutation.removeQuickReply", Some(Action::QuickReplies)),
    ("Mutation.saveView", Some(Action::OwnViews)),
    ("Mutation.editView", Some(Action::OwnViews)),
    ("Mutation.removeView", Some(Action::OwnViews)),
    ("Mutation.setTimeZone", Some(Action::ManageSettings)),
    ("Mutation.setWeeklyHours", Some(Action::ManageSettings)),
    ("Mutation.setOutOfHoursText", Some(Action::ManageSettings)),
    ("Mutation.showPresence", Some(Action::Presence)),
    ("Mutation.releaseOutbound", Some(Action::Operate)),
];

const TYPE: &str = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";

/// The types of the schema by name.
async fn types(app: &TestApp) -> BTreeMap<String, Value> {
    let query = format!(
        "{{ __schema {{ types {{ kind name isOneOf possibleTypes {{ name }} enumValues {{ name }}
            inputFields {{ name defaultValue type {{ {TYPE} }} }}
            fields {{ name type {{ {TYPE} }} args {{ name type {{ {TYPE} }} }} }} }} }} }}"
    );
    let data = gql(app, &query, Value::Null).await.data();
    let types = data["__schema"]["types"].as_array().expect("types").iter();
    types
        .map(|one| {
            (
                one["name"].as_str().expect("a name").to_owned(),
                one.clone(),
            )
        })
        .collect()
}

/// The named type inside lists and non-null marks.
fn named(kind: &Value) -> &str {
    match kind["ofType"] {
        Value::Null => kind["name"].as_str().expect("a name"),
        _ => named(&kind["ofType"]),
    }
}

/// Some value of an input type, as text of a document.
fn some_value(types: &BTreeMap<String, Value>, kind: &Value) -> String {
    match kind["kind"].as_str() {
        Some("NON_NULL") => return some_value(types, &kind["ofType"]),
        Some("LIST") => return "[]".to_owned(),
        _ => {}
    }
    let name = kind["name"].as_str().expect("a name");
    let definition = &types[name];
    match definition["kind"].as_str() {
        Some("ENUM") => definition["enumValues"][0]["name"]
            .as_str()
            .expect("a value")
            .to_owned(),
        Some("INPUT_OBJECT") => {
            let fields = definition["inputFields"].as_array().expect("fields").iter();
            let is_one_of = definition["isOneOf"] == true;
            let needed = fields
                .enumerate()
                .filter(|(index, field)| {
                    if is_one_of {
                        *index == 0
                    } else {
                        field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null()
                    }
                })
                .map(|(_, field)| {
                    let value = some_value(types, &field["type"]);
                    format!("{}: {value}", field["name"].as_str().expect("a name"))
                });
            format!("{{{}}}", needed.collect::<Vec<_>>().join(", "))
        }
        _ => match name {
            "Int" => "1".to_owned(),
            "Boolean" => "true".to_owned(),
            _ => "\"x\"".to_owned(),
        },
    }
}

/// A document that asks for one root field with the least of arguments.
fn document(types: &BTreeMap<String, Value>, root: &str, field: &Value) -> String {
    let arguments = field["args"].as_array().expect("arguments").iter();
    let arguments: Vec<String> = arguments
        .filter(|argument| argument["type"]["kind"] == "NON_NULL")
        .map(|argument| {
            let value = some_value(types, &argument["type"]);
            format!("{}: {value}", argument["name"].as_str().expect("a name"))
        })
        .collect();
    let arguments = if arguments.is_empty() {
        String::new()
    } else {
        format!("({})", arguments.join(", "))
    };
    let name = field["name"].as_str().expect("a name");
    let operation = root.to_lowercase();
    let leaf = matches!(
        types[named(&field["type"])]["kind"].as_str(),
        Some("SCALAR" | "ENUM")
    );
    let selection = if leaf { "" } else { " { __typename }" };
    format!("{operation} {{ {name}{arguments}{selection} }}")
}

#[tokio::test]
async fn every_root_field_asks_for_its_action() {
    let app = TestApp::start().await;
    let types = types(&app).await;
    let table: BTreeMap<&str, Option<Action>> = TABLE.iter().copied().collect();
    let roles = [
        (Role::Admin, app.token("admin").await),
        (Role::Agent, app.token("agent").await),
        (Role::Analyst, app.token("analyst").await),
    ];
    let mut known = BTreeSet::new();
    for root in ["Query", "Mutation"] {
        for field in types[root]["fields"].as_array().expect("fields") {
            let name = format!("{root}.{}", field["name"].as_str().expect("a name"));
            let action = table
                .get(name.as_str())
                .unwrap_or_else(|| panic!("{name} is not in the table of this test"));
            let document = document(&types, root, field);
            for (role, token) in &roles {
                let answer = gql_as(&app, token, &[], &document, Value::Null).await;
                let code = &answer.body["errors"][0]["extensions"]["code"];
                assert_ne!(code, "INTERNAL", "{document}: {}", answer.answer.text);
                assert!(
                    answer.answer.status.is_success(),
                    "{document}: {}",
                    answer.answer.text
                );
                let allowed = action.is_none_or(|action| allows(*role, action));
                assert_eq!(*code != "FORBIDDEN", allowed, "{name} as {}", role.as_str());
            }
            known.insert(name);
        }
    }
    assert_eq!(
        known.len(),
        TABLE.len(),
        "the table names fields that are gone"
    );
}

#[tokio::test]
async fn what_an_analyst_may_ask_for_leads_to_no_customer() {
    let app = TestApp::start().await;
    let types = types(&app).await;
    let mut open: Vec<&str> = TABLE
        .iter()
        .filter(|(_, action)| action.is_some_and(|action| allows(Role::Analyst, action)))
        .filter_map(|(name, _)| name.split_once('.'))
        .map(|(root, name)| {
            let fields = types[root]["fields"].as_array().expect("fields");
            let field = fields.iter().find(|field| field["name"] == name);
            named(&field.expect("a field")["type"])
        })
        .collect();
    let mut reached = BTreeSet::new();
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            let fields = types[name]["fields"].as_array();
            open.extend(
                fields
                    .into_iter()
                    .flatten()
                    .map(|field| named(&field["type"])),
            );
        }
    }
    assert!(reached.contains("Number") && reached.contains("Bot"));
    for secret in [
        "Conversation",
        "Contact",
        "Message",
        "Deal",
        "WebhookItem",
        "ApiToken",
    ] {
        assert!(!reached.contains(secret), "{secret} is reached");
    }
}

#[tokio::test]
async fn a_forbidden_field_leaves_the_others_alone() {
    let app = TestApp::with_number().await;
    let analyst = app.token("analyst").await;
    let query = "{ numbers { displayName } me { role } }";
    let both = gql_as(&app, &analyst, &[], query, Value::Null).await.data();
    assert_eq!(
        both,
        json!({"numbers": [{"displayName": "Main Number"}], "me": {"role": "ANALYST"}})
    );
    let refused = gql_as(
        &app,
        &analyst,
        &[],
        "{ contacts { nodes { id } } }",
        Value::Null,
    )
    .await;
    assert_eq!(refused.answer.status.as_u16(), 200);
    assert_eq!(refused.code(), "FORBIDDEN");
    assert_eq!(refused.error()["path"], json!(["contacts"]));
}
