//! WebSockets at `/graphql`, protocol `graphql-transport-ws`.
//!
//! The library's own layer takes two operations with one id for one, and knows neither limits nor tokens that
//! end, so this one stands in its place. Absent on purpose: the older protocol `graphql-ws` of Apollo.

mod close;
mod message;
mod operations;
mod seats;
mod session;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

pub(in crate::graphql) use seats::Sockets;

use self::session::{Opened, serve};
use crate::graphql::{VestnikSchema, limits};
use crate::i18n::Lang;
use crate::rest::App;

/// The only protocol that is spoken.
const PROTOCOL: &str = "graphql-transport-ws";
/// Buffers of a socket: most sockets are idle, and there are thousands of them.
const BUFFER_BYTES: usize = 4 * 1024;

/// What sockets work with.
#[derive(Clone)]
pub(in crate::graphql) struct Door {
    pub(in crate::graphql) app: Arc<App>,
    pub(in crate::graphql) schema: VestnikSchema,
    pub(in crate::graphql) sockets: Arc<Sockets>,
}

/// Whether a request asks for a WebSocket.
pub(in crate::graphql) fn is_upgrade(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE);
    upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// The protocols to agree on: ours, else the first one that was offered. Clients give a handshake up that takes
/// none of what they offered and never learn why; agreed to, they see the code that closes the socket.
fn protocols(headers: &HeaderMap) -> Vec<String> {
    let offered = headers
        .get(header::SEC_WEBSOCKET_PROTOCOL)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(',').map(str::trim).next());
    let offered = offered.filter(|offered| !offered.is_empty());
    [Some(PROTOCOL), offered]
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect()
}

/// Opens a WebSocket.
pub(in crate::graphql) async fn upgrade(mut parts: Parts, lang: Lang, door: Door) -> Response {
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let authorization = parts.headers.get(header::AUTHORIZATION);
    let opened = Opened {
        authorization: authorization
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned),
        lang,
    };
    let tasks = door.app.conversations.tasks.clone();
    upgrade
        .protocols(protocols(&parts.headers))
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(limits::BODY_BYTES)
        .max_frame_size(limits::BODY_BYTES)
        .on_upgrade(async move |socket| {
            let owner = tasks.clone();
            tasks.spawn(serve(door, socket, opened, owner));
        })
}
