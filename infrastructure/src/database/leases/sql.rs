//! The statements of membership and leases; PostgreSQL only. Every time in them is the server's.

use crate::database::db::Statement;

macro_rules! now {
    () => {
        "(extract(epoch from clock_timestamp()) * 1000000)::bigint"
    };
}

/// `$1` id, `$2` host, `$3` version, `$4` whether it runs one command, `$5` whether it leaves, `$6` offers,
/// `$7` event types.
pub(super) const SIGN_OF_LIFE: Statement = Statement::for_postgres(
    "leases_sign_of_life",
    concat!(
        "insert into nodes (id, host, version, is_command, is_leaving, offers, event_types, started_at, \
           seen_at) values ($1, $2, $3, $4, $5, $6, $7, ",
        now!(),
        ", ",
        now!(),
        ") on conflict (id) do update set is_leaving = excluded.is_leaving, offers = excluded.offers, \
           seen_at = excluded.seen_at"
    ),
);

/// `$1` id.
pub(super) const LEAVE: Statement =
    Statement::for_postgres("leases_leave", "delete from nodes where id = $1");

/// Nodes without a sign for `$1` microseconds.
pub(super) const FORGET: Statement = Statement::for_postgres(
    "leases_forget",
    concat!("delete from nodes where seen_at < ", now!(), " - $1"),
);

/// `$1` owner, `$2` microseconds. All it holds: also one that ran out and that nobody took.
pub(super) const RENEW: Statement = Statement::for_postgres(
    "leases_renew",
    concat!(
        "update leases set expires_at = ",
        now!(),
        " + $2 where owner = $1 returning name, fence"
    ),
);

/// Who had a sign of life within `$1` microseconds and does not leave.
pub(super) const MEMBERS: Statement = Statement::for_postgres(
    "leases_members",
    concat!(
        "select id, offers, event_types, is_command from nodes \
         where not is_leaving and seen_at > ",
        now!(),
        " - $1 order by id"
    ),
);

/// Who is there or was: the newest signs of life last. `$1` microseconds without one after which a node is not
/// shown.
pub(super) const NODES: Statement = Statement::for_postgres(
    "leases_nodes",
    concat!(
        "select id, host, version, is_command, is_leaving, started_at, seen_at, ",
        now!(),
        " - seen_at from nodes where seen_at > ",
        now!(),
        " - $1 order by started_at, id"
    ),
);

/// What every node has.
pub(super) const HELD: Statement = Statement::for_postgres(
    "leases_held",
    concat!(
        "select owner, name, fence, expires_at < ",
        now!(),
        " from leases where owner is not null order by name"
    ),
);

/// All leases, with the microseconds they last.
pub(super) const ALL: Statement = Statement::for_postgres(
    "leases_all",
    concat!(
        "select name, owner, expires_at - ",
        now!(),
        ", needs from leases order by name"
    ),
);

/// `$1` owner, `$2` name, `$3` microseconds, `$4` event types. What its last owner could not read is still needed:
/// given back to such a node it would only change hands again. Nothing if another one has it, or if a
/// transaction of the last owner is under way.
pub(super) const TAKE: Statement = Statement::for_postgres(
    "leases_take",
    concat!(
        "insert into leases (name, owner, fence, expires_at) values ($2, $1, 1, ",
        now!(),
        " + $3) on conflict (name) do update set owner = excluded.owner, fence = leases.fence + 1, \
           expires_at = excluded.expires_at \
         where (leases.owner is null or leases.owner = excluded.owner or leases.expires_at < ",
        now!(),
        ") and (leases.needs is null or $4::jsonb ? leases.needs) \
           and pg_try_advisory_xact_lock(1990, hashtext(leases.name)) \
         returning fence"
    ),
);

/// `$1` name, `$2` fence, `$3` what the owner could not read.
pub(super) const RELEASE: Statement = Statement::for_postgres(
    "leases_release",
    "update leases set owner = null, expires_at = 0, fence = fence + 1, needs = coalesce($3, needs) \
     where name = $1 and fence = $2",
);

/// Lets all nodes look at once; those that listen are told too.
pub(super) const CHANGED: Statement = Statement::for_postgres(
    "leases_changed",
    "with changed as (update lease_changes set number = number + 1 where one = 1 returning number) \
     select pg_notify('vestnik_log', 'leases') from changed",
);

/// Lets nodes that listen look for inbox items.
pub(super) const HINT: Statement =
    Statement::for_postgres("leases_hint", "select pg_notify('vestnik_log', 'inbox')");

/// Asked: lease and fence, in rows. The places (from 1) of those that do not hold, as JSON.
pub(super) const LOST: Statement = Statement::for_postgres(
    "leases_lost",
    "select coalesce(json_agg(row.place), '[]'::json)::text \
     from jsonb_array_elements($1::jsonb) with ordinality as row(value, place) \
     where not lease_holds(row.value ->> 0, (row.value ->> 1)::bigint)",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[
    SIGN_OF_LIFE,
    LEAVE,
    FORGET,
    RENEW,
    MEMBERS,
    NODES,
    HELD,
    ALL,
    TAKE,
    RELEASE,
    CHANGED,
    HINT,
    LOST,
];
