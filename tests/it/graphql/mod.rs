//! The GraphQL API over real HTTP.

mod access;
mod activity;
mod audit;
mod buttons;
mod inbox;
mod limits;
mod manage;
mod people;
mod protocol;
mod read;
mod webhooks;
mod work;

use serde_json::{Value, json};

use crate::support::{Answer, Raw, TestApp};

const JSON: (&str, &str) = ("content-type", "application/json");
const GRAPHQL: (&str, &str) = ("accept", "application/graphql-response+json");

/// What came of an operation.
#[derive(Debug)]
pub(crate) struct Graph {
    answer: Answer,
    body: Value,
}

impl Graph {
    /// The data of an operation that must not have failed.
    #[track_caller]
    pub(crate) fn data(self) -> Value {
        assert!(self.body["errors"].is_null(), "{}", self.answer.text);
        self.body["data"].clone()
    }

    /// The only error.
    #[track_caller]
    fn error(&self) -> &Value {
        let errors = self.body["errors"].as_array().expect("errors");
        assert_eq!(errors.len(), 1, "{}", self.answer.text);
        &errors[0]
    }

    /// `extensions.code` of the only error.
    #[track_caller]
    fn code(&self) -> &str {
        self.error()["extensions"]["code"].as_str().expect("a code")
    }
}

/// An operation as the admin.
pub(crate) async fn gql(app: &TestApp, query: &str, variables: Value) -> Graph {
    gql_as(app, app.admin_token(), &[], query, variables).await
}

/// An operation with a token and more headers.
async fn gql_as(
    app: &TestApp,
    token: &str,
    headers: &[(&str, &str)],
    query: &str,
    variables: Value,
) -> Graph {
    let body = json!({"query": query, "variables": variables}).to_string();
    let mut all = vec![JSON, GRAPHQL];
    all.extend_from_slice(headers);
    let raw = Raw {
        method: "POST",
        path: "/graphql",
        token: Some(token),
        headers: &all,
        body: body.as_bytes(),
    };
    let answer = app.raw(raw).await;
    Graph {
        body: answer.json(),
        answer,
    }
}

/// The graph's id of a thing that REST shows.
fn id_of(kind: &str, shown: &Value) -> String {
    format!("{kind}:{}", shown["id"].as_str().expect("an id"))
}
