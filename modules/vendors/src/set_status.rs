//! An operator suspends a vendor or takes it back. Work already assigned is dispatch's to decide.

use crate::Vendors;
use crate::bank_account::take_over;
use crate::inspect::{VendorStatus, detail};
use axum::extract::{Path, State};
use contract_vendors::VendorFault;
use kernel::access::{Actor, may};
use kernel::{Failure, Outcome, Time, VendorId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;

/// Whether the vendor is offered work, and why that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStatus {
    pub active: bool,
    /// Kept in the audit log; no personal data.
    pub reason: String,
}

/// Suspends a vendor or takes it back. While it is suspended no change of its bank account goes on.
#[utoipa::path(put, path = "/v1/vendors/{id}/status", tag = "vendors", request_body = SetStatus,
    params(("Idempotency-Key" = uuid::Uuid, Header), ("id" = VendorId, Path, description = "The vendor")),
    responses((status = 200, body = super::VendorDetail), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn set_status(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::VendorsManage>,
    Path(id): Path<String>,
    idem: Idempotency,
    Body(command): Body<SetStatus>,
) -> Result<Reply<super::VendorDetail>, Problem> {
    let id: VendorId = id
        .parse()
        .map_err(|_| Failure::Refused(VendorFault::UnknownVendor))?;
    let now = me.p.now();
    let done = idem
        .once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
            apply(&mut tx, now, &permit.actor, id, &command).await?;
            Ok::<_, Failure<VendorFault>>((tx, ()))
        })
        .await?;
    Ok(Reply {
        status: done.status,
        replayed: done.replayed,
        body: detail(&me.p.db, id, now).await?,
    })
}

async fn apply(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: VendorId,
    command: &SetStatus,
) -> Outcome<(), VendorFault> {
    let status = sqlx::query_scalar!(
        "select status from vendors.vendors where id = $1 for update",
        id.uuid(),
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(VendorFault::UnknownVendor)?;
    if status == VendorStatus::Enrolling.as_str() {
        return Err(VendorFault::NotActive.into());
    }
    let wanted = if command.active {
        VendorStatus::Active
    } else {
        VendorStatus::Suspended
    };
    sqlx::query!(
        "update vendors.vendors set status = $2 where id = $1",
        id.uuid(),
        wanted.as_str(),
    )
    .execute(&mut **tx)
    .await?;
    if wanted == VendorStatus::Active {
        take_over::go_on_after_suspension(tx, now, id).await?;
    }
    let reason: String = command.reason.chars().take(500).collect();
    audit::changed(
        tx,
        now,
        actor,
        "vendors.set_status",
        &id.to_string(),
        Change::between(&status, &wanted),
        json!({ "before": status, "after": wanted, "reason": reason }),
    )
    .await?;
    Ok(())
}
