//! A real answer of every described operation, compared with what is described for its status.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::schema::misfits;
use crate::support::{Answer, Delivery, Raw, TestApp, VERIFY_TOKEN, signed};

const CUSTOMER: &str = "79991112233";
const JSON: (&str, &str) = ("content-type", "application/json");

/// What was asked so far, and what did not fit.
#[derive(Debug)]
struct Checked<'a> {
    app: &'a TestApp,
    document: Value,
    asked: BTreeSet<String>,
    findings: Vec<String>,
}

impl Checked<'_> {
    /// Asks an operation by its described path and compares the answer.
    async fn ask(&mut self, method: &str, template: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let headers: &[(&str, &str)] = if body.is_empty() { &[] } else { &[JSON] };
        self.send(template, method, path, headers, body.as_bytes())
            .await
    }

    async fn send(
        &mut self,
        template: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        let raw = Raw {
            method,
            path,
            headers,
            body,
            ..Raw::default()
        };
        let answer = self.app.raw(raw).await;
        self.asked.insert(format!("{method} {template}"));
        self.compare(method, template, &answer);
        answer
    }

    fn compare(&mut self, method: &str, template: &str, answer: &Answer) {
        let status = answer.status.as_u16();
        let name = format!("{method} {template} {status}");
        let operation = &self.document["paths"][template][method.to_lowercase()];
        let described = &operation["responses"][status.to_string()];
        if !described.is_object() {
            self.findings
                .push(format!("{name}: this status is not described"));
            return;
        }
        let kind = answer.header("content-type").unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("");
        let Some(contents) = described["content"].as_object() else {
            return;
        };
        match contents.get(kind) {
            None => self
                .findings
                .push(format!("{name}: {kind} is not described")),
            // Lines of JSON are no JSON; their own schema is compared elsewhere.
            Some(content) if kind.ends_with("json") && !kind.ends_with("ndjson") => {
                let found = misfits(&self.document, &content["schema"], &answer.json(), "$");
                let found = found.into_iter().map(|what| format!("{name}: {what}"));
                self.findings.extend(found);
            }
            Some(_) => {}
        }
    }
}

#[tokio::test]
async fn each_operation_answers_what_is_described() {
    let app = TestApp::with_salon().await;
    app.meta.types(CUSTOMER, "hi");
    app.meta.shows(CUSTOMER, 2).await;
    let conversation = app
        .conversation_when(CUSTOMER, "the bot waits", |one| one["bot"].is_object())
        .await;
    app.settled().await;
    let mut checked = Checked {
        document: app.get("/openapi.json").await.expect(200),
        app: &app,
        asked: BTreeSet::new(),
        findings: Vec::new(),
    };
    numbers(&mut checked).await;
    let id = conversation["id"].as_str().expect("an id");
    conversations(&mut checked, id).await;
    others(&mut checked).await;
    let mut findings = checked.findings;
    for (path, item) in checked.document["paths"].as_object().expect("paths") {
        for method in item.as_object().expect("operations").keys() {
            let operation = format!("{} {path}", method.to_uppercase());
            if !checked.asked.contains(&operation) {
                findings.push(format!("{operation} was not asked"));
            }
        }
    }
    crate::tidy::report("answers and description differ", &findings);
}

async fn numbers(checked: &mut Checked<'_>) {
    const ALL: &str = "/api/v1/whatsapp/numbers";
    const ONE: &str = "/api/v1/whatsapp/numbers/{id}";
    const TOGGLE: &str = "/api/v1/whatsapp/numbers/{id}/toggle";
    checked.ask("GET", ALL, ALL, &Value::Null).await.expect(200);
    checked.ask("POST", ALL, ALL, &json!({})).await.expect(422);
    let second = json!({
        "display_name": "Second", "phone_number": "+79001234568",
        "phone_number_id": "123456789012346", "access_token": "EAAanother", "is_active": true,
    });
    let added = checked.ask("POST", ALL, ALL, &second).await.expect(201);
    checked.ask("POST", ALL, ALL, &second).await.expect(409);
    let path = format!("{ALL}/{}", added["id"].as_str().expect("an id"));
    checked
        .ask("GET", ONE, &path, &Value::Null)
        .await
        .expect(200);
    let edit = json!({"display_name": "Edited"});
    checked.ask("PUT", ONE, &path, &edit).await.expect(200);
    let toggle = format!("{path}/toggle");
    checked
        .ask("PATCH", TOGGLE, &toggle, &Value::Null)
        .await
        .expect(200);
    checked
        .ask("DELETE", ONE, &path, &Value::Null)
        .await
        .expect(204);
    let nobody = format!("{ALL}/5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f");
    checked
        .ask("GET", ONE, &nobody, &Value::Null)
        .await
        .expect(404);
}

async fn conversations(checked: &mut Checked<'_>, id: &str) {
    const ALL: &str = "/api/v1/conversations";
    const ONE: &str = "/api/v1/conversations/{id}";
    let path = format!("{ALL}/{id}");
    let below = |what: &str| (format!("{ONE}/{what}"), format!("{path}/{what}"));
    checked.ask("GET", ALL, ALL, &Value::Null).await.expect(200);
    let wrong = format!("{ALL}?limit=x");
    checked
        .ask("GET", ALL, &wrong, &Value::Null)
        .await
        .expect(422);
    checked
        .ask("GET", ONE, &path, &Value::Null)
        .await
        .expect(200);
    let (template, messages) = below("messages");
    checked
        .ask("GET", &template, &messages, &Value::Null)
        .await
        .expect(200);
    let (taken, takeover) = below("takeover");
    checked
        .ask("POST", &taken, &takeover, &json!({}))
        .await
        .expect(200);
    let text = json!({"content": "Hello", "message_type": "text"});
    checked
        .ask("POST", &template, &messages, &text)
        .await
        .expect(201);
    checked
        .ask("POST", &template, &messages, &json!({}))
        .await
        .expect(422);
    checked
        .ask("GET", &template, &messages, &Value::Null)
        .await
        .expect(200);
    let (handed, handback) = below("handback");
    checked
        .ask("POST", &handed, &handback, &json!({}))
        .await
        .expect(200);
    let closed = json!({"status": "closed"});
    checked.ask("PATCH", ONE, &path, &closed).await.expect(200);
    checked
        .ask("PATCH", ONE, &path, &json!({"status": "x"}))
        .await
        .expect(422);
}

async fn others(checked: &mut Checked<'_>) {
    const WEBHOOK: &str = "/api/v1/webhooks/whatsapp";
    let asked = |token: &str| {
        format!("{WEBHOOK}?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=test")
    };
    let good = asked(VERIFY_TOKEN);
    let answer = checked.ask("GET", WEBHOOK, &good, &Value::Null).await;
    assert_eq!(answer.text, "test");
    checked
        .ask("GET", WEBHOOK, &asked("other"), &Value::Null)
        .await
        .expect(403);
    let body = Delivery::new().bytes();
    let signature = signed(&body);
    let headers = [("x-hub-signature-256", signature.as_str())];
    checked
        .send(WEBHOOK, "POST", WEBHOOK, &headers, &body)
        .await
        .expect(200);
    checked
        .send(WEBHOOK, "POST", WEBHOOK, &[], &body)
        .await
        .expect(401);
    let days = "/api/v1/activity.csv?from=2026-11-01&to=2026-11-30";
    let csv = "/api/v1/activity.csv";
    checked
        .ask("GET", csv, days, &Value::Null)
        .await
        .expect(200);
    checked.ask("GET", csv, csv, &Value::Null).await.expect(422);
    let events = "/api/v1/events";
    let few = "/api/v1/events?limit=5";
    checked
        .ask("GET", events, few, &Value::Null)
        .await
        .expect(200);
    let bad = "/api/v1/events?after=x";
    checked
        .ask("GET", events, bad, &Value::Null)
        .await
        .expect(422);
    checked
        .ask("GET", "/healthz", "/healthz", &Value::Null)
        .await
        .expect(200);
    checked
        .ask("GET", "/readyz", "/readyz", &Value::Null)
        .await
        .expect(200);
}
