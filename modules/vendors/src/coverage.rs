//! Supply against the density target, per category and zone (DOMAIN §4).

use crate::Vendors;
use crate::rules::DENSITY_TARGET;
use axum::extract::State;
use contract_vendors::VendorFault;
use kernel::access::may;
use kernel::{Outcome, Slug, Time};
use platform::http::{Permit, Problem, Reply};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::sync::Arc;

/// One category in one zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CoverageCell {
    pub category: Slug,
    pub zone: Slug,
    /// Active vendors with valid checks.
    pub vendors: u32,
    /// Their technicians.
    pub technicians: u32,
    /// Whether `vendors` reaches the target.
    pub covered: bool,
}

/// Every category any vendor has ever served against every zone, gaps included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Coverage {
    /// Vendors wanted per category and zone.
    pub target: u32,
    pub cells: Vec<CoverageCell>,
}

/// Vendors and technicians per category and zone against the density target; a dispatcher sees the zones granted.
#[utoipa::path(get, path = "/v1/coverage", tag = "vendors",
    responses((status = 200, body = Coverage), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn coverage(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::DispatchRead>,
) -> Result<Reply<Coverage>, Problem> {
    let zones = permit.actor.scope.zones.as_deref();
    let cells = cells(&me.p.db, zones, me.p.now()).await?;
    Ok(Reply::ok(Coverage {
        target: DENSITY_TARGET,
        cells,
    }))
}

/// Sorted by category, then zone; only `zones` where given.
async fn cells(
    db: &PgPool,
    zones: Option<&[Slug]>,
    now: Time,
) -> Outcome<Vec<CoverageCell>, VendorFault> {
    let zones: Option<Vec<String>> = zones.map(|zones| zones.iter().map(Slug::to_string).collect());
    let rows = sqlx::query!(
        r#"with supply as (
               select c.category, z.zone, v.id,
                      (select count(*) from vendors.technicians t
                       where t.vendor = v.id and t.user_id is not null) as technicians
               from vendors.vendors v
               join vendors.vendor_categories c on c.vendor = v.id
               join vendors.vendor_zones z on z.vendor = v.id
               where v.status = 'active' and v.kyc_valid_until > $2
           )
           select c.category as "category!: Slug", z.zone as "zone!: Slug",
                  count(s.id)::int as "vendors!", coalesce(sum(s.technicians), 0)::int as "technicians!"
           from (select distinct category from vendors.vendor_categories) c
           cross join (select distinct zone from vendors.vendor_zones
                       where $1::text[] is null or zone = any($1)) z
           left join supply s on s.category = c.category and s.zone = z.zone
           group by c.category, z.zone
           order by c.category, z.zone"#,
        zones.as_deref(),
        now,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CoverageCell {
            category: row.category,
            zone: row.zone,
            vendors: row.vendors.unsigned_abs(),
            technicians: row.technicians.unsigned_abs(),
            covered: row.vendors.unsigned_abs() >= DENSITY_TARGET,
        })
        .collect())
}

/// How many technicians of active vendors with valid checks cover a category in a zone.
pub(crate) async fn technicians(
    db: &PgPool,
    category: &Slug,
    zone: &Slug,
    now: Time,
) -> Outcome<u32, VendorFault> {
    let count = sqlx::query_scalar!(
        r#"select count(*)::int as "count!"
           from vendors.technicians t
           join vendors.vendors v on v.id = t.vendor
           join vendors.vendor_categories c on c.vendor = v.id and c.category = $1
           join vendors.vendor_zones z on z.vendor = v.id and z.zone = $2
           where v.status = 'active' and v.kyc_valid_until > $3 and t.user_id is not null"#,
        category.as_str(),
        zone.as_str(),
        now,
    )
    .fetch_one(db)
    .await?;
    Ok(count.unsigned_abs())
}
