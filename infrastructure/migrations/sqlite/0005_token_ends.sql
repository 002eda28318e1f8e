-- Tokens may end by themselves: microseconds since 1970 UTC; null: they hold until they are revoked.
alter table api_tokens add column expires_at integer;
