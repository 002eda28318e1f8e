-- postgres-es and sqlite-es read metadata as an object of texts; ours also holds a number.
drop view cqrs_events;
create view cqrs_events as
select aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
       (select json_group_object(key, cast(value as text)) from json_each(events.metadata)) as metadata
from events;
-- SQLite has one writer, which judges commits itself: only PostgreSQL appends with a function.
