//! The one variable part of a path. What cannot be read is no id of ours, so it is not found.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::problem::Problem;

/// An id or a name in the path.
#[derive(Debug)]
pub(super) struct PathPart(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for PathPart {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(part) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new("not_found"))?;
        Ok(Self(part))
    }
}
