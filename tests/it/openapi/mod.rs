//! The description of the API against the API: same routes, and each real answer fits its schema.

mod answers;
mod schema;

use crate::support::{Raw, TestApp};
use crate::tidy::{read, report, root};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Routes that are no part of the contract: pages for people, figures for scrapers, this description itself.
const NOT_DESCRIBED: [&str; 5] = [
    "/",
    "/problems",
    "/problems/{code}",
    "/metrics",
    "/openapi.json",
];

#[test]
fn every_real_route_is_described_or_named_as_an_exception() {
    let source = read(&root().join("api/src/rest/mod.rs"));
    let description = read(&root().join("api/src/rest/openapi/tests.rs"));
    let routes = source.split(".route(").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once('"')?;
        rest.split('"').next()
    });
    let routes: Vec<&str> = routes.collect();
    assert!(routes.len() > 15, "{routes:?}");
    let missing: Vec<String> = routes
        .into_iter()
        .filter(|route| !NOT_DESCRIBED.contains(route))
        .filter(|route| {
            let below = format!("\"/api/v1{route}\"");
            let plain = format!("\"{route}\"");
            !description.contains(&below) && !description.contains(&plain)
        })
        .map(str::to_owned)
        .collect();
    report("a route is not in the description", &missing);
}

#[tokio::test]
async fn every_described_route_exists_and_no_other_method() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    for (path, item) in document["paths"].as_object().expect("paths") {
        let real = path.replace("{id}", "5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f");
        for method in METHODS {
            let answer = app
                .raw(Raw {
                    method,
                    path: &real,
                    ..Raw::default()
                })
                .await;
            let is_described = item.get(method.to_lowercase()).is_some();
            assert_eq!(
                answer.status.as_u16() != 405,
                is_described,
                "{method} {path}: {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn every_status_that_is_an_error_is_described_as_a_problem() {
    let app = TestApp::start().await;
    let document = app.get("/openapi.json").await.expect(200);
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let is_error = status.as_str() >= "400" && path != "/readyz";
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(
                    *schema == "#/components/schemas/Problem",
                    is_error,
                    "{method} {path} {status}"
                );
            }
        }
    }
}
