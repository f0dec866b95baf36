-- Companies that book for themselves: their accounts, branches and members.

create table corporate.accounts (
    id               uuid primary key,
    name_ar          text not null check (char_length(name_ar) between 1 and 120),
    name_en          text not null check (char_length(name_en) between 1 and 120),
    unified_number   text not null check (unified_number ~ '^7[0-9]{9}$'),
    vat_number       text check (vat_number ~ '^3[0-9]{13}3$'),
    state            text not null check (state in ('active', 'suspended')),
    suspended_at     timestamptz,
    suspended_by     uuid,
    suspended_reason text check (char_length(suspended_reason) between 1 and 500),
    opened_at        timestamptz not null,
    opened_by        uuid not null,
    version          bigint not null default 1,
    constraint accounts_unified_number unique (unified_number),
    constraint accounts_suspended_whole check
        (num_nonnulls(suspended_at, suspended_by, suspended_reason) = case state when 'suspended' then 3 else 0 end)
);

create table corporate.branches (
    id        uuid primary key,
    account   uuid not null references corporate.accounts (id),
    name_ar   text not null check (char_length(name_ar) between 1 and 120),
    name_en   text not null check (char_length(name_en) between 1 and 120),
    state     text not null check (state in ('open', 'closed')),
    opened_at timestamptz not null,
    version   bigint not null default 1,
    -- For those who name a branch with its account.
    constraint branches_of_account unique (id, account)
);
create unique index branches_name_ar on corporate.branches (account, lower(name_ar));
create unique index branches_name_en on corporate.branches (account, lower(name_en));

-- A person is a member of one account for ever; who comes back gets the same row.
create table corporate.members (
    -- Identity's.
    user_id    uuid primary key,
    account    uuid not null references corporate.accounts (id),
    role       text not null check (role in ('corporate_manager', 'branch_manager')),
    branch     uuid,
    invited_at timestamptz not null,
    invited_by uuid not null,
    -- When they were given a link: what they signed in with before counts for nothing.
    linked_at  timestamptz,
    removed_at timestamptz,
    -- Who decided what is here, the suspension of the account too; counted for identity, which is told.
    changed_by uuid not null,
    version    bigint not null default 1,
    constraint members_branch check ((role = 'branch_manager') = (branch is not null)),
    constraint members_branch_of_account foreign key (branch, account)
        references corporate.branches (id, account)
);
create index members_by_account on corporate.members (account, user_id);
create index members_by_branch on corporate.members (branch) where removed_at is null;

-- Whoever has had a manager keeps one, whatever races. Two who take each other out wait for each other
-- here at the latest, and the second sees what the first has done.
create function corporate.keep_a_manager() returns trigger language plpgsql as $$
begin
    if old.role = 'corporate_manager' and old.removed_at is null
       and (new.role <> 'corporate_manager' or new.removed_at is not null) then
        perform 1 from corporate.accounts where id = old.account for no key update;
        if not exists (select from corporate.members
                       where account = old.account and user_id <> old.user_id
                         and role = 'corporate_manager' and removed_at is null) then
            raise exception 'the last manager of a corporate account stays'
                using errcode = 'restrict_violation', constraint = 'members_keep_a_manager';
        end if;
    end if;
    return new;
end $$;
create trigger members_keep_a_manager before update on corporate.members
    for each row execute function corporate.keep_a_manager();
