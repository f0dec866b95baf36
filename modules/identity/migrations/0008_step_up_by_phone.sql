-- Whoever signs in with a phone proves again that it is them: a code by text message, for stepping up.

alter table identity.codes
    -- The session that asked for it; none signs in with such a code.
    add column session_id uuid references identity.sessions (id) on delete cascade,
    drop constraint codes_purpose_check,
    add constraint codes_purpose_check check (purpose in ('sign_in', 'step_up')),
    add constraint codes_of_session check ((purpose = 'step_up') = (session_id is not null));
create index codes_by_session on identity.codes (session_id) where session_id is not null;
