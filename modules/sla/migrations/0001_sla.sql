-- Calendars, policies, clocks and the alarms they raise. The truth about every deadline is here;
-- Redis only shows it.

-- Counts changes of what an operator configures, so that a process knows its copy is old.
create table sla.settings_revision (
    only_row boolean primary key default true check (only_row),
    revision bigint not null default 0
);
insert into sla.settings_revision default values;

create table sla.calendars (
    slug text primary key,
    name_ar text not null,
    name_en text not null,
    observes_holidays boolean not null,
    -- {"sun": [{"from": "08:00", "to": "22:00"}], …}; local time of Riyadh, "24:00" ends a day
    hours jsonb not null,
    ramadan_hours jsonb,
    blackouts text[] not null default '{}'
);

create table sla.holidays (
    slug text primary key,
    name_ar text not null,
    name_en text not null,
    from_date date not null,
    to_date date not null,
    check (from_date <= to_date)
);

create table sla.ramadans (
    hijri_year integer primary key,
    from_date date not null,
    to_date date not null,
    check (from_date <= to_date)
);

-- A span of every day between two days of the year, taken out of what is open.
create table sla.blackouts (
    slug text primary key,
    name_ar text not null,
    name_en text not null,
    from_month_day text not null,
    to_month_day text not null,
    from_time text not null,
    to_time text not null
);

create table sla.policies (
    slug text primary key,
    tier text,
    category text,
    zone text,
    urgency text check (urgency in ('immediate', 'scheduled')),
    respond_ms bigint not null check (respond_ms > 0),
    arrive_ms bigint not null check (arrive_ms > 0),
    complete_ms bigint not null check (complete_ms > 0),
    warn_percents smallint[] not null,
    remedy_percent smallint not null check (remedy_percent between 0 and 100),
    vendor_penalty_halalas bigint not null check (vendor_penalty_halalas >= 0),
    calendar text not null references sla.calendars,
    constraint policies_one_for_each_match unique nulls not distinct (tier, category, zone, urgency)
);

create table sla.clocks (
    id uuid primary key,
    job_id uuid not null,
    booking_id uuid not null,
    kind text not null check (kind in ('respond', 'arrive', 'complete')),
    policy text not null,
    category text not null,
    zone text not null,
    -- null counts every hour of every day
    calendar text references sla.calendars,
    started_at timestamptz not null,
    target_ms bigint not null check (target_ms > 0),
    warn_percents smallint[] not null,
    remedy_percent smallint not null,
    vendor_penalty_halalas bigint not null,
    -- what was said at the start; `deadline` moves with pauses
    promised_by timestamptz not null,
    deadline timestamptz not null,
    state text not null default 'running'
        check (state in ('running', 'paused', 'met', 'breached', 'cancelled')),
    breached boolean not null default false,
    stopped_at timestamptz,
    -- marks passed and told, in percent of the target; 100 is the breach
    fired_percents smallint[] not null default '{}',
    next_fire_at timestamptz,
    -- the expectation for which the last early alarm was raised
    predicted_for timestamptz,
    constraint clocks_one_of_a_kind unique (job_id, kind),
    constraint clocks_fire_only_while_running check (next_fire_at is null or state = 'running'),
    constraint clocks_stopped_have_an_end
        check ((stopped_at is null) = (state in ('running', 'paused')))
);
create index clocks_by_next_fire on sla.clocks (next_fire_at, id) where next_fire_at is not null;

create table sla.clock_pauses (
    clock_id uuid not null references sla.clocks on delete cascade,
    paused_at timestamptz not null,
    resumed_at timestamptz,
    reason text not null check (reason in ('customer', 'approval', 'parts')),
    check (resumed_at >= paused_at)
);
create index clock_pauses_by_clock on sla.clock_pauses (clock_id, paused_at);
create unique index clock_pauses_one_open on sla.clock_pauses (clock_id) where resumed_at is null;

create table sla.alarms (
    id uuid primary key,
    clock_id uuid not null references sla.clocks on delete cascade,
    job_id uuid not null,
    booking_id uuid not null,
    kind text not null,
    category text not null,
    zone text not null,
    severity text not null check (severity in ('warn50', 'warn80', 'predicted', 'breach')),
    -- the mark that raised it; null for a prediction
    percent smallint,
    level text not null default 'dispatcher' check (level in ('dispatcher', 'operations_manager')),
    deadline timestamptz not null,
    expected_at timestamptz,
    raised_at timestamptz not null,
    escalated_at timestamptz,
    acknowledged_by uuid,
    acknowledged_at timestamptz,
    snoozed_until timestamptz,
    -- the clock stopped, or a graver alarm took its place
    resolved_at timestamptz,
    check ((acknowledged_by is null) = (acknowledged_at is null))
);
-- Nothing fires twice, whoever ticks.
create unique index alarms_once_a_mark on sla.alarms (clock_id, percent) where percent is not null;
create index alarms_by_clock on sla.alarms (clock_id);
create index alarms_newest on sla.alarms (raised_at desc, id desc);
create index alarms_open on sla.alarms (raised_at desc, id desc)
    where acknowledged_at is null and resolved_at is null;
