-- Accounts whose owners had them erased. The row stays, because others' records name it, and leads to
-- nobody: the phone is free for a new account.

alter table identity.users
    add column erased_at timestamptz,
    drop constraint users_reachable,
    add constraint users_reachable check (phone is not null or email is not null or erased_at is not null),
    add constraint users_erased_whole check (erased_at is null or
        (name = '' and num_nonnulls(phone, email, tier, password_hash, totp_secret, totp_offered) = 0));
