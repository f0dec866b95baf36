-- The ledger: double entry, integer halalas, append-only. A debit is positive.

create table settlement.accounts (
    name text primary key check (name ~ '^[a-z]+(:[a-z0-9_]+){1,2}$'),
    kind text not null check (kind in ('asset', 'liability', 'income', 'expense')),
    -- How many rows of `balances` the account is spread over. Every capture touches the clearing
    -- and the platform's accounts: on one row they would queue behind each other.
    slots smallint not null check (slots between 1 and 64),
    created_at timestamptz not null
);

create table settlement.journal_entries (
    id uuid primary key,
    kind text not null,
    key text not null constraint journal_entries_key unique,
    -- Of the command that made it: the same key with another digest is refused.
    digest bytea not null,
    booking uuid,
    memo text not null,
    at timestamptz not null
);
create index journal_entries_by_booking on settlement.journal_entries (booking, id) where booking is not null;

create table settlement.postings (
    entry uuid not null references settlement.journal_entries (id),
    line smallint not null,
    account text not null references settlement.accounts (name),
    amount_halalas bigint not null check (amount_halalas <> 0),
    primary key (entry, line)
);
create index postings_by_account on settlement.postings (account, entry desc, line desc);

-- What the postings of an account sum to, beside what is in flight on it (holds: pending, not yet
-- money). Kept in the transaction that posts.
create table settlement.balances (
    account text not null references settlement.accounts (name),
    slot smallint not null,
    balance_halalas bigint not null,
    pending_halalas bigint not null,
    primary key (account, slot)
) with (fillfactor = 70);

create function settlement.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is append-only: % on %', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$;

create trigger entries_append_only before update or delete on settlement.journal_entries
    for each row execute function settlement.refuse_change();
create trigger entries_no_truncate before truncate on settlement.journal_entries
    for each statement execute function settlement.refuse_change();
create trigger postings_append_only before update or delete on settlement.postings
    for each row execute function settlement.refuse_change();
create trigger postings_no_truncate before truncate on settlement.postings
    for each statement execute function settlement.refuse_change();

create function settlement.check_entry(the_entry uuid) returns void language plpgsql as $$
declare
    lines bigint;
    total numeric;
begin
    select count(*), coalesce(sum(amount_halalas), 0) into lines, total
    from settlement.postings where entry = the_entry;
    if lines < 2 or total <> 0 then
        raise exception 'entry % is not balanced: % postings, sum %', the_entry, lines, total
            using errcode = 'check_violation', constraint = 'entry_balanced';
    end if;
end $$;
create function settlement.check_new_entry() returns trigger language plpgsql as $$
begin
    perform settlement.check_entry(new.id);
    return null;
end $$;
create function settlement.check_new_posting() returns trigger language plpgsql as $$
begin
    perform settlement.check_entry(new.entry);
    return null;
end $$;
-- At commit, when the entry is whole.
create constraint trigger entry_balanced after insert on settlement.journal_entries
    deferrable initially deferred for each row execute function settlement.check_new_entry();
create constraint trigger posting_balanced after insert on settlement.postings
    deferrable initially deferred for each row execute function settlement.check_new_posting();

-- Holds on cards.

create table settlement.holds (
    id uuid primary key,
    key uuid not null constraint holds_key unique,
    digest bytea not null,
    booking uuid not null,
    customer uuid not null,
    purpose text not null check (purpose in ('booking', 'extra')),
    extra uuid check ((purpose = 'extra') = (extra is not null)),
    amount_halalas bigint not null check (amount_halalas > 0),
    -- What the gateway was told to capture; written before it is told, never changed after.
    requested_halalas bigint check (requested_halalas between 1 and amount_halalas),
    captured_halalas bigint not null default 0 check (captured_halalas between 0 and amount_halalas),
    status text not null check (status in ('pending', 'challenge', 'authorized', 'declined', 'captured', 'voided', 'expired')),
    -- The customer tried again with another card: if this one comes through it is given back.
    superseded boolean not null default false,
    -- The payment's id at the gateway, ours from the start.
    payment uuid not null constraint holds_payment unique,
    challenge_url text,
    card text,
    response_code text,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index holds_by_booking on settlement.holds (booking, id);
create unique index holds_one_live on settlement.holds (booking, purpose, coalesce(extra, booking))
    where status in ('pending', 'challenge', 'authorized') and not superseded;
create index holds_unanswered on settlement.holds (created_at, id) where status in ('pending', 'challenge');
create index holds_ageing on settlement.holds (expires_at, id) where status = 'authorized';

-- What happened to a hold while it was no money yet.
create table settlement.hold_events (
    hold uuid not null references settlement.holds (id),
    kind text not null check (kind in ('placed', 'declined', 'captured', 'voided', 'expired')),
    amount_halalas bigint not null,
    at timestamptz not null,
    primary key (hold, kind)
);

-- What bookings told us to do with a booking's money: once, and one thing.
create table settlement.instructions (
    booking uuid primary key,
    kind text not null check (kind in ('settle', 'release')),
    digest bytea not null,
    body jsonb not null,
    requested_at timestamptz not null,
    collected_halalas bigint,
    done_at timestamptz
);

-- A vendor's share of one booking, kept for the quality hold.
-- `vendor:<id>:held` is the sum of what remains.
create table settlement.held_lots (
    id uuid primary key,
    vendor uuid not null,
    booking uuid not null constraint held_lots_booking unique,
    amount_halalas bigint not null check (amount_halalas > 0),
    remaining_halalas bigint not null check (remaining_halalas between 0 and amount_halalas),
    release_at timestamptz not null,
    released_at timestamptz
);
create index held_lots_due on settlement.held_lots (release_at, id) where released_at is null;
create index held_lots_by_vendor on settlement.held_lots (vendor, release_at, id) where released_at is null;

-- What broken promises cost; the entry's amounts depend on what was held, so the command's own
-- digest is kept here.
create table settlement.remedies (
    key text primary key,
    digest bytea not null,
    booking uuid not null,
    credit_halalas bigint not null check (credit_halalas >= 0),
    penalty_halalas bigint not null check (penalty_halalas >= 0),
    at timestamptz not null
);

create table settlement.payees (
    vendor uuid primary key,
    name_ar text not null,
    name_en text not null,
    iban text not null check (iban ~ '^SA[0-9]{4}[0-9A-Z]{18}$'),
    mobile text not null,
    city text not null,
    changed_at timestamptz not null
);

create table settlement.payout_batches (
    id uuid primary key,
    state text not null check (state in ('prepared', 'released', 'completed', 'cancelled')),
    prepared_by uuid not null,
    prepared_at timestamptz not null,
    released_by uuid,
    released_at timestamptz,
    ended_at timestamptz,
    constraint payout_batches_two_officers check (released_by <> prepared_by),
    constraint payout_batches_released check ((released_by is null) = (released_at is null))
);

create sequence settlement.payout_numbers;

-- The payee is copied in: what the second officer saw is what is paid.
create table settlement.payouts (
    id uuid primary key,
    batch uuid not null references settlement.payout_batches (id),
    vendor uuid not null,
    amount_halalas bigint not null check (amount_halalas > 0),
    sequence_number bigint not null constraint payouts_sequence_number unique,
    state text not null check (state in ('prepared', 'cancelled', 'released', 'sent', 'paid', 'returned')),
    gateway_id text constraint payouts_gateway_id unique,
    reason text,
    name_ar text not null,
    name_en text not null,
    iban text not null,
    mobile text not null,
    city text not null,
    changed_at timestamptz not null
);
create index payouts_by_batch on settlement.payouts (batch, id);
create index payouts_by_vendor on settlement.payouts (vendor, id);
-- A vendor's money is in one prepared batch at most.
create unique index payouts_prepared_once on settlement.payouts (vendor) where state = 'prepared';
create index payouts_in_transit on settlement.payouts (changed_at, id) where state in ('released', 'sent');

-- Webhooks taken; the same one is sent again until it is answered.
create table settlement.webhooks (
    id text primary key,
    kind text not null,
    received_at timestamptz not null
);
