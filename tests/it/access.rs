//! Who gets in where: every route by every role, and the routes that are open.

use serde_json::json;

use crate::support::{AppOptions, Raw, TestApp};

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// Method, path below `/api/v1` (the simulator's as it is), body, answer to who may, whether agents may, whether
/// analysts may.
pub(crate) type Line = (&'static str, &'static str, &'static str, u16, bool, bool);

/// Every route that asks who is there, but for GraphQL's and `/metrics`.
pub(crate) const LINES: &[Line] = &[
    ("GET", "/whatsapp/numbers", "", 200, true, true),
    ("POST", "/whatsapp/numbers", "{}", 422, false, false),
    ("GET", "/whatsapp/numbers/ID", "", 404, true, true),
    ("PUT", "/whatsapp/numbers/ID", "{}", 404, false, false),
    ("DELETE", "/whatsapp/numbers/ID", "", 404, false, false),
    (
        "PATCH",
        "/whatsapp/numbers/ID/toggle",
        "",
        404,
        false,
        false,
    ),
    ("GET", "/conversations", "", 200, true, false),
    ("GET", "/conversations/ID", "", 404, true, false),
    (
        "PATCH",
        "/conversations/ID",
        "{\"status\":\"closed\"}",
        404,
        true,
        false,
    ),
    ("POST", "/conversations/ID/takeover", "", 404, true, false),
    ("POST", "/conversations/ID/handback", "", 404, true, false),
    ("GET", "/conversations/ID/messages", "", 404, true, false),
    (
        "POST",
        "/conversations/ID/messages",
        "{\"content\":\"x\"}",
        404,
        true,
        false,
    ),
    ("GET", "/events", "", 200, false, true),
    ("GET", "/events?personal=open", "", 200, false, false),
    (
        "GET",
        "/activity.csv?from=2026-11-01&to=2026-11-30",
        "",
        200,
        false,
        true,
    ),
    ("POST", "/admin/tokens", "{}", 422, false, false),
    ("POST", "/admin/bots/import", "{}", 422, false, false),
    ("POST", "/admin/demo", "", 200, false, false),
    ("GET", "/admin/doctor", "", 200, false, false),
    (
        "GET",
        "/admin/doctor/conversations/ID",
        "",
        404,
        false,
        false,
    ),
    ("GET", "/admin/log-level", "", 409, false, false),
    ("PUT", "/admin/log-level", "{}", 422, false, false),
    ("GET", "/admin/held", "", 200, false, false),
    ("POST", "/admin/held/release", "{}", 422, false, false),
    (
        "POST",
        "/admin/held/release",
        "{\"reason\":\"parked\"}",
        200,
        false,
        false,
    ),
    ("GET", "/admin/projections", "", 200, false, false),
    ("GET", "/admin/outbound", "", 200, false, false),
    ("POST", "/admin/outbound/release", "{}", 200, false, false),
    // Only the command line of the server's machine says where a backup is made.
    (
        "POST",
        "/admin/backups",
        "{\"output\":\"/nowhere/at/all\"}",
        422,
        false,
        false,
    ),
    (
        "POST",
        "/admin/projections/nothing/rebuild",
        "",
        404,
        false,
        false,
    ),
    (
        "GET",
        "/simulator/phone/100000000000001/79991112233/messages",
        "",
        200,
        true,
        false,
    ),
    (
        "POST",
        "/simulator/phone/100000000000001/79991112233/messages",
        "{}",
        422,
        true,
        false,
    ),
];

fn line_path(path: &str) -> String {
    let base = if path.starts_with("/simulator") {
        ""
    } else {
        "/api/v1"
    };
    format!(
        "{base}{}",
        path.replace("ID", "5f0c0a52-1f0e-5d7e-8f0b-0d1c2b3a4e5f")
    )
}

#[tokio::test]
async fn every_route_asks_for_a_token_and_its_role() {
    let settings = vec![("SIMULATOR", "on".to_owned())];
    let app = TestApp::start_with(AppOptions { settings }).await;
    let admin = app.token("admin").await;
    let agent = app.token("agent").await;
    let analyst = app.token("analyst").await;
    for (method, path, body, answer, agents, analysts) in LINES {
        let path = line_path(path);
        let expected = [
            ("", 401),
            ("vst_no_such_token", 401),
            (analyst.as_str(), if *analysts { *answer } else { 403 }),
            (agent.as_str(), if *agents { *answer } else { 403 }),
            (admin.as_str(), *answer),
        ];
        for (token, status) in expected {
            let given = app
                .raw(Raw {
                    method,
                    path: &path,
                    token: Some(token),
                    headers: JSON,
                    body: body.as_bytes(),
                })
                .await;
            let problem = given.expect(status);
            match status {
                401 => {
                    assert_eq!(problem["code"], "unauthenticated");
                    assert_eq!(given.header("www-authenticate"), Some("Bearer"));
                    let next = problem["next_step"].as_str().expect("a text");
                    assert!(next.contains("vestnik token create"));
                }
                403 => assert_eq!(problem["code"], "forbidden"),
                _ => {}
            }
            assert!(token.is_empty() || !given.text.contains(token));
        }
    }
}

#[tokio::test]
async fn odd_authorization_headers_are_no_token() {
    let app = TestApp::start().await;
    let token = app.token("admin").await;
    let good = format!("Bearer {token}");
    let lower = format!("bearer {token}");
    let basic = format!("Basic {token}");
    let ask = async |headers: &[(&str, &str)]| {
        let raw = Raw {
            path: "/api/v1/whatsapp/numbers",
            token: Some(""),
            headers,
            ..Raw::default()
        };
        app.raw(raw).await.status.as_u16()
    };
    assert_eq!(ask(&[("authorization", &good)]).await, 200);
    assert_eq!(ask(&[("authorization", &lower)]).await, 200);
    assert_eq!(ask(&[("authorization", &basic)]).await, 401);
    assert_eq!(ask(&[("authorization", &token)]).await, 401);
    assert_eq!(ask(&[("authorization", "Bearer ")]).await, 401);
    assert_eq!(
        ask(&[("authorization", &good), ("authorization", &good)]).await,
        401
    );
}

#[tokio::test]
async fn tokens_outlive_a_restart_and_hold_only_for_known_roles() {
    let mut app = TestApp::start().await;
    let token = app.token("analyst").await;
    app.restart().await;
    let raw = Raw {
        path: "/api/v1/whatsapp/numbers",
        token: Some(&token),
        ..Raw::default()
    };
    app.raw(raw).await.expect(200);
    let problem = app
        .post("/admin/tokens", json!({"name": "x", "role": "king"}))
        .await
        .expect(422);
    assert_eq!(problem["errors"][0]["field"], "role");
}

#[tokio::test]
async fn metrics_are_for_admins() {
    let app = TestApp::start().await;
    let agent = app.token("agent").await;
    for (token, status) in [(Some(""), 401), (Some(agent.as_str()), 403), (None, 200)] {
        let answer = app
            .raw(Raw {
                path: "/metrics",
                token,
                ..Raw::default()
            })
            .await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
}

#[tokio::test]
async fn probes_pages_and_the_description_are_open() {
    let app = TestApp::with_number().await;
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/problems",
        "/problems/not_found",
        "/api/v1/openapi.json",
    ] {
        let answer = app.get_root(path).await;
        assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
        assert!(!answer.text.contains("79001234567"), "{path} shows data");
    }
    assert_eq!(
        app.get_root("/healthz").await.expect(200),
        json!({"status": "ok"})
    );
    let ready = app.get_root("/readyz").await.expect(200);
    assert_eq!(
        ready,
        json!({"status": "ready", "checks": {
            "store": "ok", "projections": "ok", "outbound": "open",
            "oldest_unhandled_s": 0, "oldest_undecided_s": 0, "oldest_unsent_s": 0,
        }})
    );
    let home = app.get_root("/").await.text;
    assert!(home.contains("vestnik token create"), "{home}");
}
