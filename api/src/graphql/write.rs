//! What every mutation has in common: the caller's id as the command id, expected refusals as statuses, and
//! an answer that the read models show.

use application::use_cases::Request;
use async_graphql::{Context, InputType, Value};
use axum::http::StatusCode;
use domain::ids::derive;
use uuid::Uuid;

use super::context::{app, caller};
use super::limits;
use super::outcome::Outcome;
use crate::i18n::Text;
use crate::problem::{FieldError, Problem};
use crate::rest::write::{self, RequestKey, once, position_text};

/// What a mutation asks for.
#[derive(Debug)]
pub(super) struct Call<'a> {
    name: &'static str,
    key: Option<&'a str>,
    input: Value,
}

impl<'a> Call<'a> {
    /// A mutation by its name, with its input and the id in it.
    pub(super) fn new(name: &'static str, key: Option<&'a String>, input: &impl InputType) -> Self {
        Self {
            name,
            key: key.map(String::as_str),
            input: input.to_value(),
        }
    }
}

/// What a mutation changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// The thing it is about.
    pub(super) subject: Uuid,
    /// Position of its last event; 0 where the log does not know of it.
    pub(super) position: u64,
}

/// What came of a mutation.
#[derive(Debug)]
pub(super) struct Answer<S> {
    /// `None`: done. Otherwise why not.
    pub(super) refusal: Option<S>,
    /// What was changed; after a refusal the thing that stands in the way, if there is one.
    pub(super) subject: Option<Uuid>,
    /// The rest of the payload.
    pub(super) outcome: Outcome,
}

/// Carries out a mutation, or finds what it did before. `expected` names the refusals that are statuses.
///
/// # Errors
/// Every refusal that is not expected.
pub(super) async fn write<S>(
    context: &Context<'_>,
    call: Call<'_>,
    expected: impl Fn(&str) -> Option<S> + Send,
    run: impl AsyncFnOnce(Request) -> Result<Change, Problem>,
) -> Result<Answer<S>, Problem> {
    let app = app(context)?;
    let caller = caller(context)?;
    if has_nul(&call.input) {
        let message = Text::new("must not contain U+0000", "не должно содержать U+0000");
        let error = FieldError::new("input", "invalid_character", message);
        return Err(Problem::invalid(vec![error]));
    }
    let client_mutation_id = call.key.map(str::to_owned);
    let (key, seed) = match call.key {
        None => (None, app.ids.next()),
        Some(key) => {
            check(key)?;
            let what = format!("graphql\n{}\n{}", call.name, call.input);
            let hash = app.hasher.hash(what.as_bytes()).0;
            // The same id is the same command for ever, not only as long as its row is kept.
            let cause = format!("graphql\n{}\n{}\n{key}", caller.actor.id, call.name);
            (Some(RequestKey { key, hash }), derive(cause.as_bytes()))
        }
    };
    let done = once(app, &caller.actor, key, seed, async |request| {
        let change = run(request).await?;
        Ok(write::Outcome {
            status: StatusCode::OK,
            subject: change.subject,
            position: change.position,
        })
    })
    .await;
    match done {
        Ok((done, _replayed)) => {
            let shown = app
                .projections
                .wait_for(done.position, limits::READ_MODELS_WAIT)
                .await;
            Ok(Answer {
                refusal: None,
                subject: Some(done.subject),
                outcome: Outcome {
                    client_mutation_id,
                    position: (done.position > 0).then(|| position_text(app, done.position)),
                    stale: !shown,
                    ..Outcome::default()
                },
            })
        }
        Err(problem) => {
            let Some(status) = expected(problem.code()) else {
                return Err(problem);
            };
            let existing = problem.extra("existing_id").and_then(|id| id.as_str());
            Ok(Answer {
                refusal: Some(status),
                subject: existing.and_then(|id| id.parse().ok()),
                outcome: Outcome {
                    client_mutation_id,
                    ..Outcome::refused(&problem, caller.lang)
                },
            })
        }
    }
}

/// Whether any text in it holds U+0000, which not every database takes.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(values) => values.iter().any(has_nul),
        Value::Object(members) => members.values().any(has_nul),
        _ => false,
    }
}

fn check(key: &str) -> Result<(), Problem> {
    let limit = limits::MUTATION_ID_LENGTH;
    if (1..=limit).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    let message = Text::made(
        format!("must have 1 to {limit} visible ASCII characters, e.g. a UUID"),
        format!("должно содержать от 1 до {limit} видимых символов ASCII, например UUID"),
    );
    Err(Problem::invalid(vec![FieldError::new(
        "clientMutationId",
        "invalid_length",
        message,
    )]))
}
