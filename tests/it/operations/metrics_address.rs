//! Metrics: without a token on their own loopback address, and nowhere else.

use crate::support::{AppOptions, PHONE_NUMBER_ID, TestApp};

const ANNA: &str = "79991112233";

#[tokio::test]
async fn metrics_need_no_token_on_their_own_address_only() {
    let options = AppOptions {
        settings: vec![("METRICS_ADDR", "127.0.0.1:0".to_owned())],
    };
    let app = TestApp::start_with(options).await;
    app.add_number().await;
    app.hears(ANNA, "Anna", "hi").await;
    let address = app.inside().metrics_addr.expect("it listens");
    assert!(address.ip().is_loopback());
    assert_ne!(address.port(), app.inside().addr.port());
    let metrics = app.get_url(&format!("http://{address}/metrics")).await;
    assert_eq!(metrics.status.as_u16(), 200);
    let kind = metrics.header("content-type").expect("a type");
    assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
    assert!(
        metrics.text.contains("inbound_items_total"),
        "{}",
        metrics.text
    );
    for secret in [ANNA, PHONE_NUMBER_ID, "79001234567", app.admin_token()] {
        assert!(!metrics.text.contains(secret), "metrics show {secret}");
    }
    // Nothing but metrics is there.
    for path in ["/", "/healthz", "/api/v1/conversations", "/graphql"] {
        let other = app.get_url(&format!("http://{address}{path}")).await;
        assert_eq!(other.status.as_u16(), 404, "{path}");
    }
    let refused = app.get_root("/metrics").await.expect(401);
    assert_eq!(refused["code"], "unauthenticated");
}

#[tokio::test]
async fn without_an_address_metrics_are_on_no_other_port() {
    let app = TestApp::start().await;
    assert_eq!(app.inside().metrics_addr, None);
    app.get_root("/metrics").await.expect(401);
}

#[tokio::test]
async fn the_address_of_metrics_is_given_back_at_the_stop() {
    let options = AppOptions {
        settings: vec![("METRICS_ADDR", "127.0.0.1:0".to_owned())],
    };
    let mut app = TestApp::start_with(options).await;
    let address = app.inside().metrics_addr.expect("it listens");
    app.stop().await;
    tokio::net::TcpListener::bind(address)
        .await
        .expect("the address is free");
}
