-- What a customer's app keeps: places to come back to, and what they thought of a visit.

create table bookings.saved_places (
    id           uuid primary key,
    customer     uuid not null,
    label        text not null check (char_length(label) between 1 and 40),
    lat          double precision not null,
    lon          double precision not null,
    sector       text not null,
    sector_name  jsonb not null,
    note         text not null default '',
    created_at   timestamptz not null
);
create index saved_places_customer on bookings.saved_places (customer, id);

create table bookings.ratings (
    booking      uuid primary key references bookings.bookings (id),
    -- Whose visit it was.
    technician   uuid,
    stars        smallint not null check (stars between 1 and 5),
    tags         jsonb not null,
    comment      text not null,
    rated_at     timestamptz not null,
    changed_at   timestamptz not null
);
create index ratings_technician on bookings.ratings (technician) include (stars);

-- How many visits a technician has finished.
create index jobs_finished on bookings.jobs (technician) where state in ('finished', 'closed');
