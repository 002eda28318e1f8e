//! What a client gets that stops reading, that reads on after that, and whose server stops.

use std::time::Duration;

use application::use_cases::Request;
use application::use_cases::exports::PersonalMode;
use domain::api_token::Role;
use futures::StreamExt;
use serde_json::Value;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::feed::{Feed, Form};
use crate::bootstrap::{Running, start};
use crate::config::Config;

const SHORT: Duration = Duration::from_millis(20);
const EVENTS: u64 = 12;

/// A server whose log has [`EVENTS`] events: tokens that were made.
async fn server() -> (Running, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("DATA_DIR", folder.path().join("data").display().to_string()),
        ("PORT", "0".to_owned()),
        ("SIMULATOR", "off".to_owned()),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value));
    let config = Config::from_sources(folder.path(), settings).unwrap();
    let running = start(config).await.unwrap();
    let app = running.app();
    for number in 0..u8::try_from(EVENTS).unwrap() {
        let request = Request::new(app.ids.next(), "test");
        let name = format!("token {number}");
        let bytes = [number; 32];
        let made = app.tokens.make(&request, name, Role::Agent, None, &bytes);
        made.await.unwrap();
    }
    (running, folder)
}

fn feed(form: Form, after: u64, left: Option<u64>) -> Feed {
    let mut feed = Feed::new(form, after, left, PersonalMode::Sealed);
    (feed.page, feed.slow_after, feed.keep_alive) = (1, SHORT, SHORT);
    feed
}

/// Positions and last words of a stream of server-sent events.
fn read(text: &str) -> (Vec<u64>, Option<Value>) {
    let mut positions = Vec::new();
    let mut end = None;
    for event in text.split("\n\n").filter(|event| event.contains("data: ")) {
        let data = event.split("data: ").nth(1).unwrap();
        let data: Value = serde_json::from_str(data).unwrap();
        match data["position"].as_u64() {
            Some(position) => positions.push(position),
            None => end = Some(data),
        }
    }
    (positions, end)
}

#[tokio::test]
async fn a_client_that_stops_reading_is_ended_with_the_cursor_to_go_on_from() {
    let (running, _folder) = server().await;
    let exports = &running.app().exports;
    let (pump, body) = feed(Form::ServerSent, 0, None).start(CancellationToken::new());
    // Nobody reads while it runs.
    pump.run(exports).await;
    let pieces: Vec<_> = Box::pin(body).collect().await;
    let text: String = pieces
        .into_iter()
        .map(|piece| String::from_utf8(piece.unwrap().to_vec()).unwrap())
        .collect();
    let (positions, end) = read(&text);
    let end = end.expect("a last word");
    assert_eq!(end["reason"], "slow");
    let last = positions.last().copied().unwrap_or(0);
    assert_eq!(end["cursor"], exports.cursor(last).to_string());
    assert_eq!(positions, (1..=last).collect::<Vec<_>>());
    assert!(last < EVENTS, "memory is bounded");

    let (pump, body) =
        feed(Form::ServerSent, last, Some(EVENTS - last)).start(CancellationToken::new());
    let (pieces, ()) = tokio::join!(Box::pin(body).collect::<Vec<_>>(), pump.run(exports));
    let text: String = pieces
        .into_iter()
        .map(|piece| String::from_utf8(piece.unwrap().to_vec()).unwrap())
        .collect();
    let (positions, end) = read(&text);
    assert_eq!(positions, (last + 1..=EVENTS).collect::<Vec<_>>());
    assert_eq!(end.expect("a last word")["reason"], "complete");
    running.stop().await;
}

#[tokio::test]
async fn silence_is_broken_by_comments_and_a_stop_by_a_last_word() {
    let (running, _folder) = server().await;
    let exports = &running.app().exports;
    let closing = CancellationToken::new();
    let (pump, body) = feed(Form::ServerSent, EVENTS, None).start(closing.clone());
    let mut body = Box::pin(body);
    let reader = async {
        let mut texts = Vec::new();
        while let Some(piece) = body.next().await {
            texts.push(String::from_utf8(piece.unwrap().to_vec()).unwrap());
            if texts.last().is_some_and(|text| text.starts_with(':')) {
                closing.cancel();
            }
        }
        texts
    };
    let (texts, ()) = tokio::join!(reader, pump.run(exports));
    assert_eq!(texts[0], "retry: 2000\n\n");
    assert!(texts.contains(&": keep-alive\n\n".to_owned()), "{texts:?}");
    let (_, end) = read(&texts.concat());
    let end = end.expect("a last word");
    assert_eq!(end["reason"], "closing");
    assert_eq!(end["cursor"], exports.cursor(EVENTS).to_string());
    running.stop().await;
}

#[tokio::test]
async fn lines_that_are_not_complete_end_as_a_broken_connection() {
    let (running, _folder) = server().await;
    let exports = &running.app().exports;
    let (pump, body) = feed(Form::Lines, 0, Some(EVENTS)).start(CancellationToken::new());
    pump.run(exports).await;
    let pieces: Vec<_> = Box::pin(body).collect().await;
    assert!(pieces.last().is_some_and(Result::is_err));
    let (pump, body) = feed(Form::Lines, 0, Some(EVENTS)).start(CancellationToken::new());
    let (pieces, ()) = tokio::join!(Box::pin(body).collect::<Vec<_>>(), pump.run(exports));
    assert_eq!(pieces.len() as u64, EVENTS);
    assert!(pieces.iter().all(Result::is_ok));
    running.stop().await;
}
