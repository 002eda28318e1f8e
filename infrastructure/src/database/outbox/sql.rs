//! The outbox's statements. `settled_at is null` is spelled as in the partial indexes.

use crate::database::db::Statement;

macro_rules! select_rows {
    ($condition:literal) => {
        concat!(
            "select message, number, conversation, contact, position, epoch, session, turn, state, ",
            "attempt, deadline, not_before from outbox where ",
            $condition
        )
    };
}

pub(super) const UNSETTLED: Statement = Statement::portable(
    "outbox_unsettled",
    select_rows!("settled_at is null and position > $1 order by position limit $2"),
);

/// `$1` numbers.
pub(super) const UNSETTLED_OF: Statement = Statement::of(
    "outbox_unsettled_of",
    select_rows!(
        "settled_at is null and number in (select value from jsonb_each($1)) \
         and position > $2 order by position limit $3"
    ),
    select_rows!(
        "settled_at is null and number in \
           (select value from jsonb_array_elements_text($1::jsonb) as row(value)) \
         and position > $2 order by position limit $3"
    ),
);

pub(super) const WAITING: Statement = Statement::portable(
    "outbox_waiting",
    "select count(*) from outbox where settled_at is null",
);

/// `$1` now. When the oldest row that may leave was queued, or its attempt began.
pub(super) const OLDEST_DUE: Statement = Statement::portable(
    "outbox_oldest_due",
    "select coalesce(outbox.started_at, outbox.not_before, events.recorded_at) from outbox \
     join events on events.position = outbox.position \
     join numbers on numbers.id = outbox.number \
     where outbox.settled_at is null and coalesce(outbox.not_before, 0) <= $1 \
       and (outbox.state = 'attempting' or numbers.is_removed \
            or (numbers.is_active and not numbers.auth_broken)) \
     order by outbox.position limit 1",
);

pub(super) const FIND: Statement = Statement::portable("outbox_find", select_rows!("message = $1"));

pub(super) const OF_CONVERSATION: Statement = Statement::portable(
    "outbox_of_conversation",
    select_rows!("settled_at is null and conversation = $1 order by position"),
);

/// Bots' rows of a conversation that have not begun to leave.
pub(in crate::database) const QUEUED_OF_BOTS: Statement = Statement::portable(
    "outbox_queued_of_bots",
    "select message from outbox where settled_at is null and conversation = $1 \
     and session is not null and state = 'queued'",
);

pub(super) const ASKED_AT: Statement = Statement::portable(
    "outbox_asked_at",
    "select state, started_at from outbox where message = $1",
);

pub(in crate::database) const STATES: Statement = Statement::of(
    "outbox_states",
    "select message, state, attempt from outbox \
     where message in (select value from jsonb_each($1))",
    "select message, state, attempt from outbox \
     where message in (select value from jsonb_array_elements_text($1::jsonb) as row(value))",
);

/// Begins attempts; `$2` now, `$3` the deadline, `$4` and `$5` the fence. One row without an attempt: the lease
/// has changed hands. On PostgreSQL rows are locked in the order in which a commit locks those it settles.
/// `$1` messages, each with the lease and the token it is claimed under, or nulls. Answers: message, attempt, null;
/// and for each lease that has changed hands: its name, null, the token.
pub(super) const CLAIM: Statement = Statement::of(
    "outbox_claim",
    "update outbox set state = 'attempting', attempt = attempt + 1, started_at = $2, \
            deadline = $3, not_before = null \
     where message in (select value ->> 0 from jsonb_each($1)) and state = 'queued' \
     returning message, attempt, null",
    "with asked as materialized ( \
       select value ->> 0 as message, value ->> 1 as lease, (value ->> 2)::bigint as token \
       from jsonb_array_elements($1::jsonb) as row(value)), \
     held as materialized ( \
       select lease, token, lease_holds(lease, token) as holds \
       from (select distinct lease, token from asked where lease is not null \
             order by lease, token) as one), \
     locked as materialized ( \
       select message from outbox \
       where message in ( \
           select asked.message from asked \
           left join held on held.lease = asked.lease and held.token = asked.token \
           where asked.lease is null or held.holds) \
         and state = 'queued' order by message for update), \
     begun as ( \
       update outbox set state = 'attempting', attempt = attempt + 1, started_at = $2, \
              deadline = $3, not_before = null \
       from locked where outbox.message = locked.message \
       returning outbox.message, outbox.attempt) \
     select message, attempt, null::bigint from begun \
     union all select lease, null, token from held where not holds",
);

pub(super) const RELEASE: Statement = Statement::portable(
    "outbox_release",
    "update outbox set state = 'queued', started_at = null, deadline = null, not_before = $3 \
     where message = $1 and attempt = $2 and state = 'attempting'",
);

/// Rows: message, number, conversation, contact, position, epoch, session, turn. `$2` microseconds for which
/// a bubble stays behind a rejected one of its turn, also when it is queued after the rejection.
pub(in crate::database) const INSERT: Statement = Statement::of(
    "outbox_insert",
    "insert into outbox \
       (message, number, conversation, contact, position, epoch, session, turn, state, attempt, \
        not_before) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, \
            value ->> 6, value ->> 7, 'queued', 0, \
            (select max(mate.settled_at) + $2 from outbox as mate \
             where mate.session = value ->> 6 and mate.turn = value ->> 7 \
               and mate.state = 'rejected') \
     from jsonb_each($1) where true on conflict do nothing",
    "insert into outbox \
       (message, number, conversation, contact, position, epoch, session, turn, state, attempt, \
        not_before) \
     select value ->> 0, value ->> 1, value ->> 2, value ->> 3, (value ->> 4)::bigint, \
            (value ->> 5)::bigint, value ->> 6, (value ->> 7)::integer, 'queued', 0, \
            (select max(mate.settled_at) + $2 from outbox as mate \
             where mate.session = value ->> 6 and mate.turn = (value ->> 7)::integer \
               and mate.state = 'rejected') \
     from jsonb_array_elements($1::jsonb) as row(value) on conflict do nothing",
);

/// Rows: message, state; `$2` now.
pub(in crate::database) const SETTLE: Statement = Statement::of(
    "outbox_settle",
    "update outbox set state = row.value ->> 1, settled_at = $2, deadline = null, not_before = null \
     from jsonb_each($1) as row where outbox.message = row.value ->> 0",
    "update outbox set state = row.value ->> 1, settled_at = $2, deadline = null, not_before = null \
     from jsonb_array_elements($1::jsonb) as row(value) where outbox.message = row.value ->> 0",
);

/// `$1` conversation, `$2` session, `$3` turn, `$4` not before.
pub(in crate::database) const HOLD_TURN: Statement = Statement::portable(
    "outbox_hold_turn",
    "update outbox set not_before = $4 \
     where conversation = $1 and settled_at is null and session = $2 and turn = $3 \
       and state = 'queued'",
);

/// Rows: wamid, message, conversation, contact.
pub(in crate::database) const INSERT_WAMID_ROUTES: Statement = Statement::of(
    "outbox_insert_wamid_routes",
    "insert into wamid_routes (wamid, message, conversation, contact) \
     select unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3 \
     from jsonb_each($1) where true on conflict do nothing",
    "insert into wamid_routes (wamid, message, conversation, contact) \
     select decode(value ->> 0, 'hex'), value ->> 1, value ->> 2, value ->> 3 \
     from jsonb_array_elements($1::jsonb) as row(value) on conflict do nothing",
);

/// The statements of this file.
pub(in crate::database) const STATEMENTS: &[Statement] = &[
    UNSETTLED,
    UNSETTLED_OF,
    WAITING,
    OLDEST_DUE,
    FIND,
    OF_CONVERSATION,
    QUEUED_OF_BOTS,
    ASKED_AT,
    STATES,
    CLAIM,
    RELEASE,
    INSERT,
    SETTLE,
    HOLD_TURN,
    INSERT_WAMID_ROUTES,
];
