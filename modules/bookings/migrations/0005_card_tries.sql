-- Cards are tried a few times only. A try that is sent again is no other try: the key of the last one
-- that was counted in `payments`.
alter table bookings.bookings add column payment_key uuid;
alter table bookings.extra_costs add column payment_key uuid;
