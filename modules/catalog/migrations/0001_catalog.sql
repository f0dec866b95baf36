-- What can be booked, in both languages. Filled by the seed, priced by operators.

-- One row. `version` moves with every change, so that each process knows when its snapshot is
-- old; `seed_digest` is the SHA-256 of the seed file last loaded.
create table catalog.edition (
    only_row boolean primary key default true check (only_row),
    version bigint not null,
    seed_digest text
);
insert into catalog.edition (version) values (0);

create table catalog.skills (
    slug text primary key,
    name_ar text not null,
    name_en text not null
);

create table catalog.categories (
    slug text primary key,
    position integer not null,
    icon text not null,
    name_ar text not null,
    name_en text not null,
    description_ar text not null,
    description_en text not null,
    diagnosis_fee_halalas bigint not null check (diagnosis_fee_halalas >= 0),
    quality_hold_days integer not null check (quality_hold_days between 0 and 365),
    -- Work under the sun: the summer midday ban applies.
    outdoor boolean not null,
    -- Withdrawn rather than deleted: old bookings still name it.
    offered boolean not null default true
);

create table catalog.services (
    slug text primary key,
    category text not null references catalog.categories (slug),
    position integer not null,
    name_ar text not null,
    name_en text not null,
    description_ar text not null,
    description_en text not null,
    keywords_ar text[] not null,
    keywords_en text[] not null,
    skills text[] not null check (cardinality(skills) > 0),
    base_halalas bigint not null check (base_halalas > 0),
    -- An operator's price outlives a later seed.
    base_set_by_operator boolean not null default false,
    emergency_surcharge_halalas bigint not null check (emergency_surcharge_halalas >= 0),
    duration_minutes integer not null check (duration_minutes between 1 and 1440),
    max_quantity integer not null check (max_quantity between 1 and 1000),
    offered boolean not null default true
);
create index services_by_category on catalog.services (category, position);

create table catalog.options (
    service text not null references catalog.services (slug),
    slug text not null,
    position integer not null,
    name_ar text not null,
    name_en text not null,
    price_halalas bigint not null check (price_halalas >= 0),
    extra_minutes integer not null check (extra_minutes between 0 and 1440),
    primary key (service, slug)
);

create table catalog.checklist_items (
    service text not null references catalog.services (slug),
    slug text not null,
    position integer not null,
    name_ar text not null,
    name_en text not null,
    photo boolean not null,
    primary key (service, slug)
);

-- Every category is served in every zone but those named here.
create table catalog.exclusions (
    category text not null references catalog.categories (slug),
    zone text not null,
    primary key (category, zone)
);
