-- What technicians typed about a job is forgotten with its exact pin (dispatch/src/blur.rs). The jobs of
-- before:
update dispatch.offers o set reason = null
    from dispatch.requests r where r.job = o.job and r.blurred_at is not null and o.reason is not null;
update dispatch.assignments a set close_note = null
    from dispatch.requests r where r.job = a.job and r.blurred_at is not null and a.close_note is not null;

-- One technician's own records.
create index offers_by_technician on dispatch.offers (technician, offered_at);
create index assignments_by_technician on dispatch.assignments (technician, id);
