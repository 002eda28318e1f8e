//! Errors in the form of the Graph API.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error as the Cloud API answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GraphError {
    pub(super) status: StatusCode,
    pub(super) code: i64,
    pub(super) message: String,
    pub(super) details: String,
}

impl GraphError {
    pub(super) fn new(code: i64, details: impl Into<String>) -> Self {
        let (status, title) = meaning(code);
        Self {
            status,
            code,
            message: format!("(#{code}) {title}"),
            details: details.into(),
        }
    }

    /// A field that cannot be accepted.
    pub(super) fn parameter(details: impl Into<String>) -> Self {
        Self::new(131_009, details)
    }

    /// A field that is not there.
    pub(super) fn missing(name: &str) -> Self {
        Self::new(
            131_008,
            format!("The required parameter {name} is missing."),
        )
    }

    /// The token is missing, unknown or revoked.
    pub(super) fn token() -> Self {
        let text = "Error validating access token: the session has been invalidated.";
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: 190,
            message: text.to_owned(),
            details: text.to_owned(),
        }
    }
}

/// HTTP status and title of a code.
fn meaning(code: i64) -> (StatusCode, &'static str) {
    match code {
        1 => (StatusCode::INTERNAL_SERVER_ERROR, "API Unknown"),
        2 => (StatusCode::SERVICE_UNAVAILABLE, "API Service"),
        4 => (StatusCode::BAD_REQUEST, "Application request limit reached"),
        100 => (StatusCode::BAD_REQUEST, "Invalid parameter"),
        190 => (StatusCode::UNAUTHORIZED, "Access token has expired"),
        613 => (
            StatusCode::BAD_REQUEST,
            "Calls to this api have exceeded the rate limit",
        ),
        80_007 => (StatusCode::BAD_REQUEST, "Rate limit issues"),
        130_429 => (StatusCode::TOO_MANY_REQUESTS, "Rate limit hit"),
        131_000 => (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong"),
        131_008 => (StatusCode::BAD_REQUEST, "Required parameter is missing"),
        131_009 => (StatusCode::BAD_REQUEST, "Parameter value is not valid"),
        131_016 => (StatusCode::SERVICE_UNAVAILABLE, "Service unavailable"),
        131_026 => (StatusCode::BAD_REQUEST, "Message undeliverable"),
        131_047 => (StatusCode::BAD_REQUEST, "Re-engagement message"),
        131_051 => (StatusCode::BAD_REQUEST, "Unsupported message type"),
        131_056 => (
            StatusCode::BAD_REQUEST,
            "(Business Account, Consumer Account) pair rate limit hit",
        ),
        131_057 => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Business Account is in maintenance mode",
        ),
        _ => (StatusCode::BAD_REQUEST, "Message failed to send"),
    }
}

/// The title of a code, for statuses.
pub(super) fn title(code: i64) -> &'static str {
    meaning(code).1
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let body = json!({
            "error": {
                "message": self.message,
                "type": "OAuthException",
                "code": self.code,
                "error_data": { "messaging_product": "whatsapp", "details": self.details },
                "fbtrace_id": "AsimulatedByVestnik",
            },
        });
        (self.status, Json(body)).into_response()
    }
}
