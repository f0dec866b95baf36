-- The console asks for every open visit at once, oldest first.
create index jobs_open on bookings.jobs (id)
    where state in ('queued', 'offered', 'assigned', 'en_route', 'arrived', 'in_progress', 'awaiting_approval');
