-- What is kept about one person is looked for by the person: for their copy, and for their erasure.

create index holds_by_customer on settlement.holds (customer, id);
create index cards_by_customer on settlement.cards (customer);
