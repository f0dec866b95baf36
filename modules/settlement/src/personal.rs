//! What settlement knows of one person (PDPL): the copy for themselves, what must end before an
//! erasure, and the erasure. The books stay: they have no names, and the law wants them.

use crate::jobs::ForgetCard;
use crate::ledger::Account;
use crate::{Settlement, accounts};
use async_trait::async_trait;
use kernel::{
    Basis, BookingId, CardId, HoldId, Money, Obstacle, PayoutId, Subject, Time, UserId, VendorId,
};
use platform::personal::{Copied, Kept, PersonalRecords};
use platform::queue::{Run, enqueue};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Holds of one statement.
const A_BATCH: i64 = 500;

#[async_trait]
impl PersonalRecords for Settlement {
    fn holder(&self) -> &'static str {
        "settlement"
    }

    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        let wallet = [Account::CustomerWallet(subject.user)];
        let mut copied = Copied::default()
            .with("cards", self.cards_of(subject.user).await?)
            .with("holds", self.own_holds(subject.user).await?)
            .with("wallet", self.postings_of(&wallet).await?);
        if let Some(vendor) = subject.vendor {
            copied = copied
                .with("payee", self.payee_of(vendor).await?)
                .with("payouts", self.payouts_of(vendor).await?)
                .with("held_lots", self.lots_of(vendor).await?)
                .with("earnings", self.postings_of(&books_of(vendor)).await?);
        }
        Ok(copied)
    }

    async fn obstacles(&self, subject: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        let mut stands = self.held_of(subject.user).await?;
        if let Some(vendor) = subject.vendor
            && self.owed_to(vendor).await?
        {
            stands.insert(Obstacle::MoneyHeld);
        }
        Ok(stands)
    }

    async fn erase(&self, subject: Subject, now: Time) -> anyhow::Result<Vec<Kept>> {
        self.forget_cards(subject.user, now).await?;
        self.unmark_holds(subject.user).await?;
        let n = sqlx::query!(
            r#"select (select count(*) from settlement.holds where customer = $1) as "holds!",
                      (select count(*) from settlement.postings where account = $2) as "wallet!""#,
            subject.user.uuid(),
            Account::CustomerWallet(subject.user).name()
        )
        .fetch_one(&self.p.db)
        .await?;
        let kept = [
            ("holds", n.holds, Basis::TaxLaw),
            ("wallet", n.wallet, Basis::Ledger),
        ];
        let kept = kept.into_iter();
        Ok(kept
            .filter_map(|(what, rows, basis)| Kept::some(what, rows.unsigned_abs(), basis))
            .collect())
    }
}

fn books_of(vendor: VendorId) -> [Account; 3] {
    [
        Account::VendorHeld(vendor),
        Account::VendorPayable(vendor),
        Account::VendorInTransit(vendor),
    ]
}

impl Settlement {
    /// A hold that is not over reserves money. It is on its way back where nobody wants it any more:
    /// the customer tried again with another card, the booking was let go, or what was to be taken
    /// is taken.
    async fn held_of(&self, customer: UserId) -> anyhow::Result<BTreeSet<Obstacle>> {
        let stands = sqlx::query!(
            r#"select coalesce(bool_or(h.status in ('pending', 'challenge', 'authorized')
                                       or i.kind = 'settle' and i.done_at is null), false) as "held!",
                      coalesce(bool_or(i.kind = 'release' and i.done_at is null
                                       or h.status = 'authorized'
                                          and (h.superseded or i.kind = 'release' or i.done_at is not null)), false)
                          as "returning!"
               from settlement.holds h left join settlement.instructions i on i.booking = h.booking
               where h.customer = $1"#,
            customer.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        let held = stands.held.then_some(Obstacle::MoneyHeld);
        let returning = stands.returning.then_some(Obstacle::RefundPending);
        Ok(held.into_iter().chain(returning).collect())
    }

    /// Whether a vendor has money with us: held for quality, payable, or on its way.
    async fn owed_to(&self, vendor: VendorId) -> anyhow::Result<bool> {
        let books = books_of(vendor).map(Account::name);
        let owed = sqlx::query_scalar!(
            r#"select exists (select from settlement.balances where account = any($1) and balance_halalas <> 0)
                   or exists (select from settlement.payouts
                              where vendor = $2 and state in ('prepared', 'released', 'sent')) as "owed!""#,
            &books,
            vendor.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        Ok(owed)
    }

    /// As their owner removes them: a row goes once the gateway has forgotten the card. Those whose
    /// removal came to nothing are tried again.
    async fn forget_cards(&self, customer: UserId, now: Time) -> anyhow::Result<()> {
        let mut tx = self.p.db.begin().await?;
        let cards = sqlx::query_scalar!(
            r#"update settlement.cards set removed_at = coalesce(removed_at, $2)
               where customer = $1 returning id as "id: CardId""#,
            customer.uuid(),
            now
        )
        .fetch_all(&mut *tx)
        .await?;
        for card in cards {
            let run = Run::now(now).unique(card.to_string());
            enqueue(&mut tx, &ForgetCard { card }, run).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Which card paid, and why a bank said no: only its owner and their receipt asked.
    async fn unmark_holds(&self, customer: UserId) -> anyhow::Result<()> {
        loop {
            let unmarked = sqlx::query!(
                "update settlement.holds
                 set card = null, card_brand = null, card_last4 = null, challenge_url = null, response_code = null
                 where id in (select id from settlement.holds
                              where customer = $1 and status not in ('pending', 'challenge', 'authorized')
                                and num_nonnulls(card, card_brand, card_last4, challenge_url, response_code) > 0
                              order by id limit $2)",
                customer.uuid(),
                A_BATCH
            )
            .execute(&self.p.db)
            .await?;
            if unmarked.rows_affected() == 0 {
                return Ok(());
            }
        }
    }

    async fn cards_of(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select id as "id: CardId", brand, last4, saved_at, used_at, removed_at
               from settlement.cards where customer = $1 order by id"#,
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "id": row.id, "brand": row.brand, "last4": row.last4, "saved_at": row.saved_at,
                "used_at": row.used_at, "removed_at": row.removed_at,
            })
        });
        Ok(rows.collect())
    }

    async fn own_holds(&self, customer: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select id as "id: HoldId", booking as "booking: BookingId", purpose, status,
                      amount_halalas as "amount: Money", captured_halalas as "captured: Money", card,
                      response_code, created_at, expires_at,
                      (select e.at from settlement.hold_events e where e.hold = h.id and e.kind = 'captured')
                          as captured_at
               from settlement.holds h where customer = $1 order by id"#,
            customer.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "id": row.id, "booking": row.booking, "purpose": row.purpose, "status": row.status,
                "amount_halalas": row.amount, "captured_halalas": row.captured, "card": row.card,
                "response_code": row.response_code, "created_at": row.created_at,
                "expires_at": row.expires_at, "captured_at": row.captured_at,
            })
        });
        Ok(rows.collect())
    }

    /// What the books say of these accounts, as they were posted. A debit is positive.
    async fn postings_of(&self, accounts: &[Account]) -> anyhow::Result<Vec<Value>> {
        let accounts: Vec<String> = accounts.iter().map(|account| account.name()).collect();
        let rows = sqlx::query!(
            r#"select e.at, e.kind, e.memo, e.booking as "booking: BookingId", p.account,
                      p.amount_halalas as "amount: Money"
               from settlement.postings p join settlement.journal_entries e on e.id = p.entry
               where p.account = any($1) order by e.id, p.line"#,
            &accounts
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "at": row.at, "kind": row.kind, "memo": row.memo, "booking": row.booking,
                "account": row.account, "amount_halalas": row.amount,
            })
        });
        Ok(rows.collect())
    }

    async fn payee_of(&self, vendor: VendorId) -> anyhow::Result<Vec<Value>> {
        let row = sqlx::query!(
            "select name_ar, name_en, iban, mobile, city, changed_at
             from settlement.payees where vendor = $1",
            vendor.uuid()
        )
        .fetch_optional(&self.p.db)
        .await?;
        let row = row.map(|row| {
            let iban = self.p.seal.open(accounts::payee(vendor), &row.iban)?;
            Ok(json!({
                "name_ar": row.name_ar, "name_en": row.name_en, "iban": iban,
                "mobile": row.mobile, "city": row.city, "changed_at": row.changed_at,
            }))
        });
        row.into_iter().collect()
    }

    async fn payouts_of(&self, vendor: VendorId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select id as "id: PayoutId", state, reason, amount_halalas as "amount: Money",
                      name_ar, name_en, iban, mobile, city, changed_at
               from settlement.payouts where vendor = $1 order by id"#,
            vendor.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            let iban = self.p.seal.open(accounts::payout(row.id), &row.iban)?;
            Ok(json!({
                "id": row.id, "state": row.state, "reason": row.reason, "amount_halalas": row.amount,
                "name_ar": row.name_ar, "name_en": row.name_en, "iban": iban,
                "mobile": row.mobile, "city": row.city, "changed_at": row.changed_at,
            }))
        });
        rows.collect()
    }

    async fn lots_of(&self, vendor: VendorId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select booking as "booking: BookingId", amount_halalas as "amount: Money",
                      remaining_halalas as "remaining: Money", release_at, released_at
               from settlement.held_lots where vendor = $1 order by release_at, id"#,
            vendor.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            json!({
                "booking": row.booking, "amount_halalas": row.amount, "remaining_halalas": row.remaining,
                "release_at": row.release_at, "released_at": row.released_at,
            })
        });
        Ok(rows.collect())
    }
}
