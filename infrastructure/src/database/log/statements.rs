//! The log's statements. A batch travels as one JSON array of arrays, in the order of the columns.
//!
//! `jsonb_each` where `json_each` would do: it hands inner arrays on as they are parsed, so that `->>` does not
//! parse the text of each row anew (a quarter of the writer's time).

use crate::database::db::Statement;

macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "select position, aggregate_type, aggregate_id, sequence, event_type, event_version, ",
            "cast(payload as text), cast(metadata as text), command_id, recorded_at, subject, lane ",
            "from events ",
            $rest
        )
    };
}

/// Rows: type, id. Answers the index of the row and the stream's version.
pub(super) const VERSIONS: Statement = Statement::of(
    "log_versions",
    "select j.key, s.version from jsonb_each($1) j cross join streams s \
     where s.aggregate_type = j.value ->> 0 and s.aggregate_id = j.value ->> 1",
    "select j.key - 1, s.version \
     from json_array_elements($1::json) with ordinality j(value, key) cross join streams s \
     where s.aggregate_type = j.value ->> 0 and s.aggregate_id = j.value ->> 1",
);

/// Rows: type, id, command. Answers the index of the row and what the command led to.
pub(super) const REMEMBERED: Statement = Statement::of(
    "log_remembered",
    "select j.key, c.version, c.position, c.recorded_at \
     from jsonb_each($1) j cross join commands c \
     where c.aggregate_type = j.value ->> 0 and c.aggregate_id = j.value ->> 1 \
       and c.command_id = j.value ->> 2",
    "select j.key - 1, c.version, c.position, c.recorded_at \
     from json_array_elements($1::json) with ordinality j(value, key) cross join commands c \
     where c.aggregate_type = j.value ->> 0 and c.aggregate_id = j.value ->> 1 \
       and c.command_id = j.value ->> 2",
);

pub(super) const HEAD: Statement =
    Statement::portable("log_head", "select coalesce(max(position), 0) from events");

/// Rows: all columns of `events` but `recorded_at`, which is the transaction's.
pub(super) const INSERT_EVENTS: Statement = Statement::of(
    "log_insert_events",
    "insert into events (position, aggregate_type, aggregate_id, sequence, event_type, \
       event_version, payload, metadata, command_id, subject, lane, recorded_at) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
       value ->> 6, value ->> 7, value ->> 8, value ->> 9, value ->> 10, $2 \
     from jsonb_each($1)",
    "insert into events (position, aggregate_type, aggregate_id, sequence, event_type, \
       event_version, payload, metadata, command_id, subject, lane, recorded_at) \
     select (value ->> 0)::bigint, value ->> 1, value ->> 2, (value ->> 3)::bigint, value ->> 4, \
       value ->> 5, (value ->> 6)::json, (value ->> 7)::json, value ->> 8, value ->> 9, \
       (value ->> 10)::smallint, $2 \
     from json_array_elements($1::json) j(value)",
);

/// Rows: type, id, lane, version, subject.
pub(super) const UPSERT_STREAMS: Statement = Statement::of(
    "log_upsert_streams",
    "insert into streams (aggregate_type, aggregate_id, lane, version, subject) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 \
     from jsonb_each($1) where true \
     on conflict (aggregate_type, aggregate_id) do update set version = excluded.version, \
       subject = coalesce(excluded.subject, streams.subject)",
    "insert into streams (aggregate_type, aggregate_id, lane, version, subject) \
     select value ->> 0, value ->> 1, (value ->> 2)::smallint, (value ->> 3)::bigint, value ->> 4 \
     from json_array_elements($1::json) j(value) \
     on conflict (aggregate_type, aggregate_id) do update set version = excluded.version, \
       subject = coalesce(excluded.subject, streams.subject)",
);

/// Rows: type, id, command, version, position.
pub(super) const INSERT_COMMANDS: Statement = Statement::of(
    "log_insert_commands",
    "insert into commands \
       (aggregate_type, aggregate_id, command_id, version, position, recorded_at) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, $2 \
     from jsonb_each($1)",
    "insert into commands \
       (aggregate_type, aggregate_id, command_id, version, position, recorded_at) \
     select value ->> 0, value ->> 1, value ->> 2, (value ->> 3)::bigint, (value ->> 4)::bigint, \
       $2 \
     from json_array_elements($1::json) j(value)",
);

pub(super) const READ_STREAM: Statement = Statement::portable(
    "log_read_stream",
    select_events!(
        "where aggregate_type = $1 and aggregate_id = $2 and sequence > $3 order by sequence"
    ),
);

pub(super) const READ_AFTER: Statement = Statement::portable(
    "log_read_after",
    select_events!("where position > $1 order by position limit $2"),
);

pub(super) const STREAM_VERSION: Statement = Statement::portable(
    "log_stream_version",
    "select version from streams where aggregate_type = $1 and aggregate_id = $2",
);

pub(super) const FIND_COMMAND: Statement = Statement::portable(
    "log_find_command",
    "select version, position, recorded_at from commands \
     where aggregate_type = $1 and aggregate_id = $2 and command_id = $3",
);

/// A bounded part of the remembered commands that are too old.
pub(super) const PURGE_COMMANDS: Statement = Statement::portable(
    "log_purge_commands",
    "delete from commands where (aggregate_type, aggregate_id, command_id) in \
       (select aggregate_type, aggregate_id, command_id from commands \
        where recorded_at < $1 order by recorded_at limit $2)",
);

/// All of them, for the test that prepares each.
pub(crate) const STATEMENTS: &[Statement] = &[
    VERSIONS,
    REMEMBERED,
    HEAD,
    INSERT_EVENTS,
    UPSERT_STREAMS,
    INSERT_COMMANDS,
    READ_STREAM,
    READ_AFTER,
    STREAM_VERSION,
    FIND_COMMAND,
    PURGE_COMMANDS,
];
