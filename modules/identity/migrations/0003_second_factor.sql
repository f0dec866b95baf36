-- A new password by a link, a new authenticator app, recovery codes, and when a session last proved
-- its second factor.

alter table identity.sessions
    -- Signing in counts as well as stepping up.
    add column second_factor_at timestamptz;

alter table identity.users
    -- A secret that its owner has been shown and not yet answered with a code. Base32.
    add column totp_offered    text,
    add column totp_offered_at timestamptz,
    add constraint users_offer_whole check ((totp_offered is null) = (totp_offered_at is null));

create table identity.recovery_codes (
    user_id uuid not null references identity.users (id) on delete cascade,
    -- SHA-256 over the user and the code: 80 random bits need no salt.
    hash    bytea not null,
    made_at timestamptz not null,
    used_at timestamptz,
    primary key (user_id, hash)
);

create table identity.password_resets (
    -- SHA-256 of the token inside the link.
    hash       bytea primary key,
    user_id    uuid not null references identity.users (id) on delete cascade,
    issued_by  uuid not null,
    issued_at  timestamptz not null,
    expires_at timestamptz not null,
    -- Used, or replaced by a newer one.
    ended_at   timestamptz
);
create unique index password_resets_one_live on identity.password_resets (user_id) where ended_at is null;
create index password_resets_by_expiry on identity.password_resets (expires_at);
