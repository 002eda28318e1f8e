//! Subscriptions: how soon an event reaches its subscribers, and what a quiet subscriber costs.

use std::time::Duration;

use anyhow::{Context, ensure};
use application::ports::clock::Clock;
use application::tasks::Tasks;
use domain::time::Timestamp;
use futures::{SinkExt, StreamExt};
use infrastructure::system::SystemClock;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::load::{Writers, percentiles, post_steadily, texts};
use crate::server::{PHONE_NUMBER_ID, SECRET, Server};
use crate::{milliseconds, row, setting};

/// Subscribers that hear every event.
const LISTENERS: usize = 20;
/// Webhooks a second without `WEBHOOKS`; each becomes two events or more.
const WEBHOOKS: usize = 250;
const SECONDS: usize = 20;
const CONNECTIONS: usize = 16;
/// Quiet subscribers without `IDLE`.
const IDLE: usize = 5_000;
/// Sockets that a token may open.
const SOCKETS_A_TOKEN: usize = 200;
/// What is under way when the load ends gets this long.
const REST: Duration = Duration::from_secs(5);

type Socket = WebSocketStream<TcpStream>;

/// Measures and prints.
pub(crate) fn run(runtime: &Runtime) -> anyhow::Result<()> {
    runtime.block_on(delivery())?;
    runtime.block_on(idle(setting("IDLE").unwrap_or(IDLE)))
}

async fn delivery() -> anyhow::Result<()> {
    let tasks = Tasks::default();
    let server = Server::start().await?;
    let token = server.admin_token().to_owned();
    let (times_of, mut times) = mpsc::unbounded_channel();
    for _ in 0..LISTENERS {
        let query = "subscription { events { event { recordedAt } } }";
        let mut socket = subscribe(server.port, &token, query).await?;
        let times_of = times_of.clone();
        let stop = tasks.stop().clone();
        tasks.spawn(async move {
            loop {
                let frame = tokio::select! {
                    frame = socket.next() => frame,
                    () = stop.cancelled() => return,
                };
                let Some(Ok(frame)) = frame else { return };
                // Nobody listens once the benchmark is over.
                let _gone = times_of.send((SystemClock.now(), frame));
            }
        });
    }
    let each_second = setting("WEBHOOKS").unwrap_or(WEBHOOKS);
    let numbers = [PHONE_NUMBER_ID.to_owned()];
    let writers = Writers {
        customers: 2_000,
        numbers: &numbers,
        secret: SECRET,
        run: 0,
    };
    let requests = texts(each_second * SECONDS, writers);
    post_steadily(server.port, &requests, CONNECTIONS, each_second, |_| ()).await?;
    tokio::time::sleep(REST).await;
    tasks.stop().cancel();
    drop(times_of);
    let mut delays = Vec::new();
    while let Some((came, frame)) = times.recv().await {
        delays.extend(delay(came, &frame));
    }
    let events = delays.len() / LISTENERS;
    let (p50, p99) = percentiles(&mut delays);
    row(
        &format!("subscribers: event recorded to received, {LISTENERS} subscribers"),
        format!(
            "{} events ({}/s) each, p50 {}, p99 {}",
            events,
            events / SECONDS,
            milliseconds(p50),
            milliseconds(p99)
        ),
    )?;
    Ok(())
}

/// How long the event of a frame was under way.
fn delay(came: Timestamp, frame: &Message) -> Option<Duration> {
    let Message::Text(text) = frame else {
        return None;
    };
    let message: Value = serde_json::from_str(text).ok()?;
    let recorded = message["payload"]["data"]["events"]["event"]["recordedAt"].as_str()?;
    let recorded: Timestamp = serde_json::from_value(json!(recorded)).ok()?;
    Some(Duration::from_micros(
        u64::try_from(came.micros_since(recorded)).unwrap_or(0),
    ))
}

async fn idle(count: usize) -> anyhow::Result<()> {
    let server = Server::start().await?;
    let mut sockets = Vec::with_capacity(count);
    let mut token = String::new();
    // The first socket brings what all of them share.
    let query = "subscription { conversationChanged { cursor } }";
    sockets.push(subscribe(server.port, server.admin_token(), query).await?);
    let (before, _) = server.resident_kb()?;
    for index in 0..count {
        if index % SOCKETS_A_TOKEN == 0 {
            token = server.token().await?;
        }
        sockets.push(subscribe(server.port, &token, query).await?);
    }
    let (after, _) = server.resident_kb()?;
    let each = after.saturating_sub(before) / count.max(1) as u64;
    row(
        &format!("subscribers: {count} quiet ones"),
        format!(
            "{each} KiB each; {} MB without them, {} MB with them",
            before / 1024,
            after / 1024
        ),
    )?;
    drop(sockets);
    Ok(())
}

async fn subscribe(port: u16, token: &str, query: &str) -> anyhow::Result<Socket> {
    let mut request = format!("ws://127.0.0.1:{port}/graphql").into_client_request()?;
    let protocol = "graphql-transport-ws".parse()?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocol);
    let tcp = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, tcp).await?;
    let payload = json!({"Authorization": format!("Bearer {token}")});
    let init = json!({"type": "connection_init", "payload": payload});
    socket.send(Message::text(init.to_string())).await?;
    let ack = socket.next().await.context("the socket ended")??;
    ensure!(
        ack.to_text()?.contains("connection_ack"),
        "no acknowledgment: {ack}"
    );
    let begin = json!({"type": "subscribe", "id": "1", "payload": {"query": query}});
    socket.send(Message::text(begin.to_string())).await?;
    Ok(socket)
}
