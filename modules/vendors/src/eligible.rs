//! Who could do this work at this time in this zone.

use crate::cards::CardRow;
use crate::rules::visit_minutes;
use contract_vendors::{EligibleQuery, TechnicianCard, VendorFault};
use kernel::{Outcome, Slug, TechnicianId, UserId, VendorId};
use sqlx::PgPool;

/// Technicians of active vendors with valid checks at `from` that serve the category and the
/// zone, who hold every asked-for skill, and who are on shift now or whose week covers the whole
/// visit; sorted by id.
///
/// `EXPLAIN (ANALYZE)` with 500 vendors and 5,000 technicians, 100 of whom are found: the vendors
/// of the category and the zone are hashed (10 left), their technicians come from
/// `technicians_by_vendor` and each one's skills from the primary key; nothing scans
/// `technicians`; 12 ms on two shared cores, of which 2 are planning.
pub(crate) async fn eligible(
    db: &PgPool,
    query: &EligibleQuery,
) -> Outcome<Vec<TechnicianCard>, VendorFault> {
    let (start, end) = match visit_minutes(query.from, query.until) {
        Some(visit) => visit,
        // Not asked about when somebody on shift now is wanted.
        None if query.on_shift_now => (0, 1),
        None => return Ok(Vec::new()),
    };
    let mut skills: Vec<String> = query.skills.iter().map(Slug::to_string).collect();
    skills.sort_unstable();
    skills.dedup();
    let rows = sqlx::query_as!(
        CardRow,
        r#"select t.id as "id: TechnicianId", t.user_id as "user_id!: UserId",
                  t.vendor as "vendor: VendorId", v.name_ar as vendor_name_ar,
                  v.name_en as vendor_name_en, v.tier as "vendor_tier: Slug",
                  t.name_ar, t.name_en,
                  array(select s.skill from vendors.technician_skills s
                        where s.technician = t.id order by s.skill) as "skills!: Vec<Slug>",
                  t.home_lat, t.home_lon, t.on_shift_since is not null as "on_shift!",
                  t.quality,
                  (select count(*) from vendors.technician_skills s
                   where s.technician = t.id and s.expert and s.skill = any($3)) as "experts!"
           from vendors.technicians t join vendors.vendors v on v.id = t.vendor
           where v.status = 'active' and v.kyc_valid_until > $4
             and exists (select from vendors.vendor_categories c where c.category = $1 and c.vendor = v.id)
             and exists (select from vendors.vendor_zones z where z.zone = $2 and z.vendor = v.id)
             and t.user_id is not null
             and case when $5 then t.on_shift_since is not null
                      else t.covered @> int4range($6, $7) end
             and (select count(*) from vendors.technician_skills s
                  where s.technician = t.id and s.skill = any($3)) = cardinality($3)
           order by t.id"#,
        query.category.as_str(),
        query.zone.as_str(),
        &skills,
        query.from,
        query.on_shift_now,
        start,
        end,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(|row| row.card(skills.len())).collect()
}
