-- Which builds of the read models exist, how far each has come, and what each could not apply.
-- The tables of a build are made by its projection: their names end in the build's number.
create table if not exists projections (
    name text not null,
    build bigint not null,
    version bigint not null,
    state text not null,
    position bigint not null,
    epoch text not null,
    primary key (name, build)
);

create table if not exists projection_failures (
    name text not null,
    build bigint not null,
    row_key text not null,
    position bigint not null,
    error text not null,
    primary key (name, build, row_key)
);

-- Whether work may be committed under a lease: the log's function, which no path of the read models reaches.
do $do$
declare
    v_schema text;
begin
    select n.nspname into v_schema
    from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
    where p.proname = 'lease_holds' and n.nspname <> 'read_models';
    if v_schema is not null then
        execute format(
            'create or replace function lease_holds(p_name text, p_fence bigint) returns boolean '
            'language sql volatile as $$ select %I.lease_holds(p_name, p_fence) $$', v_schema);
    end if;
end
$do$;
