//! What every mutation answers beside its status and its entity.

use async_graphql::SimpleObject;

use crate::i18n::Lang;
use crate::problem::{FieldError, Problem};

/// What every mutation answers beside its status and its entity.
#[derive(Debug, Default, SimpleObject)]
pub(crate) struct Outcome {
    /// The id that was sent.
    pub(super) client_mutation_id: Option<String>,
    /// Why it was not done, in the caller's language; null where it was.
    pub(super) message: Option<String>,
    /// What to do about it.
    pub(super) next_step: Option<String>,
    /// Fields that cannot be accepted.
    pub(super) violations: Vec<Violation>,
    /// Where the change stands in the log; null where nothing was done.
    pub(super) position: Option<String>,
    /// The read models had not passed the change in time, so the entity may be as it was before.
    pub(super) stale: bool,
}

/// A field that cannot be accepted.
#[derive(Debug, SimpleObject)]
pub(crate) struct Violation {
    /// Its path, e.g. `phoneNumber` or `nodes[q1]`.
    field: String,
    /// Stable code.
    code: String,
    /// What is wrong, in the caller's language.
    message: String,
    /// The limit, if it is one.
    limit: Option<u64>,
    /// The actual value.
    actual: Option<u64>,
}

impl Outcome {
    /// Why it was not done.
    pub(super) fn refused(problem: &Problem, lang: Lang) -> Self {
        Self {
            message: Some(problem.detail_text(lang)),
            next_step: Some(problem.next_step(lang).to_owned()),
            violations: problem
                .field_errors()
                .iter()
                .map(|error| Violation::of(error, lang))
                .collect(),
            ..Self::default()
        }
    }
}

impl Violation {
    fn of(error: &FieldError, lang: Lang) -> Self {
        Self {
            field: camel(&error.field),
            code: error.code.clone(),
            message: error.message.get(lang).to_owned(),
            limit: error.limit,
            actual: error.actual,
        }
    }
}

/// A field's name as this API spells it; ids in brackets stay as they are.
fn camel(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let (mut is_upper, mut is_id) = (false, false);
    for character in field.chars() {
        is_id = (is_id || character == '[') && character != ']';
        match character {
            '_' if !is_id => is_upper = true,
            other if is_upper => {
                name.extend(other.to_uppercase());
                is_upper = false;
            }
            other => name.push(other),
        }
    }
    name
}
