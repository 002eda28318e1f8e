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
