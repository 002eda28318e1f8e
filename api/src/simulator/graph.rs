//! The Cloud API of the simulator: `POST /{version}/{phone_number_id}/messages`.
//!
//! Invariant: what a request led to is in the ledger before its answer leaves.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::StreamExt as _;
use serde::Serialize;
use serde_json::json;

use super::cut::Cut;
use super::fault::Fault;
use super::graph_error::GraphError;
use super::graph_request::{GraphRequest, Outgoing, Recipient, parse};
use super::locked;
use super::meta::SimulatedMeta;
use super::taken::Taken;
use super::wamid::Writer;

/// A real body has a few thousand bytes.
const MAX_BODY: usize = 1024 * 1024;

pub(super) fn router(meta: Arc<SimulatedMeta>) -> Router {
    Router::new()
        .route("/{version}/{phone_number_id}/messages", post(messages))
        .route("/{version}/{phone_number_id}", get(number))
        .route("/{version}/{account}/subscribed_apps", get(subscribed_apps))
        .with_state(meta)
}

/// What Meta says of a number; asked to see whether a token works. Not in the ledger: nothing is sent.
async fn number(
    State(meta): State<Arc<SimulatedMeta>>,
    Path((_version, phone_number_id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Err(error) = authorize(&meta, &phone_number_id, &headers) {
        return error.into_response();
    }
    let phone = meta.numbers.display_phone_number(&phone_number_id);
    Json(json!({
        "id": phone_number_id,
        "display_phone_number": phone.map(|digits| format!("+{digits}")),
        "verified_name": "Vestnik",
        "quality_rating": "GREEN",
    }))
    .into_response()
}

/// Apps that are subscribed to a business account. Any account exists; only its lack of a token is refused.
async fn subscribed_apps(State(meta): State<Arc<SimulatedMeta>>, headers: HeaderMap) -> Response {
    if bearer(&headers).is_none() {
        return GraphError::token().into_response();
    }
    let app = json!({"whatsapp_business_api_data": {
        "id": "670000000000001", "name": "Vestnik", "link": "https://www.facebook.com/games/?app_id=670000000000001",
    }});
    let apps = if meta.behavior().is_subscribed {
        vec![app]
    } else {
        Vec::new()
    };
    Json(json!({ "data": apps })).into_response()
}

/// A line of the ledger of requests.
#[derive(Debug, Serialize)]
struct Record<'a> {
    arrival: u64,
    at_micros: i64,
    phone_number_id: &'a str,
    kind: &'a str,
    to: Option<&'a str>,
    send_id: Option<&'a str>,
    /// `accepted`, `refused:CODE` or the name of the fault.
    outcome: String,
    /// Whether the message was taken.
    applied: bool,
    wamid: Option<&'a str>,
    /// Of a mark of reading: whether the typing indicator came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    typing: Option<bool>,
}

async fn messages(
    State(meta): State<Arc<SimulatedMeta>>,
    Path((_version, phone_number_id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let connection = request
        .extensions()
        .get::<ConnectInfo<Cut>>()
        .map(|info| info.0.clone());
    let allowed = authorize(&meta, &phone_number_id, request.headers());
    let Ok(body) = to_bytes(request.into_body(), MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    meta.counters.requests.add(1);
    let arrival = meta.arrivals.fetch_add(1, Ordering::Relaxed) + 1;
    let parsed = allowed.and_then(|()| parse(&body));
    let call = Call {
        meta: &meta,
        phone_number_id: &phone_number_id,
        arrival,
    };
    match parsed {
        Err(error) => call.refuse(error).await,
        Ok(GraphRequest::MarkRead { message_id, typing }) => {
            call.mark_read(&message_id, typing).await
        }
        Ok(GraphRequest::Send(outgoing)) => {
            let fault = locked(&meta.faults).decide();
            call.send(&outgoing, fault, connection).await
        }
    }
}

fn authorize(meta: &SimulatedMeta, number: &str, headers: &HeaderMap) -> Result<(), GraphError> {
    let token = bearer(headers).ok_or_else(GraphError::token)?;
    if meta.numbers.display_phone_number(number).is_none() {
        return Err(GraphError::new(
            100,
            format!("Object with ID '{number}' does not exist or cannot be loaded."),
        ));
    }
    meta.numbers
        .accepts_token(number, token)
        .then_some(())
        .ok_or_else(GraphError::token)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .filter(|token| !token.trim().is_empty())
}

/// One request being answered.
struct Call<'a> {
    meta: &'a SimulatedMeta,
    phone_number_id: &'a str,
    arrival: u64,
}

impl Call<'_> {
    fn record<'a>(&'a self, kind: &'a str, outcome: String) -> Record<'a> {
        Record {
            arrival: self.arrival,
            at_micros: self.meta.clock.now().as_micros(),
            phone_number_id: self.phone_number_id,
            kind,
            to: None,
            send_id: None,
            outcome,
            applied: false,
            wamid: None,
            typing: None,
        }
    }

    /// Whether the record is durable; without it nothing may happen.
    async fn write(&self, record: &Record<'_>) -> Result<(), GraphError> {
        self.meta.ledger.request(record).await.map_err(|error| {
            tracing::error!(%error, "the simulator's ledger failed");
            GraphError::new(2, "The simulator's ledger cannot be written.")
        })
    }

    async fn refuse(&self, error: GraphError) -> Response {
        let record = self.record("refused", format!("refused:{}", error.code));
        match self.write(&record).await {
            Ok(()) => error.into_response(),
            Err(failed) => failed.into_response(),
        }
    }

    async fn mark_read(&self, message_id: &str, typing: bool) -> Response {
        let mut record = self.record("read", "accepted".to_owned());
        record.wamid = Some(message_id);
        record.typing = Some(typing);
        if let Err(error) = self.write(&record).await {
            return error.into_response();
        }
        locked(&self.meta.phones).mark_read(self.phone_number_id, message_id, typing);
        Json(json!({ "success": true })).into_response()
    }

    async fn send(
        &self,
        outgoing: &Outgoing,
        fault: Option<Fault>,
        connection: Option<Cut>,
    ) -> Response {
        let wa_id = match &outgoing.recipient {
            Recipient::Phone { wa_id, .. } => Some(wa_id.clone()),
            Recipient::Bsuid(bsuid) => locked(&self.meta.phones).wa_id_of(bsuid),
        };
        let Some(wa_id) = wa_id else {
            return self
                .refuse(GraphError::new(131_026, "Nobody has this user id."))
                .await;
        };
        let fault = fault.or_else(|| self.pair_limit(&wa_id));
        let applied = fault.is_none_or(Fault::applies);
        let wamid = applied.then(|| self.meta.wamids.next(&wa_id, Writer::Business));
        let outcome = fault.map_or_else(|| "accepted".to_owned(), Fault::name);
        let mut record = self.record(outgoing.kind, outcome);
        record.to = Some(&wa_id);
        record.send_id = outgoing.callback_data.as_deref();
        record.applied = applied;
        record.wamid = wamid.as_deref();
        if let Err(error) = self.write(&record).await {
            return error.into_response();
        }
        if fault.is_some() {
            self.meta.counters.faults.add(1);
        }
        if let Some(wamid) = &wamid {
            let failure = match fault {
                Some(Fault::FailLater(code)) => Some(code),
                _ => None,
            };
            let phone_number_id = self.phone_number_id;
            self.meta.take(Taken {
                phone_number_id,
                wa_id: &wa_id,
                wamid,
                outgoing,
                failure,
            });
        }
        let answer = accepted(&outgoing.recipient, &wa_id, wamid.as_deref());
        self.answer(answer, fault, connection).await
    }

    fn pair_limit(&self, wa_id: &str) -> Option<Fault> {
        let limited = self.meta.behavior().pair_limit;
        let admitted = !limited || locked(&self.meta.pairs).admit(self.phone_number_id, wa_id);
        (!admitted).then_some(Fault::Throttle(131_056))
    }

    async fn answer(
        &self,
        answer: Response,
        fault: Option<Fault>,
        connection: Option<Cut>,
    ) -> Response {
        let server_error = || {
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                "<html>Sorry, something went wrong.</html>",
            )
                .into_response()
        };
        match fault {
            None | Some(Fault::FailLater(_)) => answer,
            Some(Fault::ResetAfterApply) => match connection {
                Some(connection) => {
                    connection.cut();
                    StatusCode::OK.into_response()
                }
                None => broken_body(),
            },
            Some(Fault::ErrorAfterApply | Fault::ErrorBeforeApply) => server_error(),
            Some(Fault::NeverAnswer | Fault::Ignore) => {
                self.meta.tasks.stop().cancelled().await;
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
            Some(Fault::BadJson) => "{\"messages\":[{\"id\":".into_response(),
            Some(Fault::Slow(time)) => {
                self.pause(time).await;
                answer
            }
            Some(Fault::Drip(pause)) => dripping(answer, pause).await,
            Some(Fault::Throttle(code)) => GraphError::new(
                code,
                "Message failed to send because there were too many messages.",
            )
            .into_response(),
            Some(Fault::TooManyRequests) => StatusCode::TOO_MANY_REQUESTS.into_response(),
            Some(Fault::TokenRefused) => GraphError::token().into_response(),
            Some(Fault::Reject(code)) => {
                GraphError::new(code, "The simulator was told to refuse this message.")
                    .into_response()
            }
        }
    }

    async fn pause(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.meta.tasks.stop().cancelled() => {}
        }
    }
}

fn accepted(recipient: &Recipient, wa_id: &str, wamid: Option<&str>) -> Response {
    let contact = match recipient {
        Recipient::Phone { input, .. } => json!({ "input": input, "wa_id": wa_id }),
        Recipient::Bsuid(bsuid) => json!({ "input": bsuid, "user_id": bsuid }),
    };
    Json(json!({
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{ "id": wamid }],
    }))
    .into_response()
}

/// An answer whose bytes come one by one.
async fn dripping(answer: Response, pause: Duration) -> Response {
    let (head, body) = answer.into_parts();
    let bytes = to_bytes(body, MAX_BODY).await.unwrap_or_default();
    let bytes = futures::stream::iter(bytes).then(move |byte| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, std::io::Error>(vec![byte])
    });
    Response::from_parts(head, Body::from_stream(bytes))
}

/// Where the connection itself is not ours to reset, the answer breaks off.
fn broken_body() -> Response {
    let error = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Response::new(Body::from_stream(futures::stream::once(async {
        Err::<&[u8], _>(error)
    })))
}
