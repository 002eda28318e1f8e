//! Routes by which a test drives the simulator: load, faults, counters, waiting.
//!
//! `POST /control/send`, `/control/quiet`, `/control/drain`, `/control/faults`, `/control/behavior`, `/control/callback`,
//! `GET /control/counters`. Never mounted by the product.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior};
use url::Url;

use super::behavior::Behavior;
use super::counters::CounterValues;
use super::customer::Act;
use super::fault::{Fault, FaultPlan, PlanError};
use super::meta::SimulatedMeta;

/// The load waits while this much is not delivered, so that a server that is down costs no memory.
const MAX_UNFINISHED: usize = 10_000;
/// First customer of the load; the others follow.
const FIRST_CUSTOMER: u64 = 79_990_000_000;

type Refused = (StatusCode, String);

pub(super) fn router(meta: Arc<SimulatedMeta>) -> Router {
    Router::new()
        .route("/control/send", post(send))
        .route("/control/quiet", post(quiet))
        .route("/control/drain", post(drain))
        .route("/control/faults", post(faults))
        .route("/control/behavior", get(behavior).post(set_behavior))
        .route("/control/callback", post(callback))
        .route("/control/counters", get(counters))
        .with_state(meta)
}

/// Load to make.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Load {
    /// Number the customers write to.
    pub phone_number_id: String,
    /// How many messages.
    pub count: u64,
    /// How many a second.
    pub rate_per_s: u32,
    /// Customers, in turn.
    #[serde(default = "one")]
    pub customers: u64,
    /// What they do, in turn per customer; the default is a text.
    #[serde(default)]
    pub acts: Vec<ActBody>,
}

/// One act of the load, as the phone's route takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ActBody(pub serde_json::Value);

const fn one() -> u64 {
    1
}

async fn send(
    State(meta): State<Arc<SimulatedMeta>>,
    Json(load): Json<Load>,
) -> Result<StatusCode, Refused> {
    let mut acts = Vec::new();
    for body in &load.acts {
        let act = serde_json::from_value::<Act>(body.0.clone())
            .map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, format!("acts: {error}")))?;
        acts.push(act);
    }
    if acts.is_empty() {
        acts.push(Act::Text("Привет".to_owned()));
    }
    meta.deliveries.begin();
    let task_meta = Arc::clone(&meta);
    meta.tasks.spawn(async move {
        tokio::select! {
            () = make_load(&task_meta, &load, &acts) => {}
            () = task_meta.tasks.stop().cancelled() => {}
        }
        task_meta.deliveries.end(1);
    });
    Ok(StatusCode::ACCEPTED)
}

async fn make_load(meta: &SimulatedMeta, load: &Load, acts: &[Act]) {
    let mut unfinished = meta.deliveries.unfinished();
    let pause = Duration::from_secs(1) / load.rate_per_s.max(1);
    let mut ticks = tokio::time::interval_at(Instant::now(), pause);
    // A pause for a server that was down is not made good by a burst.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let customers = load.customers.max(1);
    let quiets = meta.quiets.load(Ordering::Relaxed);
    for index in 0..load.count {
        ticks.tick().await;
        if unfinished
            .wait_for(|unfinished| *unfinished < MAX_UNFINISHED)
            .await
            .is_err()
        {
            return;
        }
        if meta.quiets.load(Ordering::Relaxed) != quiets {
            return;
        }
        let turn = usize::try_from(index / customers).unwrap_or(0);
        let Some(act) = acts.get(turn % acts.len()) else {
            return;
        };
        let wa_id = (FIRST_CUSTOMER + index % customers).to_string();
        meta.act(&load.phone_number_id, &wa_id, act);
    }
}

/// Ends all loads.
async fn quiet(State(meta): State<Arc<SimulatedMeta>>) -> StatusCode {
    meta.quiets.fetch_add(1, Ordering::Relaxed);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct Drain {
    timeout_ms: u64,
}

/// 200 when everything is delivered, 504 when the time is over; the counters either way.
async fn drain(
    State(meta): State<Arc<SimulatedMeta>>,
    Json(drain): Json<Drain>,
) -> (StatusCode, Json<CounterValues>) {
    let within = Duration::from_millis(drain.timeout_ms);
    let drained = tokio::time::timeout(within, meta.drained()).await.is_ok();
    let status = if drained {
        StatusCode::OK
    } else {
        StatusCode::GATEWAY_TIMEOUT
    };
    (status, Json(meta.counters()))
}

#[derive(Debug, Deserialize)]
struct FaultsBody {
    plan: Option<String>,
    #[serde(default)]
    next: Vec<String>,
}

async fn faults(
    State(meta): State<Arc<SimulatedMeta>>,
    Json(body): Json<FaultsBody>,
) -> Result<StatusCode, Refused> {
    let wrong = |error: PlanError| (StatusCode::UNPROCESSABLE_ENTITY, error.to_string());
    let plan = body
        .plan
        .map(|plan| plan.parse::<FaultPlan>())
        .transpose()
        .map_err(wrong)?;
    let next = body
        .next
        .iter()
        .map(|name| name.parse::<Fault>())
        .collect::<Result<Vec<_>, _>>();
    let next = next.map_err(wrong)?;
    meta.with_faults(|faults| {
        if let Some(plan) = plan {
            faults.set_plan(plan);
        }
        faults.script(next);
    });
    Ok(StatusCode::NO_CONTENT)
}

async fn behavior(State(meta): State<Arc<SimulatedMeta>>) -> Json<Behavior> {
    Json(meta.behavior())
}

async fn set_behavior(
    State(meta): State<Arc<SimulatedMeta>>,
    Json(behavior): Json<Behavior>,
) -> StatusCode {
    meta.set_behavior(behavior);
    StatusCode::NO_CONTENT
}

#[derive(Debug, Deserialize)]
struct Callback {
    url: String,
}

async fn callback(
    State(meta): State<Arc<SimulatedMeta>>,
    Json(body): Json<Callback>,
) -> Result<StatusCode, Refused> {
    let url = body.url.parse::<Url>();
    let url = url.map_err(|error| (StatusCode::UNPROCESSABLE_ENTITY, format!("url: {error}")))?;
    meta.set_callback(url);
    Ok(StatusCode::NO_CONTENT)
}

async fn counters(State(meta): State<Arc<SimulatedMeta>>) -> Json<CounterValues> {
    Json(meta.counters())
}
