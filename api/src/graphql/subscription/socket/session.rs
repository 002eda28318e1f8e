//! One socket from its opening to its end.
//!
//! Invariant: nothing is sent to a socket whose token does not hold any more. It is asked before each result
//! and every second.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use application::tasks::Tasks;
use async_graphql::Response;
use axum::extract::ws::{Message, WebSocket};
use serde_json::{Map, Value};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite;

use super::close::{Close, Ended};
use super::message::{self, ClientMessage};
use super::operations::Operations;
use super::{Door, PROTOCOL};
use crate::auth::{Actor, token_hash};
use crate::graphql::context::Caller;
use crate::graphql::error::{describe, server_error};
use crate::graphql::http::request_of;
use crate::graphql::limits;
use crate::i18n::{Lang, Text};
use crate::problem::Problem;

/// How long closing may take, whoever began it.
const CLOSE_TIME: Duration = Duration::from_secs(2);

/// What the request said that opened the socket.
#[derive(Debug)]
pub(super) struct Opened {
    /// Its `Authorization` header.
    pub(super) authorization: Option<String>,
    /// The language of its `Accept-Language`.
    pub(super) lang: Lang,
}

/// Serves a socket to its end.
pub(super) async fn serve(door: Door, mut socket: WebSocket, opened: Opened, tasks: Tasks) {
    let stop = tasks.stop().clone();
    let run = async {
        let spoken = socket.protocol().and_then(|value| value.to_str().ok());
        if spoken != Some(PROTOCOL) {
            return Ended::Closed(Close::not_acceptable());
        }
        let greeted = timeout(limits::INIT_TIME, greet(&mut socket));
        let payload = match greeted.await {
            Ok(Ok(payload)) => payload,
            Ok(Err(ended)) => return ended,
            Err(_) => return Ended::Closed(Close::init_timeout()),
        };
        match Session::begin(&door, &mut socket, opened, &payload) {
            Ok(session) => Box::pin(session.run()).await,
            Err(close) => Ended::Closed(close),
        }
    };
    let ended = tokio::select! {
        ended = run => ended,
        () = stop.cancelled() => Ended::Closed(Close::going_away()),
    };
    // Reading on sends the answer to a closing, and keeps ours from overtaking what the other side has to read.
    let closing = async {
        match ended {
            Ended::Gone => return,
            Ended::Left => {}
            Ended::Closed(close) => {
                tracing::debug!(code = close.code, "a GraphQL socket is closed");
                let was_unreadable = close.code == Close::too_large().code;
                if socket.send(close.message()).await.is_err() {
                    return;
                }
                if was_unreadable {
                    // Nothing more can be read here, and to end with unread bytes would take our words along.
                    std::future::pending::<()>().await;
                }
            }
        }
        while let Some(Ok(_)) = socket.recv().await {}
    };
    let _ = timeout(CLOSE_TIME, closing).await;
}

/// Waits for `connection_init`.
async fn greet(socket: &mut WebSocket) -> Result<Map<String, Value>, Ended> {
    loop {
        match receive(socket.recv().await)? {
            None | Some(ClientMessage::Pong {} | ClientMessage::Complete { .. }) => {}
            Some(ClientMessage::ConnectionInit { payload }) => {
                return Ok(payload.unwrap_or_default());
            }
            Some(ClientMessage::Ping {}) => send(socket, message::pong()).await?,
            Some(ClientMessage::Subscribe { .. }) => return Err(Close::unauthorized().into()),
        }
    }
}

/// A message of the protocol; `None` for frames that carry none.
fn receive(frame: Option<Result<Message, axum::Error>>) -> Result<Option<ClientMessage>, Ended> {
    let text = match frame {
        Some(Err(error)) if is_too_large(&error) => return Err(Close::too_large().into()),
        None | Some(Err(_)) => return Err(Ended::Gone),
        Some(Ok(Message::Close(_))) => return Err(Ended::Left),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(None),
        Some(Ok(Message::Binary(_))) => {
            return Err(Close::bad_request("messages are text").into());
        }
        Some(Ok(Message::Text(text))) => text,
    };
    let message = serde_json::from_str(&text);
    message
        .map(Some)
        .map_err(|_| Close::bad_request("no message of graphql-transport-ws").into())
}

/// Whether what came was refused for its length alone.
fn is_too_large(error: &axum::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(tungstenite::Error::Capacity(_)))
}

async fn send(socket: &mut WebSocket, text: String) -> Result<(), Ended> {
    let sent = socket.send(Message::Text(text.into()));
    match timeout(limits::SOCKET_SEND_TIME, sent).await {
        Ok(Ok(())) => Ok(()),
        // Gone, or it has not read for so long that it is as good as gone.
        Ok(Err(_)) | Err(_) => Err(Ended::Gone),
    }
}

/// A socket of somebody known.
struct Session<'a> {
    door: &'a Door,
    socket: &'a mut WebSocket,
    actor: Actor,
    token_hash: String,
    lang: Lang,
    operations: Operations,
    heard: Instant,
    _seat: super::seats::Seat,
}

impl<'a> Session<'a> {
    fn begin(
        door: &'a Door,
        socket: &'a mut WebSocket,
        opened: Opened,
        payload: &Map<String, Value>,
    ) -> Result<Self, Close> {
        let text = |wanted: &str| {
            let mut members = payload.iter();
            let found = members.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            found.and_then(|(_, value)| value.as_str())
        };
        let authorization = text("authorization").or(opened.authorization.as_deref());
        let token_hash = authorization.and_then(|value| token_hash(&door.app, value));
        let token_hash = token_hash.ok_or_else(Close::forbidden)?;
        let actor = Actor::of_hash(&door.app, &token_hash).map_err(|_| Close::forbidden())?;
        let seat = door.sockets.take(actor.id);
        Ok(Self {
            _seat: seat.ok_or_else(Close::too_many_sockets)?,
            lang: text("accept-language").map_or(opened.lang, Lang::from_header),
            door,
            socket,
            actor,
            token_hash,
            operations: Operations::default(),
            heard: Instant::now(),
        })
    }

    async fn run(mut self) -> Ended {
        match self.serve().await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn serve(&mut self) -> Result<std::convert::Infallible, Ended> {
        send(self.socket, message::acknowledged()).await?;
        let mut check = interval(limits::TOKEN_CHECK);
        let mut ping = interval(limits::PING_EVERY);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                frame = self.socket.recv() => {
                    self.heard = Instant::now();
                    if let Some(message) = receive(frame)? {
                        self.take(message).await?;
                    }
                }
                (id, response) = self.operations.next() => self.tell(&id, response).await?,
                _ = check.tick() => self.check()?,
                _ = ping.tick() => {
                    if self.heard.elapsed() > limits::SILENCE {
                        return Err(Ended::Gone);
                    }
                    let sent = self.socket.send(Message::Ping(Vec::new().into()));
                    if !matches!(timeout(limits::SOCKET_SEND_TIME, sent).await, Ok(Ok(()))) {
                        return Err(Ended::Gone);
                    }
                }
            }
        }
    }

    /// The token must hold, with the role it had.
    fn check(&self) -> Result<(), Close> {
        let now = Actor::of_hash(&self.door.app, &self.token_hash);
        if now.is_ok_and(|now| now.id == self.actor.id && now.role == self.actor.role) {
            Ok(())
        } else {
            Err(Close::forbidden())
        }
    }

    async fn take(&mut self, message: ClientMessage) -> Result<(), Ended> {
        match message {
            ClientMessage::ConnectionInit { .. } => Err(Close::too_many_inits().into()),
            ClientMessage::Ping {} => send(self.socket, message::pong()).await,
            ClientMessage::Pong {} => Ok(()),
            ClientMessage::Complete { id } => {
                self.operations.stop(&id);
                Ok(())
            }
            ClientMessage::Subscribe { id, payload } => self.subscribe(&id, payload).await,
        }
    }

    async fn subscribe(&mut self, id: &str, payload: Map<String, Value>) -> Result<(), Ended> {
        if id.is_empty() || id.len() > limits::OPERATION_ID_BYTES {
            let limit = limits::OPERATION_ID_BYTES;
            let why = format!("id must have 1 to {limit} bytes");
            return Err(Close::bad_request(&why).into());
        }
        if self.operations.contains(id) {
            return Err(Close::already_exists(id).into());
        }
        self.check()?;
        let caller = Caller {
            actor: self.actor.clone(),
            lang: self.lang,
            request_id: self.door.app.ids.next().to_string(),
        };
        let request = if self.operations.len() >= limits::OPERATIONS_PER_SOCKET {
            Err(too_many_operations())
        } else {
            request_of(payload)
        };
        match request {
            Ok(request) => {
                let responses = self.door.schema.execute_stream(request.data(caller));
                self.operations.start(id, responses);
                Ok(())
            }
            Err(problem) => {
                let mut error = server_error(problem);
                describe(&mut error, self.lang, &caller.request_id);
                send(self.socket, message::error(id, &[error])).await
            }
        }
    }

    /// Sends a result, or the end. One without data is an error, which ends the operation.
    async fn tell(&mut self, id: &Arc<str>, response: Option<Response>) -> Result<(), Ended> {
        self.check()?;
        let Some(response) = response else {
            return send(self.socket, message::complete(id)).await;
        };
        if response.data == async_graphql::Value::Null && !response.errors.is_empty() {
            self.operations.stop(id);
            return send(self.socket, message::error(id, &response.errors)).await;
        }
        send(self.socket, message::next(id, &response)).await
    }
}

fn too_many_operations() -> Problem {
    let limit = limits::OPERATIONS_PER_SOCKET;
    Problem::new("rate_limited").detail(Text::made(
        format!("the socket runs {limit} operations already; complete one or open another socket"),
        format!(
            "на этом сокете уже выполняется {limit} операций; завершите одну или откройте другой сокет"
        ),
    ))
}
