//! What an operation may not ask for.

use serde_json::{Value, json};

use super::gql;
use crate::support::TestApp;

#[tokio::test]
async fn deep_and_complex_operations_are_refused_before_they_run() {
    let app = TestApp::start().await;
    let mut deep = String::from("id");
    for _ in 0..8 {
        deep = format!("conversation {{ lastMessage {{ {deep} }} }}");
    }
    let deep = format!("{{ deals {{ nodes {{ {deep} }} }} }}");
    let wide =
        "{ conversations(first: 100) { nodes { messages(first: 100) { nodes { id content status
        createdAt } } } } }";
    let before = app.inside().app().reads().statements_run();
    for query in [deep.as_str(), wide] {
        let refused = gql(&app, query, Value::Null).await;
        assert_eq!(
            refused.answer.status.as_u16(),
            400,
            "{}",
            refused.answer.text
        );
        assert_eq!(refused.code(), "BAD_USER_INPUT");
        assert_eq!(
            refused.error()["extensions"]["problem"],
            "operation_too_large"
        );
    }
    assert_eq!(app.inside().app().reads().statements_run(), before);
}

#[tokio::test]
async fn variables_count_as_much_as_figures_in_the_text() {
    let app = TestApp::start().await;
    let query =
        "query($n: Int) { conversations(first: $n) { nodes { messages(first: $n) { nodes { id
        content status createdAt } } } } }";
    let refused = gql(&app, query, json!({"n": 100})).await;
    assert_eq!(
        refused.error()["extensions"]["problem"],
        "operation_too_large"
    );
    gql(&app, query, json!({"n": 10})).await.data();
}

#[tokio::test]
async fn pages_documents_and_bodies_have_a_largest_size() {
    let app = TestApp::start().await;
    for (arguments, code) in [
        ("first: 101", "invalid_page_size"),
        ("first: 0", "invalid_page_size"),
        ("last: -1", "invalid_page_size"),
        ("first: 1, last: 1", "first_and_last"),
        ("after: \"x\"", "invalid_cursor"),
        ("first: 1, before: \"\"", "invalid_cursor"),
    ] {
        let query = format!("{{ conversations({arguments}) {{ nodes {{ id }} }} }}");
        let refused = gql(&app, &query, Value::Null).await;
        assert_eq!(refused.code(), "BAD_USER_INPUT", "{arguments}");
        let violation = &refused.error()["extensions"]["violations"][0];
        assert_eq!(violation["code"], code, "{arguments}");
    }
    let long = format!("{{ me {{ id }} }} #{}", "x".repeat(70_000));
    let refused = gql(&app, &long, Value::Null).await;
    assert_eq!(refused.answer.status.as_u16(), 413);
    assert_eq!(refused.error()["extensions"]["problem"], "body_too_large");
    let huge = gql(&app, "{ me { id } }", json!({"x": "y".repeat(10 << 20)})).await;
    assert_eq!(huge.answer.status.as_u16(), 413);
}

#[tokio::test]
async fn the_introspection_of_tools_is_within_the_limits() {
    let app = TestApp::start().await;
    let kind = "kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        } } } } } } } } }";
    let query = format!(
        "{{ __schema {{ queryType {{ name }} types {{ kind name description
            fields(includeDeprecated: true) {{ name args {{ name type {{ {kind} }} defaultValue }}
                type {{ {kind} }} }}
            inputFields {{ name type {{ {kind} }} }} enumValues {{ name }} }}
            directives {{ name locations args {{ name type {{ {kind} }} }} }} }} }}"
    );
    let data = gql(&app, &query, Value::Null).await.data();
    assert_eq!(data["__schema"]["queryType"]["name"], "Query");
}
