-- A photo's row is there before its object, so that no object is ever without a row. Whoever writes no
-- `stored_at` has stored the object already.
alter table bookings.uploads add column stored_at timestamptz default now();
create index uploads_not_stored on bookings.uploads (created_at) where stored_at is null;
