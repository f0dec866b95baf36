-- What people agreed to and took back: a log, so that it can be shown later what was said, when, and
-- to which words.

create table privacy.consents (
    seq      bigint generated always as identity primary key,
    user_id  uuid not null,
    purpose  text not null check (purpose in ('terms', 'privacy_notice', 'marketing')),
    given    boolean not null,
    -- Of the text that was shown, and the language it was shown in.
    version  text not null check (version <> ''),
    lang     text not null check (lang in ('ar', 'en')),
    -- In which it was said.
    session  uuid not null,
    at       timestamptz not null
);
create index consents_by_user on privacy.consents (user_id, purpose, seq desc);

create function privacy.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the log of consents is append-only: % on %', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$;
create trigger consents_append_only before update or delete on privacy.consents
    for each row execute function privacy.refuse_change();
create trigger consents_no_truncate before truncate on privacy.consents
    for each statement execute function privacy.refuse_change();
