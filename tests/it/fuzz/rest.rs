//! Requests made up from the OpenAPI description.

use reqwest::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::dice::Dice;
use super::ids::Ids;
use super::verdict::{Findings, Judged};

/// The routes of the command line, which are not part of the contract and so not in its description.
const ADMIN: &str = include_str!("admin.json");

/// What the description says can be asked.
#[derive(Debug)]
pub(super) struct Operation {
    method: String,
    path: String,
    parameters: Vec<Value>,
    body: Value,
}

/// A request.
#[derive(Debug)]
pub(super) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// All operations of a description.
pub(super) fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let parameters = operation["parameters"].as_array();
            all.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                parameters: parameters.cloned().unwrap_or_default(),
                body: operation["requestBody"]["content"]["application/json"]["schema"].clone(),
            });
        }
    }
    let admin: Value = serde_json::from_str(ADMIN).expect("a description");
    for (path, item) in admin.as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let parameters = operation["parameters"].as_array();
            all.push(Operation {
                method: method.to_uppercase(),
                path: format!("/api/v1/admin{path}"),
                parameters: parameters.cloned().unwrap_or_default(),
                body: operation["body"].clone(),
            });
        }
    }
    assert!(all.len() > 28, "{}", all.len());
    assert!(all.iter().any(|one| one.body.is_object()));
    all
}

/// Makes a request up.
pub(super) fn request(
    dice: &mut Dice,
    document: &Value,
    operations: &[Operation],
    ids: &Ids,
) -> Request {
    let operation = dice.pick(operations);
    let mut method = operation.method.clone();
    if dice.chance(3) {
        method = (*dice.pick(&["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])).into();
    }
    let mut path = operation.path.clone();
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut headers = vec![(
        ACCEPT_LANGUAGE.to_string(),
        (*dice.pick(&["en", "ru"])).to_owned(),
    )];
    for parameter in &operation.parameters {
        let name = parameter["name"].as_str().expect("a name");
        match parameter["in"].as_str() {
            Some("path") if parameter["schema"]["enum"].is_array() && dice.chance(85) => {
                let choices = parameter["schema"]["enum"].as_array().expect("choices");
                let choice = dice.pick(choices).as_str().expect("a text");
                path = path.replace(&format!("{{{name}}}"), choice);
            }
            Some("path") => {
                let what = if path.contains("numbers") {
                    "number"
                } else {
                    "conversation"
                };
                let id = ids.bare(dice, what);
                let id: String = form_urlencoded::byte_serialize(short(&id).as_bytes()).collect();
                path = path.replace(&format!("{{{name}}}"), &id.replace('+', "%20"));
            }
            Some("header") => headers.push((name.to_owned(), header_text(dice))),
            _ if dice.chance(45) => {
                let value = parameter_value(dice, name, &parameter["schema"], ids);
                query.append_pair(name, &short(&value));
            }
            _ => {}
        }
    }
    if dice.chance(5) {
        query.append_pair(&short(&dice.text()), &short(&dice.text()));
    }
    if dice.chance(15) {
        headers.push(("idempotency-key".to_owned(), header_text(dice)));
    }
    let body = body(dice, document, operation, ids);
    if !body.is_empty() {
        let kinds = [
            "application/json",
            "text/plain",
            "application/json; charset=utf-16",
        ];
        let kind = if dice.chance(95) {
            kinds[0]
        } else {
            *dice.pick(&kinds)
        };
        headers.push((CONTENT_TYPE.to_string(), kind.to_owned()));
    }
    let query = query.finish();
    let target = if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    };
    Request {
        method,
        target,
        headers,
        body,
    }
}

/// As much of a text as fits into an address.
fn short(text: &str) -> String {
    text.chars().take(1_000).collect()
}

/// Anything that a header can carry.
fn header_text(dice: &mut Dice) -> String {
    let text = dice.text();
    let visible = text.chars().filter(|one| (' '..='~').contains(one));
    visible.take(200).collect()
}

fn parameter_value(dice: &mut Dice, name: &str, schema: &Value, ids: &Ids) -> String {
    if name == "follow" {
        // An answer that goes on has no end to be judged.
        return (*dice.pick(&["false", "maybe"])).to_owned();
    }
    if ["after", "before", "cursor"].contains(&name) {
        return ids.cursor(dice);
    }
    if dice.chance(20) {
        return dice.text();
    }
    if name.contains("number") || name.contains("assigned") || name.ends_with("id") {
        return ids.bare(dice, name);
    }
    let is_whole = schema.to_string().contains("integer");
    if is_whole || ["limit", "from", "to"].contains(&name) && dice.chance(30) {
        return dice.whole().to_string();
    }
    dice.text()
}

fn body(dice: &mut Dice, document: &Value, operation: &Operation, ids: &Ids) -> Vec<u8> {
    let is_wild = dice.chance(40);
    if operation.path.ends_with("/webhooks/whatsapp") && operation.method == "POST" {
        return dice.json(5).to_string().into_bytes();
    }
    if operation.body.is_null() {
        let garbage = dice.chance(5);
        return if garbage {
            dice.text().into_bytes()
        } else {
            Vec::new()
        };
    }
    if dice.chance(4) {
        return Vec::new();
    }
    if is_wild && dice.chance(10) {
        return dice.json(3).to_string().into_bytes();
    }
    let wrong = if is_wild { 8 } else { 0 };
    let value = value_of(dice, document, &operation.body, (wrong, ""), ids);
    let text = value.to_string();
    if is_wild && dice.chance(10) {
        let damaged = dice.damaged(&text);
        return damaged.into_bytes();
    }
    text.into_bytes()
}

/// A value that a schema describes, but for so many in a hundred. The name says what it is about.
fn value_of(
    dice: &mut Dice,
    document: &Value,
    schema: &Value,
    (wrong, name): (usize, &str),
    ids: &Ids,
) -> Value {
    if dice.chance(wrong) {
        return dice.json(2);
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let found = document.pointer(reference.trim_start_matches('#'));
        return value_of(dice, document, found.expect("a schema"), (wrong, name), ids);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let choice = dice.pick(choices).clone();
        return value_of(dice, document, &choice, (wrong, name), ids);
    }
    if let Some(properties) = schema["properties"].as_object() {
        let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
        let mut members = Map::new();
        for (member, schema) in properties {
            let percent = if required.contains(&json!(member)) {
                95
            } else {
                45
            };
            if dice.chance(percent) {
                let value = value_of(dice, document, schema, (wrong, member), ids);
                members.insert(member.clone(), value);
            }
        }
        if dice.chance(5) {
            members.insert(dice.text(), dice.json(2));
        }
        return Value::Object(members);
    }
    let kinds = schema["type"].to_string();
    if kinds.contains("null") && dice.chance(15) {
        return Value::Null;
    }
    if kinds.contains("boolean") {
        return json!(dice.chance(50));
    }
    if kinds.contains("integer") {
        return json!(dice.whole());
    }
    if let Some(example) = schema["example"].as_str()
        && dice.chance(60)
    {
        return json!(example);
    }
    match schema["pattern"].as_str() {
        Some(pattern) if pattern.contains('|') && dice.chance(80) => {
            let choices: Vec<&str> = pattern
                .trim_matches(['^', '$', '(', ')'])
                .split('|')
                .collect();
            json!(*dice.pick(&choices))
        }
        Some(pattern) if pattern.contains("0-9") && dice.chance(80) => {
            json!(dice.whole().unsigned_abs().to_string())
        }
        Some("^text$") if dice.chance(80) => json!("text"),
        _ if name == "reply_to" => json!(ids.bare(dice, "message")),
        _ => json!(dice.text()),
    }
}

/// A request as the client sends it.
pub(super) fn sent(client: &Client, base: &str, request: &Request) -> RequestBuilder {
    let url = format!("{base}{}", request.target);
    let method = request.method.parse().expect("a method");
    let mut sent = client.request(method, url).body(request.body.clone());
    for (name, value) in &request.headers {
        sent = sent.header(name, value);
    }
    sent
}

/// Sends a request with a token and judges the answer.
pub(super) async fn ask(
    mut sent: RequestBuilder,
    token: &str,
    request: &Request,
    findings: &mut Findings,
) {
    if !token.is_empty() {
        sent = sent.bearer_auth(token);
    }
    let answer = sent.send().await.expect("an answer");
    let status = answer.status().as_u16();
    let header = |name: &str| {
        let value = answer.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
            .to_owned()
    };
    let (kind, request_id) = (header("content-type"), header("x-request-id"));
    let text = answer.text().await.expect("a body");
    let told = format!(
        "{} {} {:?} {}",
        request.method,
        request.target,
        request.headers,
        String::from_utf8_lossy(&request.body)
    );
    // Nothing may stand in an answer to HEAD.
    if request.method == "HEAD" && status < 500 {
        return;
    }
    findings.rest(
        &told,
        &Judged {
            status,
            kind,
            request_id,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        },
    );
}
