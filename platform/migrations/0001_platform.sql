-- What every module stands on: the queue (which is also the outbox), idempotency keys,
-- the audit trail, and the platform's clock.

-- Work to do, once its moment has come. run_at is platform time; locked_until is the
-- database's own time, because a lease is about machines, not about the business.
create table platform.jobs (
    id            uuid primary key,
    name          text not null,
    payload       jsonb not null,
    run_at        timestamptz not null,
    attempt       int not null default 0,
    max_attempts  int not null,
    crashes       int not null default 0,
    unique_key    text,
    traceparent   text,
    locked_by     uuid,
    locked_until  timestamptz,
    last_error    text,
    created_at    timestamptz not null
);
create index jobs_due on platform.jobs (run_at, id) where locked_by is null;
create index jobs_locked on platform.jobs (locked_until) where locked_by is not null;
create unique index jobs_unique_pending on platform.jobs (name, unique_key)
    where unique_key is not null and locked_by is null and attempt = 0;

-- Work that failed for good; kept until somebody looks.
create table platform.dead_jobs (
    id          uuid primary key,
    name        text not null,
    payload     jsonb not null,
    attempt     int not null,
    max_attempts int not null,
    crashes     int not null,
    last_error  text,
    created_at  timestamptz not null,
    died_at     timestamptz not null
);

create table platform.crons (
    name     text primary key,
    next_at  timestamptz not null
);

-- Who listens to what; written by each process for the modules it hosts.
create table platform.subscriptions (
    event       text not null,
    subscriber  text not null,
    primary key (event, subscriber)
);

-- First answers to unsafe requests. body_digest is the SHA-256 of method, path and body.
create table platform.idempotency (
    actor         uuid not null,
    key           uuid not null,
    body_digest   bytea not null,
    status        smallint,
    answer        jsonb,
    locked_until  timestamptz,
    created_at    timestamptz not null,
    primary key (actor, key)
);
create index idempotency_age on platform.idempotency (created_at);

create table platform.audit (
    seq         bigint generated always as identity primary key,
    at          timestamptz not null,
    actor       uuid not null,
    session     uuid not null,
    action      text not null,
    record      text not null,
    details     jsonb not null,
    address     text,
    request_id  text
);
create index audit_record on platform.audit (record, seq);
create index audit_actor on platform.audit (actor, seq);

-- One row: how platform time follows real time (kernel::Anchor).
create table platform.clock (
    one          boolean primary key default true check (one),
    real_ms      bigint not null,
    platform_ms  bigint not null,
    speed        double precision not null check (speed >= 0)
);
