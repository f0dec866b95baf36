-- Accounts of staff as administrators manage them: invited, limited, disabled.

alter table identity.users
    -- Goes up with each change by an administrator.
    add column version         bigint not null default 1,
    add column signed_in_at    timestamptz,
    -- The second factor was taken away: it is dead until a link has been used.
    add column factor_reset_at timestamptz,
    add column disabled_at     timestamptz,
    add column disabled_by     uuid,
    add column disabled_reason text check (char_length(disabled_reason) between 1 and 500),
    add constraint users_disabled_whole check (num_nulls(disabled_at, disabled_by, disabled_reason) in (0, 3));

update identity.users u set signed_in_at =
    (select max(s.created_at) from identity.sessions s where s.user_id = u.id);

create index grants_by_role on identity.grants (role);

-- Links with which staff set up what they sign in with.
create table identity.enrolments (
    -- SHA-256 of the token inside the link.
    hash       bytea primary key,
    user_id    uuid not null references identity.users (id) on delete cascade,
    issued_by  uuid not null,
    issued_at  timestamptz not null,
    expires_at timestamptz not null,
    -- Used, or replaced by a newer one.
    ended_at   timestamptz
);
create unique index enrolments_one_live on identity.enrolments (user_id) where ended_at is null;
create index enrolments_by_expiry on identity.enrolments (expires_at);

alter table identity.sessions
    drop constraint sessions_ended_by_check,
    add constraint sessions_ended_by_check check
        (ended_by in ('sign_out', 'token_reuse', 'owner', 'administrator', 'replaced', 'too_many'));
