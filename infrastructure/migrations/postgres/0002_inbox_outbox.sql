-- What moves between Meta, the log and the process manager. None of it is a projection: these rows are
-- decided upon, backed up with the log, and hold neither text nor phone numbers in the open.

-- Item ids are taken from one row instead of from a sequence: they must become visible in the order they
-- were given, because the consumer reads on from the last id it saw.
create table inbox_counters (
    one integer primary key check (one = 1),
    delivery bigint not null,
    item bigint not null
);
insert into inbox_counters (one, delivery, item) values (1, 0, 0);

-- One wrapped key a UTC day (days since 1970); dropping the row makes that day's bodies unreadable.
create table day_keys (
    day bigint primary key,
    wrapped bytea not null
);

create table deliveries (
    id bigint primary key,
    received_at bigint not null,
    day bigint not null,
    body bytea not null
);
create index deliveries_day on deliveries (day);

-- state: 0 received, 1 resolved, 2 orphaned, 3 done. Below 2 the item waits to be handled, below 3 its
-- body is still needed.
create table inbox_items (
    id bigint primary key,
    delivery bigint not null,
    ordinal integer not null,
    class integer not null,
    phone_number_id text,
    dedupe bytea not null,
    state bigint not null,
    received_at bigint not null,
    opened_at bigint not null,
    contact text,
    conversation text,
    lane integer,
    attempts integer not null,
    error text,
    done_at bigint,
    wamid bytea
);
create index inbox_items_open on inbox_items (id) where state < 2;
create index inbox_items_delivery on inbox_items (delivery);
create index inbox_items_orphaned on inbox_items (wamid) where state = 2;

-- Kept for ever, therefore nothing but the key.
create table dedupe_keys (
    key bytea primary key
);

-- Bodies of held items, once a delivery; they outlive the deliveries.
create table held_deliveries (
    id bigint primary key,
    received_at bigint not null,
    day bigint not null,
    body bytea not null
);
create index held_deliveries_day on held_deliveries (day);

create table held_items (
    id bigint primary key,
    delivery bigint not null,
    ordinal integer not null,
    class integer not null,
    phone_number_id text,
    dedupe bytea not null,
    reason text not null,
    received_at bigint not null,
    held_at bigint not null,
    error text
);
create index held_items_number on held_items (phone_number_id, reason);
create index held_items_delivery on held_items (delivery);
create index held_items_held_at on held_items (held_at);

create table identities (
    scope text not null,
    kind text not null,
    hmac bytea not null,
    contact text not null,
    primary key (scope, kind, hmac)
);
create index identities_contact on identities (contact);

create table conversation_routes (
    phone_number_id text not null,
    contact text not null,
    conversation text not null,
    lane integer not null,
    primary key (phone_number_id, contact)
);

create table number_activity (
    phone_number_id text primary key,
    last_seen_at bigint not null
);

-- settled_at is set as soon as no attempt may begin any more (unknown included).
create table outbox (
    message text primary key,
    number text not null,
    conversation text not null,
    contact text not null,
    position bigint not null,
    epoch bigint not null,
    session text,
    turn integer,
    state text not null,
    attempt integer not null,
    started_at bigint,
    deadline bigint,
    not_before bigint,
    settled_at bigint
);
create index outbox_unsettled on outbox (position) where settled_at is null;
create index outbox_unsettled_conversation on outbox (conversation, position) where settled_at is null;
create index outbox_rejected on outbox (session, turn) where state = 'rejected';
create index outbox_settled on outbox (settled_at) where settled_at is not null;

create table wamid_routes (
    wamid bytea primary key,
    message text not null,
    conversation text not null,
    contact text not null
);

create table process_checkpoints (
    name text primary key,
    position bigint not null
);

create table process_instances (
    conversation text primary key,
    position bigint not null,
    state text not null
);

create table process_commands (
    ordinal bigint generated always as identity primary key,
    id text not null unique,
    conversation text not null,
    decision text not null,
    attempts integer not null,
    error text
);

create table timers (
    session text primary key,
    wait integer not null,
    conversation text not null,
    due_at bigint not null
);
create index timers_due_at on timers (due_at);

create table idempotency_keys (
    token text not null,
    key text not null,
    request_hash text not null,
    status integer,
    subject_id text,
    position bigint,
    created_at bigint not null,
    primary key (token, key)
);
create index idempotency_keys_created_at on idempotency_keys (created_at);
