-- Sessions as their owner sees them: which device, and when it was last used. And a refresh whose
-- answer was lost can be answered again.

alter table identity.sessions
    -- As a person would name it, "Chrome, Android"; empty where the client said nothing.
    add column device text not null default '' check (char_length(device) <= 60),
    -- The last refresh; none yet: when it was opened.
    add column last_used_at timestamptz,
    drop constraint sessions_ended_by_check,
    add constraint sessions_ended_by_check check
        (ended_by in ('sign_out', 'token_reuse', 'owner', 'administrator', 'replaced'));

alter table identity.refresh_tokens
    -- The token that came after, readable only by whoever holds this one. Kept while a repeat may
    -- be honest.
    add column next_sealed bytea check (length(next_sealed) = 32);
