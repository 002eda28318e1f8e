//! `/api/v1/admin/backups`: making a backup beside everything else. Admins only.

use std::path::PathBuf;
use std::sync::Arc;

use application::use_cases::policy::Action;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use serde_json::{Value, json};

use super::App;
use super::body::{Fields, JsonBody};
use crate::auth::Actor;
use crate::i18n::{Lang, Text};
use crate::problem::{FieldError, Problem, RequestId};

pub(super) fn router() -> Router<Arc<App>> {
    Router::new().route("/backups", post(create))
}

/// Makes a backup; answers lines of JSON: `{"stage","done","total"}` while it goes on, then
/// `{"path","manifest"}` or `{"problem"}`. `output` is an absolute path, taken only from the command line of
/// this machine: a token from elsewhere shall not choose where files appear.
async fn create(
    State(app): State<Arc<App>>,
    Extension(RequestId(request)): Extension<RequestId>,
    Extension(lang): Extension<Lang>,
    actor: Actor,
    body: JsonBody,
) -> Result<Response, Problem> {
    actor.require(Action::Operate)?;
    let mut fields = Fields::of(&body);
    let output = fields.text("output").value().map(PathBuf::from);
    if let Some(path) = &output {
        if !actor.is_command_line() {
            fields.error(FieldError::new(
                "output",
                "not_allowed",
                Text::new(
                    "is taken from `vestnik backup create --output` on the server's machine only; leave it out",
                    "принимается только от `vestnik backup create --output` на машине сервера; не указывайте его",
                ),
            ));
        } else if !path.is_absolute() {
            fields.error(FieldError::new(
                "output",
                "invalid_path",
                Text::new("must be an absolute path", "должен быть абсолютным путём"),
            ));
        }
    }
    fields.finish()?;
    let job = app.backups.begin(output.as_deref())?;
    let (sender, receiver) = futures::channel::mpsc::unbounded::<Result<Bytes, std::io::Error>>();
    let tasks = app.conversations.tasks.clone();
    let stop = tasks.stop().clone();
    tasks.spawn(async move {
        let line = |value: Value| {
            // A client that went away does not stop a backup.
            let _ = sender.unbounded_send(Ok(Bytes::from(format!("{value}\n"))));
        };
        let made = job
            .run(&stop, &|stage, done, total| {
                line(json!({"stage": stage.as_str(), "done": done, "total": total}));
            })
            .await;
        match made {
            Ok(made) => {
                tracing::info!(path = %made.path.display(), head = made.manifest.head, "a backup was made");
                line(json!({"path": made.path, "manifest": made.manifest}));
            }
            Err(error) => {
                line(json!({"problem": Problem::from(error).to_json(lang, &request)}));
            }
        }
    });
    let lines = HeaderValue::from_static("application/x-ndjson");
    Ok(([(header::CONTENT_TYPE, lines)], Body::from_stream(receiver)).into_response())
}
