-- What moves between Meta, the log and the process manager. None of it is a projection: these rows are
-- decided upon, backed up with the log, and hold neither text nor phone numbers in the open.

-- Item ids are taken from one row instead of from a sequence: they must become visible in the order they
-- were given, because the consumer reads on from the last id it saw.
create table inbox_counters (
    one integer primary key check (one = 1),
    delivery integer not null,
    item integer not null
) strict;
insert into inbox_counters (one, delivery, item) values (1, 0, 0);

-- One wrapped key a UTC day (days since 1970); dropping the row makes that day's bodies unreadable.
create table day_keys (
    day integer primary key,
    wrapped blob not null
) strict;

create table deliveries (
    id integer primary key,
    received_at integer not null,
    day integer not null,
    body blob not null
) strict;
create index deliveries_day on deliveries (day);

-- state: 0 received, 1 resolved, 2 orphaned, 3 done. Below 2 the item waits to be handled, below 3 its
-- body is still needed.
create table inbox_items (
    id integer primary key,
    delivery integer not null,
    ordinal integer not null,
    class integer not null,
    phone_number_id text,
    dedupe blob not null,
    state integer not null,
    received_at integer not null,
    opened_at integer not null,
    contact text,
    conversation text,
    lane integer,
    attempts integer not null,
    error text,
    done_at integer,
    wamid blob
) strict;
create index inbox_items_open on inbox_items (id) where state < 2;
create index inbox_items_delivery on inbox_items (delivery);
create index inbox_items_orphaned on inbox_items (wamid) where state = 2;

-- Kept for ever, therefore nothing but the key.
create table dedupe_keys (
    key blob primary key
) strict, without rowid;

-- Bodies of held items, once a delivery; they outlive the deliveries.
create table held_deliveries (
    id integer primary key,
    received_at integer not null,
    day integer not null,
    body blob not null
) strict;
create index held_deliveries_day on held_deliveries (day);

create table held_items (
    id integer primary key,
    delivery integer not null,
    ordinal integer not null,
    class integer not null,
    phone_number_id text,
    dedupe blob not null,
    reason text not null,
    received_at integer not null,
    held_at integer not null,
    error text
) strict;
create index held_items_number on held_items (phone_number_id, reason);
create index held_items_delivery on held_items (delivery);
create index held_items_held_at on held_items (held_at);

create table identities (
    scope text not null,
    kind text not null,
    hmac blob not null,
    contact text not null,
    primary key (scope, kind, hmac)
) strict, without rowid;
create index identities_contact on identities (contact);

create table conversation_routes (
    phone_number_id text not null,
    contact text not null,
    conversation text not null,
    lane integer not null,
    primary key (phone_number_id, contact)
) strict, without rowid;

create table number_activity (
    phone_number_id text primary key,
    last_seen_at integer not null
) strict, without rowid;

-- settled_at is set as soon as no attempt may begin any more (unknown included).
create table outbox (
    message text primary key,
    number text not null,
    conversation text not null,
    contact text not null,
    position integer not null,
    epoch integer not null,
    session text,
    turn integer,
    state text not null,
    attempt integer not null,
    started_at integer,
    deadline integer,
    not_before integer,
    settled_at integer
) strict, without rowid;
create index outbox_unsettled on outbox (position) where settled_at is null;
create index outbox_unsettled_conversation on outbox (conversation, position) where settled_at is null;
create index outbox_rejected on outbox (session, turn) where state = 'rejected';
create index outbox_settled on outbox (settled_at) where settled_at is not null;

create table wamid_routes (
    wamid blob primary key,
    message text not null,
    conversation text not null,
    contact text not null
) strict, without rowid;

create table process_checkpoints (
    name text primary key,
    position integer not null
) strict, without rowid;

create table process_instances (
    conversation text primary key,
    position integer not null,
    state text not null
) strict, without rowid;

create table process_commands (
    ordinal integer primary key autoincrement,
    id text not null unique,
    conversation text not null,
    decision text not null,
    attempts integer not null,
    error text
) strict;

create table timers (
    session text primary key,
    wait integer not null,
    conversation text not null,
    due_at integer not null
) strict, without rowid;
create index timers_due_at on timers (due_at);

create table idempotency_keys (
    token text not null,
    key text not null,
    request_hash text not null,
    status integer,
    subject_id text,
    position integer,
    created_at integer not null,
    primary key (token, key)
) strict, without rowid;
create index idempotency_keys_created_at on idempotency_keys (created_at);
