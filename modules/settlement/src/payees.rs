//! Where vendors' money goes. An IBAN is stored sealed, sent to the gateway, and told to the module that
//! sets it; it is in no log and no answer but for its last four digits.

use crate::{Settlement, accounts, rules};
use contract_settlement::{Payee, SettlementFault};
use kernel::{Failure, Outcome, Phone, Text, VendorId};

impl Settlement {
    /// What is known from a later moment stays.
    pub(crate) async fn store_payee(&self, payee: Payee) -> Outcome<(), SettlementFault> {
        let iban = rules::saudi_iban(&payee.iban).ok_or(SettlementFault::BadIban)?;
        let mobile = Phone::parse(&payee.mobile).map_err(|_| SettlementFault::BadMobile)?;
        sqlx::query!(
            "insert into settlement.payees (vendor, name_ar, name_en, iban, mobile, city, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (vendor) do update set
                 name_ar = excluded.name_ar, name_en = excluded.name_en, iban = excluded.iban,
                 mobile = excluded.mobile, city = excluded.city, changed_at = excluded.changed_at
                 where payees.changed_at <= excluded.changed_at",
            payee.vendor.uuid(),
            payee.name.ar,
            payee.name.en,
            self.p.seal.seal(accounts::payee(payee.vendor), &iban),
            mobile.e164(),
            payee.city,
            payee.as_of
        )
        .execute(&self.p.db)
        .await?;
        Ok(())
    }

    pub(crate) async fn stored_payee(&self, vendor: VendorId) -> Outcome<Payee, SettlementFault> {
        let row = sqlx::query!(
            "select name_ar, name_en, iban, mobile, city, changed_at
             from settlement.payees where vendor = $1",
            vendor.uuid()
        )
        .fetch_optional(&self.p.db)
        .await?
        .ok_or(SettlementFault::UnknownPayee)?;
        let seal = &self.p.seal;
        let iban = seal
            .open(accounts::payee(vendor), &row.iban)
            .map_err(Failure::<SettlementFault>::internal)?;
        Ok(Payee {
            vendor,
            name: Text::new(row.name_ar, row.name_en),
            iban,
            mobile: row.mobile,
            city: row.city,
            as_of: row.changed_at,
        })
    }
}
