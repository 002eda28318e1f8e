//! The process manager's statements.

use crate::database::db::Statement;

pub(super) const CHECKPOINT: Statement = Statement::portable(
    "process_checkpoint",
    "select position from process_checkpoints where name = $1",
);

/// The first checkpoint of an installation.
pub(super) const START: Statement = Statement::portable(
    "process_start",
    "insert into process_checkpoints (name, position) values ($1, 0) on conflict do nothing",
);

pub(super) const MOVE_CHECKPOINT: Statement = Statement::portable(
    "process_move_checkpoint",
    "update process_checkpoints set position = $3 where name = $1 and position = $2",
);

pub(super) const INSTANCES: Statement = Statement::of(
    "process_instances",
    "select conversation, position, state from process_instances \
     where conversation in (select value from jsonb_each($1))",
    "select conversation, position, state from process_instances \
     where conversation in \
       (select value from jsonb_array_elements_text($1::jsonb) as row(value))",
);

/// Rows: conversation, position, state.
pub(super) const UPSERT_INSTANCES: Statement = Statement::of(
    "process_upsert_instances",
    "insert into process_instances (conversation, position, state) \
     select value ->> 0, value ->> 1, value ->> 2 from jsonb_each($1) where true \
     on conflict (conversation) do update set position = excluded.position, state = excluded.state",
    "insert into process_instances (conversation, position, state) \
     select value ->> 0, (value ->> 1)::bigint, value ->> 2 \
     from jsonb_array_elements($1::jsonb) as row(value) \
     on conflict (conversation) do update set position = excluded.position, state = excluded.state",
);

/// Rows: id, conversation, decision, attempts. The same id twice is the same decision.
pub(super) const INSERT_COMMANDS: Statement = Statement::of(
    "process_insert_commands",
    "insert into process_commands (id, conversation, decision, attempts) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from jsonb_each($1) where true \
     order by key on conflict (id) do nothing",
    "insert into process_commands (id, conversation, decision, attempts) \
     select value ->> 0, value ->> 1, value ->> 2, (value ->> 3)::integer \
     from jsonb_array_elements($1::jsonb) with ordinality as row(value, key) \
     order by key on conflict (id) do nothing",
);

pub(in crate::database) const DROP_COMMANDS: Statement = Statement::of(
    "process_drop_commands",
    "delete from process_commands where id in (select value from jsonb_each($1))",
    "delete from process_commands \
     where id in (select value from jsonb_array_elements_text($1::jsonb) as row(value))",
);

/// Rows: session, wait, conversation, due_at.
pub(super) const SET_TIMERS: Statement = Statement::of(
    "process_set_timers",
    "insert into timers (session, wait, conversation, due_at) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from jsonb_each($1) where true \
     on conflict (session) do update set wait = excluded.wait, \
       conversation = excluded.conversation, due_at = excluded.due_at",
    "insert into timers (session, wait, conversation, due_at) \
     select value ->> 0, (value ->> 1)::integer, value ->> 2, (value ->> 3)::bigint \
     from jsonb_array_elements($1::jsonb) as row(value) \
     on conflict (session) do update set wait = excluded.wait, \
       conversation = excluded.conversation, due_at = excluded.due_at",
);

pub(super) const DROP_TIMERS: Statement = Statement::of(
    "process_drop_timers",
    "delete from timers where session in (select value from jsonb_each($1))",
    "delete from timers \
     where session in (select value from jsonb_array_elements_text($1::jsonb) as row(value))",
);

pub(super) const DUE_TIMERS: Statement = Statement::portable(
    "process_due_timers",
    "select session, wait, conversation, due_at from timers where due_at <= $1 \
     order by due_at limit $2",
);

pub(super) const PENDING: Statement = Statement::portable(
    "process_pending",
    "select id, conversation, ordinal, decision, attempts from process_commands \
     where ordinal > $1 order by ordinal limit $2",
);

pub(super) const COUNT_FAILURE: Statement = Statement::portable(
    "process_count_failure",
    "update process_commands set attempts = attempts + 1, error = $2 where id = $1 \
     returning attempts",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[
    CHECKPOINT,
    START,
    MOVE_CHECKPOINT,
    INSTANCES,
    UPSERT_INSTANCES,
    INSERT_COMMANDS,
    DROP_COMMANDS,
    SET_TIMERS,
    DROP_TIMERS,
    DUE_TIMERS,
    PENDING,
    COUNT_FAILURE,
];
