//! How long the log's database keeps what is not an event. Events are kept for ever.

/// Seconds of a day.
pub(crate) const DAY_SECONDS: i64 = 86_400;
/// Bodies after the last of their items was handled.
pub(crate) const BODY_DAYS: i64 = 7;
/// Statuses of wamids that no send of ours had.
pub(crate) const ORPHAN_DAYS: i64 = 30;
/// Held items that nobody released.
pub(crate) const HELD_DAYS: i64 = 90;
/// Outbox rows after they were settled; not less than the longest wait of a bot (720 hours): see `asked_at`.
pub(crate) const OUTBOX_DAYS: i64 = 30;
/// Answers of requests with an idempotency key.
pub(crate) const IDEMPOTENCY_DAYS: i64 = 1;
/// Commands that are known again when they are repeated.
pub const COMMAND_MEMORY_DAYS: i64 = 90;

/// What is dropped after how many days, as docs/operations.md has it.
pub const RETENTION: [(&str, i64); 6] = [
    (
        "bodies of deliveries whose items were all handled, and the items",
        BODY_DAYS,
    ),
    (
        "statuses of messages that were not sent from here",
        ORPHAN_DAYS,
    ),
    (
        "held items that nobody released, with their bodies",
        HELD_DAYS,
    ),
    (
        "outbox rows of messages whose outcome is known",
        OUTBOX_DAYS,
    ),
    ("idempotency keys", IDEMPOTENCY_DAYS),
    ("ids of commands that were carried out", COMMAND_MEMORY_DAYS),
];
