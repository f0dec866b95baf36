//! Adds a technician to a vendor: written here, told to identity, then offered work.

use crate::{Vendors, cards, rules};
use axum::extract::{Path, State};
use contract_identity::EnrolPhone;
use contract_vendors::{EnrolTechnician, TechnicianCard, VendorFault};
use kernel::access::{Role, Scope, may};
use kernel::{GeoPoint, Lang, Lift, Outcome, Phone, Slug, TechnicianId, Text, Time, VendorId};
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::types::Json;
use std::sync::Arc;

/// A shift of one day, in minutes after midnight in Riyadh; past midnight, the end is beyond 1440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    pub start_minute: u16,
    pub end_minute: u16,
}

/// A skill of a technician.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillHeld {
    pub skill: Slug,
    pub expert: bool,
}

/// A technician to be added to the vendor of the path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTechnician {
    pub phone: Phone,
    pub name: Text,
    pub skills: Vec<SkillHeld>,
    /// Where the day starts.
    pub home: GeoPoint,
    /// Seven days, Sunday first; null is a day off.
    pub week: [Option<Hours>; 7],
}

/// Adds a technician to a vendor.
#[utoipa::path(post, path = "/v1/vendors/{id}/technicians", tag = "vendors", request_body = NewTechnician,
    params(("Idempotency-Key" = uuid::Uuid, Header), ("id" = VendorId, Path, description = "The vendor")),
    responses((status = 201, body = TechnicianCard), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn enrol_technician(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::VendorsManage>,
    Path(vendor): Path<String>,
    idem: Idempotency,
    Body(body): Body<NewTechnician>,
) -> Result<Reply<TechnicianCard>, Problem> {
    let vendor: VendorId = vendor
        .parse()
        .map_err(|_| kernel::Failure::Refused(VendorFault::UnknownVendor))?;
    let command = EnrolTechnician {
        vendor,
        phone: body.phone.clone(),
        name: body.name.clone(),
        skills: body
            .skills
            .iter()
            .map(|held| (held.skill.clone(), held.expert))
            .collect(),
        home: body.home,
        week: body
            .week
            .map(|day| day.map(|hours| (hours.start_minute, hours.end_minute))),
    };
    let reply = idem
        .resumable(&me.p, &permit.actor, &body, async || {
            let id = enrol(&me, &command).await?;
            let mut cards = cards::technicians(&me.p.db, &[id]).await?;
            let card = cards.pop().ok_or(VendorFault::UnknownTechnician)?;
            let mut tx = me.p.db.begin().await?;
            audit::changed(
                &mut tx,
                me.p.now(),
                &permit.actor,
                "vendors.enrol_technician",
                &id.to_string(),
                Change::made(&card),
                json!({ "vendor": vendor }),
            )
            .await?;
            tx.commit().await?;
            Ok::<_, kernel::Failure<VendorFault>>(card)
        })
        .await?;
    Ok(reply.as_created())
}

/// Idempotent on the phone; a repeat after a crash goes on where it stopped.
pub(crate) async fn enrol(
    me: &Vendors,
    command: &EnrolTechnician,
) -> Outcome<TechnicianId, VendorFault> {
    rules::check_technician(command)?;
    let claim = claim(me, command, me.p.now()).await?;
    if claim.finished {
        return Ok(claim.id);
    }
    let user = me
        .identity
        .enrol_phone(EnrolPhone {
            phone: command.phone.clone(),
            name: command.name.ar.clone(),
            lang: Lang::Ar,
            role: Role::Technician,
            scope: Scope {
                vendor: Some(command.vendor),
                technician: Some(claim.id),
                ..Scope::default()
            },
        })
        .await
        .unexpected()?;
    sqlx::query!(
        "update vendors.technicians set user_id = $2 where id = $1 and user_id is null",
        claim.id.uuid(),
        user.uuid(),
    )
    .execute(&me.p.db)
    .await?;
    Ok(claim.id)
}

struct Claim {
    id: TechnicianId,
    finished: bool,
}

async fn claim(me: &Vendors, command: &EnrolTechnician, now: Time) -> Outcome<Claim, VendorFault> {
    let mut tx = me.p.db.begin().await?;
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('vendors.technician:' || $1, 0))",
        command.phone.e164(),
    )
    .execute(&mut *tx)
    .await?;
    let vendor = sqlx::query!(
        r#"select status,
                  exists (select from vendors.vendors o
                          where o.owner_phone = $2 and o.id <> $1) as "owns_another!"
           from vendors.vendors where id = $1"#,
        command.vendor.uuid(),
        command.phone.e164(),
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(VendorFault::UnknownVendor)?;
    if vendor.status != "active" {
        return Err(VendorFault::NotActive.into());
    }
    if vendor.owns_another {
        return Err(VendorFault::PhoneTaken.into());
    }
    let known = sqlx::query!(
        r#"select id as "id: TechnicianId", vendor as "vendor: VendorId",
                  user_id is not null as "finished!"
           from vendors.technicians where phone = $1"#,
        command.phone.e164(),
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(known) = known {
        if known.vendor != command.vendor {
            return Err(VendorFault::PhoneTaken.into());
        }
        return Ok(Claim {
            id: known.id,
            finished: known.finished,
        });
    }
    let id = TechnicianId::new();
    sqlx::query!(
        "insert into vendors.technicians
           (id, vendor, phone, name_ar, name_en, home_lat, home_lon, quality, week, covered, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::int4multirange, $11)",
        id.uuid(),
        command.vendor.uuid(),
        command.phone.e164(),
        command.name.ar.trim(),
        command.name.en.trim(),
        command.home.lat(),
        command.home.lon(),
        rules::NEW_TECHNICIAN_QUALITY,
        Json(&command.week) as _,
        rules::multirange(&rules::covered(&command.week)),
        now,
    )
    .execute(&mut *tx)
    .await?;
    for (skill, expert) in &command.skills {
        sqlx::query!(
            "insert into vendors.technician_skills as held (technician, skill, expert) values ($1, $2, $3)
             on conflict (technician, skill) do update set expert = held.expert or excluded.expert",
            id.uuid(),
            skill.as_str(),
            *expert,
        )
        .execute(&mut *tx)
        .await?;
    }
    tx.commit().await?;
    Ok(Claim {
        id,
        finished: false,
    })
}
