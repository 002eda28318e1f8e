//! Events in NATS: all of them, in order, each once, whatever becomes of the server; and nothing else waits for it.

mod nodes;
mod outages;
mod streams;

use async_nats::jetstream;
use async_nats::jetstream::stream::Stream;
use serde_json::Value;
use tests::private_nats::PrivateNats;

use crate::support::{AppOptions, SALON, TestApp, eventually};

/// What a consumer finds in the stream.
#[derive(Clone, Debug, PartialEq)]
struct Found {
    id: String,
    subject: String,
    body: Value,
}

async fn context(nats: &PrivateNats) -> jetstream::Context {
    let client = async_nats::connect(nats.url()).await.expect("NATS answers");
    jetstream::new(client)
}

/// The stream, once it is there.
async fn stream(nats: &PrivateNats, name: &str) -> Stream {
    let context = context(nats).await;
    eventually("the stream", || async {
        context.get_stream(name).await.ok()
    })
    .await
}

/// Everything in a stream from its beginning, by its sequence numbers.
async fn everything(stream: &Stream) -> Vec<Found> {
    let info = stream.get_info().await.expect("the stream's state");
    let mut found = Vec::new();
    for sequence in 1..=info.state.last_sequence {
        let message = stream.get_raw_message(sequence).await;
        let message = message.expect("no message was removed");
        let id = message.headers.get("Nats-Msg-Id").expect("an id");
        found.push(Found {
            id: id.as_str().to_owned(),
            subject: message.subject.to_string(),
            body: serde_json::from_slice(&message.payload).expect("JSON"),
        });
    }
    found
}

/// The stream's content once it holds this event.
async fn up_to(nats: &PrivateNats, name: &str, last: &str) -> Vec<Found> {
    let stream = stream(nats, name).await;
    eventually("the last event in NATS", || async {
        let info = stream.get_info().await.ok()?;
        let newest = stream
            .get_raw_message(info.state.last_sequence)
            .await
            .ok()?;
        let id = newest.headers.get("Nats-Msg-Id")?.as_str() == last;
        id.then_some(())
    })
    .await;
    everything(&stream).await
}

/// A server that publishes, with the salon's bot on its number; `None` where NATS is not installed.
async fn publishing(
    more: &[(&'static str, &str)],
) -> anyhow::Result<Option<(PrivateNats, TestApp)>> {
    let Some(nats) = PrivateNats::start().await? else {
        return Ok(None);
    };
    let app = served(&nats, more).await;
    Ok(Some((nats, app)))
}

async fn served(nats: &PrivateNats, more: &[(&'static str, &str)]) -> TestApp {
    let mut settings = vec![("NATS_URL", nats.url())];
    settings.extend(
        more.iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    let app = TestApp::start_with(AppOptions { settings }).await;
    app.add_number().await;
    app.import_bot(SALON).await;
    app
}

/// A customer writes and the bot answers, after which nothing goes on any more.
async fn talk(app: &TestApp, wa_id: &str) {
    app.meta.types(wa_id, "Здравствуйте");
    app.meta.shows(wa_id, 2).await;
    let conversation = app
        .conversation_when(wa_id, "the bot waits", |one| one["bot"].is_object())
        .await;
    app.messages_when(&conversation, "every bubble is read", |messages| {
        let mut sent = messages.iter().filter(|one| one["direction"] == "outbound");
        messages.len() == 3 && sent.all(|one| one["status"] == "read")
    })
    .await;
    app.settled().await;
}

/// The id of an event of this log.
fn id(app: &TestApp, position: u64) -> String {
    let log = &app.inside().app().log;
    format!("{}:{position}", log.epoch())
}

/// Waits until the stream holds all events of the log, and asks that it holds them as they are exported, in
/// order, each once.
async fn is_whole(nats: &PrivateNats, app: &TestApp, name: &str, personal: &str) {
    app.settled().await;
    let head = app.inside().app().log.head();
    let found = up_to(nats, name, &id(app, head)).await;
    let exported = app.get(&format!("/events?personal={personal}")).await.text;
    let exported: Vec<Value> = exported
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line"))
        .collect();
    let wanted = exported.into_iter().zip(1..).map(|(body, position)| Found {
        id: id(app, position),
        subject: format!(
            "{name}.events.{}.{}",
            body["aggregate_type"].as_str().expect("a kind"),
            body["event_type"].as_str().expect("a type")
        ),
        body,
    });
    assert_eq!(found, wanted.collect::<Vec<_>>());
    assert_eq!(found.len() as u64, head);
}

/// A metric's value, if it is shown.
async fn metric(app: &TestApp, name: &str) -> Option<f64> {
    let answer = app.get_root_as_admin("/metrics").await;
    let line = answer
        .text
        .lines()
        .find(|line| line.starts_with(&format!("{name} ")))?;
    line.rsplit(' ').next()?.parse().ok()
}
