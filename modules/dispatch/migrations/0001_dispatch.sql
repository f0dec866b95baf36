-- Who is asked, who has the job, and why. The extension lets an exclusion constraint combine
-- "the same technician" (=) with "clashing times" (&&).
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

-- One row a job. `state`: waiting (in a window or between two), offered, assigned, done, withdrawn.
CREATE TABLE dispatch.requests (
    job              uuid PRIMARY KEY,
    booking          uuid NOT NULL,
    service_name     jsonb NOT NULL,
    category         text NOT NULL,
    skills           text[] NOT NULL,
    lat              double precision NOT NULL,
    lon              double precision NOT NULL,
    sector           text NOT NULL,
    sector_name      jsonb NOT NULL,
    zone             text NOT NULL,
    urgency          text NOT NULL CHECK (urgency IN ('immediate', 'scheduled')),
    earliest         timestamptz NOT NULL,
    duration_minutes integer NOT NULL CHECK (duration_minutes > 0),
    respond_by       timestamptz NOT NULL,
    arrive_by        timestamptz NOT NULL,
    preferred        uuid,
    state            text NOT NULL CHECK (state IN ('waiting', 'offered', 'assigned', 'done', 'withdrawn')),
    round            integer NOT NULL DEFAULT 0,
    refusals         integer NOT NULL DEFAULT 0,
    requested_at     timestamptz NOT NULL,
    -- When a waiting job is next matched.
    window_at        timestamptz NOT NULL,
    escalated_at     timestamptz,
    escalated_for    text,
    CHECK ((escalated_at IS NULL) = (escalated_for IS NULL))
);
CREATE INDEX requests_waiting ON dispatch.requests (window_at) WHERE state = 'waiting';
-- The console's lists: by deadline, of one state or of all open ones, of some zones.
CREATE INDEX requests_open ON dispatch.requests (respond_by, job) WHERE state IN ('waiting', 'offered', 'assigned');
CREATE INDEX requests_escalated ON dispatch.requests (respond_by, job)
    WHERE escalated_at IS NOT NULL AND state IN ('waiting', 'offered');

CREATE TABLE dispatch.offers (
    id             uuid PRIMARY KEY,
    job            uuid NOT NULL REFERENCES dispatch.requests (job),
    technician     uuid NOT NULL,
    vendor         uuid NOT NULL,
    round          integer NOT NULL,
    offered_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    -- As predicted when the offer was made.
    eta            timestamptz NOT NULL,
    travel_seconds integer NOT NULL,
    distance_m     integer NOT NULL,
    state          text NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
    closed_at      timestamptz,
    reason         text,
    CHECK ((state = 'open') = (closed_at IS NULL)),
    CHECK (expires_at > offered_at)
);
CREATE UNIQUE INDEX offers_one_open_per_job ON dispatch.offers (job) WHERE state = 'open';
CREATE UNIQUE INDEX offers_one_open_per_technician ON dispatch.offers (technician) WHERE state = 'open';
CREATE INDEX offers_by_job ON dispatch.offers (job, offered_at);

-- `slot` is the time the technician is taken: from setting out (immediate) or the visit's start
-- (scheduled) until the work's expected end and the buffer for leaving.
CREATE TABLE dispatch.assignments (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job         uuid NOT NULL REFERENCES dispatch.requests (job),
    technician  uuid NOT NULL,
    vendor      uuid NOT NULL,
    assigned_at timestamptz NOT NULL,
    eta         timestamptz NOT NULL,
    slot        tstzrange NOT NULL CHECK (NOT isempty(slot)),
    -- The dispatcher who decided, with the reason; null where the technician took an offer.
    assigned_by uuid,
    reason      text,
    closed_at   timestamptz,
    outcome     text CHECK (outcome IN ('completed', 'reassigned', 'requeued', 'withdrawn')),
    close_note  text,
    CHECK ((closed_at IS NULL) = (outcome IS NULL)),
    CHECK ((assigned_by IS NULL) = (reason IS NULL)),
    CONSTRAINT assignments_no_clash EXCLUDE USING gist (technician WITH =, slot WITH &&) WHERE (closed_at IS NULL)
);
CREATE UNIQUE INDEX assignments_one_open_per_job ON dispatch.assignments (job) WHERE closed_at IS NULL;
CREATE INDEX assignments_by_job ON dispatch.assignments (job, id);
CREATE INDEX assignments_open ON dispatch.assignments (technician) WHERE closed_at IS NULL;
CREATE INDEX assignments_of_the_day ON dispatch.assignments (technician, lower(slot)) WHERE outcome = 'completed';

-- Why this one, why not that one: every candidate of every round, as they were judged.
CREATE TABLE dispatch.decisions (
    job        uuid NOT NULL REFERENCES dispatch.requests (job),
    round      integer NOT NULL,
    at         timestamptz NOT NULL,
    -- How many jobs were matched together, and how far the search was widened for this one.
    matched    integer NOT NULL,
    radius_m   integer NOT NULL,
    chosen     uuid,
    candidates jsonb NOT NULL,
    PRIMARY KEY (job, round)
);

-- Jobs withdrawn before their request arrived: it may still come, and must find this.
CREATE TABLE dispatch.early_withdrawals (
    job uuid PRIMARY KEY,
    at  timestamptz NOT NULL
);
