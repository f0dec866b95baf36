//! A technician answers an offer, or its time runs out. Exactly one of accept, decline, expiry
//! and withdrawal wins: each is one conditional update of the open offer, behind the lock on
//! the request.

use crate::take::Taking;
use crate::{Dispatch, escalate, store, window};
use axum::extract::{Path, State};
use contract_dispatch::{
    Assignment, DeclineOffer, DispatchFault, JobRequeued, OfferAnswer, OfferState, OfferView,
};
use contract_sla::Urgency;
use kernel::access::{Actor, may};
use kernel::{JobId, OfferId, Outcome, Slug, TechnicianId, Text, Time, VendorId, seconds};
use platform::Tx;
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::queue::{Ctx, Job};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::sync::Arc;

/// Runs at an offer's `expires_at`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ExpireOffer {
    pub offer: OfferId,
}
impl Job for ExpireOffer {
    const NAME: &'static str = "dispatch.expire_offer";
}

struct Offer {
    job: JobId,
    vendor: VendorId,
    state: OfferState,
    expires_at: Time,
    eta: Time,
    travel_seconds: i32,
}

/// The technician's own offer; its job is locked, so that nothing about it changes any more.
async fn own(
    tx: &mut PgConnection,
    offer: OfferId,
    technician: TechnicianId,
) -> Outcome<(Offer, store::Locked), DispatchFault> {
    let job = sqlx::query_scalar!(
        r#"SELECT job AS "job: JobId" FROM dispatch.offers WHERE id = $1 AND technician = $2"#,
        offer.uuid(),
        technician.uuid()
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(DispatchFault::UnknownOffer)?;
    let locked = store::lock(tx, job)
        .await?
        .ok_or(DispatchFault::UnknownOffer)?;
    let row = sqlx::query!(
        r#"SELECT vendor AS "vendor: VendorId", state, expires_at, eta, travel_seconds
           FROM dispatch.offers WHERE id = $1"#,
        offer.uuid()
    )
    .fetch_one(&mut *tx)
    .await?;
    let offer = Offer {
        job,
        vendor: row.vendor,
        state: store::word(&row.state)?,
        expires_at: row.expires_at,
        eta: row.eta,
        travel_seconds: row.travel_seconds,
    };
    Ok((offer, locked))
}

/// Why an offer that is not open can't be answered any more.
async fn gone(
    tx: &mut PgConnection,
    offer: &Offer,
    technician: TechnicianId,
) -> Outcome<DispatchFault, DispatchFault> {
    let holder = store::assignment(tx, offer.job)
        .await?
        .map(|a| a.technician);
    Ok(match (holder, offer.state) {
        (Some(holder), _) if holder == technician => DispatchFault::AlreadyAssigned,
        (Some(_), _) => DispatchFault::OfferTaken,
        (None, OfferState::Withdrawn | OfferState::Accepted) => DispatchFault::OfferWithdrawn,
        (None, _) => DispatchFault::OfferExpired,
    })
}

impl Dispatch {
    /// Takes the job for the technician of an open offer.
    pub(crate) async fn accept(
        &self,
        tx: &mut PgConnection,
        now: Time,
        offer_id: OfferId,
        technician: TechnicianId,
    ) -> Outcome<Assignment, DispatchFault> {
        let (offer, job) = own(tx, offer_id, technician).await?;
        if offer.state == OfferState::Accepted {
            // Said twice. Theirs unless somebody has decided otherwise since.
            let held = store::assignment(tx, offer.job).await?;
            return match held.filter(|a| a.technician == technician) {
                Some(assignment) => Ok(assignment),
                None => Err(gone(tx, &offer, technician).await?.into()),
            };
        }
        let taken = sqlx::query!(
            "UPDATE dispatch.offers SET state = 'accepted', closed_at = $2
             WHERE id = $1 AND state = 'open' AND expires_at > $2",
            offer_id.uuid(),
            now
        )
        .execute(&mut *tx)
        .await?;
        if taken.rows_affected() == 0 {
            return Err(gone(tx, &offer, technician).await?.into());
        }
        let eta = match job.urgency {
            Urgency::Immediate => now + seconds(offer.travel_seconds.into()),
            Urgency::Scheduled => offer.eta,
        };
        let taking = Taking {
            job,
            technician,
            vendor: offer.vendor,
            eta,
            by: None,
        };
        self.take(tx, now, taking).await
    }

    pub(crate) async fn decline(
        &self,
        tx: &mut PgConnection,
        now: Time,
        offer_id: OfferId,
        technician: TechnicianId,
        reason: &str,
    ) -> Outcome<OfferAnswer, DispatchFault> {
        let (offer, job) = own(tx, offer_id, technician).await?;
        let answer = OfferAnswer {
            offer: offer_id,
            job: offer.job,
            state: OfferState::Declined,
        };
        match offer.state {
            OfferState::Declined => Ok(answer),
            OfferState::Open if offer.expires_at > now => {
                self.refused(tx, now, offer_id, job, OfferState::Declined, Some(reason))
                    .await?;
                Ok(answer)
            }
            _ => Err(gone(tx, &offer, technician).await?.into()),
        }
    }

    /// An open offer of a locked request was declined or ran out: the next one is asked.
    async fn refused(
        &self,
        tx: &mut PgConnection,
        now: Time,
        offer: OfferId,
        job: store::Locked,
        how: OfferState,
        reason: Option<&str>,
    ) -> sqlx::Result<()> {
        sqlx::query!(
            "UPDATE dispatch.offers SET state = $2, closed_at = $3, reason = $4 WHERE id = $1 AND state = 'open'",
            offer.uuid(),
            how.as_str(),
            now,
            reason
        )
        .execute(&mut *tx)
        .await?;
        let refusals = sqlx::query_scalar!(
            "UPDATE dispatch.requests SET state = 'waiting', window_at = $2, refusals = refusals + 1
             WHERE job = $1 RETURNING refusals",
            job.job.uuid(),
            now
        )
        .fetch_one(&mut *tx)
        .await?;
        let event = JobRequeued {
            job: job.job,
            booking: job.booking,
        };
        platform::events::publish(&mut *tx, now, &event).await?;
        if refusals >= self.settings.refusals_before_escalation {
            escalate::once(tx, now, job.job, "refusals").await?;
        }
        metrics::counter!("khidma_dispatch_refusals_total", "how" => how.as_str()).increment(1);
        // The technician is free again for the others who wait, too.
        window::open_for_everyone(tx, now).await
    }

    pub(crate) async fn expire_offer(&self, ctx: &Ctx, offer: OfferId) -> anyhow::Result<()> {
        let now = ctx.now;
        let mut tx = ctx.begin().await?;
        let job = sqlx::query_scalar!(
            r#"SELECT job AS "job: JobId" FROM dispatch.offers WHERE id = $1"#,
            offer.uuid()
        )
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(job) = job
            && let Some(locked) = store::lock(&mut tx, job).await?
        {
            let open = sqlx::query_scalar!(
                r#"SELECT EXISTS (SELECT 1 FROM dispatch.offers
                   WHERE id = $1 AND state = 'open' AND expires_at <= $2) AS "open!""#,
                offer.uuid(),
                now
            )
            .fetch_one(&mut *tx)
            .await?;
            if open {
                self.refused(&mut tx, now, offer, locked, OfferState::Expired, None)
                    .await?;
            }
        }
        ctx.complete(tx).await?;
        Ok(())
    }
}

fn technician(actor: &Actor) -> Outcome<TechnicianId, DispatchFault> {
    // Who is no technician has no offers.
    actor
        .scope
        .technician
        .ok_or(DispatchFault::UnknownOffer.into())
}

/// Accepts an offer. Of any number of answers to a job exactly one wins.
#[utoipa::path(post, path = "/v1/offers/{id}/accept", tag = "dispatch",
    params(("id" = OfferId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Assignment), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn accept_offer(
    State(me): State<Arc<Dispatch>>,
    permit: Permit<may::OffersAnswer>,
    idem: Idempotency,
    Path(id): Path<OfferId>,
) -> Result<Reply<Assignment>, Problem> {
    let technician = technician(&permit.actor)?;
    let now = me.p.now();
    idem.once(&me.p, &permit.actor, &(), async |mut tx: Tx| {
        let answer = me.accept(&mut tx, now, id, technician).await?;
        Ok((tx, answer))
    })
    .await
}

/// Declines an offer; the job goes to the next.
#[utoipa::path(post, path = "/v1/offers/{id}/decline", tag = "dispatch", request_body = DeclineOffer,
    params(("id" = OfferId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = OfferAnswer), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn decline_offer(
    State(me): State<Arc<Dispatch>>,
    permit: Permit<may::OffersAnswer>,
    idem: Idempotency,
    Path(id): Path<OfferId>,
    Body(answer): Body<DeclineOffer>,
) -> Result<Reply<OfferAnswer>, Problem> {
    let technician = technician(&permit.actor)?;
    let reason: String = answer.reason.trim().chars().take(200).collect();
    let now = me.p.now();
    idem.once(&me.p, &permit.actor, &answer, async |mut tx: Tx| {
        let answer = me.decline(&mut tx, now, id, technician, &reason).await?;
        Ok((tx, answer))
    })
    .await
}

/// The caller's own open offers, oldest first.
#[utoipa::path(get, path = "/v1/technician/offers", tag = "dispatch",
    responses((status = 200, body = Vec<OfferView>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn own_offers(
    State(me): State<Arc<Dispatch>>,
    permit: Permit<may::OffersAnswer>,
) -> Result<Reply<Vec<OfferView>>, Problem> {
    let Some(technician) = permit.actor.scope.technician else {
        return Ok(Reply::ok(Vec::new()));
    };
    Ok(Reply::ok(me.open_offers(technician).await?))
}

impl Dispatch {
    async fn open_offers(
        &self,
        technician: TechnicianId,
    ) -> Outcome<Vec<OfferView>, DispatchFault> {
        let rows = sqlx::query!(
            r#"SELECT o.id AS "id: OfferId", o.job AS "job: JobId", o.eta, o.distance_m, o.travel_seconds,
                      o.offered_at, o.expires_at, r.service_name AS "service_name: Json<Text>",
                      r.category AS "category: Slug", r.sector AS "sector: Slug",
                      r.sector_name AS "sector_name: Json<Text>", r.urgency, r.earliest, r.duration_minutes
               FROM dispatch.offers o JOIN dispatch.requests r ON r.job = o.job
               WHERE o.technician = $1 AND o.state = 'open' AND o.expires_at > $2
               ORDER BY o.offered_at, o.id"#,
            technician.uuid(),
            self.p.now()
        )
        .fetch_all(&self.p.db)
        .await?;
        let view = rows.into_iter().map(|row| OfferView {
            id: row.id,
            job: row.job,
            service_name: row.service_name.0,
            category: row.category,
            sector: row.sector,
            sector_name: row.sector_name.0,
            urgency: store::urgency(&row.urgency),
            earliest: row.earliest,
            duration_minutes: row.duration_minutes.unsigned_abs(),
            eta: row.eta,
            distance_m: (row.distance_m.unsigned_abs() + 50) / 100 * 100,
            travel_minutes: row.travel_seconds.unsigned_abs().div_ceil(60),
            offered_at: row.offered_at,
            expires_at: row.expires_at,
        });
        Ok(view.collect())
    }
}
