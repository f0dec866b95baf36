-- Passkeys (WebAuthn): what staff may answer with in place of a code of the app.

create table identity.passkeys (
    id            uuid primary key,
    user_id       uuid not null references identity.users (id) on delete cascade,
    -- As the authenticator names it: at most 1023 bytes (WebAuthn Level 3, 7.1).
    credential_id bytea not null unique check (length(credential_id) <= 1023),
    -- The public key, its count of signatures and its flags, as the library reads them.
    credential    jsonb not null,
    name          text not null check (char_length(name) between 1 and 80),
    added_at      timestamptz not null,
    last_used_at  timestamptz,
    -- Its count went back: somebody seems to have a copy, and it opens nothing any more.
    blocked_at    timestamptz
);
create index passkeys_by_user on identity.passkeys (user_id);

alter table identity.sessions
    drop constraint sessions_proof_check,
    add constraint sessions_proof_check check
        (proof in ('phone_code', 'password_totp', 'password_passkey'));
