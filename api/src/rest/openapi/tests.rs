//! Tests of the module above.

use utoipa::OpenApi;

use super::Document;

#[test]
fn every_path_of_the_contract_is_described() {
    let document = serde_json::to_value(Document::openapi()).unwrap();
    let expected = [
        ("/api/v1/webhooks/whatsapp", vec!["get", "post"]),
        ("/api/v1/whatsapp/numbers", vec!["get", "post"]),
        (
            "/api/v1/whatsapp/numbers/{id}",
            vec!["delete", "get", "put"],
        ),
        ("/api/v1/whatsapp/numbers/{id}/toggle", vec!["patch"]),
        ("/api/v1/conversations", vec!["get"]),
        ("/api/v1/conversations/{id}", vec!["get", "patch"]),
        ("/api/v1/conversations/{id}/takeover", vec!["post"]),
        ("/api/v1/conversations/{id}/handback", vec!["post"]),
        ("/api/v1/conversations/{id}/messages", vec!["get", "post"]),
        ("/api/v1/events", vec!["get"]),
        ("/api/v1/activity.csv", vec!["get"]),
        ("/healthz", vec!["get"]),
        ("/readyz", vec!["get"]),
    ];
    let paths = document["paths"].as_object().unwrap();
    for (path, methods) in &expected {
        let mut described: Vec<&str> = paths[*path]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        described.sort_unstable();
        assert_eq!(&described, methods, "{path}");
    }
    assert_eq!(paths.len(), expected.len());
}

#[test]
fn no_answer_is_described_with_the_access_token() {
    let mut document = serde_json::to_value(Document::openapi()).unwrap();
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for request in ["AddNumber", "EditNumber"] {
        let schema = schemas.remove(request).unwrap();
        assert!(schema.to_string().contains("access_token"));
    }
    assert!(!document.to_string().contains("access_token"));
}

#[test]
fn every_write_but_those_without_members_describes_its_body() {
    let document = serde_json::to_value(Document::openapi()).unwrap();
    let without = [
        "/api/v1/webhooks/whatsapp post",
        "/api/v1/whatsapp/numbers/{id} delete",
        "/api/v1/conversations/{id}/handback post",
    ];
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{path} {method}");
            let writes = method != "get" && !without.contains(&name.as_str());
            let body = &operation["requestBody"]["content"]["application/json"]["schema"];
            assert_eq!(body.is_object(), writes, "{name}");
        }
    }
}
