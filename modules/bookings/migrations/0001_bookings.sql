-- The commercial promise (booking), its visits (jobs), and everything that happened to them.

create table bookings.quotes (
    id             uuid primary key,
    customer       uuid not null,
    place          jsonb not null,
    service        text not null,
    options        jsonb not null,
    quantity       int not null,
    urgency        text not null,
    slot           timestamptz,
    priced         jsonb not null,
    promise        jsonb not null,
    total_halalas  bigint not null check (total_halalas > 0),
    created_at     timestamptz not null,
    expires_at     timestamptz not null,
    booking        uuid unique
);
create index quotes_age on bookings.quotes (created_at) where booking is null;

create sequence bookings.reference start 10001;

create table bookings.bookings (
    id               uuid primary key,
    reference        text not null unique default 'BK-' || nextval('bookings.reference'),
    quote            uuid not null unique references bookings.quotes (id),
    customer         uuid not null,
    state            text not null check (state in ('awaiting_payment', 'confirmed', 'in_service',
                         'awaiting_acceptance', 'accepted', 'settled', 'cancelled', 'expired', 'disputed')),
    lat              double precision not null,
    lon              double precision not null,
    sector           text not null,
    sector_name      jsonb not null,
    zone             text not null,
    address_note     text not null default '',
    category         text not null,
    service          text not null,
    service_name     jsonb not null,
    urgency          text not null,
    slot             timestamptz,
    lines            jsonb not null,
    total_halalas    bigint not null,
    materials_halalas bigint not null default 0,
    fee_halalas      bigint not null default 0,
    remedy_percent   smallint not null,
    remedy_halalas   bigint not null default 0,
    quality_hold_days int not null,
    duration_minutes int not null,
    skills           jsonb not null,
    checklist        jsonb not null,
    preferred        uuid,
    vendor           uuid,
    technician       uuid,
    finish_code      text not null,
    finish_tries     smallint not null default 0,
    payments         smallint not null default 0,
    created_at       timestamptz not null,
    confirmed_at     timestamptz,
    accepted_at      timestamptz,
    settled_at       timestamptz,
    ended_reason     text
);
create index bookings_customer on bookings.bookings (customer, id);
create index bookings_state on bookings.bookings (state, id);
create index bookings_zone on bookings.bookings (zone, id);

create table bookings.jobs (
    id             uuid primary key,
    booking        uuid not null references bookings.bookings (id),
    state          text not null check (state in ('queued', 'offered', 'assigned', 'en_route', 'arrived',
                       'in_progress', 'awaiting_approval', 'finished', 'closed', 'failed', 'cancelled')),
    technician     uuid,
    vendor         uuid,
    eta            timestamptz,
    first_eta      timestamptz,
    assigned_at    timestamptz,
    arrived_at     timestamptz,
    started_at     timestamptz,
    finished_at    timestamptz,
    checklist      jsonb,
    created_at     timestamptz not null
);
-- One living visit a booking.
create unique index jobs_one_open on bookings.jobs (booking)
    where state not in ('closed', 'failed', 'cancelled');
create index jobs_technician on bookings.jobs (technician, id)
    where state not in ('closed', 'failed', 'cancelled');
create index jobs_vendor on bookings.jobs (vendor, id);
create index jobs_moving on bookings.jobs (id) where state in ('assigned', 'en_route');

create table bookings.story (
    seq      bigint generated always as identity primary key,
    booking  uuid not null references bookings.bookings (id),
    job      uuid,
    what     text not null,
    was      text,
    becomes  text,
    at       timestamptz not null,
    actor    uuid,
    details  jsonb not null default '{}'
);
create index story_booking on bookings.story (booking, seq);

create table bookings.uploads (
    id            uuid primary key,
    owner         uuid not null,
    object_key    text not null unique,
    content_type  text not null,
    bytes         int not null,
    -- Set when it is used: a receipt, a checklist photo.
    booking       uuid references bookings.bookings (id),
    created_at    timestamptz not null
);
create index uploads_booking on bookings.uploads (booking);

create table bookings.extra_costs (
    id             uuid primary key,
    booking        uuid not null references bookings.bookings (id),
    job            uuid not null references bookings.jobs (id),
    state          text not null check (state in ('pending', 'approved', 'declined')),
    lines          jsonb not null,
    total_halalas  bigint not null check (total_halalas > 0),
    receipt        uuid not null references bookings.uploads (id),
    payments       smallint not null default 0,
    requested_at   timestamptz not null,
    decided_at     timestamptz
);
create unique index extra_costs_one_pending on bookings.extra_costs (job) where state = 'pending';
create index extra_costs_booking on bookings.extra_costs (booking);
