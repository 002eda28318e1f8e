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
fn no_schema_names_the_access_token() {
    let document = serde_json::to_string(&Document::openapi()).unwrap();
    assert!(!document.contains("access_token"));
}
