-- A copy that the platform can't make by itself: it is not tried again, and people answer it.
alter table privacy.requests
    add column stopped_for text check (stopped_for in ('too_large')),
    add constraint requests_stopped check (stopped_for is null or kind = 'export');
