//! Why a socket is closed, with the codes of the protocol.

use axum::extract::ws::{CloseFrame, Message};

use crate::graphql::limits;

/// A code with its words, which are part of the protocol and English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: String,
}

impl Close {
    fn new(code: u16, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { code, reason }
    }

    /// What came is no message of the protocol.
    pub(super) fn bad_request(why: &str) -> Self {
        Self::new(4400, format!("Bad Request: {why}"))
    }

    /// An operation before `connection_init`.
    pub(super) fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }

    /// A message that is longer than any may be.
    pub(super) fn too_large() -> Self {
        let limit = limits::BODY_BYTES;
        Self::new(1009, format!("A message has at most {limit} bytes"))
    }

    /// No valid token, or not any more.
    pub(super) fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    /// Another protocol was asked for.
    pub(super) fn not_acceptable() -> Self {
        Self::new(4406, "Subprotocol not acceptable")
    }

    /// No `connection_init` in time.
    pub(super) fn init_timeout() -> Self {
        Self::new(4408, "Connection initialisation timeout")
    }

    /// Two operations with one id.
    pub(super) fn already_exists(id: &str) -> Self {
        // A reason has at most 123 bytes.
        let shown: String = id.chars().take(20).collect();
        Self::new(4409, format!("Subscriber for {shown} already exists"))
    }

    /// A second `connection_init`.
    pub(super) fn too_many_inits() -> Self {
        Self::new(4429, "Too many initialisation requests")
    }

    /// The token has as many sockets as it may have.
    pub(super) fn too_many_sockets() -> Self {
        Self::new(
            1013,
            "Too many sockets with this token: close one and try again later",
        )
    }

    /// The server stops; clients connect anew and go on from their cursors.
    pub(super) fn going_away() -> Self {
        Self::new(1001, "The server is stopping")
    }

    /// As a message of the socket.
    pub(super) fn message(self) -> Message {
        Message::Close(Some(CloseFrame {
            code: self.code,
            reason: self.reason.into(),
        }))
    }
}

/// How a socket ends.
#[derive(Debug)]
pub(super) enum Ended {
    /// By us, with a reason.
    Closed(Close),
    /// By the other side, which waits for our answer.
    Left,
    /// Without a word, or it does not read any more.
    Gone,
}

impl From<Close> for Ended {
    fn from(close: Close) -> Self {
        Self::Closed(close)
    }
}
