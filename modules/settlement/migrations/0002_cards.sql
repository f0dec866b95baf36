-- Cards that customers keep for the next time, at the gateway: here only its name for each.

create table settlement.cards (
    id uuid primary key,
    customer uuid not null,
    -- The gateway's name for the card.
    token text not null check (token <> ''),
    brand text not null check (brand <> ''),
    last4 text not null check (last4 ~ '^[0-9]{4}$'),
    saved_at timestamptz not null,
    used_at timestamptz not null,
    -- Removed by its owner, or saved anew: the row goes once the gateway has forgotten it too.
    removed_at timestamptz
);
create unique index cards_of_customer on settlement.cards (customer, brand, last4) where removed_at is null;
create index cards_by_token on settlement.cards (token);

alter table settlement.holds
    -- The customer wants the card kept, if the bank says yes.
    add column save_card boolean not null default false,
    add column card_brand text,
    add column card_last4 text;
