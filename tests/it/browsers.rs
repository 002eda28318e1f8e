//! What browsers of other origins may do and read (CORS).

use crate::support::{AppOptions, Raw, TestApp};

const OURS: &str = "https://app.example.com";

async fn app() -> TestApp {
    let settings = vec![("CORS_ORIGINS", format!("{OURS},https://other.example.com"))];
    TestApp::start_with(AppOptions { settings }).await
}

/// The words of a header that lists some, in lower case.
fn words(header: Option<&str>) -> Vec<String> {
    let listed = header.unwrap_or_default().split(',');
    listed.map(|word| word.trim().to_lowercase()).collect()
}

#[tokio::test]
async fn an_allowed_origin_may_ask_with_every_method_and_header_of_the_api() {
    let app = app().await;
    for path in [
        "/api/v1/conversations",
        "/graphql",
        "/api/v1/whatsapp/numbers/1",
    ] {
        let asked = app
            .raw(Raw {
                method: "OPTIONS",
                path,
                token: Some(""),
                headers: &[
                    ("origin", OURS),
                    ("access-control-request-method", "PUT"),
                    (
                        "access-control-request-headers",
                        "authorization,content-type,idempotency-key",
                    ),
                ],
                ..Raw::default()
            })
            .await;
        assert_eq!(asked.status.as_u16(), 200, "{path}: {}", asked.text);
        assert_eq!(asked.header("access-control-allow-origin"), Some(OURS));
        let methods = words(asked.header("access-control-allow-methods"));
        for method in ["get", "post", "put", "patch", "delete"] {
            assert!(methods.iter().any(|one| one == method), "{methods:?}");
        }
        let headers = words(asked.header("access-control-allow-headers"));
        for header in [
            "authorization",
            "content-type",
            "idempotency-key",
            "last-event-id",
        ] {
            assert!(headers.iter().any(|one| one == header), "{headers:?}");
        }
    }
}

#[tokio::test]
async fn a_script_may_read_every_header_that_answers_carry() {
    let app = app().await;
    let answers = [
        ("/api/v1/whatsapp/numbers", None),
        ("/api/v1/nothing", Some("")),
    ];
    for (path, token) in answers {
        let answer = app
            .raw(Raw {
                path,
                token,
                headers: &[("origin", OURS)],
                ..Raw::default()
            })
            .await;
        assert_eq!(answer.header("access-control-allow-origin"), Some(OURS));
        let exposed = words(answer.header("access-control-expose-headers"));
        for header in [
            "location",
            "link",
            "x-next-cursor",
            "retry-after",
            "idempotent-replayed",
            "vestnik-position",
            "vestnik-stale",
            "x-request-id",
        ] {
            assert!(
                exposed.iter().any(|one| one == header),
                "{header}: {exposed:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_strange_origin_is_told_nothing() {
    let strange = [("origin", "https://evil.example.com")];
    for app in [app().await, TestApp::start().await] {
        let answer = app
            .raw(Raw {
                path: "/api/v1/whatsapp/numbers",
                headers: &strange,
                ..Raw::default()
            })
            .await;
        answer.expect(200);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}
