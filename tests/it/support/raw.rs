//! Requests that no well-behaved client sends: any path, any header, any bytes.

use reqwest::Method;

use super::app::answer;
use super::{Answer, TestApp};

/// A request, part by part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Raw<'a> {
    /// `GET` where it is empty.
    pub(crate) method: &'a str,
    /// The whole path.
    pub(crate) path: &'a str,
    /// The bearer token; the admin's where there is none, nothing where it is empty.
    pub(crate) token: Option<&'a str>,
    /// More headers.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// The body.
    pub(crate) body: &'a [u8],
}

impl TestApp {
    /// Sends it.
    pub(crate) async fn raw(&self, raw: Raw<'_>) -> Answer {
        let method = if raw.method.is_empty() {
            Method::GET
        } else {
            raw.method.parse().expect("a method")
        };
        let mut request = self
            .client
            .request(method, format!("{}{}", self.base(), raw.path));
        let token = raw.token.unwrap_or(&self.token);
        if !token.is_empty() {
            request = request.bearer_auth(token);
        }
        for (name, value) in raw.headers {
            request = request.header(*name, *value);
        }
        if !raw.body.is_empty() {
            request = request.body(raw.body.to_vec());
        }
        answer(request).await
    }

    /// The token that counts as the command line's.
    pub(crate) fn admin_token(&self) -> &str {
        &self.token
    }
}
