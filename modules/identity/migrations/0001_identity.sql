-- People, what they are, and the proofs that they are who they say.

create table identity.users (
    id            uuid primary key,
    -- E.164; customers, technicians and vendor owners sign in with it.
    phone         text unique,
    -- Lower case; staff sign in with it.
    email         text unique,
    -- Empty until a customer gives one.
    name          text not null check (char_length(name) <= 80),
    lang          text not null check (lang in ('ar', 'en')),
    tier          text,
    -- Argon2id, as a PHC string.
    password_hash text,
    -- Base32 (RFC 6238).
    totp_secret   text,
    -- The last time step whose code was taken: it and all before it are refused.
    totp_step     bigint,
    created_at    timestamptz not null,
    -- When what others copy (phone, language) last changed.
    changed_at    timestamptz not null,
    constraint users_reachable check (phone is not null or email is not null),
    constraint users_both_factors check ((password_hash is null) = (totp_secret is null))
);

create table identity.grants (
    user_id    uuid not null references identity.users (id) on delete cascade,
    role       text not null,
    scope      jsonb not null,
    granted_at timestamptz not null,
    primary key (user_id, role)
);

-- Challenges by text message.
create table identity.codes (
    id         uuid primary key,
    phone      text not null,
    purpose    text not null check (purpose in ('sign_in')),
    lang       text not null check (lang in ('ar', 'en')),
    salt       bytea not null,
    -- HMAC-SHA-256 under the deployment's pepper.
    hash       bytea not null,
    tries_left smallint not null check (tries_left between 0 and 5),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    -- Used, or replaced by a newer one.
    ended_at   timestamptz
);
create unique index codes_one_live on identity.codes (phone, purpose) where ended_at is null;
create index codes_by_expiry on identity.codes (expires_at);

create table identity.sessions (
    id         uuid primary key,
    user_id    uuid not null references identity.users (id) on delete cascade,
    -- How the person proved who they are.
    proof      text not null check (proof in ('phone_code', 'password_totp')),
    created_at timestamptz not null,
    -- No refresh goes past this.
    expires_at timestamptz not null,
    ended_at   timestamptz,
    ended_by   text check (ended_by in ('sign_out', 'token_reuse')),
    constraint sessions_end check ((ended_at is null) = (ended_by is null))
);
create index sessions_by_user on identity.sessions (user_id);
create index sessions_by_expiry on identity.sessions (expires_at);

-- A session's tokens are one family: each is used once, and using one twice ends the session.
create table identity.refresh_tokens (
    -- SHA-256 of the token: it is random enough to need no salt.
    hash       bytea primary key,
    session_id uuid not null references identity.sessions (id) on delete cascade,
    issued_at  timestamptz not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);
create index refresh_tokens_by_session on identity.refresh_tokens (session_id);
