-- Members of corporate accounts, which another module owns.

alter table identity.users
    -- The account they are, or were, a member of: it never becomes another one.
    add column member_of    uuid,
    -- The version of the last decision about them that was taken up.
    add column member_as_of bigint,
    add constraint users_member_whole check ((member_of is null) = (member_as_of is null)),
    -- They sign in with a password; no phone opens what they are.
    add constraint users_member_by_email check (member_of is null or phone is null);

-- One corporate role a person.
create unique index grants_one_corporate on identity.grants (user_id)
    where role in ('corporate_manager', 'branch_manager');
