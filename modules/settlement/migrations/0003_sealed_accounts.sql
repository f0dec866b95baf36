-- Bank accounts are stored sealed. Plain ones stay readable until `khidma secrets reseal`.
alter table settlement.payees
    drop constraint payees_iban_check,
    add constraint payees_iban check (iban ~ '^SA[0-9]{4}[0-9A-Z]{18}$' or iban like 'sealed:%');
