-- Several equal nodes. Times are microseconds of this server's clock: no node compares its own.

-- Who is there. A node whose last sign is older than a lease lasts counts as gone.
create table nodes (
    id text primary key,
    host text not null,
    version text not null,
    is_command boolean not null,
    is_leaving boolean not null,
    -- JSON arrays of texts: what it can do, and the types of events it can read.
    offers text not null,
    event_types text not null,
    started_at bigint not null,
    seen_at bigint not null
);

-- Which node does what. fence grows with each change of hands; needs is the type of an event that the last
-- owner could not read.
create table leases (
    name text primary key,
    owner text,
    fence bigint not null,
    expires_at bigint not null,
    needs text
);

-- Grows when nodes should look at the two tables above at once.
create table lease_changes (
    one integer primary key check (one = 1),
    number bigint not null
);
insert into lease_changes (one, number) values (1, 0);

-- Whether work may be committed: the lease has not changed hands, and does not until the transaction ends,
-- because whoever takes it needs the same lock alone. Each statement in here sees what was committed before
-- it began. Work without a lease has no name.
create function lease_holds(p_name text, p_fence bigint) returns boolean
language plpgsql volatile set search_path from current as $$
begin
    if p_name is null then
        return true;
    end if;
    perform pg_advisory_xact_lock_shared(1990, hashtext(p_name));
    return exists (select 1 from leases where name = p_name and fence = p_fence);
end
$$;

-- The commits of a batch that are refused beforehand (c_refused, by commit), with those whose lease is lost.
create function refused_by_lease(
    c_refused text[], f_commit integer[], f_lease text[], f_fence bigint[]
) returns text[]
language plpgsql volatile as $$
declare
    v_refused text[] := c_refused;
    v_commit integer;
begin
    for v_commit in
        with judged as materialized (
            select one.lease, one.fence, lease_holds(one.lease, one.fence) as holds
            from (select distinct u.lease, u.fence from unnest(f_lease, f_fence) as u(lease, fence)
                  order by u.lease, u.fence) as one
        )
        select f.commit from unnest(f_commit, f_lease, f_fence) as f(commit, lease, fence)
        join judged on judged.lease = f.lease and judged.fence = f.fence
        where not judged.holds
    loop
        v_refused[v_commit] := coalesce(v_refused[v_commit], 'lease_lost');
    end loop;
    return v_refused;
end
$$;
