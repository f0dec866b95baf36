-- People whose accounts were erased: told nothing, and not learned of again.

alter table notify.contacts
    add column erased_at timestamptz,
    add constraint contacts_erased_whole check (erased_at is null or phone is null);
create index contacts_by_erasure on notify.contacts (erased_at) where erased_at is not null;

-- All that is kept of one person, of every channel; and what went to a phone as such.
drop index notify.messages_by_user;
create index messages_by_user on notify.messages (user_id, id desc);
create index messages_by_phone on notify.messages (phone) where user_id is null;
