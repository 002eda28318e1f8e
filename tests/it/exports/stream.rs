//! Server-sent events: live, resumed, ended by the server's stop.

use reqwest::Response;
use serde_json::Value;

use crate::support::TestApp;

/// A stream under way.
#[derive(Debug)]
pub(super) struct Stream {
    response: Response,
    pending: String,
}

/// One server-sent event.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) data: Value,
}

impl Stream {
    /// Opens a stream; `last` is sent as the last event's id.
    pub(super) async fn open(app: &TestApp, query: &str, last: Option<&str>) -> Self {
        let mut request = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client")
            .get(format!("{}/api/v1/events{query}", app.base()))
            .bearer_auth(app.admin_token())
            .header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let kind = response.headers().get("content-type").expect("a type");
        assert_eq!(kind, "text/event-stream");
        Self {
            response,
            pending: String::new(),
        }
    }

    /// The next event; `None` when the stream has ended.
    pub(super) async fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some(end) = self.pending.find("\n\n") {
                let record: String = self.pending.drain(..end + 2).collect();
                if let Some(sent) = parse(&record) {
                    return Some(sent);
                }
                continue;
            }
            let chunk = self.response.chunk().await.expect("an unbroken stream")?;
            self.pending
                .push_str(std::str::from_utf8(&chunk).expect("whole events"));
        }
    }
}

/// What a record says; comments and `retry` say nothing.
pub(super) fn parse(record: &str) -> Option<Sent> {
    let field = |name: &str| {
        let mut found = record.lines().filter_map(|line| line.strip_prefix(name));
        found.next().map(str::to_owned)
    };
    Some(Sent {
        id: field("id: ")?,
        name: field("event: "),
        data: serde_json::from_str(&field("data: ")?).ok()?,
    })
}

#[tokio::test]
async fn what_happens_arrives_while_one_listens() {
    let app = TestApp::start().await;
    app.token("agent").await;
    let mut stream = Stream::open(&app, "?after=latest&personal=open", None).await;
    app.token("analyst").await;
    let sent = stream.next().await.expect("an event");
    assert_eq!(sent.data["event_type"], "ApiTokenMade");
    assert_eq!(sent.data["payload"]["Made"]["role"], "analyst");
    assert_eq!(sent.id, sent.data["cursor"].as_str().expect("a cursor"));
    assert_eq!(sent.name, None, "browsers hear it as a message");
}

#[tokio::test]
async fn the_last_event_id_goes_before_the_first_address() {
    let app = TestApp::start().await;
    for _ in 0..4 {
        app.token("agent").await;
    }
    let mut stream = Stream::open(&app, "", None).await;
    let first = stream.next().await.expect("an event");
    assert_eq!(first.data["position"], 1);
    let second = stream.next().await.expect("an event");
    drop(stream);
    // A browser repeats the address it began with.
    let query = format!("?after={}", first.id);
    let mut stream = Stream::open(&app, &query, Some(&second.id)).await;
    let third = stream.next().await.expect("an event");
    assert_eq!(third.data["position"], 3);
}

#[tokio::test]
async fn a_stop_ends_streams_with_a_cursor_and_is_not_held_up_by_them() {
    let mut app = TestApp::start().await;
    app.token("agent").await;
    let mut stream = Stream::open(&app, "", None).await;
    let first = stream.next().await.expect("an event");
    let stopped = app.stop();
    let (end, ()) = tokio::join!(stream.next(), stopped);
    let end = end.expect("a last word");
    assert_eq!(end.name.as_deref(), Some("end"));
    assert_eq!(end.data["reason"], "closing");
    assert_eq!(end.id, first.id);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_limit_ends_a_stream() {
    let app = TestApp::start().await;
    app.token("agent").await;
    app.token("agent").await;
    let mut stream = Stream::open(&app, "?limit=1", None).await;
    let only = stream.next().await.expect("an event");
    let end = stream.next().await.expect("a last word");
    assert_eq!(end.data["reason"], "complete");
    assert_eq!(end.id, only.id);
}
