//! The process manager's statements.

use crate::database::db::Statement;

/// Where a checkpoint stands: `$1` its name, `$2` that of a log with one shard, where a shard that never moved
/// begins. 0 is always right, only slow: instances know what they have taken. A log that came from PostgreSQL
/// begins where its last shard stands.
pub(super) const CHECKPOINT: Statement = Statement::of(
    "process_checkpoint",
    "select coalesce( \
       (select position from process_checkpoints where name = $1), \
       (select case when count(*) = 16 then min(position) end from process_checkpoints \
        where name <> $2), 0)",
    "select coalesce( \
       (select position from process_checkpoints where name = $1), \
       (select position from process_checkpoints where name = $2), 0)",
);

/// Makes checkpoints that are missing. Rows: name, from.
pub(super) const START: Statement = Statement::of(
    "process_start",
    "insert into process_checkpoints (name, position) \
     select value ->> 0, value ->> 1 from jsonb_each($1) where true on conflict do nothing",
    "insert into process_checkpoints (name, position) \
     select value ->> 0, (value ->> 1)::bigint from jsonb_array_elements($1::jsonb) as row(value) \
     on conflict do nothing",
);

/// Moves all of the checkpoints or none. Rows: name, from, to, lease, fence; `$2` how many.
pub(super) const MOVE_CHECKPOINTS: Statement = Statement::of(
    "process_move_checkpoints",
    "update process_checkpoints set position = row.value ->> 2 from jsonb_each($1) as row \
     where name = row.value ->> 0 and $2 = \
       (select count(*) from jsonb_each($1) as one \
        join process_checkpoints as at on at.name = one.value ->> 0 \
          and at.position = one.value ->> 1)",
    "with asked as materialized ( \
       select value ->> 0 as name, (value ->> 1)::bigint as from_position, \
              (value ->> 2)::bigint as to_position, \
              lease_holds(value ->> 3, (value ->> 4)::bigint) as holds \
       from jsonb_array_elements($1::jsonb) as row(value)), \
     locked as materialized ( \
       select at.name, asked.to_position from process_checkpoints as at \
       join asked on asked.name = at.name and asked.from_position = at.position \
       where (select bool_and(holds) from asked) order by at.name for update of at) \
     update process_checkpoints as at set position = locked.to_position \
     from locked where at.name = locked.name and $2 = (select count(*) from locked)",
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

/// `$3` the shards, as the hex digits in which their conversations' ids end; all of them on SQLite.
pub(super) const DUE_TIMERS: Statement = Statement::of(
    "process_due_timers",
    "select session, wait, conversation, due_at from timers where due_at <= $1 and $3 <> '' \
     order by due_at limit $2",
    "select session, wait, conversation, due_at from timers where due_at <= $1 \
       and strpos($3, right(conversation, 1)) > 0 \
     order by due_at limit $2",
);

pub(super) const PENDING: Statement = Statement::portable(
    "process_pending",
    "select id, conversation, ordinal, decision, attempts from process_commands \
     where ordinal > $1 order by ordinal limit $2",
);

/// `$3` and `$4` the fence.
pub(super) const COUNT_FAILURE: Statement = Statement::of(
    "process_count_failure",
    "update process_commands set attempts = attempts + 1, error = $2 where id = $1 \
       and $3 is null and $4 is null returning attempts",
    "update process_commands set attempts = attempts + 1, error = $2 where id = $1 \
       and lease_holds($3, $4) returning attempts",
);

/// One command that led to nothing; `$2` and `$3` the fence.
pub(super) const DROP_COMMAND: Statement = Statement::of(
    "process_drop_command",
    "delete from process_commands where id = $1 and $2 is null and $3 is null",
    "delete from process_commands where id = $1 and lease_holds($2, $3)",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[
    CHECKPOINT,
    START,
    MOVE_CHECKPOINTS,
    INSTANCES,
    UPSERT_INSTANCES,
    INSERT_COMMANDS,
    DROP_COMMANDS,
    SET_TIMERS,
    DROP_TIMERS,
    DUE_TIMERS,
    PENDING,
    COUNT_FAILURE,
    DROP_COMMAND,
];
