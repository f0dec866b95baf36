-- What is kept about one person is looked for by the person: for their copy, and for their erasure.

create index quotes_customer on bookings.quotes (customer);
create index uploads_owner on bookings.uploads (owner);

-- Photos that were never used are looked for by their age.
create index uploads_unused on bookings.uploads (created_at) where booking is null;
