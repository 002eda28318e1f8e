//! Errors of the API as `application/problem+json`.
//!
//! A handler answers with a [`Problem`]; the layer [`render`](mod@render) writes it in the caller's language with the
//! request's id. Absent on purpose: causes of internal errors, which stay in the log under that id.

mod backup;
pub mod catalogue;
pub mod failures;
mod from;
pub mod page;
pub(crate) mod place;
mod render;

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

pub(crate) use from::holder_json;
pub use render::{RequestId, render};

use crate::i18n::{Lang, Text};
use catalogue::Entry;

/// A field that cannot be accepted.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// Path, e.g. `buttons[3].title`.
    pub field: String,
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub message: Text,
    /// The limit, if it is one.
    pub limit: Option<u64>,
    /// The actual value.
    pub actual: Option<u64>,
}

impl FieldError {
    /// A field's error without figures.
    pub fn new(field: impl Into<String>, code: &str, message: Text) -> Self {
        Self {
            field: field.into(),
            code: code.to_owned(),
            message,
            limit: None,
            actual: None,
        }
    }

    /// A field's error with its limit and the actual value.
    #[must_use]
    pub fn with_limit(mut self, limit: u64, actual: u64) -> Self {
        self.limit = Some(limit);
        self.actual = Some(actual);
        self
    }
}

/// An error to answer.
#[derive(Clone, Debug)]
pub struct Problem {
    entry: &'static Entry,
    /// Boxed, so that results which hardly ever fail stay small.
    particulars: Box<Particulars>,
}

#[derive(Clone, Debug, Default)]
struct Particulars {
    detail: Option<Text>,
    errors: Vec<FieldError>,
    extra: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of the catalogue; a code that is not in it is `internal` and logged.
    pub fn new(code: &str) -> Self {
        let entry = catalogue::find(code).unwrap_or_else(|| {
            tracing::error!(code, "an error code is missing in the catalogue");
            &INTERNAL
        });
        Self {
            entry,
            particulars: Box::default(),
        }
    }

    /// An internal error; the cause goes to the log only.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %cause, "a request failed");
        Self::new("internal")
    }

    /// Fields that cannot be accepted.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self::new("validation_failed").errors(errors)
    }

    /// The same with a more exact detail.
    #[must_use]
    pub fn detail(mut self, detail: Text) -> Self {
        self.particulars.detail = Some(detail);
        self
    }

    /// The same with fields at fault.
    #[must_use]
    pub fn errors(mut self, errors: Vec<FieldError>) -> Self {
        self.particulars.errors = errors;
        self
    }

    /// The same with an extra key.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.particulars.extra.insert(key.to_owned(), value.into());
        self
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.particulars.headers.push((name, value));
        self
    }

    /// Its code.
    pub fn code(&self) -> &'static str {
        self.entry.code
    }

    /// Its status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.entry.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The fields at fault.
    pub fn field_errors(&self) -> &[FieldError] {
        &self.particulars.errors
    }

    /// What to do, in a language.
    pub fn next_step(&self, lang: Lang) -> &str {
        self.entry.next_step.get(lang)
    }

    /// An extra key.
    pub fn extra(&self, key: &str) -> Option<&Value> {
        self.particulars.extra.get(key)
    }

    /// The document that an answer carries.
    pub fn to_json(&self, lang: Lang, request_id: &str) -> Value {
        let errors: Vec<Value> = self
            .particulars
            .errors
            .iter()
            .map(|error| {
                serde_json::json!({
                    "field": error.field,
                    "code": error.code,
                    "message": error.message.get(lang),
                    "limit": error.limit,
                    "actual": error.actual,
                })
            })
            .collect();
        let mut body = serde_json::json!({
            "type": format!("/problems/{}", self.entry.code),
            "title": self.entry.title.get(lang),
            "status": self.entry.status,
            "code": self.entry.code,
            "detail": self.detail_text(lang),
            "errors": errors,
            "next_step": self.entry.next_step.get(lang),
            "request_id": request_id,
        });
        if let Value::Object(members) = &mut body {
            members.extend(self.particulars.extra.clone());
        }
        body
    }

    /// What is wrong this time, in a language.
    pub fn detail_text(&self, lang: Lang) -> String {
        if let Some(detail) = &self.particulars.detail {
            return detail.get(lang).to_owned();
        }
        if self.particulars.errors.is_empty() {
            return self.entry.meaning.get(lang).to_owned();
        }
        let fields: Vec<String> = self
            .particulars
            .errors
            .iter()
            .map(|error| format!("{}: {}", error.field, error.message.get(lang)))
            .collect();
        fields.join("; ")
    }
}

impl IntoResponse for Problem {
    /// An empty answer that carries the problem; [`render`](mod@render) fills it in.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        for (name, value) in &self.particulars.headers {
            response.headers_mut().insert(name.clone(), value.clone());
        }
        if self.entry.status == 401 && self.entry.code == "unauthenticated" {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(self.entry.status, 429 | 503)
            && !response.headers().contains_key(header::RETRY_AFTER)
        {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response.extensions_mut().insert(self);
        response
    }
}

static INTERNAL: Entry = Entry {
    code: "internal",
    status: 500,
    title: Text::new("Something broke here", "Внутренняя ошибка"),
    meaning: Text::new("The server failed.", "Сбой на сервере."),
    next_step: Text::new("Try again.", "Повторите."),
};

#[cfg(test)]
mod tests;
