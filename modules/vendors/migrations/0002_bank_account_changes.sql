-- A vendor wants another bank account: two reviewers, hours in which it can be stopped, then settlement
-- is told. The account in use is settlement's own.

create table vendors.bank_account_changes (
    id           uuid primary key,
    vendor       uuid not null references vendors.vendors (id),
    state        text not null check (state in ('asked', 'approved_once', 'approved', 'taking_effect',
                                                'in_effect', 'withdrawn', 'rejected')),
    -- The new account, sealed; gone 90 days after the end.
    iban         text check (iban like 'sealed:%'),
    -- The last four of the new account, and of the one in use when it was asked for.
    ends_with    text not null check (ends_with ~ '^[0-9]{4}$'),
    replaces     text not null check (replaces ~ '^[0-9A-Z]{4}$'),
    reason       text check (char_length(reason) between 1 and 300),
    asked_by     uuid not null,
    asked_at     timestamptz not null,
    -- By the second reviewer, and when it takes effect.
    approved_at  timestamptz,
    effective_at timestamptz,
    ended_at     timestamptz,
    -- Who withdrew or rejected it.
    ended_by     uuid,
    rejected_for text check (char_length(rejected_for) between 1 and 300),
    constraint bank_account_changes_asker unique (id, asked_by),
    constraint bank_account_changes_approval check
        (num_nulls(approved_at, effective_at) in (0, 2) and effective_at >= approved_at),
    constraint bank_account_changes_approved check
        (state not in ('approved', 'taking_effect', 'in_effect') or approved_at is not null),
    constraint bank_account_changes_end check
        ((state in ('in_effect', 'withdrawn', 'rejected')) = (ended_at is not null)),
    constraint bank_account_changes_stop check
        ((state in ('withdrawn', 'rejected')) = (ended_by is not null)),
    constraint bank_account_changes_rejection check ((state = 'rejected') = (rejected_for is not null)),
    constraint bank_account_changes_iban check (iban is not null or ended_at is not null)
);
-- One under way for a vendor.
create unique index bank_account_changes_one_under_way on vendors.bank_account_changes (vendor)
    where ended_at is null;
create index bank_account_changes_by_vendor on vendors.bank_account_changes (vendor, id desc);
create index bank_account_changes_open on vendors.bank_account_changes (asked_at, id)
    where ended_at is null;
create index bank_account_changes_ended on vendors.bank_account_changes (ended_at desc, id desc)
    where ended_at is not null;
create index bank_account_changes_kept on vendors.bank_account_changes (ended_at)
    where ended_at is not null and iban is not null;

-- Each reviewer once for a change, and never whoever asked for it.
create table vendors.bank_account_approvals (
    change   uuid not null,
    asked_by uuid not null,
    reviewer uuid not null,
    session  uuid not null,
    at       timestamptz not null,
    constraint bank_account_approvals_pkey primary key (change, reviewer),
    constraint bank_account_approvals_change foreign key (change, asked_by)
        references vendors.bank_account_changes (id, asked_by),
    constraint bank_account_approvals_not_own check (reviewer <> asked_by)
);

create function vendors.refuse_approval_change() returns trigger language plpgsql as $$
begin
    raise exception 'an approval stays as it was given: % on %', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$;
create trigger bank_account_approvals_append_only before update or delete
    on vendors.bank_account_approvals
    for each row execute function vendors.refuse_approval_change();
create trigger bank_account_approvals_no_truncate before truncate on vendors.bank_account_approvals
    for each statement execute function vendors.refuse_approval_change();

-- Whoever writes to the table: a change begins as asked, two reviewers approve it, and its end is its end.
create function vendors.guard_bank_account_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'asked' then
            raise exception 'a change of a bank account begins as asked, not as %', new.state
                using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if (new.id, new.vendor, new.ends_with, new.asked_by, new.asked_at)
       is distinct from (old.id, old.vendor, old.ends_with, old.asked_by, old.asked_at) then
        raise exception 'what was asked for stays' using errcode = 'restrict_violation';
    end if;
    if old.ended_at is not null and new.state <> old.state then
        raise exception 'a change that ended as % stays so', old.state
            using errcode = 'restrict_violation';
    end if;
    if new.state in ('approved', 'taking_effect', 'in_effect')
       and (select count(*) from vendors.bank_account_approvals where change = new.id) < 2 then
        raise exception 'a bank account changes with two reviewers' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger bank_account_changes_guarded before insert or update on vendors.bank_account_changes
    for each row execute function vendors.guard_bank_account_change();
