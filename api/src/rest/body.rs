//! Reading JSON bodies field by field, so that every field at fault is named at once.

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use domain::message::limits::utf16_len;
use domain::time::Timestamp;
use serde_json::{Map, Value};

use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// More than any documented body needs.
const MAX_BYTES: usize = 1024 * 1024;

/// A JSON object, or nothing where the body is empty.
#[derive(Debug)]
pub(super) struct JsonBody {
    /// The object; empty where there was no body.
    pub(super) members: Map<String, Value>,
    /// The body as it came.
    pub(super) bytes: Bytes,
}

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let is_json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(is_json_type);
        let bytes = to_bytes(request.into_body(), MAX_BYTES)
            .await
            .map_err(|_| too_large())?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self {
                members: Map::new(),
                bytes,
            });
        }
        if !is_json {
            return Err(Problem::new("unsupported_media_type"));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(members)) => Ok(Self { members, bytes }),
            Ok(_) => Err(Problem::invalid(vec![FieldError::new(
                "body",
                "invalid_type",
                Text::new("must be a JSON object", "должно быть объектом JSON"),
            )])),
            Err(error) => {
                // The parser's words are about the place, never about the content.
                let place = format!("line {} column {}", error.line(), error.column());
                Err(Problem::new("malformed_json").detail(Text::made(
                    format!("the body is not valid JSON at {place}"),
                    format!("тело не является JSON: {place}"),
                )))
            }
        }
    }
}

fn too_large() -> Problem {
    Problem::new("body_too_large").detail(Text::made(
        format!("the body has more than {MAX_BYTES} bytes"),
        format!("тело больше {MAX_BYTES} байт"),
    ))
}

fn is_json_type(value: &str) -> bool {
    let essence = value
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// What a body says of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given<T> {
    /// The key is not there.
    Absent,
    /// The key is there and null.
    Null,
    /// The key has a value.
    Value(T),
}

impl<T> Given<T> {
    /// The value, if there is one.
    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }
}

/// Reads members and collects what is wrong with them.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    members: &'a Map<String, Value>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    pub(super) fn of(body: &'a JsonBody) -> Self {
        Self::of_members(&body.members)
    }

    pub(super) const fn of_members(members: &'a Map<String, Value>) -> Self {
        Self {
            members,
            errors: Vec::new(),
        }
    }

    /// Notes a field at fault.
    pub(super) fn error(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// All fields at fault, if there are any.
    pub(super) fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Problem::invalid(self.errors))
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Given<String> {
        match self.members.get(name) {
            None => Given::Absent,
            Some(Value::Null) => Given::Null,
            Some(Value::String(text)) if text.contains('\0') => {
                self.error(FieldError::new(
                    name,
                    "invalid_character",
                    Text::new("must not contain U+0000", "не должно содержать U+0000"),
                ));
                Given::Absent
            }
            Some(Value::String(text)) => Given::Value(text.clone()),
            Some(_) => {
                self.wrong_type(name, ("a string", "строкой"));
                Given::Absent
            }
        }
    }

    pub(super) fn boolean(&mut self, name: &str) -> Given<bool> {
        match self.members.get(name) {
            None => Given::Absent,
            Some(Value::Null) => Given::Null,
            Some(Value::Bool(value)) => Given::Value(*value),
            Some(_) => {
                self.wrong_type(name, ("true or false", "true или false"));
                Given::Absent
            }
        }
    }

    /// Digits, given as a string or as a number.
    pub(super) fn digits(&mut self, name: &str) -> Given<String> {
        let text = match self.members.get(name) {
            Some(Value::Number(number)) => Given::Value(number.to_string()),
            Some(Value::Null | Value::String(_)) | None => self.text(name),
            Some(_) => {
                self.wrong_type(
                    name,
                    (
                        "digits, as a string or a number",
                        "цифрами, строкой или числом",
                    ),
                );
                Given::Absent
            }
        };
        let Given::Value(text) = text else {
            return text;
        };
        let text = text.trim().to_owned();
        if (1..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Given::Value(text);
        }
        self.error(FieldError::new(
            name,
            "invalid_digits",
            Text::new("must be 1 to 32 digits", "должно состоять из 1–32 цифр"),
        ));
        Given::Absent
    }

    /// A time in RFC 3339.
    pub(super) fn time(&mut self, name: &str) -> Given<Timestamp> {
        match self.text(name) {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Value(text) => {
                if let Ok(time) = text.trim().parse() {
                    return Given::Value(time);
                }
                self.error(FieldError::new(
                    name,
                    "invalid_time",
                    Text::new(
                        "must be a time such as 2026-11-22T10:15:30Z",
                        "должно быть временем вида 2026-11-22T10:15:30Z",
                    ),
                ));
                Given::Absent
            }
        }
    }

    /// A text of one to `limit` characters after trimming.
    pub(super) fn short_text(&mut self, name: &str, limit: usize) -> Given<String> {
        let Given::Value(text) = self.text(name) else {
            return if self.members.get(name) == Some(&Value::Null) {
                Given::Null
            } else {
                Given::Absent
            };
        };
        let text = text.trim().to_owned();
        let actual = utf16_len(&text);
        if (1..=limit).contains(&actual) {
            return Given::Value(text);
        }
        let message = Text::made(
            format!("must have 1 to {limit} characters"),
            format!("должно содержать от 1 до {limit} символов"),
        );
        self.error(
            FieldError::new(name, "invalid_length", message)
                .with_limit(limit as u64, actual as u64),
        );
        Given::Absent
    }

    /// Notes a required field that is missing, unless it was at fault already.
    pub(super) fn require<T: Clone + Default>(&mut self, name: &str, given: Given<T>) -> T {
        if let Given::Value(value) = given {
            return value;
        }
        if !self.errors.iter().any(|error| error.field == name) {
            self.error(FieldError::new(
                name,
                "required",
                Text::new("is required", "обязательно"),
            ));
        }
        T::default()
    }

    fn wrong_type(&mut self, name: &str, expected: (&str, &str)) {
        let message = Text::made(
            format!("must be {}", expected.0),
            format!("должно быть {}", expected.1),
        );
        self.error(FieldError::new(name, "invalid_type", message));
    }
}
