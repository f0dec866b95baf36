-- Codes are counted where they are made: a Redis that was emptied sends none more than the caps.

alter table identity.codes
    -- Keyed digests of the device and the network address that asked; none of codes of before.
    add column device text,
    add column address text;

create index codes_by_phone on identity.codes (phone, created_at desc);
create index codes_by_device on identity.codes (device, created_at desc);
create index codes_by_address on identity.codes (address, created_at desc);

-- How many text messages with codes were paid for in each clock hour (UTC).
create table identity.code_hours (
    hour timestamptz primary key,
    sent integer not null check (sent > 0)
);
