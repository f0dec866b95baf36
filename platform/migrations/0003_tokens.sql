-- Access tokens: the keys that sign them, and the sessions whose tokens are refused before they
-- end.

create table platform.token_keys (
    seq         bigint generated always as identity primary key,
    -- RFC 7638 thumbprint of the public key.
    kid         text not null unique,
    public_key  bytea not null check (length(public_key) = 32),
    -- With the deployment's secret it makes the private key, which is stored nowhere.
    salt        bytea not null check (length(salt) = 32),
    -- Known everywhere before it signs.
    signs_from  timestamptz not null,
    -- Its tokens are refused from then on; null until there is a newer one.
    ends_at     timestamptz
);

create table platform.ended_sessions (
    session  uuid primary key,
    -- No access token of it is good after this anyway.
    until    timestamptz not null
);
create index ended_sessions_by_until on platform.ended_sessions (until);
