-- Where somebody lives is not kept for ever: a month after a job is over its pin is rounded
-- (dispatch/src/blur.rs).

alter table dispatch.requests add column blurred_at timestamptz;

-- Of a request that is over, window_at is when it ended: nothing is matched any more.
create index requests_to_blur on dispatch.requests (window_at)
    where blurred_at is null and state in ('done', 'withdrawn');
