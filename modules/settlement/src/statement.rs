//! What became of one booking's money on the customer's side.

use crate::Settlement;
use contract_settlement::{CardMark, Seller, SettlementFault, Statement};
use kernel::{BookingId, Money, Outcome, Text};

impl Settlement {
    pub(crate) async fn statement_of(
        &self,
        booking: BookingId,
    ) -> Outcome<Statement, SettlementFault> {
        let sums = sqlx::query!(
            r#"select coalesce(sum(amount_halalas) filter (where status = 'authorized' and not superseded), 0)::bigint
                          as "held!: Money",
                      coalesce(sum(captured_halalas), 0)::bigint as "captured!: Money",
                      (select max(e.at) from settlement.hold_events e join settlement.holds h on h.id = e.hold
                       where h.booking = $1 and e.kind = 'captured') as captured_at
               from settlement.holds where booking = $1"#,
            booking.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        let card = sqlx::query!(
            r#"select card_brand as "brand!", card_last4 as "last4!" from settlement.holds
               where booking = $1 and card_brand is not null and card_last4 is not null and not superseded
               order by purpose, id desc limit 1"#,
            booking.uuid()
        )
        .fetch_optional(&self.p.db)
        .await?;
        let seller = &self.settings.seller;
        Ok(Statement {
            seller: Seller {
                name: Text::new(seller.name_ar.as_str(), seller.name_en.as_str()),
                vat_number: seller.vat_number.clone(),
            },
            held: sums.held,
            captured: sums.captured,
            captured_at: sums.captured_at,
            card: card.map(|row| CardMark {
                brand: row.brand,
                last4: row.last4,
            }),
        })
    }
}
