-- The event log, what its commits carry along, keys and secrets. Ids are lowercase uuid text, times are
-- microseconds since 1970 UTC. payload and metadata are JSON text, written once and never normalized.

create table log_meta (
    key text primary key,
    value text not null
) strict, without rowid;

create table streams (
    aggregate_type text not null,
    aggregate_id text not null,
    lane integer not null,
    version integer not null,
    subject text,
    primary key (aggregate_type, aggregate_id)
) strict, without rowid;

-- position: dense, in commit order, from 1.
create table events (
    position integer primary key,
    aggregate_type text not null,
    aggregate_id text not null,
    sequence integer not null,
    event_type text not null,
    event_version text not null,
    payload text not null,
    metadata text not null,
    command_id text not null,
    recorded_at integer not null,
    subject text,
    lane integer not null,
    unique (aggregate_type, aggregate_id, sequence)
) strict;

-- What remembered commands led to; 90 days.
create table commands (
    aggregate_type text not null,
    aggregate_id text not null,
    command_id text not null,
    version integer not null,
    position integer not null,
    recorded_at integer not null,
    primary key (aggregate_type, aggregate_id, command_id)
) strict, without rowid;
create index commands_age on commands (recorded_at);

create table blobs (
    sha256 text primary key,
    bytes blob not null,
    recorded_at integer not null
) strict;

-- wrapped is null once the key was destroyed: what it sealed is erased.
create table subject_keys (
    contact text primary key,
    wrapped blob,
    created_at integer not null,
    destroyed_at integer
) strict;

create table secrets (
    id text primary key,
    purpose text not null,
    number text not null,
    sealed blob not null,
    key_id text not null,
    created_at integer not null
) strict;

create table numbers (
    id text primary key,
    kind text not null,
    phone_number_id text not null,
    is_active integer not null,
    is_removed integer not null,
    auth_broken integer not null,
    access_token text not null,
    token_fingerprint text not null,
    app_secret text
) strict;
create unique index numbers_in_use on numbers (phone_number_id) where not is_removed;

create table number_bots (
    number text primary key,
    bot text not null,
    version integer not null,
    definition text not null
) strict;

create table api_tokens (
    id text primary key,
    hash text not null unique,
    name text not null,
    role text not null,
    is_revoked integer not null
) strict;

-- The layout that postgres-es reads.
create view cqrs_events as
select aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata
from events;
