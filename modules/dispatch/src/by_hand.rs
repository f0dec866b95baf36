//! A dispatcher decides: sees the ranking as of now and overrides it, with a reason.

use crate::rank::Judged;
use crate::take::Taking;
use crate::{Dispatch, lifecycle, store};
use axum::extract::{Path, State};
use contract_dispatch::{
    AssignByHand, Assignment, DispatchFault, DispatchRequest, RankingView, RequestState, WhyNot,
};
use kernel::access::{Actor, may};
use kernel::{JobId, Lift, Outcome, TechnicianId, Time};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use sqlx::PgConnection;
use std::sync::Arc;

/// Whether the job lies in the zones granted to this actor.
pub(crate) fn in_scope(actor: &Actor, request: &DispatchRequest) -> bool {
    let zones = actor.scope.zones.as_ref();
    zones.is_none_or(|zones| zones.contains(&request.zone))
}

impl Dispatch {
    pub(crate) async fn candidates_now(
        &self,
        job: JobId,
        actor: &Actor,
    ) -> Outcome<RankingView, DispatchFault> {
        let now = self.p.now();
        let mut db = self.p.db.acquire().await?;
        let stored = store::request(&mut db, job)
            .await?
            .filter(|stored| in_scope(actor, &stored.request))
            .ok_or(DispatchFault::UnknownJob)?;
        let ranking = self
            .rank(&mut db, &[stored.request], None, now)
            .await?
            .pop();
        Ok(RankingView {
            job,
            at: now,
            radius_m: ranking.as_ref().map_or(0, |r| r.radius_m),
            candidates: ranking
                .map_or_else(Vec::new, |r| r.judged.into_iter().map(|j| j.view).collect()),
        })
    }

    /// Whether the technician can do the job at all, and when. What only speaks against an offer
    /// (distance, an earlier refusal, no position) is the dispatcher's to weigh.
    async fn judge_one(
        &self,
        db: &mut PgConnection,
        request: DispatchRequest,
        technician: TechnicianId,
        now: Time,
    ) -> Outcome<Judged, DispatchFault> {
        let ranking = self
            .rank(db, &[request], Some(technician), now)
            .await?
            .pop();
        let judged = ranking.and_then(|r| r.of(technician).cloned());
        let not = |reason: &str| DispatchFault::NotEligible {
            reason: reason.to_owned(),
        };
        match judged {
            Some(Judged {
                view, visit: None, ..
            }) => Err(match view.why_not {
                Some(WhyNot::Busy) => DispatchFault::TechnicianBusy.into(),
                Some(why) => not(why.as_str()).into(),
                None => not("unknown").into(),
            }),
            Some(judged) => Ok(judged),
            None => {
                let card = self
                    .vendors
                    .technicians(vec![technician])
                    .await
                    .unexpected()?
                    .pop();
                Err(match card {
                    None => not("unknown_technician").into(),
                    Some(card) if !card.on_shift => not(WhyNot::OffShift.as_str()).into(),
                    Some(_) => not("not_qualified").into(),
                })
            }
        }
    }

    pub(crate) async fn assign_by_hand(
        &self,
        tx: &mut PgConnection,
        now: Time,
        job: JobId,
        command: &AssignByHand,
        actor: &Actor,
    ) -> Outcome<Assignment, DispatchFault> {
        let reason = command.reason.trim();
        if reason.is_empty() {
            return Err(DispatchFault::ReasonMissing.into());
        }
        let reason: String = reason.chars().take(500).collect();
        let locked = store::lock(tx, job)
            .await?
            .ok_or(DispatchFault::UnknownJob)?;
        let stored = store::request(tx, job)
            .await?
            .ok_or(DispatchFault::UnknownJob)?;
        if !in_scope(actor, &stored.request) {
            return Err(DispatchFault::UnknownJob.into());
        }
        let current = match locked.state {
            RequestState::Done | RequestState::Withdrawn => {
                return Err(DispatchFault::JobClosed.into());
            }
            RequestState::Assigned => store::assignment(tx, job).await?,
            RequestState::Waiting | RequestState::Offered => None,
        };
        if let Some(current) = current
            .as_ref()
            .filter(|a| a.technician == command.technician)
        {
            return Ok(current.clone());
        }
        let judged = self
            .judge_one(tx, stored.request, command.technician, now)
            .await?;
        let eta = judged.view.eta.ok_or(DispatchFault::TechnicianBusy)?;

        store::withdraw_offer(tx, job, now, "assigned by hand").await?;
        if let Some(before) =
            store::close_assignment(tx, job, now, "reassigned", Some(&reason)).await?
        {
            lifecycle::released(tx, &locked, before, "reassigned", now).await?;
        }
        let taking = Taking {
            job: locked,
            technician: command.technician,
            vendor: judged.view.vendor,
            eta,
            by: Some((actor.user, reason.clone())),
        };
        let assignment = self.take(tx, now, taking).await?;
        let details = json!({
            "technician": command.technician,
            "before": current.as_ref().map(|a| a.technician),
            "reason": reason,
            "why_not": judged.view.why_not,
            "score": judged.view.score.map(|score| score.total),
        });
        let (id, change) = (job.to_string(), Change::between(&current, &assignment));
        audit::changed(tx, now, actor, "dispatch.assign", &id, change, details).await?;
        Ok(assignment)
    }
}

/// The ranking as of now: who could be asked, who not and why.
#[utoipa::path(get, path = "/v1/dispatch/jobs/{job}/candidates", tag = "dispatch",
    params(("job" = JobId, Path)),
    responses((status = 200, body = RankingView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn candidates(
    State(me): State<Arc<Dispatch>>,
    permit: Permit<may::DispatchRead>,
    Path(job): Path<JobId>,
) -> Result<Reply<RankingView>, Problem> {
    Ok(Reply::ok(me.candidates_now(job, &permit.actor).await?))
}

/// Assigns or reassigns by hand. The reason is kept and audited.
#[utoipa::path(post, path = "/v1/dispatch/jobs/{job}/assign", tag = "dispatch", request_body = AssignByHand,
    params(("job" = JobId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = Assignment), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn assign(
    State(me): State<Arc<Dispatch>>,
    permit: Permit<may::DispatchAssign>,
    idem: Idempotency,
    Path(job): Path<JobId>,
    Body(command): Body<AssignByHand>,
) -> Result<Reply<Assignment>, Problem> {
    let now = me.p.now();
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        let answer = me
            .assign_by_hand(&mut tx, now, job, &command, &permit.actor)
            .await?;
        Ok((tx, answer))
    })
    .await
}
