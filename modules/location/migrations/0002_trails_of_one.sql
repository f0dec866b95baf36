-- One technician's own records.
create index trails_by_technician on location.trails (technician_id, at);
