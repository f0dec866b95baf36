-- How to reach people, and every message that was to reach them.

create table notify.contacts (
    user_id uuid primary key,
    phone   text,
    lang    text not null check (lang in ('ar', 'en')),
    -- When identity knew this: an older telling never replaces a newer one.
    as_of   timestamptz not null
);

create table notify.messages (
    id           uuid primary key,
    -- Names the event and the recipient; a message exists once per key and channel.
    key          text not null,
    channel      text not null check (channel in ('sms', 'in_app')),
    user_id      uuid,
    phone        text,
    template     text not null,
    lang         text not null check (lang in ('ar', 'en')),
    title        text,
    -- Null once a text that carries a code has served.
    body         text,
    carries_code boolean not null,
    state        text not null check (state in ('queued', 'sent', 'delivered', 'failed')),
    -- Attempts begun, not attempts answered.
    attempts     integer not null default 0,
    -- The gateway's own name for the message.
    gateway_id   text,
    -- Why it failed: a short constant, never the gateway's words.
    failure      text,
    created_at   timestamptz not null,
    -- Not worth sending any more after this.
    stale_at     timestamptz not null,
    sent_at      timestamptz,
    ended_at     timestamptz,
    read_at      timestamptz,
    constraint messages_once unique (key, channel),
    constraint messages_sms_has_phone check (channel <> 'sms' or phone is not null),
    constraint messages_in_app_has_user check (channel <> 'in_app' or user_id is not null),
    constraint messages_failure check ((state = 'failed') = (failure is not null))
);
create index messages_by_user on notify.messages (user_id, id desc) where channel = 'in_app';
create index messages_by_gateway_id on notify.messages (gateway_id) where gateway_id is not null;
create index messages_by_age on notify.messages (created_at);
