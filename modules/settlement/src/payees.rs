//! Where vendors' money goes. An IBAN is stored sealed and sent to the gateway; it is in no log and no
//! answer but for its last four digits.

use crate::{Settlement, accounts, rules};
use contract_settlement::{Payee, SettlementFault};
use kernel::{Outcome, Phone};

impl Settlement {
    pub(crate) async fn store_payee(&self, payee: Payee) -> Outcome<(), SettlementFault> {
        let iban = rules::saudi_iban(&payee.iban).ok_or(SettlementFault::BadIban)?;
        let mobile = Phone::parse(&payee.mobile).map_err(|_| SettlementFault::BadMobile)?;
        sqlx::query!(
            "insert into settlement.payees (vendor, name_ar, name_en, iban, mobile, city, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (vendor) do update set
                 name_ar = excluded.name_ar, name_en = excluded.name_en, iban = excluded.iban,
                 mobile = excluded.mobile, city = excluded.city, changed_at = excluded.changed_at",
            payee.vendor.uuid(),
            payee.name.ar,
            payee.name.en,
            self.p.seal.seal(accounts::payee(payee.vendor), &iban),
            mobile.e164(),
            payee.city,
            self.now()
        )
        .execute(&self.p.db)
        .await?;
        Ok(())
    }
}
