//! The live console: what waits, what is offered, who has what, and why.

use crate::Dispatch;
use crate::by_hand::in_scope;
use crate::store::{self, Stored};
use axum::extract::{Path, State};
use contract_dispatch::{
    AssignmentRecord, CandidateView, DecisionView, DispatchFault, JobStory, OfferRecord, QueueItem,
    RequestState, Standing, TechnicianRef,
};
use kernel::access::{Actor, may};
use kernel::{JobId, Lift, OfferId, Outcome, Page, TechnicianId, Text, Time, UserId};
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which part of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueueState {
    /// Waiting, offered and assigned.
    #[default]
    Open,
    Waiting,
    Offered,
    Assigned,
    /// Waiting or offered, and a dispatcher must look.
    Escalated,
}

impl QueueState {
    fn states(self) -> Vec<String> {
        use RequestState::{Assigned, Offered, Waiting};
        let states: &[RequestState] = match self {
            Self::Open => &[Waiting, Offered, Assigned],
            Self::Waiting => &[Waiting],
            Self::Offered => &[Offered],
            Self::Assigned => &[Assigned],
            Self::Escalated => &[Waiting, Offered],
        };
        states
            .iter()
            .map(|state| state.as_str().to_owned())
            .collect()
    }
}

#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueueQuery {
    #[serde(default)]
    #[param(inline)]
    state: QueueState,
    /// 1 to 100, 20 when not said.
    limit: Option<u32>,
    cursor: Option<String>,
}

impl Dispatch {
    /// A page of the queue by respond deadline, of the actor's zones only.
    pub(crate) async fn queue_page(
        &self,
        actor: &Actor,
        state: QueueState,
        after: Option<(Time, JobId)>,
        limit: usize,
    ) -> Outcome<Page<QueueItem>, DispatchFault> {
        let zones: Option<Vec<String>> = actor
            .scope
            .zones
            .as_ref()
            .map(|zones| zones.iter().map(|z| z.as_str().to_owned()).collect());
        let (after_at, after_job) = after.unzip();
        let mut db = self.p.db.acquire().await?;
        let mut jobs: Vec<JobId> = sqlx::query_scalar!(
            r#"SELECT job AS "job: JobId" FROM dispatch.requests
               WHERE state IN ('waiting', 'offered', 'assigned') AND state = ANY($1)
                 AND (NOT $2 OR escalated_at IS NOT NULL)
                 AND ($3::text[] IS NULL OR zone = ANY($3))
                 AND ($4::timestamptz IS NULL OR (respond_by, job) > ($4, $5))
               ORDER BY respond_by, job LIMIT $6"#,
            &state.states(),
            state == QueueState::Escalated,
            zones as _,
            after_at as _,
            after_job.map(|job| job.uuid()),
            limit as i64 + 1
        )
        .fetch_all(&mut *db)
        .await?;
        let more = jobs.len() > limit;
        jobs.truncate(limit);
        let mut stored = store::requests(&mut db, &jobs).await?;
        stored.sort_by_key(|s| (s.request.respond_by, s.request.job));
        let next = stored
            .last()
            .filter(|_| more)
            .map(|s| cursor::encode(&(s.request.respond_by, s.request.job)).0);
        let holders = holders(&mut db, &jobs).await?;
        drop(db);
        let names = self.names(holders.values().copied()).await?;
        let item = |s: Stored| {
            let holder = holders.get(&s.request.job).map(|id| names.of(*id));
            item(s, holder)
        };
        Ok(Page {
            items: stored.into_iter().map(item).collect(),
            next,
        })
    }

    /// Out of scope is unknown.
    pub(crate) async fn story(
        &self,
        actor: &Actor,
        job: JobId,
    ) -> Outcome<JobStory, DispatchFault> {
        let mut db = self.p.db.acquire().await?;
        let stored = store::request(&mut db, job)
            .await?
            .filter(|stored| in_scope(actor, &stored.request))
            .ok_or(DispatchFault::UnknownJob)?;
        let decision = sqlx::query!(
            r#"SELECT round, at, matched, radius_m, chosen AS "chosen: TechnicianId",
                      candidates AS "candidates: Json<Vec<CandidateView>>"
               FROM dispatch.decisions WHERE job = $1 ORDER BY round DESC LIMIT 1"#,
            job.uuid()
        )
        .fetch_optional(&mut *db)
        .await?;
        let offers = sqlx::query!(
            r#"SELECT id AS "id: OfferId", technician AS "technician: TechnicianId", round, state, offered_at,
                      expires_at, closed_at, reason
               FROM dispatch.offers WHERE job = $1 ORDER BY offered_at, id"#,
            job.uuid()
        )
        .fetch_all(&mut *db)
        .await?;
        let assignments = sqlx::query!(
            r#"SELECT technician AS "technician: TechnicianId", assigned_at, eta, lower(slot) AS "busy_from!",
                      upper(slot) AS "busy_until!", assigned_by AS "by: UserId", reason, closed_at, outcome,
                      close_note
               FROM dispatch.assignments WHERE job = $1 ORDER BY id"#,
            job.uuid()
        )
        .fetch_all(&mut *db)
        .await?;
        let assignment = store::assignment(&mut db, job).await?;
        let holder = holders(&mut db, &[job]).await?.remove(&job);
        drop(db);

        let people = offers
            .iter()
            .map(|o| o.technician)
            .chain(assignments.iter().map(|a| a.technician));
        let names = self.names(people.chain(holder)).await?;
        let offers = offers.into_iter().map(|o| {
            Ok(OfferRecord {
                id: o.id,
                technician: names.of(o.technician),
                round: o.round.unsigned_abs(),
                state: store::word(&o.state)?,
                offered_at: o.offered_at,
                expires_at: o.expires_at,
                closed_at: o.closed_at,
                reason: o.reason,
            })
        });
        let assignments = assignments.into_iter().map(|a| AssignmentRecord {
            technician: names.of(a.technician),
            assigned_at: a.assigned_at,
            eta: a.eta,
            busy_from: a.busy_from,
            busy_until: a.busy_until,
            by: a.by,
            reason: a.reason,
            closed_at: a.closed_at,
            outcome: a.outcome,
            note: a.close_note,
        });
        Ok(JobStory {
            item: item(stored, holder.map(|id| names.of(id))),
            assignment,
            decision: decision.map(|d| DecisionView {
                round: d.round.unsigned_abs(),
                at: d.at,
                matched: d.matched.unsigned_abs(),
                radius_m: d.radius_m.unsigned_abs(),
                chosen: d.chosen,
                candidates: d.candidates.0,
            }),
            offers: offers.collect::<sqlx::Result<_>>()?,
            assignments: assignments.collect(),
        })
    }

    /// One question, however many jobs.
    pub(crate) async fn standings_of(
        &self,
        jobs: &[JobId],
    ) -> Outcome<Vec<Standing>, DispatchFault> {
        let ids: Vec<_> = jobs.iter().map(|job| job.uuid()).collect();
        let rows = sqlx::query_as!(
            Standing,
            r#"SELECT r.job AS "job: JobId",
                      coalesce(a.technician, o.technician) AS "technician: TechnicianId",
                      (r.escalated_at IS NOT NULL AND r.state <> 'assigned') AS "escalated!"
               FROM dispatch.requests r
               LEFT JOIN dispatch.assignments a ON a.job = r.job AND a.closed_at IS NULL
               LEFT JOIN dispatch.offers o ON o.job = r.job AND o.state = 'open'
               WHERE r.job = ANY($1) AND r.state IN ('waiting', 'offered', 'assigned')
               ORDER BY r.job"#,
            &ids
        )
        .fetch_all(&self.p.db)
        .await?;
        Ok(rows)
    }

    async fn names(
        &self,
        ids: impl Iterator<Item = TechnicianId>,
    ) -> Outcome<Names, DispatchFault> {
        let ids: BTreeSet<_> = ids.collect();
        if ids.is_empty() {
            return Ok(Names::default());
        }
        let cards = self
            .vendors
            .technicians(ids.into_iter().collect())
            .await
            .unexpected()?;
        Ok(Names(
            cards.into_iter().map(|card| (card.id, card.name)).collect(),
        ))
    }
}

#[derive(Debug, Default)]
struct Names(BTreeMap<TechnicianId, Text>);

impl Names {
    /// Someone who left long ago keeps the id only.
    fn of(&self, id: TechnicianId) -> TechnicianRef {
        TechnicianRef {
            id,
            name: self
                .0
                .get(&id)
                .cloned()
                .unwrap_or_else(|| Text::new(id.to_string(), id.to_string())),
        }
    }
}

fn item(stored: Stored, technician: Option<TechnicianRef>) -> QueueItem {
    let Stored {
        request,
        state,
        round,
        refusals,
        requested_at,
        escalation,
    } = stored;
    QueueItem {
        job: request.job,
        booking: request.booking,
        service_name: request.service_name,
        category: request.category,
        sector: request.sector,
        sector_name: request.sector_name,
        zone: request.zone,
        urgency: request.urgency,
        state,
        round: round.unsigned_abs(),
        refusals: refusals.unsigned_abs(),
        requested_at,
        earliest: request.earliest,
        respond_by: request.respond_by,
        arrive_by: request.arrive_by,
        escalation,
        technician,
    }
}

/// Who has each job, or is looking at its offer.
async fn holders(
    db: &mut PgConnection,
    jobs: &[JobId],
) -> sqlx::Result<BTreeMap<JobId, TechnicianId>> {
    let ids: Vec<_> = jobs.iter().map(|job| job.uuid()).collect();
    let rows = sqlx::query!(
        r#"SELECT job AS "job!: JobId", technician AS "technician!: TechnicianId"
           FROM dispatch.offers WHERE job = ANY($1) AND state = 'open'
           UNION ALL
           SELECT job, technician FROM dispatch.assignments WHERE job = ANY($1) AND closed_at IS NULL"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.job, row.technician))
        .collect())
}

/// The queue, nearest respond deadline first; only the zones granted to the caller.
#[utoipa::path(get, path = "/v1/dispatch/queue", tag = "dispatch", params(QueueQuery),
    responses((status = 200, body = Page<QueueItem>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn queue(
    State(me): State<Arc<Dispatch>>,
    permit: Permit<may::DispatchRead>,
    Params(query): Params<QueueQuery>,
) -> Result<Reply<Page<QueueItem>>, Problem> {
    let after = query.cursor.as_deref().map(cursor::decode).transpose()?;
    let page = me
        .queue_page(&permit.actor, query.state, after, limit(query.limit))
        .await?;
    Ok(Reply::ok(page))
}

/// A job's story: its latest decision with every candidate, its offers and assignments.
#[utoipa::path(get, path = "/v1/dispatch/jobs/{job}", tag = "dispatch", params(("job" = JobId, Path)),
    responses((status = 200, body = JobStory), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn job(
    State(me): State<Arc<Dispatch>>,
    permit: Permit<may::DispatchRead>,
    Path(job): Path<JobId>,
) -> Result<Reply<JobStory>, Problem> {
    Ok(Reply::ok(me.story(&permit.actor, job).await?))
}
