-- Who may do which work, where, and who is on shift.

create table vendors.vendors (
    id uuid primary key,
    name_ar text not null,
    name_en text not null,
    kind text not null check (kind in ('company', 'freelancer')),
    -- The unified number of the commercial register.
    registration text not null constraint vendors_registration_key unique check (registration ~ '^7[0-9]{9}$'),
    vat_number text check (vat_number ~ '^3[0-9]{13}3$'),
    tier text not null check (tier in ('basic', 'growth', 'premium')),
    commission_basis_points integer not null check (commission_basis_points between 0 and 5000),
    owner_phone text not null constraint vendors_owner_phone_key unique,
    -- Absent until identity has answered.
    owner_user uuid,
    -- `enrolling`: written here, not yet known to identity and settlement; repeating the
    -- enrolment finishes it.
    status text not null check (status in ('enrolling', 'active', 'suspended')),
    -- Nobody of the vendor is offered work from this moment on.
    kyc_valid_until timestamptz not null,
    created_at timestamptz not null,
    check (status = 'enrolling' or owner_user is not null)
);

create table vendors.vendor_categories (
    vendor uuid not null references vendors.vendors (id),
    category text not null,
    primary key (category, vendor)
);
create index vendor_categories_by_vendor on vendors.vendor_categories (vendor);

create table vendors.vendor_zones (
    vendor uuid not null references vendors.vendors (id),
    zone text not null,
    primary key (zone, vendor)
);
create index vendor_zones_by_vendor on vendors.vendor_zones (vendor);

create table vendors.technicians (
    id uuid primary key,
    vendor uuid not null references vendors.vendors (id),
    phone text not null constraint technicians_phone_key unique,
    -- Absent until identity has answered: such a technician is offered nothing.
    user_id uuid,
    name_ar text not null,
    name_en text not null,
    home_lat double precision not null check (home_lat between -90 and 90),
    home_lon double precision not null check (home_lon between -180 and 180),
    quality double precision not null check (quality between 0 and 1),
    -- As entered: seven entries, Sunday first, `[start, end]` in minutes after midnight or null.
    week jsonb not null,
    -- The same as minutes since Sunday 00:00 in Riyadh, touching shifts joined, repeated a week
    -- before and after so that Saturday night runs into Sunday: "covers this visit" is one `@>`.
    covered int4multirange not null,
    on_shift_since timestamptz,
    created_at timestamptz not null
);
create index technicians_by_vendor on vendors.technicians (vendor, id);

create table vendors.technician_skills (
    technician uuid not null references vendors.technicians (id),
    skill text not null,
    expert boolean not null,
    primary key (technician, skill)
);
