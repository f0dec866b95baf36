-- What people want done with their data, and until when they are answered.

create table privacy.requests (
    id            uuid primary key,
    user_id       uuid not null,
    kind          text not null check (kind in ('export', 'erasure', 'correction')),
    state         text not null check (state in
                      ('received', 'blocked', 'running', 'done', 'refused', 'cancelled')),
    received_at   timestamptz not null,
    due_at        timestamptz not null,
    -- Why it takes 30 days more; said once.
    extended_for  text check (char_length(extended_for) between 1 and 500),
    -- Of an erasure: the end of its days of grace.
    begins_at     timestamptz,
    obstacles     text[] not null default '{}',
    -- What is wrong, of a correction; gone with an erasure.
    text          text check (char_length(text) between 1 and 1000),
    answer        text check (char_length(answer) between 1 and 500),
    answered_by   uuid,
    ended_at      timestamptz,
    -- Of an export, until it is removed.
    archive_key   text,
    archive_bytes bigint check (archive_bytes >= 0),
    archive_until timestamptz,
    -- The last mark of its time that staff were told of, in percent.
    told_percent  smallint not null default 0,
    constraint requests_order check (due_at > received_at),
    constraint requests_grace check ((kind = 'erasure') = (begins_at is not null)),
    constraint requests_end check ((state in ('done', 'refused', 'cancelled')) = (ended_at is not null)),
    constraint requests_answer check ((answered_by is null) or (ended_at is not null)),
    constraint requests_archive check (num_nulls(archive_key, archive_bytes, archive_until) in (0, 3)),
    constraint requests_blocked check (state <> 'blocked' or kind = 'erasure')
);
create unique index requests_one_open on privacy.requests (user_id, kind)
    where state in ('received', 'blocked', 'running');
create index requests_by_user on privacy.requests (user_id, id desc);
create index requests_due on privacy.requests (due_at, id)
    where state in ('received', 'blocked', 'running');
create index requests_ended on privacy.requests (ended_at desc, id desc) where ended_at is not null;
create index requests_archives on privacy.requests (archive_until) where archive_key is not null;

-- How far an erasure has come: one row for each part of the platform that is done.
create table privacy.erasure_steps (
    request  uuid not null references privacy.requests (id),
    holder   text not null,
    done_at  timestamptz not null,
    -- What stays, and why: no content.
    kept     jsonb not null,
    primary key (request, holder)
);
