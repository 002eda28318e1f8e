//! Which of the two media types the caller takes.

use axum::http::{HeaderMap, header};

use crate::problem::Problem;

/// Media type of an answer; it decides what status a request error has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MediaType {
    /// `application/graphql-response+json`: request errors are 4xx.
    GraphQl,
    /// `application/json`: request errors are 200, as clients of old expect.
    Json,
}

impl MediaType {
    /// The most wanted one that we speak; plain JSON where anything will do or nothing is said.
    ///
    /// # Errors
    /// The caller takes neither.
    pub(super) fn accepted(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Ok(Self::Json);
        }
        let mut best: Option<(Self, f32)> = None;
        let ranges = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','));
        for range in ranges {
            let mut pieces = range.split(';').map(str::trim);
            let essence = pieces.next().unwrap_or("").to_ascii_lowercase();
            let media = match essence.as_str() {
                "application/graphql-response+json" => Self::GraphQl,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let weight = pieces
                .find_map(|piece| piece.strip_prefix("q=")?.parse::<f32>().ok())
                .unwrap_or(1.0);
            if weight > best.map_or(0.0, |(_, weight)| weight) {
                best = Some((media, weight));
            }
        }
        best.map(|(media, _)| media)
            .ok_or_else(|| Problem::new("not_acceptable"))
    }

    /// As headers write it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::GraphQl => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}
