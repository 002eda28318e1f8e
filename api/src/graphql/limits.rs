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
/// Values in one list of an event filter.
pub const EVENT_FILTER_VALUES: usize = 100;
/// Events that a page of events looks through.
pub const EVENTS_SCANNED: u64 = 20_000;
/// Events that a subscription may fall behind once it has reached the end of the log.
pub const FEED_LAG: u64 = 20_000;
/// How long a subscription waits for the read models.
pub const FEED_WAIT: Duration = Duration::from_secs(30);
/// Open sockets of one token.
pub const SOCKETS_PER_ACTOR: usize = 200;
/// Operations that run on one socket.
pub const OPERATIONS_PER_SOCKET: usize = 100;
/// Bytes of the id of an operation.
pub const OPERATION_ID_BYTES: usize = 128;
/// How long a new socket may take to say who it is.
pub const INIT_TIME: Duration = Duration::from_secs(5);
/// How often a socket is pinged.
pub const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a socket may be silent, pongs included.
pub const SILENCE: Duration = Duration::from_mins(1);
/// How long a message to a socket may take to leave.
pub const SOCKET_SEND_TIME: Duration = Duration::from_secs(30);
/// How often it is looked whether the token of a socket still holds; every message looks too.
pub const TOKEN_CHECK: Duration = Duration::from_secs(1);
