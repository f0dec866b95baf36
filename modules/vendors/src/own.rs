//! What technicians and vendor owners see of themselves. The scope of the token decides whose
//! rows these are; there is no id to guess.

use crate::enrol_technician::Hours;
use crate::inspect::{ListQuery, VendorDetail, detail};
use crate::{Vendors, cards};
use axum::extract::State;
use contract_vendors::{TechnicianCard, VendorFault};
use kernel::access::may;
use kernel::{Failure, Outcome, Page, TechnicianId, Time};
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use std::sync::Arc;

/// A technician's own card and week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TechnicianSelf {
    #[serde(flatten)]
    pub card: TechnicianCard,
    pub on_shift_since: Option<Time>,
    /// Seven days, Sunday first; null is a day off.
    pub week: [Option<Hours>; 7],
}

/// The technician's own card and week.
#[utoipa::path(get, path = "/v1/technician/me", tag = "vendors",
    responses((status = 200, body = TechnicianSelf), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn technician_me(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::JobsWork>,
) -> Result<Reply<TechnicianSelf>, Problem> {
    let id = permit
        .actor
        .scope
        .technician
        .ok_or(Failure::Refused(VendorFault::UnknownTechnician))?;
    Ok(Reply::ok(technician_self(&me.p.db, id).await?))
}

async fn technician_self(db: &PgPool, id: TechnicianId) -> Outcome<TechnicianSelf, VendorFault> {
    let card = cards::technicians(db, &[id])
        .await?
        .pop()
        .ok_or(VendorFault::UnknownTechnician)?;
    let row = sqlx::query!(
        r#"select on_shift_since, week as "week: Json<[Option<(u16, u16)>; 7]>"
           from vendors.technicians where id = $1"#,
        id.uuid(),
    )
    .fetch_one(db)
    .await?;
    Ok(TechnicianSelf {
        card: TechnicianCard {
            // Of the two reads the later one counts.
            on_shift: row.on_shift_since.is_some(),
            ..card
        },
        on_shift_since: row.on_shift_since,
        week: row.week.0.map(|day| {
            day.map(|(start_minute, end_minute)| Hours {
                start_minute,
                end_minute,
            })
        }),
    })
}

/// The owner's own vendor.
#[utoipa::path(get, path = "/v1/vendor/me", tag = "vendors",
    responses((status = 200, body = VendorDetail), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn vendor_me(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::VendorOwn>,
) -> Result<Reply<VendorDetail>, Problem> {
    let id = permit
        .actor
        .scope
        .vendor
        .ok_or(Failure::Refused(VendorFault::UnknownVendor))?;
    Ok(Reply::ok(detail(&me.p.db, id, me.p.now()).await?))
}

/// The owner's own technicians.
#[utoipa::path(get, path = "/v1/vendor/technicians", tag = "vendors", params(ListQuery),
    responses((status = 200, body = Page<TechnicianCard>), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn vendor_technicians(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::VendorOwn>,
    Params(query): Params<ListQuery>,
) -> Result<Reply<Page<TechnicianCard>>, Problem> {
    let vendor = permit
        .actor
        .scope
        .vendor
        .ok_or(Failure::Refused(VendorFault::UnknownVendor))?;
    let after = query
        .cursor
        .as_deref()
        .map(cursor::decode::<TechnicianId>)
        .transpose()?;
    let limit = limit(query.limit);
    let rows = cards::technicians_of(&me.p.db, vendor, after, limit + 1).await?;
    Ok(Reply::ok(Page::from_rows(rows, limit, |row| {
        cursor::encode(&row.id)
    })))
}
