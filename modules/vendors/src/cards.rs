//! A technician as dispatch, customers and the vendor see them.

use contract_vendors::{TechnicianCard, VendorFault};
use kernel::{GeoPoint, Outcome, Slug, TechnicianId, Text, UserId, VendorId};
use sqlx::PgPool;

/// One row of the queries that end in a [`TechnicianCard`].
pub(crate) struct CardRow {
    pub id: TechnicianId,
    pub user_id: UserId,
    pub vendor: VendorId,
    pub vendor_name_ar: String,
    pub vendor_name_en: String,
    pub vendor_tier: Slug,
    pub name_ar: String,
    pub name_en: String,
    pub skills: Vec<Slug>,
    pub home_lat: f64,
    pub home_lon: f64,
    pub on_shift: bool,
    pub quality: f64,
    /// How many of the asked-for skills are held at expert level.
    pub experts: i64,
}

impl CardRow {
    /// `asked`: how many skills were asked for; 0 outside a search.
    pub(crate) fn card(self, asked: usize) -> Outcome<TechnicianCard, VendorFault> {
        let home =
            GeoPoint::new(self.home_lat, self.home_lon).map_err(kernel::Failure::internal)?;
        Ok(TechnicianCard {
            id: self.id,
            user: self.user_id,
            vendor: self.vendor,
            vendor_name: Text::new(self.vendor_name_ar, self.vendor_name_en),
            vendor_tier: self.vendor_tier,
            name: Text::new(self.name_ar, self.name_en),
            skills: self.skills,
            home,
            on_shift: self.on_shift,
            quality: self.quality,
            skill_fit: if asked == 0 {
                0.0
            } else {
                self.experts as f64 / asked as f64
            },
        })
    }
}

/// The technicians of these ids that exist, sorted by id. One whose enrolment is not finished is
/// left out.
pub(crate) async fn technicians(
    db: &PgPool,
    ids: &[TechnicianId],
) -> Outcome<Vec<TechnicianCard>, VendorFault> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query_as!(
        CardRow,
        r#"select t.id as "id: TechnicianId", t.user_id as "user_id!: UserId",
                  t.vendor as "vendor: VendorId", v.name_ar as vendor_name_ar,
                  v.name_en as vendor_name_en, v.tier as "vendor_tier: Slug",
                  t.name_ar, t.name_en,
                  array(select s.skill from vendors.technician_skills s
                        where s.technician = t.id order by s.skill) as "skills!: Vec<Slug>",
                  t.home_lat, t.home_lon, t.on_shift_since is not null as "on_shift!",
                  t.quality, 0::bigint as "experts!"
           from vendors.technicians t join vendors.vendors v on v.id = t.vendor
           where t.id = any($1) and t.user_id is not null
           order by t.id"#,
        &ids,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| row.card(0)).collect()
}

/// A vendor's technicians after `after`, sorted by id, at most `limit`.
pub(crate) async fn technicians_of(
    db: &PgPool,
    vendor: VendorId,
    after: Option<TechnicianId>,
    limit: usize,
) -> Outcome<Vec<TechnicianCard>, VendorFault> {
    let rows = sqlx::query_as!(
        CardRow,
        r#"select t.id as "id: TechnicianId", t.user_id as "user_id!: UserId",
                  t.vendor as "vendor: VendorId", v.name_ar as vendor_name_ar,
                  v.name_en as vendor_name_en, v.tier as "vendor_tier: Slug",
                  t.name_ar, t.name_en,
                  array(select s.skill from vendors.technician_skills s
                        where s.technician = t.id order by s.skill) as "skills!: Vec<Slug>",
                  t.home_lat, t.home_lon, t.on_shift_since is not null as "on_shift!",
                  t.quality, 0::bigint as "experts!"
           from vendors.technicians t join vendors.vendors v on v.id = t.vendor
           where t.vendor = $1 and t.user_id is not null and ($2::uuid is null or t.id > $2)
           order by t.id
           limit $3"#,
        vendor.uuid(),
        after.map(TechnicianId::uuid),
        limit as i64,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| row.card(0)).collect()
}
