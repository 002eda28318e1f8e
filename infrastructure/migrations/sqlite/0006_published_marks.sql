-- How far the log was published to each stream of a broker: the last event that the broker has stored.
create table published_marks (
    stream text primary key,
    epoch text not null,
    position integer not null
) strict, without rowid;
