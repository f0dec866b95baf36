//! What this module keeps about a technician, and about a vendor for its owner (PDPL). Nobody who has
//! work here is erased, so what is kept stays.

use crate::enrol_technician::SkillHeld;
use crate::{Vendors, bank_account};
use async_trait::async_trait;
use kernel::{BankAccountChangeId, Basis, Obstacle, Subject, TechnicianId, Time, UserId, VendorId};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::types::Json;
use std::collections::BTreeSet;

#[async_trait]
impl PersonalRecords for Vendors {
    fn holder(&self) -> &'static str {
        "vendors"
    }

    /// A row is somebody's by the account it was given, whatever roles the account has today. An owner
    /// gets the vendor's own data and nothing about its technicians.
    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        Ok(Copied::default()
            .with("technician", technician(&self.p.db, subject.user).await?)
            .with("vendor", vendor(&self.p.db, subject.user).await?)
            .with("bank_account_changes", self.changes_of(subject.user).await?))
    }

    async fn obstacles(&self, _: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        Ok(BTreeSet::new())
    }

    async fn erase(&self, subject: Subject, _: Time) -> anyhow::Result<Vec<Kept>> {
        let rows = sqlx::query!(
            r#"select (select count(*) from vendors.technicians where user_id = $1) as "technicians!",
                      (select count(*) from vendors.vendors where owner_user = $1) as "vendors!",
                      (select count(*) from vendors.bank_account_changes c
                       join vendors.vendors v on v.id = c.vendor where v.owner_user = $1) as "changes!""#,
            subject.user.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        let kept = [
            // Jobs, offers and ratings name it.
            Kept::some("technician", rows.technicians.unsigned_abs(), Basis::Others),
            // Its share and its payouts are in the ledger.
            Kept::some("vendor", rows.vendors.unsigned_abs(), Basis::Ledger),
            // Who had its payouts sent elsewhere, and when.
            Kept::some(
                "bank_account_changes",
                rows.changes.unsigned_abs(),
                Basis::Proof,
            ),
        ];
        Ok(kept.into_iter().flatten().collect())
    }
}

impl Vendors {
    /// The owner's own account in full, as long as it is kept; the reviewers are not in it.
    async fn changes_of(&self, owner: UserId) -> anyhow::Result<Vec<Value>> {
        let rows = sqlx::query!(
            r#"select c.id as "id: BankAccountChangeId", c.vendor as "vendor: VendorId", c.state,
                      c.iban, c.ends_with, c.replaces, c.reason, c.asked_at, c.approved_at,
                      c.effective_at, c.ended_at, c.rejected_for
               from vendors.bank_account_changes c join vendors.vendors v on v.id = c.vendor
               where v.owner_user = $1 order by c.asked_at, c.id"#,
            owner.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let rows = rows.into_iter().map(|row| {
            let open = |sealed: String| self.p.seal.open(bank_account::place(row.id), &sealed);
            Ok(json!({
                "id": row.id,
                "vendor": row.vendor,
                "state": row.state,
                "iban": row.iban.map(open).transpose()?,
                "ends_with": row.ends_with,
                "replaces_account_ending": row.replaces,
                "reason": row.reason,
                "asked_at": row.asked_at,
                "approved_at": row.approved_at,
                "effective_at": row.effective_at,
                "ended_at": row.ended_at,
                "rejected_for": row.rejected_for,
            }))
        });
        rows.collect()
    }
}

async fn technician(db: &PgPool, user: UserId) -> sqlx::Result<Vec<Value>> {
    let rows = sqlx::query!(
        r#"select id as "id: TechnicianId", vendor as "vendor: VendorId", phone, name_ar, name_en,
                  home_lat, home_lon, quality, week, on_shift_since, created_at,
                  (select coalesce(jsonb_agg(jsonb_build_object('skill', s.skill, 'expert', s.expert)
                                             order by s.skill), '[]')
                   from vendors.technician_skills s where s.technician = t.id)
                      as "skills!: Json<Vec<SkillHeld>>"
           from vendors.technicians t where user_id = $1 order by created_at, id"#,
        user.uuid()
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| {
        json!({
            "id": row.id,
            "vendor": row.vendor,
            "phone": row.phone,
            "name": { "ar": row.name_ar, "en": row.name_en },
            "home": { "lat": row.home_lat, "lon": row.home_lon },
            "quality": row.quality,
            // Sunday first, minutes after midnight.
            "week": row.week,
            "skills": row.skills.0,
            "on_shift_since": row.on_shift_since,
            "since": row.created_at,
        })
    });
    Ok(rows.collect())
}

async fn vendor(db: &PgPool, owner: UserId) -> sqlx::Result<Vec<Value>> {
    let rows = sqlx::query!(
        r#"select id as "id: VendorId", name_ar, name_en, kind, registration, vat_number, tier,
                  commission_basis_points, owner_phone, status, kyc_valid_until, created_at,
                  array(select category from vendors.vendor_categories c where c.vendor = v.id
                        order by category) as "categories!",
                  array(select zone from vendors.vendor_zones z where z.vendor = v.id
                        order by zone) as "zones!"
           from vendors.vendors v where owner_user = $1 order by created_at, id"#,
        owner.uuid()
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().map(|row| {
        json!({
            "id": row.id,
            "name": { "ar": row.name_ar, "en": row.name_en },
            "kind": row.kind,
            "registration": row.registration,
            "vat_number": row.vat_number,
            "tier": row.tier,
            "commission_basis_points": row.commission_basis_points,
            "owner_phone": row.owner_phone,
            "categories": row.categories,
            "zones": row.zones,
            "status": row.status,
            "checked_until": row.kyc_valid_until,
            "since": row.created_at,
        })
    });
    Ok(rows.collect())
}
