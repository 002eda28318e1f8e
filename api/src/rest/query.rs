//! Query parameters and the headers that lead to other pages.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use url::form_urlencoded;

use crate::i18n::Text;
use crate::problem::{FieldError, Problem};

/// Parameters of a request, with its path.
#[derive(Debug)]
pub(super) struct Query {
    path: String,
    pairs: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let path = parts
            .extensions
            .get::<axum::extract::OriginalUri>()
            .map_or_else(|| parts.uri.path().to_owned(), |uri| uri.path().to_owned());
        let query = parts.uri.query().unwrap_or("");
        let pairs = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        Ok(Self {
            path,
            pairs,
            errors: Vec::new(),
        })
    }
}

impl Query {
    /// A parameter; the last one where it is given twice, an empty one counts as not given.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().rev().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// `limit`: at most `max`, never below one.
    pub(super) fn limit(&mut self, default: usize, max: usize) -> usize {
        let Some(text) = self.get("limit") else {
            return default;
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let limit = if digits {
            text.parse().unwrap_or(usize::MAX)
        } else {
            0
        };
        if limit == 0 {
            self.error(
                "limit",
                "invalid_limit",
                Text::made(
                    format!("must be a number from 1 to {max}"),
                    format!("должно быть числом от 1 до {max}"),
                ),
            );
        }
        limit.min(max)
    }

    /// A parameter that has one of a few values.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let text = self.get(name)?;
        if let Some((_, value)) = choices.iter().find(|(choice, _)| *choice == text) {
            return Some(*value);
        }
        let names: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
        let names = names.join(", ");
        self.error(
            name,
            "invalid_choice",
            Text::made(
                format!("must be one of {names}"),
                format!("должно быть одним из: {names}"),
            ),
        );
        None
    }

    /// A parameter that is an id.
    pub(super) fn id<T: std::str::FromStr>(&mut self, name: &str) -> Option<T> {
        let parsed = self.get(name)?.parse().ok();
        if parsed.is_none() {
            self.error(
                name,
                "invalid_id",
                Text::new("is no id", "не является идентификатором"),
            );
        }
        parsed
    }

    fn error(&mut self, name: &str, code: &str, message: Text) {
        self.fault(FieldError::new(name, code, message));
    }

    /// Notes what a handler itself finds at fault.
    pub(super) fn fault(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    /// All parameters at fault, if there are any.
    pub(super) fn finish(&mut self) -> Result<(), Problem> {
        if self.errors.is_empty() {
            return Ok(());
        }
        Err(Problem::invalid(std::mem::take(&mut self.errors)))
    }

    /// `Link` and `X-Next-Cursor` of a page. Links: relation, parameter, cursor.
    pub(super) fn page_headers(&self, links: &[(&str, &str, Option<&str>)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (relation, parameter, cursor) in links {
            let Some(cursor) = cursor else { continue };
            let link = format!(
                "<{}>; rel=\"{relation}\"",
                self.with_cursor(parameter, cursor)
            );
            if let Ok(value) = HeaderValue::from_str(&link) {
                headers.append(header::LINK, value);
            }
            if *relation == "next"
                && let Ok(value) = HeaderValue::from_str(cursor)
            {
                headers.insert(HeaderName::from_static("x-next-cursor"), value);
            }
        }
        headers
    }

    fn with_cursor(&self, parameter: &str, cursor: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let kept = self
            .pairs
            .iter()
            .filter(|(name, _)| name != "after" && name != "before");
        query.extend_pairs(kept);
        query.append_pair(parameter, cursor);
        format!("{}?{}", self.path, query.finish())
    }
}
