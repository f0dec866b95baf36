//! What staff see of vendors.

use crate::Vendors;
use axum::extract::{Path, State};
use contract_vendors::{VendorCard, VendorFault};
use kernel::access::may;
use kernel::{Failure, Outcome, Page, Slug, Text, Time, VendorId};
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::sync::Arc;

/// Where a vendor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VendorStatus {
    /// Written down, not yet known to identity and settlement: repeat the enrolment.
    Enrolling,
    Active,
    Suspended,
}

impl VendorStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enrolling => "enrolling",
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    fn parse(text: &str) -> Outcome<Self, VendorFault> {
        [Self::Enrolling, Self::Active, Self::Suspended]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Failure::internal("a vendor's status is none we know"))
    }
}

/// A vendor as its owner and staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VendorDetail {
    #[serde(flatten)]
    pub card: VendorCard,
    /// `company` or `freelancer`.
    pub kind: Slug,
    pub status: VendorStatus,
    /// Unified number of the commercial register.
    pub registration: String,
    pub vat_number: Option<String>,
    /// Nobody of the vendor is offered work from this moment on.
    pub kyc_valid_until: Time,
    pub categories: Vec<Slug>,
    pub zones: Vec<Slug>,
    /// How many technicians can be offered work.
    pub technicians: u32,
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// `next` of the page before.
    pub(crate) cursor: Option<String>,
    /// 1 to 100; 20 by default.
    pub(crate) limit: Option<u32>,
}

/// Vendors in the order they were enrolled.
#[utoipa::path(get, path = "/v1/vendors", tag = "vendors", params(ListQuery),
    responses((status = 200, body = Page<VendorDetail>), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn list(
    State(me): State<Arc<Vendors>>,
    _: Permit<may::VendorsInspect>,
    Params(query): Params<ListQuery>,
) -> Result<Reply<Page<VendorDetail>>, Problem> {
    let after = query
        .cursor
        .as_deref()
        .map(cursor::decode::<VendorId>)
        .transpose()?;
    let limit = limit(query.limit);
    let rows = details(&me.p.db, None, after, limit + 1, me.p.now()).await?;
    Ok(Reply::ok(Page::from_rows(rows, limit, |row| {
        cursor::encode(&row.card.id)
    })))
}

/// One vendor.
#[utoipa::path(get, path = "/v1/vendors/{id}", tag = "vendors",
    params(("id" = VendorId, Path, description = "The vendor")),
    responses((status = 200, body = VendorDetail), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn one(
    State(me): State<Arc<Vendors>>,
    _: Permit<may::VendorsInspect>,
    Path(id): Path<String>,
) -> Result<Reply<VendorDetail>, Problem> {
    let id = id
        .parse()
        .map_err(|_| Failure::Refused(VendorFault::UnknownVendor))?;
    Ok(Reply::ok(detail(&me.p.db, id, me.p.now()).await?))
}

pub(crate) async fn detail(
    db: &PgPool,
    id: VendorId,
    now: Time,
) -> Outcome<VendorDetail, VendorFault> {
    let mut rows = details(db, Some(id), None, 1, now).await?;
    Ok(rows.pop().ok_or(VendorFault::UnknownVendor)?)
}

/// Vendors sorted by id: the one asked for, or those after `after`, at most `limit`.
async fn details(
    db: &PgPool,
    one: Option<VendorId>,
    after: Option<VendorId>,
    limit: usize,
    now: Time,
) -> Outcome<Vec<VendorDetail>, VendorFault> {
    let rows = sqlx::query!(
        r#"select v.id as "id: VendorId", v.name_ar, v.name_en, v.kind as "kind: Slug", v.registration,
                  v.vat_number, v.tier as "tier: Slug", v.commission_basis_points, v.status, v.kyc_valid_until,
                  array(select c.category from vendors.vendor_categories c
                        where c.vendor = v.id order by c.category) as "categories!: Vec<Slug>",
                  array(select z.zone from vendors.vendor_zones z
                        where z.vendor = v.id order by z.zone) as "zones!: Vec<Slug>",
                  (select count(*) from vendors.technicians t
                   where t.vendor = v.id and t.user_id is not null)::int as "technicians!"
           from vendors.vendors v
           where ($1::uuid is null or v.id = $1) and ($2::uuid is null or v.id > $2)
           order by v.id
           limit $3"#,
        one.map(VendorId::uuid),
        after.map(VendorId::uuid),
        limit as i64,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let status = VendorStatus::parse(&row.status)?;
            Ok(VendorDetail {
                card: VendorCard {
                    id: row.id,
                    name: Text::new(row.name_ar, row.name_en),
                    tier: row.tier,
                    commission_basis_points: row.commission_basis_points.unsigned_abs(),
                    vat_registered: row.vat_number.is_some(),
                    active: status == VendorStatus::Active && row.kyc_valid_until > now,
                },
                kind: row.kind,
                status,
                registration: row.registration,
                vat_number: row.vat_number,
                kyc_valid_until: row.kyc_valid_until,
                categories: row.categories,
                zones: row.zones,
                technicians: row.technicians.unsigned_abs(),
            })
        })
        .collect()
}
