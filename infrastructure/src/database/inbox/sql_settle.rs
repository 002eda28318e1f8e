//! The statements by which items leave the inbox or come back to it.

use crate::database::db::Statement;

pub(in crate::database) const DONE_ITEMS: Statement = Statement::of(
    "inbox_done_items",
    "update inbox_items set state = 3, done_at = $2 \
     where id in (select value from jsonb_each($1)) and state < 3",
    "update inbox_items set state = 3, done_at = $2 \
     where id in (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
       and state < 3",
);

pub(in crate::database) const NOT_DONE: Statement = Statement::of(
    "inbox_not_done",
    "select id from inbox_items where id in (select value from jsonb_each($1)) and state < 3",
    "select id from inbox_items \
     where id in (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
       and state < 3",
);

pub(super) const HOLD_DELIVERIES: Statement = Statement::of(
    "inbox_hold_deliveries",
    "insert into held_deliveries (id, received_at, day, body) \
     select id, received_at, day, body from deliveries where id in \
       (select delivery from inbox_items \
        where id in (select value from jsonb_each($1)) and state < 3) \
     on conflict do nothing",
    "insert into held_deliveries (id, received_at, day, body) \
     select id, received_at, day, body from deliveries where id in \
       (select delivery from inbox_items where id in \
          (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
          and state < 3) \
     on conflict do nothing",
);

pub(super) const HOLD_ITEMS: Statement = Statement::of(
    "inbox_hold_items",
    "insert into held_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, reason, received_at, held_at, error) \
     select id, delivery, ordinal, class, phone_number_id, dedupe, $2, received_at, $3, error \
     from inbox_items where id in (select value from jsonb_each($1)) and state < 3",
    "insert into held_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, reason, received_at, held_at, error) \
     select id, delivery, ordinal, class, phone_number_id, dedupe, $2, received_at, $3, error \
     from inbox_items where id in \
       (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
       and state < 3",
);

pub(super) const DROP_ITEMS: Statement = Statement::of(
    "inbox_drop_items",
    "delete from inbox_items where id in (select value from jsonb_each($1)) and state < 3",
    "delete from inbox_items \
     where id in (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
       and state < 3",
);

pub(super) const COUNT_FAILURE: Statement = Statement::portable(
    "inbox_count_failure",
    "update inbox_items set attempts = attempts + 1, error = $2 where id = $1 and state < 3 \
     returning attempts",
);

pub(super) const HAS_ROUTE: Statement = Statement::portable(
    "inbox_has_route",
    "select message from wamid_routes where wamid = $1",
);

/// The locks under which a status is set aside for a wamid, or a wamid's route is written. Sorted.
pub(super) const ORPHAN_LOCKS: Statement = Statement::for_postgres(
    "inbox_orphan_locks",
    "select pg_advisory_xact_lock(1987, one.key) \
     from (select distinct hashtext(value) as key \
           from jsonb_array_elements_text($1::jsonb) as row(value) order by key) as one",
);

pub(super) const ORPHAN: Statement = Statement::portable(
    "inbox_orphan",
    "update inbox_items set state = 2, wamid = $2 where id = $1 and state < 2",
);

pub(super) const FIND_ORPHANS: Statement = Statement::of(
    "inbox_find_orphans",
    "select id from inbox_items \
     where state = 2 and wamid in (select unhex(value) from jsonb_each($1)) order by id",
    "select id from inbox_items \
     where state = 2 and wamid in \
       (select decode(value, 'hex') from jsonb_array_elements_text($1::jsonb) as row(value)) \
     order by id",
);

/// Orphans under new ids that follow `$2`, in their old order.
pub(super) const REOPEN_ORPHANS: Statement = Statement::of(
    "inbox_reopen_orphans",
    "insert into inbox_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, state, received_at, opened_at, attempts) \
     select $2 + row_number() over (order by id), delivery, ordinal, class, phone_number_id, dedupe, \
            0, received_at, $3, 0 \
     from inbox_items where id in (select value from jsonb_each($1))",
    "insert into inbox_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, state, received_at, opened_at, attempts) \
     select $2 + row_number() over (order by id), delivery, ordinal, class, phone_number_id, dedupe, \
            0, received_at, $3, 0 \
     from inbox_items where id in \
       (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value))",
);

pub(super) const FIND_HELD: Statement = Statement::portable(
    "inbox_find_held",
    "select id, delivery from held_items where phone_number_id = $1 and reason = $2 order by id",
);

pub(super) const FIND_HELD_FOR: Statement = Statement::portable(
    "inbox_find_held_for",
    "select id, delivery from held_items where reason = $1 order by id",
);

pub(super) const FIND_HELD_ITEMS: Statement = Statement::of(
    "inbox_find_held_items",
    "select id, delivery from held_items where id in (select value from jsonb_each($1)) order by id",
    "select id, delivery from held_items \
     where id in (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
     order by id",
);

pub(super) const LIST_HELD: Statement = Statement::portable(
    "inbox_list_held",
    "select id, class, phone_number_id, reason, received_at, error from held_items \
     where id > $1 order by id limit $2",
);

pub(super) const SWEEP_HELD: Statement = Statement::portable(
    "inbox_sweep_held",
    "delete from held_items where id in \
       (select id from held_items where held_at < $1 limit $2) \
     returning delivery",
);

pub(super) const REOPEN_DELIVERIES: Statement = Statement::of(
    "inbox_reopen_deliveries",
    "insert into deliveries (id, received_at, day, body) \
     select id, received_at, day, body from held_deliveries \
     where id in (select value from jsonb_each($1)) on conflict do nothing",
    "insert into deliveries (id, received_at, day, body) \
     select id, received_at, day, body from held_deliveries where id in \
       (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
     on conflict do nothing",
);

/// Held items under new ids that follow `$2`, in their old order.
pub(super) const REOPEN_HELD: Statement = Statement::of(
    "inbox_reopen_held",
    "insert into inbox_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, state, received_at, opened_at, attempts) \
     select $2 + row_number() over (order by id), delivery, ordinal, class, phone_number_id, dedupe, \
            0, received_at, $3, 0 \
     from held_items where id in (select value from jsonb_each($1))",
    "insert into inbox_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, state, received_at, opened_at, attempts) \
     select $2 + row_number() over (order by id), delivery, ordinal, class, phone_number_id, dedupe, \
            0, received_at, $3, 0 \
     from held_items where id in \
       (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value))",
);

pub(super) const DROP_HELD_ITEMS: Statement = Statement::of(
    "inbox_drop_held_items",
    "delete from held_items where id in (select value from jsonb_each($1))",
    "delete from held_items \
     where id in (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value))",
);

pub(super) const DROP_HELD_DELIVERIES: Statement = Statement::of(
    "inbox_drop_held_deliveries",
    "delete from held_deliveries where id in (select value from jsonb_each($1)) \
       and not exists (select 1 from held_items where delivery = held_deliveries.id)",
    "delete from held_deliveries \
     where id in (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
       and not exists (select 1 from held_items where delivery = held_deliveries.id)",
);

/// Deliveries of days up to `$1` whose items were all handled before `$2`.
pub(super) const SWEEP_DELIVERIES: Statement = Statement::portable(
    "inbox_sweep_deliveries",
    "delete from deliveries where id in \
       (select d.id from deliveries as d where d.day <= $1 and d.received_at < $2 \
          and not exists (select 1 from inbox_items as i where i.delivery = d.id \
                          and (i.state < 3 or i.done_at >= $2)) \
        limit $3) \
     returning id",
);

pub(super) const SWEEP_ITEMS: Statement = Statement::of(
    "inbox_sweep_items",
    "delete from inbox_items where delivery in (select value from jsonb_each($1)) and state = 3",
    "delete from inbox_items where delivery in \
       (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value)) \
       and state = 3",
);

pub(super) const SWEEP_ORPHANS: Statement = Statement::portable(
    "inbox_sweep_orphans",
    "delete from inbox_items where id in \
       (select id from inbox_items where state = 2 and received_at < $1 limit $2)",
);

pub(super) const SWEEP_IDEMPOTENCY_KEYS: Statement = Statement::portable(
    "inbox_sweep_idempotency_keys",
    "delete from idempotency_keys where (token, key) in \
       (select token, key from idempotency_keys where created_at < $1 limit $2)",
);

pub(super) const SWEEP_OUTBOX: Statement = Statement::portable(
    "inbox_sweep_outbox",
    "delete from outbox where message in \
       (select message from outbox where settled_at is not null and settled_at < $1 limit $2)",
);

pub(super) const SWEEP_DAY_KEYS: Statement = Statement::portable(
    "inbox_sweep_day_keys",
    "delete from day_keys where day < $1 \
       and not exists (select 1 from deliveries where deliveries.day = day_keys.day) \
       and not exists (select 1 from held_deliveries where held_deliveries.day = day_keys.day)",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[
    DONE_ITEMS,
    NOT_DONE,
    HOLD_DELIVERIES,
    HOLD_ITEMS,
    DROP_ITEMS,
    COUNT_FAILURE,
    HAS_ROUTE,
    ORPHAN_LOCKS,
    ORPHAN,
    FIND_ORPHANS,
    REOPEN_ORPHANS,
    FIND_HELD,
    FIND_HELD_FOR,
    FIND_HELD_ITEMS,
    LIST_HELD,
    SWEEP_HELD,
    REOPEN_DELIVERIES,
    REOPEN_HELD,
    DROP_HELD_ITEMS,
    DROP_HELD_DELIVERIES,
    SWEEP_DELIVERIES,
    SWEEP_ITEMS,
    SWEEP_ORPHANS,
    SWEEP_IDEMPOTENCY_KEYS,
    SWEEP_OUTBOX,
    SWEEP_DAY_KEYS,
];
