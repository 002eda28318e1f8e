//! What leaves for Meta.

use application::ports::cloud_api::{CloudApi, Recipient, SendOutcome};
use domain::message::{Button, Content, Media, MediaKind};
use domain::number::NumberKind;
use serde_json::Value;
use tokio::net::TcpListener;

use super::server::{Step, answer, serve_one};
use super::{client, credentials, request};
use crate::cloud_api::body;

#[test]
fn a_text_with_a_link_asks_for_a_preview() {
    let body = body::message(&request(Content::text("See HTTPS://x.example"))).unwrap();
    insta::assert_json_snapshot!(body);
}

#[test]
fn a_set_preview_wins_over_the_link() {
    let content = Content::Text {
        body: "https://x.example".to_owned(),
        preview_url: Some(false),
    };
    let body = body::message(&request(content)).unwrap();
    assert_eq!(body["text"]["preview_url"], Value::Bool(false));
}

#[test]
fn buttons_become_an_interactive_message() {
    let button = |id: &str, title: &str| Button {
        id: id.to_owned(),
        title: title.to_owned(),
    };
    let content = Content::Buttons {
        body: "Which service?".to_owned(),
        buttons: vec![button("cut", "Haircut"), button("color", "Coloring")],
    };
    insta::assert_json_snapshot!(body::message(&request(content)).unwrap());
}

#[test]
fn a_reply_quotes_by_wamid() {
    let mut reply = request(Content::text("yes"));
    reply.reply_to_wamid = Some("wamid.Q".to_owned());
    insta::assert_json_snapshot!(body::message(&reply).unwrap());
}

#[test]
fn a_customer_without_a_phone_is_reached_by_bsuid() {
    let mut to_bsuid = request(Content::text("hi"));
    to_bsuid.to = Recipient {
        phone: None,
        bsuid: Some("RU.13491208655302741918".to_owned()),
    };
    insta::assert_json_snapshot!(body::message(&to_bsuid).unwrap());
}

#[test]
fn what_cannot_be_sent_is_refused_before_it_leaves() {
    let media = Content::Media(Media {
        kind: MediaKind::Image,
        media_id: None,
        mime_type: None,
        sha256: None,
        caption: None,
        file_name: None,
        special: false,
    });
    assert_eq!(body::message(&request(media)).unwrap_err().code, 131_051);
    let mut nobody = request(Content::text("hi"));
    nobody.to = Recipient::default();
    assert_eq!(body::message(&nobody).unwrap_err().code, 131_008);
}

#[test]
fn marking_as_read_may_show_typing() {
    insta::assert_json_snapshot!([
        body::mark_read("wamid.R", true),
        body::mark_read("wamid.R", false)
    ]);
}

#[tokio::test]
async fn a_request_goes_to_the_number_with_its_token() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&format!("http://{}/v25.0/", listener.local_addr().unwrap()));
    let ok = Step::Answer(answer(200, "", r#"{"messages":[{"id":"wamid.1"}]}"#));
    let (outcome, sent) = tokio::join!(
        client.send(request(Content::text("hello"))),
        serve_one(listener, ok)
    );
    assert!(matches!(outcome, SendOutcome::Accepted { .. }));
    let head = sent.split("\r\n\r\n").next().unwrap().to_ascii_lowercase();
    assert!(
        head.starts_with("post /v25.0/106540352242922/messages http/1.1"),
        "{head}"
    );
    assert!(head.contains("authorization: bearer eaatoken"));
    assert!(head.contains("content-type: application/json"));
}

#[tokio::test]
async fn marking_as_read_reaches_the_same_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client(&format!("http://{}/v25.0", listener.local_addr().unwrap()));
    let live = credentials(NumberKind::Live);
    let ok = Step::Answer(answer(200, "", r#"{"success":true}"#));
    let ((), sent) = tokio::join!(
        client.mark_read(&live, "wamid.R", true),
        serve_one(listener, ok)
    );
    assert!(
        sent.contains(r#""status":"read""#),
        "no read status in the request"
    );
}
