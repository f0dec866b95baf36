//! Registers a vendor that has passed its checks: written here, its owner told to identity, its
//! account told to settlement, then made active.

use crate::inspect::{VendorDetail, detail};
use crate::{Vendors, rules};
use axum::extract::State;
use contract_identity::EnrolPhone;
use contract_settlement::{Payee, SettlementFault, masked_iban};
use contract_vendors::{EnrolVendor, VendorFault};
use kernel::access::{Role, Scope, may};
use kernel::{Failure, Lang, Lift, Outcome, Slug, Time, VendorId, days};
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// The platform serves one city.
pub(crate) const CITY: &str = "Riyadh";

/// Enrols a vendor that has passed its checks, with its owner and account.
#[utoipa::path(post, path = "/v1/vendors", tag = "vendors", request_body = EnrolVendor,
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 201, body = VendorDetail), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn enrol_vendor(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::VendorsManage>,
    idem: Idempotency,
    Body(command): Body<EnrolVendor>,
) -> Result<Reply<VendorDetail>, Problem> {
    let reply = idem
        .resumable(&me.p, &permit.actor, &command, async || {
            let id = enrol(&me, &command).await?;
            let now = me.p.now();
            let vendor = detail(&me.p.db, id, now).await?;
            let mut tx = me.p.db.begin().await?;
            audit::changed(
                &mut tx,
                now,
                &permit.actor,
                "vendors.enrol_vendor",
                &id.to_string(),
                Change::made(&vendor),
                json!({
                    "tier": command.tier,
                    "commission_basis_points": command.commission_basis_points,
                    // Of two at once the later one's holds: both are named.
                    "iban": masked_iban(&command.iban),
                }),
            )
            .await?;
            tx.commit().await?;
            Ok::<_, Failure<VendorFault>>(vendor)
        })
        .await?;
    Ok(reply.as_created())
}

/// Idempotent on the registration; a repeat after a crash goes on where it stopped. What a
/// finished enrolment says stays: a changed account takes two reviewers.
pub(crate) async fn enrol(me: &Vendors, command: &EnrolVendor) -> Outcome<VendorId, VendorFault> {
    rules::check_vendor(command)?;
    let claim = claim(me, command, me.p.now()).await?;
    if claim.finished {
        return Ok(claim.id);
    }
    let owner = me
        .identity
        .enrol_phone(EnrolPhone {
            phone: command.owner_phone.clone(),
            name: command.owner_name.clone(),
            lang: Lang::Ar,
            role: Role::VendorOwner,
            scope: Scope {
                vendor: Some(claim.id),
                ..Scope::default()
            },
        })
        .await
        .unexpected()?;
    let payee = Payee {
        vendor: claim.id,
        name: command.name.clone(),
        iban: command.iban.clone(),
        mobile: command.owner_phone.e164().to_owned(),
        city: CITY.to_owned(),
        as_of: claim.since,
    };
    me.payees
        .set_payee(payee)
        .await
        .map_err(|failure| match failure.refused() {
            Some(SettlementFault::BadIban) => VendorFault::BadIban.into(),
            _ => failure.unexpected::<VendorFault>(),
        })?;
    sqlx::query!(
        "update vendors.vendors set owner_user = $2, status = 'active' where id = $1 and status = 'enrolling'",
        claim.id.uuid(),
        owner.uuid(),
    )
    .execute(&me.p.db)
    .await?;
    Ok(claim.id)
}

struct Claim {
    id: VendorId,
    since: Time,
    finished: bool,
}

/// Writes the vendor, or finds the one of this registration.
async fn claim(me: &Vendors, command: &EnrolVendor, now: Time) -> Outcome<Claim, VendorFault> {
    let mut tx = me.p.db.begin().await?;
    // Two enrolments of one registration wait for each other here rather than at whichever
    // unique index they meet first.
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('vendors.vendor:' || $1, 0))",
        command.registration,
    )
    .execute(&mut *tx)
    .await?;
    let known = sqlx::query!(
        r#"select id as "id: VendorId", owner_phone, status, created_at
           from vendors.vendors where registration = $1"#,
        command.registration,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(known) = known {
        if known.owner_phone != command.owner_phone.e164() {
            return Err(VendorFault::RegistrationTaken.into());
        }
        return Ok(Claim {
            id: known.id,
            since: known.created_at,
            finished: known.status != "enrolling",
        });
    }
    let technician = sqlx::query_scalar!(
        r#"select exists (select from vendors.technicians where phone = $1) as "taken!""#,
        command.owner_phone.e164(),
    )
    .fetch_one(&mut *tx)
    .await?;
    if technician {
        return Err(VendorFault::PhoneTaken.into());
    }
    let id = VendorId::new();
    sqlx::query!(
        "insert into vendors.vendors
           (id, name_ar, name_en, kind, registration, vat_number, tier, commission_basis_points,
            owner_phone, status, kyc_valid_until, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'enrolling', $10, $11)",
        id.uuid(),
        command.name.ar.trim(),
        command.name.en.trim(),
        command.kind.as_str(),
        command.registration,
        command.vat_number,
        command.tier.as_str(),
        command.commission_basis_points as i32,
        command.owner_phone.e164(),
        now + days(rules::KYC_DAYS),
        now,
    )
    .execute(&mut *tx)
    .await
    .map_err(|error| {
        if platform::db::violates(&error, "vendors_owner_phone_key") {
            VendorFault::PhoneTaken.into()
        } else {
            Failure::from(error)
        }
    })?;
    sqlx::query!(
        "insert into vendors.vendor_categories (vendor, category)
         select $1, unnest($2::text[]) on conflict do nothing",
        id.uuid(),
        &texts(&command.categories),
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into vendors.vendor_zones (vendor, zone)
         select $1, unnest($2::text[]) on conflict do nothing",
        id.uuid(),
        &texts(&command.zones),
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(Claim {
        id,
        since: now,
        finished: false,
    })
}

fn texts(slugs: &[Slug]) -> Vec<String> {
    slugs.iter().map(Slug::to_string).collect()
}
