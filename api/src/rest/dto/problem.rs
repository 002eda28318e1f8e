//! What a problem looks like, for the description of the API only: [`crate::problem`] writes them.

use utoipa::ToSchema;

use super::conversation::Handler;

/// An error.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "described here, written by the problem module")]
pub struct Problem {
    /// The page that explains it: `/problems/CODE`.
    #[schema(rename = "type")]
    kind: String,
    /// In one line.
    title: String,
    /// The HTTP status.
    status: u16,
    /// Stable code.
    code: String,
    /// What is wrong this time.
    detail: String,
    /// The fields at fault.
    errors: Vec<FieldError>,
    /// What to do.
    next_step: String,
    /// Names the request in the server's log.
    request_id: String,
    /// The thing that is there already, on a conflict with one.
    existing_id: Option<String>,
    /// Who handles the conversation, on a conflict with a person.
    handler: Option<Handler>,
}

/// A field that cannot be accepted.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "described here, written by the problem module")]
pub struct FieldError {
    /// Path, e.g. `buttons[3].title`.
    field: String,
    /// Stable code.
    code: String,
    /// What is wrong.
    message: String,
    /// The limit, if it is one.
    limit: Option<u64>,
    /// The actual value.
    actual: Option<u64>,
}
