-- How often the bank said no, or was not heard yet, is asked before each new hold of a customer.
create index holds_not_held on settlement.holds (customer, created_at desc)
    where status in ('pending', 'challenge', 'declined');
