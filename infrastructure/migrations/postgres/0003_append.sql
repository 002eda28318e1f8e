-- postgres-es reads metadata as an object of texts; ours also holds a number.
drop view cqrs_events;
create view cqrs_events as
select aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
       coalesce((select json_object_agg(one.key, one.value)
                 from json_each_text(events.metadata) as one), '{}'::json) as metadata
from events;

-- One round trip appends a batch of commits, each judged on its own. Several nodes call it at the same time.
--
-- Arrays of one letter prefix belong together; each c_ row is a commit and the other rows name theirs by its
-- number from 1. A stream, and a row that a precondition looks at, is in at most one commit of a batch.
--
-- Locks are taken in this order, and within each kind sorted, so that no two calls wait for each other:
-- wamids, inbox items, outbox rows, keys, streams, item ids, the log. The log's lock comes last and is held
-- until the commit: whoever reads max(position) after it sees every position that was given before.
-- Every statement here sees what was committed before it began (read committed): that is needed after each
-- wait. A changed signature gets a new name, so that nodes of two versions can work side by side.
create function append_batch_1(
    p_now bigint, p_hold_micros bigint,
    c_type text[], c_id text[], c_expected bigint[], c_count integer[], c_command text[],
    c_remember boolean[], c_lane smallint[], c_subject text[], c_refused text[],
    e_commit integer[], e_sequence bigint[], e_type text[], e_version text[], e_payload text[],
    e_metadata text[],
    k_commit integer[], k_contact text[], k_wrapped bytea[],
    i_commit integer[], i_item bigint[],
    o_commit integer[], o_index integer[], o_message text[], o_number text[], o_conversation text[],
    o_contact text[], o_epoch bigint[], o_session text[], o_turn integer[],
    s_commit integer[], s_message text[], s_attempt integer[], s_state text[],
    n_commit integer[], n_conversation text[],
    h_commit integer[], h_conversation text[], h_session text[], h_turn integer[], h_not_before bigint[],
    w_commit integer[], w_wamid bytea[], w_message text[], w_conversation text[], w_contact text[],
    d_commit integer[], d_command text[]
) returns table (
    out_commit integer, out_outcome text, out_version bigint, out_position bigint,
    out_recorded_at bigint, out_released_item bigint
) language plpgsql as $$
declare
    v_now bigint := coalesce(p_now, (extract(epoch from clock_timestamp()) * 1000000)::bigint);
    v_recorded_at bigint;
    v_head bigint;
    v_released bigint;
    v_open bigint[] := '{}';
    v_orphans bigint[];
    -- Commits by what became of them.
    v_refused_item integer[] := '{}';
    v_refused_attempt integer[] := '{}';
    v_refused_queued integer[] := '{}';
    v_out integer[] := '{}';
    v_new integer[] := '{}';
    v_present integer[] := '{}';
    v_won integer[] := '{}';
    v_duplicate integer[] := '{}';
    v_duplicate_version bigint[] := '{}';
    v_duplicate_position bigint[] := '{}';
    v_duplicate_at bigint[] := '{}';
begin
    -- Whoever sets a status aside for a wamid holds the same lock, so that neither misses the other.
    if cardinality(w_commit) > 0 then
        perform pg_advisory_xact_lock(1987, one.key)
        from (select distinct hashtext(encode(u.wamid, 'hex')) as key
              from unnest(w_wamid) as u(wamid) order by key) as one;
    end if;

    if cardinality(i_commit) > 0 then
        select coalesce(array_agg(locked.id), '{}') into v_open
        from (select id from inbox_items where id = any(i_item) and state < 3
              order by id for update) as locked;
        select coalesce(array_agg(u.commit), '{}') into v_refused_item
        from unnest(i_commit, i_item) as u(commit, item) where not u.item = any(v_open);
    end if;

    if cardinality(s_commit) > 0 then
        with locked as materialized (
            select message, state, attempt from outbox where message = any(s_message)
            order by message for update
        ), judged as (
            select u.commit, u.state as target,
                   case when u.state = 'canceled' then locked.state = 'queued'
                        else locked.state = 'unknown'
                          or locked.state = 'attempting'
                             and (u.attempt is null or u.attempt = locked.attempt)
                          or locked.state = 'queued' and u.attempt is null
                   end as holds
            from unnest(s_commit, s_message, s_attempt, s_state) as u(commit, message, attempt, state)
            left join locked on locked.message = u.message
        )
        select coalesce(array_agg(commit) filter (where target <> 'canceled'), '{}'),
               coalesce(array_agg(commit) filter (where target = 'canceled'), '{}')
        into v_refused_attempt, v_refused_queued
        from judged where holds is not true;
    end if;

    -- Needs no lock: a row comes with a commit of the conversation's own stream, which then has moved on.
    if cardinality(n_commit) > 0 then
        select v_refused_queued || coalesce(array_agg(u.commit), '{}') into v_refused_queued
        from unnest(n_commit, n_conversation) as u(commit, conversation)
        join outbox on outbox.settled_at is null and outbox.conversation = u.conversation
            and outbox.session is not null and outbox.state = 'queued'
        where not exists (
            select 1 from unnest(s_commit, s_message, s_state) as s(commit, message, state)
            where s.commit = u.commit and s.message = outbox.message and s.state = 'canceled');
    end if;

    select v_refused_item || v_refused_attempt || v_refused_queued
           || coalesce(array_agg(u.n::integer), '{}') into v_out
    from unnest(c_refused) with ordinality as u(refused, n) where u.refused is not null;

    if cardinality(k_commit) > 0 then
        insert into subject_keys (contact, wrapped, created_at)
        select distinct on (u.contact) u.contact, u.wrapped, v_now
        from unnest(k_commit, k_contact, k_wrapped) as u(commit, contact, wrapped)
        order by u.contact, u.commit
        on conflict (contact) do nothing;
        -- A contact that got another key meanwhile: the commit is sealed anew and comes again.
        select v_out || coalesce(array_agg(u.commit), '{}') into v_out
        from unnest(k_commit, k_contact, k_wrapped) as u(commit, contact, wrapped)
        join subject_keys on subject_keys.contact = u.contact
        where subject_keys.wrapped is distinct from u.wrapped;
    end if;

    if 0 = any(c_expected) then
        with made as (
            insert into streams (aggregate_type, aggregate_id, lane, version, subject)
            select u.type, u.id, u.lane, u.count, u.subject
            from unnest(c_type, c_id, c_expected, c_count, c_lane, c_subject) with ordinality
                as u(type, id, expected, count, lane, subject, n)
            where u.expected = 0 and not u.n = any(v_out)
            order by u.type, u.id
            on conflict (aggregate_type, aggregate_id) do nothing
            returning aggregate_type, aggregate_id
        )
        select coalesce(array_agg(u.n::integer), '{}') into v_new
        from unnest(c_type, c_id) with ordinality as u(type, id, n)
        join made on made.aggregate_type = u.type and made.aggregate_id = u.id;
    end if;

    select coalesce(array_agg(locked.n), '{}') into v_present
    from (select u.n::integer as n
          from unnest(c_type, c_id, c_expected) with ordinality as u(type, id, expected, n)
          join streams on streams.aggregate_type = u.type and streams.aggregate_id = u.id
          where u.expected > 0 and streams.version = u.expected
          order by streams.aggregate_type, streams.aggregate_id for update of streams) as locked;

    -- Read after the streams are locked: what another node did with the same command is visible now.
    if true = any(c_remember) then
        select coalesce(array_agg(u.n::integer), '{}'), coalesce(array_agg(commands.version), '{}'),
               coalesce(array_agg(commands.position), '{}'),
               coalesce(array_agg(commands.recorded_at), '{}')
        into v_duplicate, v_duplicate_version, v_duplicate_position, v_duplicate_at
        from unnest(c_type, c_id, c_command, c_remember) with ordinality
            as u(type, id, command, remember, n)
        join commands on commands.aggregate_type = u.type and commands.aggregate_id = u.id
            and commands.command_id = u.command
        where u.remember and not u.n = any(v_new);
    end if;

    -- A commit whose answer was lost is sent again and finds its own events where it wants to write them.
    if cardinality(v_new) + cardinality(v_present) < cardinality(c_type) then
        select v_duplicate || coalesce(array_agg(u.n::integer), '{}'),
               v_duplicate_version || coalesce(array_agg(u.expected + u.count), '{}'),
               v_duplicate_position || coalesce(array_agg(events.position + u.count - 1), '{}'),
               v_duplicate_at || coalesce(array_agg(events.recorded_at), '{}')
        into v_duplicate, v_duplicate_version, v_duplicate_position, v_duplicate_at
        from unnest(c_type, c_id, c_expected, c_count, c_command) with ordinality
            as u(type, id, expected, count, command, n)
        join events on events.aggregate_type = u.type and events.aggregate_id = u.id
            and events.sequence = u.expected + 1 and events.command_id = u.command
        where not u.n = any(v_new) and not u.n = any(v_present) and not u.n = any(v_duplicate);
    end if;

    select coalesce(array_agg(u.n::integer order by u.n), '{}') into v_won
    from unnest(c_type) with ordinality as u(type, n)
    where u.n = any(v_new)
       or u.n = any(v_present) and not u.n = any(v_out) and not u.n = any(v_duplicate);

    if cardinality(v_won) > cardinality(v_new) then
        update streams set version = streams.version + u.count,
                           subject = coalesce(u.subject, streams.subject)
        from unnest(c_type, c_id, c_count, c_subject) with ordinality as u(type, id, count, subject, n)
        where streams.aggregate_type = u.type and streams.aggregate_id = u.id
          and u.n = any(v_won) and not u.n = any(v_new);
    end if;

    if cardinality(v_won) > 0 then
        if cardinality(i_commit) > 0 then
            update inbox_items set state = 3, done_at = v_now
            from unnest(i_commit, i_item) as u(commit, item)
            where inbox_items.id = u.item and u.commit = any(v_won);
        end if;
        if cardinality(s_commit) > 0 then
            update outbox set state = u.state, settled_at = v_now, deadline = null, not_before = null
            from unnest(s_commit, s_message, s_state) as u(commit, message, state)
            where outbox.message = u.message and u.commit = any(v_won);
        end if;
        if cardinality(d_commit) > 0 then
            delete from process_commands using unnest(d_commit, d_command) as u(commit, command)
            where process_commands.id = u.command and u.commit = any(v_won);
        end if;
        if cardinality(w_commit) > 0 then
            insert into wamid_routes (wamid, message, conversation, contact)
            select u.wamid, u.message, u.conversation, u.contact
            from unnest(w_commit, w_wamid, w_message, w_conversation, w_contact)
                as u(commit, wamid, message, conversation, contact)
            where u.commit = any(v_won) order by u.wamid
            on conflict (wamid) do nothing;
            select array_agg(locked.id) into v_orphans
            from (select inbox_items.id from inbox_items
                  join unnest(w_commit, w_wamid) as u(commit, wamid) on u.wamid = inbox_items.wamid
                  where inbox_items.state = 2 and u.commit = any(v_won)
                  order by inbox_items.id for update of inbox_items) as locked;
            if cardinality(v_orphans) > 0 then
                update inbox_counters set item = item + cardinality(v_orphans) where one = 1
                returning item into v_released;
                insert into inbox_items
                    (id, delivery, ordinal, class, phone_number_id, dedupe, state, received_at,
                     opened_at, attempts)
                select v_released - cardinality(v_orphans) + row_number() over (order by id), delivery,
                       ordinal, class, phone_number_id, dedupe, 0, received_at, v_now, 0
                from inbox_items where id = any(v_orphans);
                delete from inbox_items where id = any(v_orphans);
            end if;
        end if;

        perform pg_advisory_xact_lock(1986);
        select coalesce(max(events.position), 0) into v_head from events;
        v_recorded_at :=
            coalesce(p_now, (extract(epoch from clock_timestamp()) * 1000000)::bigint);
        insert into events
            (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
             metadata, command_id, recorded_at, subject, lane)
        select v_head + row_number() over (order by e.n), c.type, c.id, e.sequence, e.type, e.version,
               e.payload::json, e.metadata::json, c.command, v_recorded_at, c.subject, c.lane
        from unnest(e_commit, e_sequence, e_type, e_version, e_payload, e_metadata) with ordinality
            as e(commit, sequence, type, version, payload, metadata, n)
        join unnest(c_type, c_id, c_command, c_subject, c_lane) with ordinality
            as c(type, id, command, subject, lane, n) on c.n = e.commit
        where e.commit = any(v_won)
        order by e.n;
    end if;

    return query
    with answered as (
        select u.n::integer as n, u.expected + u.count as version,
               v_head + sum(u.count) filter (where u.n = any(v_won)) over (order by u.n) as position,
               u.n = any(v_won) as won, u.refused
        from unnest(c_expected, c_count, c_refused) with ordinality as u(expected, count, refused, n)
    ), remembered as (
        insert into commands
            (aggregate_type, aggregate_id, command_id, version, position, recorded_at)
        select u.type, u.id, u.command, answered.version, answered.position, v_recorded_at
        from unnest(c_type, c_id, c_command, c_remember) with ordinality
            as u(type, id, command, remember, n)
        join answered on answered.n = u.n
        where u.remember and answered.won
    ), queued as (
        insert into outbox
            (message, number, conversation, contact, position, epoch, session, turn, state, attempt,
             not_before)
        select u.message, u.number, u.conversation, u.contact,
               answered.position - c.count + 1 + u.index, u.epoch, u.session, u.turn, 'queued', 0,
               (select max(mate.settled_at) + p_hold_micros from outbox as mate
                where mate.session = u.session and mate.turn = u.turn and mate.state = 'rejected')
        from unnest(o_commit, o_index, o_message, o_number, o_conversation, o_contact, o_epoch,
                    o_session, o_turn)
            as u(commit, index, message, number, conversation, contact, epoch, session, turn)
        join answered on answered.n = u.commit
        join unnest(c_count) with ordinality as c(count, n) on c.n = u.commit
        where answered.won
        on conflict (message) do nothing
    ), held as (
        update outbox set not_before = u.not_before
        from unnest(h_commit, h_conversation, h_session, h_turn, h_not_before)
            as u(commit, conversation, session, turn, not_before)
        where u.commit = any(v_won) and outbox.conversation = u.conversation
          and outbox.settled_at is null and outbox.session = u.session and outbox.turn = u.turn
          and outbox.state = 'queued'
    )
    select answered.n,
           case when answered.won then 'ok'
                when duplicate.n is not null then 'duplicate'
                when not answered.n = any(v_present) and exists (
                    select 1 from unnest(c_type, c_id, c_expected) with ordinality
                        as u(type, id, expected, n)
                    left join streams
                        on streams.aggregate_type = u.type and streams.aggregate_id = u.id
                    where u.n = answered.n and (u.expected > 0 or streams.version is not null))
                    then 'conflict'
                when answered.refused is not null then answered.refused
                when answered.n = any(v_refused_item) then 'inbox_item_open'
                when answered.n = any(v_refused_attempt) then 'outbox_attempt'
                when answered.n = any(v_refused_queued) then 'outbox_queued'
                else 'conflict'
           end,
           coalesce(duplicate.version, answered.version),
           coalesce(duplicate.position, answered.position::bigint),
           coalesce(duplicate.recorded_at, v_recorded_at), v_released
    from answered
    left join unnest(v_duplicate, v_duplicate_version, v_duplicate_position, v_duplicate_at)
        as duplicate(n, version, position, recorded_at) on duplicate.n = answered.n;
end
$$;
