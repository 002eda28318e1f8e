//! Which tables there are and how each goes into a copy.
//!
//! Whoever adds a table to the migrations adds it here, to one list or the other; a test compares.

/// How the rows of a table come into the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In the order of their key, behind the last one that is there.
    Rows,
    /// As a whole: the migrations themselves put a row there.
    Seeded,
    /// At the end, with the mark that the copy is whole.
    Last,
}

/// A table that is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Columns of its primary key.
    pub key: &'static [&'static str],
    /// How its rows come over.
    pub way: Way,
}

const fn rows(name: &'static str, key: &'static [&'static str]) -> Table {
    let way = Way::Rows;
    Table { name, key, way }
}

/// Tables that are copied, in this order.
pub const TABLES: &[Table] = &[
    rows("events", &["position"]),
    rows("streams", &["aggregate_type", "aggregate_id"]),
    rows(
        "commands",
        &["aggregate_type", "aggregate_id", "command_id"],
    ),
    rows("blobs", &["sha256"]),
    rows("subject_keys", &["contact"]),
    rows("secrets", &["id"]),
    rows("numbers", &["id"]),
    rows("number_bots", &["number"]),
    rows("api_tokens", &["id"]),
    Table {
        name: "inbox_counters",
        key: &["one"],
        way: Way::Seeded,
    },
    rows("day_keys", &["day"]),
    rows("deliveries", &["id"]),
    rows("inbox_items", &["id"]),
    rows("dedupe_keys", &["key"]),
    rows("held_deliveries", &["id"]),
    rows("held_items", &["id"]),
    rows("identities", &["scope", "kind", "hmac"]),
    rows("conversation_routes", &["phone_number_id", "contact"]),
    rows("number_activity", &["phone_number_id"]),
    rows("outbox", &["message"]),
    rows("wamid_routes", &["wamid"]),
    rows("process_checkpoints", &["name"]),
    rows("process_instances", &["conversation"]),
    rows("process_commands", &["ordinal"]),
    rows("timers", &["session"]),
    rows("idempotency_keys", &["token", "key"]),
    rows("published_marks", &["stream"]),
    Table {
        name: "log_meta",
        key: &["key"],
        way: Way::Last,
    },
];

/// Tables that are not copied, and why.
pub const LEFT_OUT: &[(&str, &str)] = &[
    (
        "_sqlx_migrations",
        "written by the migrations of the target",
    ),
    ("sqlite_sequence", "SQLite's own: see SEQUENCES"),
    ("nodes", "of servers that run now"),
    ("leases", "of servers that run now"),
    ("lease_changes", "of servers that run now"),
];

/// Columns whose values the database gives, higher than any it has given before.
pub const SEQUENCES: &[(&str, &str)] = &[("process_commands", "ordinal")];
