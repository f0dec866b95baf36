-- The audit log becomes append-only, and a chain: each link is the hash of the link before it and of
-- the row's whole content, so that a row that is altered, removed or slipped in is found
-- (platform/src/audit/chain.rs works the hashes out anew, by itself).

alter table platform.audit
    -- SHA-256 of the record before and after, where the action changed one.
    add column before_digest bytea,
    add column after_digest bytea;
create index audit_action on platform.audit (action, seq);
create index audit_at on platform.audit (at, seq);

create table platform.audit_chain (
    position  bigint primary key,
    seq       bigint not null unique,
    hash      bytea not null check (octet_length(hash) = 32)
);

-- Where the chain ends.
create table platform.audit_head (
    one       boolean primary key default true check (one),
    position  bigint not null,
    hash      bytea not null
);
insert into platform.audit_head (position, hash) values (0, decode(repeat('00', 32), 'hex'));

-- Each field with its length before it, so that no two rows read alike; - is null.
create function platform.audit_hash(previous bytea, a platform.audit) returns bytea
    language sql stable as $$
    select sha256(previous || convert_to(string_agg(
        coalesce(octet_length(field) || ':' || field, '-'), '' order by place), 'UTF8'))
    from unnest(array[
        a.seq::text,
        (extract(epoch from a.at) * 1000000)::bigint::text,
        a.actor::text,
        a.session::text,
        a.action,
        a.record,
        a.details::text,
        encode(a.before_digest, 'hex'),
        encode(a.after_digest, 'hex'),
        a.address,
        a.request_id
    ]) with ordinality as fields (field, place)
$$;

create function platform.audit_append(a platform.audit) returns void language plpgsql as $$
declare
    head platform.audit_head;
    link bytea;
begin
    select * into strict head from platform.audit_head for update;
    link := platform.audit_hash(head.hash, a);
    insert into platform.audit_chain (position, seq, hash) values (head.position + 1, a.seq, link);
    update platform.audit_head set position = head.position + 1, hash = link;
end $$;

-- What was written before there was a chain.
do $$
declare
    a platform.audit;
begin
    for a in select * from platform.audit order by seq loop
        perform platform.audit_append(a);
    end loop;
end $$;

create function platform.audit_link() returns trigger language plpgsql as $$
begin
    perform platform.audit_append(new);
    return null;
end $$;
-- At commit: whoever holds the chain's head waits for nothing more, so writers queue for a moment
-- and can't block each other in a circle.
create constraint trigger audit_link after insert on platform.audit
    deferrable initially deferred for each row execute function platform.audit_link();

create function platform.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the audit log is append-only: % on %', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$;
create trigger audit_append_only before update or delete on platform.audit
    for each row execute function platform.refuse_change();
create trigger audit_no_truncate before truncate on platform.audit
    for each statement execute function platform.refuse_change();
create trigger audit_chain_append_only before update or delete on platform.audit_chain
    for each row execute function platform.refuse_change();
create trigger audit_chain_no_truncate before truncate on platform.audit_chain
    for each statement execute function platform.refuse_change();
create trigger audit_head_stays before delete on platform.audit_head
    for each row execute function platform.refuse_change();
create trigger audit_head_no_truncate before truncate on platform.audit_head
    for each statement execute function platform.refuse_change();
