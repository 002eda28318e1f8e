-- The event log, what its commits carry along, keys and secrets. Ids are lowercase uuid text, times are
-- microseconds since 1970 UTC. payload and metadata are json, not jsonb: their bytes are never changed.

create table log_meta (
    key text primary key,
    value text not null
);

create table streams (
    aggregate_type text not null,
    aggregate_id text not null,
    lane smallint not null,
    version bigint not null,
    subject text,
    primary key (aggregate_type, aggregate_id)
);

-- position: dense, in commit order, from 1.
create table events (
    position bigint primary key,
    aggregate_type text not null,
    aggregate_id text not null,
    sequence bigint not null,
    event_type text not null,
    event_version text not null,
    payload json not null,
    metadata json not null,
    command_id text not null,
    recorded_at bigint not null,
    subject text,
    lane smallint not null,
    unique (aggregate_type, aggregate_id, sequence)
);

-- What remembered commands led to; 90 days.
create table commands (
    aggregate_type text not null,
    aggregate_id text not null,
    command_id text not null,
    version bigint not null,
    position bigint not null,
    recorded_at bigint not null,
    primary key (aggregate_type, aggregate_id, command_id)
);
create index commands_age on commands (recorded_at);

create table blobs (
    sha256 text primary key,
    bytes bytea not null,
    recorded_at bigint not null
);

-- wrapped is null once the key was destroyed: what it sealed is erased.
create table subject_keys (
    contact text primary key,
    wrapped bytea,
    created_at bigint not null,
    destroyed_at bigint
);

create table secrets (
    id text primary key,
    purpose text not null,
    number text not null,
    sealed bytea not null,
    key_id text not null,
    created_at bigint not null
);

create table numbers (
    id text primary key,
    kind text not null,
    phone_number_id text not null,
    is_active boolean not null,
    is_removed boolean not null,
    auth_broken boolean not null,
    access_token text not null,
    token_fingerprint text not null,
    app_secret text
);
create unique index numbers_in_use on numbers (phone_number_id) where not is_removed;

create table number_bots (
    number text primary key,
    bot text not null,
    version bigint not null,
    definition text not null
);

create table api_tokens (
    id text primary key,
    hash text not null unique,
    name text not null,
    role text not null,
    is_revoked boolean not null
);

-- The layout that postgres-es reads.
create view cqrs_events as
select aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
from events;
