//! The inbox's statements. A batch is one statement: its rows travel as a JSON array of arrays.
//!
//! States of an item: 0 received, 1 resolved, 2 orphaned, 3 done. The conditions `state < 2` (waits to be
//! handled) and `state = 2` are spelled as in the partial indexes.

use crate::database::db::Statement;

/// Reserves ids: `(deliveries, items)` -> the last id of each.
pub(in crate::database) const TAKE_IDS: Statement = Statement::portable(
    "inbox_take_ids",
    "update inbox_counters set delivery = delivery + $1, item = item + $2 where one = 1 \
     returning delivery, item",
);

pub(in crate::database) const LAST_ITEM: Statement = Statement::portable(
    "inbox_last_item",
    "select item from inbox_counters where one = 1",
);

/// Answers the keys that were seen before. For SQLite's one writer, who can look first: nearly always none are
/// known, and no row crosses threads.
pub(super) const KNOWN_KEYS: Statement = Statement::of(
    "inbox_known_keys",
    "select k.key from jsonb_each($1) as row cross join dedupe_keys k on k.key = unhex(row.value)",
    "select k.key from jsonb_array_elements_text($1::jsonb) as row(value) \
     join dedupe_keys k on k.key = decode(row.value, 'hex')",
);

/// Answers the keys that were not seen before, on PostgreSQL, where others write too.
pub(super) const INSERT_KEYS: Statement = Statement::of(
    "inbox_insert_keys",
    "insert into dedupe_keys (key) select unhex(value) from jsonb_each($1)",
    "insert into dedupe_keys (key) \
     select decode(value, 'hex') from jsonb_array_elements_text($1::jsonb) as row(value) \
     on conflict do nothing returning key",
);

/// Bodies travel as one blob; a row names its part of it by offset (from 1) and length.
pub(super) const INSERT_DELIVERIES: Statement = Statement::of(
    "inbox_insert_deliveries",
    "insert into deliveries (id, received_at, day, body) \
     select value ->> 0, $2, value ->> 1, substr($3, value ->> 2, value ->> 3) \
     from jsonb_each($1)",
    "insert into deliveries (id, received_at, day, body) \
     select (value ->> 0)::bigint, $2, (value ->> 1)::bigint, \
            substring($3::bytea from (value ->> 2)::integer for (value ->> 3)::integer) \
     from jsonb_array_elements($1::jsonb) as row(value)",
);

pub(super) const INSERT_HELD_DELIVERIES: Statement = Statement::of(
    "inbox_insert_held_deliveries",
    "insert into held_deliveries (id, received_at, day, body) \
     select value ->> 0, $2, value ->> 1, substr($3, value ->> 2, value ->> 3) \
     from jsonb_each($1)",
    "insert into held_deliveries (id, received_at, day, body) \
     select (value ->> 0)::bigint, $2, (value ->> 1)::bigint, \
            substring($3::bytea from (value ->> 2)::integer for (value ->> 3)::integer) \
     from jsonb_array_elements($1::jsonb) as row(value)",
);

/// Rows: id, delivery, ordinal, class, phone_number_id, dedupe.
pub(super) const INSERT_ITEMS: Statement = Statement::of(
    "inbox_insert_items",
    "insert into inbox_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, state, received_at, opened_at, attempts) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, unhex(value ->> 5), \
            0, $2, $2, 0 \
     from jsonb_each($1)",
    "insert into inbox_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, state, received_at, opened_at, attempts) \
     select (value ->> 0)::bigint, (value ->> 1)::bigint, (value ->> 2)::integer, \
            (value ->> 3)::integer, value ->> 4, decode(value ->> 5, 'hex'), 0, $2, $2, 0 \
     from jsonb_array_elements($1::jsonb) as row(value)",
);

/// Rows: id, delivery, ordinal, class, phone_number_id, dedupe, reason.
pub(super) const INSERT_HELD_ITEMS: Statement = Statement::of(
    "inbox_insert_held_items",
    "insert into held_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, reason, received_at, held_at) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, unhex(value ->> 5), \
            value ->> 6, $2, $2 \
     from jsonb_each($1)",
    "insert into held_items \
       (id, delivery, ordinal, class, phone_number_id, dedupe, reason, received_at, held_at) \
     select (value ->> 0)::bigint, (value ->> 1)::bigint, (value ->> 2)::integer, \
            (value ->> 3)::integer, value ->> 4, decode(value ->> 5, 'hex'), value ->> 6, $2, $2 \
     from jsonb_array_elements($1::jsonb) as row(value)",
);

pub(super) const SEE_NUMBERS: Statement = Statement::of(
    "inbox_see_numbers",
    "insert into number_activity (phone_number_id, last_seen_at) \
     select value, $2 from jsonb_each($1) where true \
     on conflict (phone_number_id) do update set last_seen_at = excluded.last_seen_at",
    "insert into number_activity (phone_number_id, last_seen_at) \
     select value, $2 from jsonb_array_elements_text($1::jsonb) as row(value) \
     on conflict (phone_number_id) do update set last_seen_at = excluded.last_seen_at",
);

pub(super) const LAST_SEEN: Statement = Statement::portable(
    "inbox_last_seen",
    "select last_seen_at from number_activity where phone_number_id = $1",
);

/// `$3` phone number ids whose items another node handles: none on SQLite.
pub(super) const OPEN_ITEMS: Statement = Statement::of(
    "inbox_open_items",
    "select id, delivery, ordinal, class, phone_number_id, dedupe, received_at, attempts, contact, \
            conversation \
     from inbox_items where state < 2 and id > $1 and $3 is not null order by id limit $2",
    "select id, delivery, ordinal, class, phone_number_id, dedupe, received_at, attempts, contact, \
            conversation \
     from inbox_items where state < 2 and id > $1 \
       and coalesce(phone_number_id, '') <> all (array( \
         select value from jsonb_array_elements_text($3::jsonb) as row(value))) \
     order by id limit $2",
);

pub(super) const BODIES: Statement = Statement::of(
    "inbox_bodies",
    "select id, day, body from deliveries where id in (select value from jsonb_each($1))",
    "select id, day, body from deliveries \
     where id in (select value::bigint from jsonb_array_elements_text($1::jsonb) as row(value))",
);

pub(super) const OLDEST_OPEN: Statement = Statement::portable(
    "inbox_oldest_open",
    "select opened_at from inbox_items where state < 2 order by id limit 1",
);

pub(super) const INSERT_DAY_KEY: Statement = Statement::portable(
    "inbox_insert_day_key",
    "insert into day_keys (day, wrapped) values ($1, $2) on conflict do nothing",
);

pub(super) const DAY_KEY: Statement = Statement::portable(
    "inbox_day_key",
    "select wrapped from day_keys where day = $1",
);

/// Held until the commit by the one transaction that resolves. Asked and answered beside it: which of these
/// fences (lease, token) do not hold, by their places from 1.
pub(super) const RESOLVE_LOCK: Statement = Statement::for_postgres(
    "inbox_resolve_lock",
    "select coalesce((select json_agg(row.place) \
       from jsonb_array_elements($1::jsonb) with ordinality as row(value, place) \
       where not lease_holds(row.value ->> 0, (row.value ->> 1)::bigint)), '[]'::json)::text, \
       pg_advisory_xact_lock(1989)::text",
);

/// Asked: scope, kind, hash. The last column: whether the contact has a BSUID.
pub(super) const FIND_IDENTITIES: Statement = Statement::of(
    "inbox_find_identities",
    "select i.kind, i.hmac, i.contact, \
            exists (select 1 from identities as b where b.contact = i.contact and b.kind = 'bsuid') \
     from jsonb_each($1) as row \
     cross join identities as i on i.scope = row.value ->> 0 and i.kind = row.value ->> 1 \
       and i.hmac = unhex(row.value ->> 2)",
    "select i.kind, i.hmac, i.contact, \
            exists (select 1 from identities as b where b.contact = i.contact and b.kind = 'bsuid') \
     from jsonb_array_elements($1::jsonb) as row(value) \
     join identities as i on i.scope = row.value ->> 0 and i.kind = row.value ->> 1 \
       and i.hmac = decode(row.value ->> 2, 'hex')",
);

pub(super) const INSERT_IDENTITIES: Statement = Statement::of(
    "inbox_insert_identities",
    "insert into identities (scope, kind, hmac, contact) \
     select value ->> 0, value ->> 1, unhex(value ->> 2), value ->> 3 from jsonb_each($1) where true \
     on conflict do nothing",
    "insert into identities (scope, kind, hmac, contact) \
     select value ->> 0, value ->> 1, decode(value ->> 2, 'hex'), value ->> 3 \
     from jsonb_array_elements($1::jsonb) as row(value) on conflict do nothing",
);

pub(super) const FIND_ROUTES: Statement = Statement::of(
    "inbox_find_routes",
    "select r.phone_number_id, r.contact, r.conversation from jsonb_each($1) as row \
     cross join conversation_routes as r on r.phone_number_id = row.value ->> 0 \
       and r.contact = row.value ->> 1",
    "select r.phone_number_id, r.contact, r.conversation \
     from jsonb_array_elements($1::jsonb) as row(value) \
     join conversation_routes as r on r.phone_number_id = row.value ->> 0 \
       and r.contact = row.value ->> 1",
);

pub(super) const INSERT_ROUTES: Statement = Statement::of(
    "inbox_insert_routes",
    "insert into conversation_routes (phone_number_id, contact, conversation, lane) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3 from jsonb_each($1) where true \
     on conflict do nothing",
    "insert into conversation_routes (phone_number_id, contact, conversation, lane) \
     select value ->> 0, value ->> 1, value ->> 2, (value ->> 3)::integer \
     from jsonb_array_elements($1::jsonb) as row(value) on conflict do nothing",
);

/// Rows: item, contact, conversation, lane.
pub(super) const STAMP_ITEMS: Statement = Statement::of(
    "inbox_stamp_items",
    "update inbox_items set state = 1, contact = row.value ->> 1, \
            conversation = row.value ->> 2, lane = row.value ->> 3 \
     from jsonb_each($1) as row where inbox_items.id = row.value ->> 0 and inbox_items.state < 2",
    "update inbox_items set state = 1, contact = row.value ->> 1, \
            conversation = row.value ->> 2, lane = (row.value ->> 3)::integer \
     from jsonb_array_elements($1::jsonb) as row(value) \
     where inbox_items.id = (row.value ->> 0)::bigint and inbox_items.state < 2",
);

pub(super) const FIND_WAMIDS: Statement = Statement::of(
    "inbox_find_wamids",
    "select wamid, message, conversation, contact from wamid_routes \
     where wamid in (select unhex(value) from jsonb_each($1))",
    "select wamid, message, conversation, contact from wamid_routes \
     where wamid in (select decode(value, 'hex') \
                     from jsonb_array_elements_text($1::jsonb) as row(value))",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[
    TAKE_IDS,
    LAST_ITEM,
    KNOWN_KEYS,
    INSERT_KEYS,
    INSERT_DELIVERIES,
    INSERT_HELD_DELIVERIES,
    INSERT_ITEMS,
    INSERT_HELD_ITEMS,
    SEE_NUMBERS,
    LAST_SEEN,
    OPEN_ITEMS,
    BODIES,
    OLDEST_OPEN,
    INSERT_DAY_KEY,
    DAY_KEY,
    RESOLVE_LOCK,
    FIND_IDENTITIES,
    INSERT_IDENTITIES,
    FIND_ROUTES,
    INSERT_ROUTES,
    STAMP_ITEMS,
    FIND_WAMIDS,
];
