//! Errors of GraphQL answers: each has a code, our problem's code, and words in the caller's language.
//!
//! Resolvers answer a [`Problem`], which travels as the error's source until [`describe`] writes it out.
//! An error without one comes from reading, validating or coercing the document, so the caller's input is
//! at fault. Absent on purpose: causes of internal errors, which stay in the log under `errorId`.

use std::sync::Arc;

use async_graphql::{Error, ServerError, Value};

use crate::i18n::{Lang, Text};
use crate::problem::Problem;

/// What `extensions.code` can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No valid token.
    Unauthenticated,
    /// The token's role may not do this.
    Forbidden,
    /// The document, an argument or a variable cannot be accepted.
    BadUserInput,
    /// There is no such thing, or not for this caller.
    NotFound,
    /// It contradicts the present state.
    Conflict,
    /// Too many requests.
    RateLimited,
    /// The subscription has ended: begin it again after the `cursor` beside this code.
    ResumeRequired,
    /// Try again later.
    Unavailable,
    /// The server failed.
    Internal,
}

impl Code {
    /// As answers write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::ResumeRequired => "RESUME_REQUIRED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// The code of a problem.
    pub fn of(problem: &Problem) -> Self {
        if problem.code() == "resume_required" {
            return Self::ResumeRequired;
        }
        match problem.status().as_u16() {
            401 => Self::Unauthenticated,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::RateLimited,
            503 => Self::Unavailable,
            500.. => Self::Internal,
            _ => Self::BadUserInput,
        }
    }
}

impl From<Problem> for Error {
    /// The words come with [`describe`], which knows the language.
    fn from(problem: Problem) -> Self {
        Self {
            message: problem.code().to_owned(),
            source: Some(Arc::new(problem)),
            extensions: None,
        }
    }
}

/// An error that belongs to no field.
pub(super) fn server_error(problem: Problem) -> ServerError {
    let code = problem.code();
    let mut error = ServerError::new(code, None);
    error.source = Some(Arc::new(problem));
    error
}

/// Writes an error out in a language.
pub(super) fn describe(error: &mut ServerError, lang: Lang, request_id: &str) {
    let problem = match error.source::<Problem>() {
        Some(problem) => problem.clone(),
        None => of_document(error),
    };
    error.source = None;
    error.message = problem.detail_text(lang);
    let code = Code::of(&problem);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code.as_str());
    extensions.set("problem", problem.code());
    extensions.set("nextStep", problem.next_step(lang));
    if let Some(cursor) = problem.extra("cursor").and_then(serde_json::Value::as_str) {
        extensions.set("cursor", cursor);
    }
    let violations: Vec<Value> = problem
        .field_errors()
        .iter()
        .map(|error| {
            let members = serde_json::json!({
                "field": error.field,
                "code": error.code,
                "message": error.message.get(lang),
                "limit": error.limit,
                "actual": error.actual,
            });
            Value::from_json(members).unwrap_or_default()
        })
        .collect();
    if !violations.is_empty() {
        extensions.set("violations", Value::List(violations));
    }
    if code == Code::Internal {
        extensions.set("errorId", request_id);
    }
}

/// What the library says of a document: technical, the same in both languages.
fn of_document(error: &ServerError) -> Problem {
    let said = &error.message;
    let code = if said.contains("too deep") || said.contains("too complex") {
        "operation_too_large"
    } else {
        "invalid_document"
    };
    Problem::new(code).detail(Text::made(
        said.clone(),
        format!("документ не принят: {said}"),
    ))
}
