//! Every limit of the GraphQL API in one place.

use std::time::Duration;

/// Rows of a page where neither `first` nor `last` is given.
pub const PAGE_DEFAULT: usize = 25;
/// Rows of a page at most.
pub const PAGE_MAX: usize = 100;
/// Fields within fields; the usual introspection query of tools needs 15.
pub const DEPTH: usize = 16;
/// Fields that an operation may ask for, those of a page counted once a row.
pub const COMPLEXITY: usize = 20_000;
/// Directives on one field.
pub const DIRECTIVES: usize = 8;
/// Bytes of a document.
pub const DOCUMENT_BYTES: usize = 64 * 1024;
/// Bytes of a body with its variables; a bot's scenario is the largest one.
pub const BODY_BYTES: usize = 1024 * 1024;
/// How long a query or mutation may take.
pub const OPERATION_TIME: Duration = Duration::from_secs(20);
/// How long a mutation waits for the read models.
pub const READ_MODELS_WAIT: Duration = Duration::from_secs(2);
/// Characters of a `clientMutationId`.
pub const MUTATION_ID_LENGTH: usize = 128;
