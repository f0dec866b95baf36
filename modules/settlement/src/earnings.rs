//! What a vendor has earned and where it is.

use crate::Settlement;
use crate::ledger::Account;
use axum::extract::State;
use contract_settlement::{Earnings, HeldLot, SettlementFault};
use kernel::access::may;
use kernel::{BookingId, Failure, Money, Outcome, VendorId};
use platform::http::{Params, Permit, Problem, Reply};
use serde::Deserialize;
use std::sync::Arc;

/// Lots shown; the nearest to release first.
const LOTS_SHOWN: i64 = 100;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EarningsQuery {
    /// The caller's own vendor; may be left out.
    vendor: Option<VendorId>,
}

/// The caller's own vendor's money. Another vendor's is not there.
#[utoipa::path(
    get,
    path = "/v1/vendor/earnings",
    tag = "settlement",
    params(EarningsQuery),
    responses((status = 200, body = Earnings), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn show_earnings(
    State(me): State<Arc<Settlement>>,
    permit: Permit<may::VendorOwn>,
    Params(query): Params<EarningsQuery>,
) -> Result<Reply<Earnings>, Problem> {
    let own = permit.actor.scope.vendor;
    let vendor = own.filter(|own| query.vendor.is_none_or(|asked| asked == *own));
    let vendor = vendor.ok_or(Failure::Refused(SettlementFault::UnknownPayee))?;
    Ok(Reply::ok(me.earnings(vendor).await?))
}

impl Settlement {
    pub async fn earnings(&self, vendor: VendorId) -> Outcome<Earnings, SettlementFault> {
        let accounts = [
            Account::VendorHeld(vendor).name(),
            Account::VendorPayable(vendor).name(),
            Account::VendorInTransit(vendor).name(),
        ];
        let row = sqlx::query!(
            r#"select
                 coalesce(-sum(balance_halalas) filter (where account = $1), 0)::bigint as "held!: Money",
                 coalesce(-sum(balance_halalas) filter (where account = $2), 0)::bigint as "payable!: Money",
                 coalesce(-sum(balance_halalas) filter (where account = $3), 0)::bigint as "in_transit!: Money",
                 (select coalesce(sum(amount_halalas), 0)::bigint from settlement.payouts
                  where vendor = $4 and state = 'paid') as "paid!: Money"
               from settlement.balances where account in ($1, $2, $3)"#,
            accounts[0],
            accounts[1],
            accounts[2],
            vendor.uuid()
        )
        .fetch_one(&self.p.db)
        .await
        .map_err(Failure::<SettlementFault>::from)?;
        let lots = sqlx::query_as!(
            HeldLot,
            r#"select booking as "booking: BookingId", amount_halalas as "amount: Money",
                      remaining_halalas as "remaining: Money", release_at
               from settlement.held_lots
               where vendor = $1 and released_at is null
               order by release_at, id limit $2"#,
            vendor.uuid(),
            LOTS_SHOWN
        )
        .fetch_all(&self.p.db)
        .await?;
        Ok(Earnings {
            vendor,
            held: row.held,
            payable: row.payable,
            in_transit: row.in_transit,
            paid: row.paid,
            lots,
        })
    }
}
