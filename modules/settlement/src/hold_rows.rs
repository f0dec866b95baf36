//! A hold as it is stored, and the queries that several use cases share.

use contract_settlement::{Hold, HoldPurpose, HoldStatus, SettlementFault};
use kernel::{BookingId, ExtraCostId, Failure, HoldId, Money, Outcome, Time, UserId};
use platform::Tx;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub(crate) struct HoldRow {
    pub id: HoldId,
    pub digest: Vec<u8>,
    pub booking: BookingId,
    pub customer: UserId,
    pub extra: Option<ExtraCostId>,
    pub amount: Money,
    /// What the gateway was told to capture.
    pub requested: Option<Money>,
    pub captured: Money,
    status: String,
    pub superseded: bool,
    /// The customer wants the card kept, if the bank says yes.
    pub save_card: bool,
    /// The payment's id at the gateway.
    pub payment: Uuid,
    pub challenge_url: Option<String>,
    pub card: Option<String>,
    pub response_code: Option<String>,
    pub created_at: Time,
}

impl HoldRow {
    pub(crate) fn status(&self) -> HoldStatus {
        let known = HoldStatus::ALL.iter().find(|s| s.as_str() == self.status);
        *known.expect("a check constraint lists the same words")
    }

    pub(crate) fn is_unanswered(&self) -> bool {
        matches!(self.status(), HoldStatus::Pending | HoldStatus::Challenge)
    }

    pub(crate) fn purpose(&self) -> HoldPurpose {
        self.extra.map_or(HoldPurpose::Booking, HoldPurpose::Extra)
    }

    pub(crate) fn into_hold(self) -> Hold {
        let status = self.status();
        Hold {
            id: self.id,
            booking: self.booking,
            amount: self.amount,
            captured: self.captured,
            status,
            challenge_url: self
                .challenge_url
                .filter(|_| status == HoldStatus::Challenge),
            card: self.card,
            response_code: self.response_code,
        }
    }
}

/// The columns are written out in each query: the macro checks them against the schema.
macro_rules! select_holds {
    ($tail:literal, $($arg:expr),*) => {
        sqlx::query_as!(
            $crate::hold_rows::HoldRow,
            r#"select id as "id: HoldId", digest, booking as "booking: BookingId",
                      customer as "customer: UserId", extra as "extra: ExtraCostId",
                      amount_halalas as "amount: Money", requested_halalas as "requested: Money",
                      captured_halalas as "captured: Money", status, superseded, save_card, payment,
                      challenge_url, card, response_code, created_at
               from settlement.holds "# + $tail,
            $($arg),*
        )
    };
}

pub(crate) async fn by_id(
    db: impl sqlx::PgExecutor<'_>,
    hold: HoldId,
) -> Outcome<HoldRow, SettlementFault> {
    select_holds!("where id = $1", hold.uuid())
        .fetch_optional(db)
        .await?
        .ok_or(Failure::Refused(SettlementFault::UnknownHold))
}

pub(crate) async fn by_key(tx: &mut Tx, key: Uuid) -> Outcome<Option<HoldRow>, SettlementFault> {
    Ok(select_holds!("where key = $1", key)
        .fetch_optional(&mut **tx)
        .await?)
}

pub(crate) async fn by_payment(
    db: impl sqlx::PgExecutor<'_>,
    payment: Uuid,
) -> Outcome<Option<HoldRow>, SettlementFault> {
    Ok(select_holds!("where payment = $1", payment)
        .fetch_optional(db)
        .await?)
}

/// In the order in which they are captured: the booking's own first, then extras as they came.
pub(crate) async fn of_booking(
    db: impl sqlx::PgExecutor<'_>,
    booking: BookingId,
) -> Outcome<Vec<HoldRow>, SettlementFault> {
    Ok(
        select_holds!("where booking = $1 order by purpose, id", booking.uuid())
            .fetch_all(db)
            .await?,
    )
}

/// Moves a hold from one of the unanswered states, or from `authorized`, to `to`. False when
/// someone else did so first.
pub(crate) async fn leave(
    tx: &mut Tx,
    hold: HoldId,
    from: &[HoldStatus],
    to: HoldStatus,
) -> Outcome<bool, SettlementFault> {
    let from: Vec<String> = from.iter().map(|s| s.as_str().to_owned()).collect();
    let moved = sqlx::query!(
        "update settlement.holds set status = $3 where id = $1 and status = any($2)",
        hold.uuid(),
        &from,
        to.as_str()
    )
    .execute(&mut **tx)
    .await?;
    Ok(moved.rows_affected() == 1)
}

/// Writes down what happened to a hold before it was money.
pub(crate) async fn note(
    tx: &mut Tx,
    now: Time,
    hold: HoldId,
    kind: &'static str,
    amount: Money,
) -> Outcome<(), SettlementFault> {
    sqlx::query!(
        "insert into settlement.hold_events (hold, kind, amount_halalas, at) values ($1, $2, $3, $4)
         on conflict (hold, kind) do nothing",
        hold.uuid(),
        kind,
        amount.halalas(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
