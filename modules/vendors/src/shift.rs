//! Going on and off shift. Only who is on shift is offered immediate work.

use crate::{Vendors, rules};
use axum::extract::State;
use contract_vendors::{ShiftChanged, VendorFault};
use kernel::access::may;
use kernel::{Failure, Outcome, TechnicianId, Time, hours};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::queue::{Ctx, Job};
use platform::{Tx, events};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetShift {
    pub on: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShiftState {
    pub on_shift: bool,
    pub since: Option<Time>,
}

/// Goes on or off shift.
#[utoipa::path(put, path = "/v1/technician/shift", tag = "vendors", request_body = SetShift,
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = ShiftState), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn set_shift(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::ShiftsManage>,
    idem: Idempotency,
    Body(command): Body<SetShift>,
) -> Result<Reply<ShiftState>, Problem> {
    let technician = permit
        .actor
        .scope
        .technician
        .ok_or(Failure::Refused(VendorFault::UnknownTechnician))?;
    let now = me.p.now();
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        let state = set(&mut tx, now, technician, command.on).await?;
        Ok::<_, Failure<VendorFault>>((tx, state))
    })
    .await
}

/// Asking for what already is changes nothing and tells nobody. Going off is always allowed.
async fn set(
    tx: &mut Tx,
    now: Time,
    technician: TechnicianId,
    on: bool,
) -> Outcome<ShiftState, VendorFault> {
    let row = sqlx::query!(
        "select t.on_shift_since, v.status, v.kyc_valid_until
         from vendors.technicians t join vendors.vendors v on v.id = t.vendor
         where t.id = $1 for update of t",
        technician.uuid(),
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(VendorFault::UnknownTechnician)?;
    if on && (row.status != "active" || row.kyc_valid_until <= now) {
        return Err(VendorFault::NotActive.into());
    }
    let since = match (on, row.on_shift_since) {
        (true, Some(since)) => Some(since),
        (true, None) => Some(now),
        (false, _) => None,
    };
    if since != row.on_shift_since {
        sqlx::query!(
            "update vendors.technicians set on_shift_since = $2 where id = $1",
            technician.uuid(),
            since as Option<Time>,
        )
        .execute(&mut **tx)
        .await?;
        let event = ShiftChanged {
            technician,
            on_shift: on,
            at: now,
        };
        events::publish(tx, now, &event).await?;
    }
    Ok(ShiftState {
        on_shift: on,
        since,
    })
}

/// Ends live shifts that somebody forgot to end: nobody works longer than
/// [`rules::MAX_LIVE_SHIFT_HOURS`], and an offer to a sleeping phone costs the customer a cascade.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EndForgottenShifts {}

impl Job for EndForgottenShifts {
    const NAME: &'static str = "vendors.end_forgotten_shifts";
}

pub(crate) async fn end_forgotten(ctx: Ctx) -> anyhow::Result<()> {
    let now = ctx.now;
    let mut tx = ctx.begin().await?;
    let forgotten = sqlx::query_scalar!(
        r#"select id as "id: TechnicianId" from vendors.technicians
           where on_shift_since <= $1 order by id for update"#,
        now - hours(rules::MAX_LIVE_SHIFT_HOURS),
    )
    .fetch_all(&mut *tx)
    .await?;
    for technician in forgotten {
        set(&mut tx, now, technician, false).await?;
    }
    ctx.complete(tx).await?;
    Ok(())
}
