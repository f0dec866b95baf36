-- Zones → sectors → micro-zones (DOMAIN §4), and the trails of jobs.

create table location.zones (
    slug            text primary key,
    name_ar         text not null,
    name_en         text not null,
    status          text not null default 'active' check (status in ('active', 'paused', 'planned')),
    coverage_weight double precision not null default 1 check (coverage_weight > 0)
);

create table location.sectors (
    slug            text primary key,
    zone            text not null references location.zones (slug),
    name_ar         text not null,
    name_en         text not null,
    lat             double precision not null check (lat between -90 and 90),
    lon             double precision not null check (lon between -180 and 180),
    -- A GeoJSON MultiPolygon's coordinates; absent while only the centre is known.
    outline         jsonb,
    -- SHA-256 of the outline, hexadecimal: an import that changes nothing says so.
    outline_digest  text,
    -- When the outline was taken.
    outline_at      timestamptz,
    area_m2         double precision,
    -- The boundary's key where it came from, e.g. `osm-13253978`.
    external_id     text unique,
    status          text not null default 'active' check (status in ('active', 'paused', 'planned')),
    -- Tiled with finer micro-zones.
    dense           boolean not null default false,
    coverage_weight double precision not null default 1 check (coverage_weight > 0),
    source          text not null check (source in ('seed', 'import')),
    check ((outline is null) = (outline_digest is null) and (outline is null) = (area_m2 is null)),
    check ((source = 'import') = (outline is not null))
);
create index sectors_zone on location.sectors (zone);

create table location.micro_zones (
    -- The H3 index; its top bit is never set, so it fits a signed integer.
    cell            bigint primary key,
    sector          text not null references location.sectors (slug),
    zone            text not null references location.zones (slug),
    resolution      smallint not null check (resolution in (8, 9)),
    status          text not null default 'active' check (status in ('active', 'paused', 'planned')),
    coverage_weight double precision not null default 1 check (coverage_weight > 0)
);
create index micro_zones_zone on location.micro_zones (zone, cell);
create index micro_zones_sector on location.micro_zones (sector);

-- One row. Its version grows with every change of what locate() answers; whoever changes the
-- grid locks it first.
create table location.grid (
    only_row boolean primary key default true check (only_row),
    version  bigint not null
);
insert into location.grid (version) values (0);

-- Where a technician was during a job, thinned; deleted after 30 days.
create table location.trails (
    job_id        uuid not null,
    technician_id uuid not null,
    at            timestamptz not null,
    lat           double precision not null,
    lon           double precision not null,
    primary key (job_id, technician_id, at)
);
create index trails_at on location.trails (at);
