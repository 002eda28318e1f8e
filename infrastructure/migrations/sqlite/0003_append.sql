-- SQLite has one writer, which judges commits itself: only PostgreSQL appends with a function. The pair
-- keeps the versions of both databases in step.
select 1;
