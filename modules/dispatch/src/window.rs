//! Matching: the jobs that wait in one window are given technicians together, at the least total
//! cost, and each decision is kept with everything that spoke for and against each candidate.

use crate::offers::ExpireOffer;
use crate::rank::{Judged, Ranking};
use crate::settings::DispatchSettings;
use crate::{Dispatch, escalate, rules, solver, store};
use contract_dispatch::{CandidateView, JobOffered, RequestState, WhyNot};
use kernel::{JobId, OfferId, TechnicianId, Time, millis, seconds};
use platform::queue::{Ctx, Job, Run, enqueue};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::{BTreeMap, BTreeSet};

/// Windows are decided one after the other: a technician is considered by one at a time, and
/// the same jobs in the same order give the same decisions however many workers there are.
const ONE_AT_A_TIME: i64 = 0x6b68_6469_7370;

/// Matches what waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Window {
    /// Also jobs whose next try is not due: somebody became free.
    pub everyone: bool,
}

impl Job for Window {
    const NAME: &'static str = "dispatch.window";
}

/// Sees to it that `job`, just made to wait until `at`, is matched then.
pub(crate) async fn open(tx: &mut PgConnection, job: JobId, at: Time) -> sqlx::Result<()> {
    // A key of its own for each job: sharing one would make its requests wait for one another.
    let run = Run::at(at).unique(format!("job:{job}"));
    enqueue(tx, &Window { everyone: false }, run).await
}

/// Somebody became free: whoever waits is looked at again at once.
pub(crate) async fn open_for_everyone(tx: &mut PgConnection, now: Time) -> sqlx::Result<()> {
    enqueue(
        tx,
        &Window { everyone: true },
        Run::now(now).unique("everyone"),
    )
    .await
}

/// The technician of each job, by position; as many jobs as can be, at the least total cost.
pub(crate) fn matching(
    rankings: &[Ranking],
    now: Time,
    settings: &DispatchSettings,
) -> Vec<Option<TechnicianId>> {
    let technicians: BTreeSet<_> = rankings
        .iter()
        .flat_map(|r| r.possible().map(|j| j.view.technician))
        .collect();
    let technicians: Vec<_> = technicians.into_iter().collect();
    let best = settings.weights.best();
    let costs: Vec<Vec<Option<i64>>> = rankings
        .iter()
        .map(|ranking| {
            let totals: BTreeMap<_, _> = ranking
                .possible()
                .filter_map(|j| Some((j.view.technician, j.view.score.as_ref()?.total)))
                .collect();
            let cost = |id| totals.get(id).map(|total| best - total);
            technicians.iter().map(cost).collect()
        })
        .collect();
    let leave: Vec<_> = rankings
        .iter()
        .map(|r| rules::leave_cost(&r.request, now))
        .collect();
    let chosen = solver::assign(&costs, &leave);
    chosen
        .into_iter()
        .map(|column| column.map(|c| technicians[c]))
        .collect()
}

/// The candidates as the decision keeps them: each but the chosen one with its reason.
fn explained(
    ranking: &Ranking,
    chosen: Option<TechnicianId>,
    taken: &BTreeSet<TechnicianId>,
) -> Vec<CandidateView> {
    let explain = |judged: &Judged| {
        let mut view = judged.view.clone();
        if view.why_not.is_none() && chosen != Some(view.technician) {
            let elsewhere = taken.contains(&view.technician);
            view.why_not = Some(if elsewhere {
                WhyNot::MatchedElsewhere
            } else {
                WhyNot::RankedLower
            });
        }
        view
    };
    ranking.judged.iter().map(explain).collect()
}

impl Dispatch {
    pub(crate) async fn match_window(&self, ctx: &Ctx, everyone: bool) -> anyhow::Result<()> {
        let now = ctx.now;
        let mut tx = ctx.begin().await?;
        sqlx::query!("SELECT pg_advisory_xact_lock($1)", ONE_AT_A_TIME)
            .execute(&mut *tx)
            .await?;
        let most = i64::from(self.settings.window_jobs);
        // Whoever would be due within a window's length joins this one: waiting gains nothing.
        let jobs: Vec<JobId> = sqlx::query_scalar!(
            r#"SELECT job AS "job: JobId" FROM dispatch.requests
               WHERE state = 'waiting' AND ($1 OR window_at <= $2)
               ORDER BY window_at, job LIMIT $3"#,
            everyone,
            now + millis(self.settings.window_ms),
            most
        )
        .fetch_all(&mut *tx)
        .await?;
        if jobs.len() as i64 == most {
            let run = Run::now(now).unique("rest");
            enqueue(&mut tx, &Window { everyone: false }, run).await?;
        }
        if !jobs.is_empty() {
            let stored = store::requests(&mut tx, &jobs).await?;
            let requests: Vec<_> = stored.into_iter().map(|s| s.request).collect();
            let rankings = self.rank(&mut tx, &requests, None, now).await?;
            let chosen = matching(&rankings, now, &self.settings);
            let taken: BTreeSet<_> = chosen.iter().flatten().copied().collect();
            for (ranking, chosen) in rankings.iter().zip(chosen) {
                self.settle(&mut tx, ranking, chosen, &taken, rankings.len(), now)
                    .await?;
            }
            metrics::histogram!("khidma_dispatch_window_jobs").record(rankings.len() as f64);
        }
        ctx.complete(tx).await?;
        Ok(())
    }

    /// Writes one job's decision and offers it, or says when it is tried again.
    async fn settle(
        &self,
        tx: &mut PgConnection,
        ranking: &Ranking,
        chosen: Option<TechnicianId>,
        taken: &BTreeSet<TechnicianId>,
        matched: usize,
        now: Time,
    ) -> anyhow::Result<()> {
        let request = &ranking.request;
        // It may have been withdrawn or assigned by hand while we judged.
        let round = sqlx::query_scalar!(
            "SELECT round + 1 AS \"round!\" FROM dispatch.requests WHERE job = $1 AND state = 'waiting' FOR UPDATE",
            request.job.uuid()
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(round) = round else { return Ok(()) };
        let offered = match chosen.and_then(|id| ranking.of(id)) {
            Some(judged) => self.offer(tx, ranking, judged, round, now).await?,
            None => false,
        };
        let chosen = chosen.filter(|_| offered);
        sqlx::query!(
            "INSERT INTO dispatch.decisions (job, round, at, matched, radius_m, chosen, candidates)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (job, round) DO UPDATE SET at = $3, matched = $4, radius_m = $5, chosen = $6, candidates = $7",
            request.job.uuid(),
            round,
            now,
            i32::try_from(matched)?,
            i32::try_from(ranking.radius_m).unwrap_or(i32::MAX),
            chosen.map(|id| id.uuid()),
            Json(explained(ranking, chosen, taken)) as _
        )
        .execute(&mut *tx)
        .await?;
        if offered {
            return Ok(());
        }
        let contended = ranking
            .judged
            .iter()
            .any(|j| matches!(j.view.why_not, None | Some(WhyNot::OfferOpen)));
        if !contended {
            escalate::once(tx, now, request.job, "no_candidates").await?;
        }
        let wait = if contended || ranking.awaits_a_position() {
            self.settings.contended_retry_seconds
        } else {
            self.settings.retry_seconds
        };
        let at = now + seconds(wait.max(1));
        store::set_state(tx, request.job, RequestState::Waiting, at).await?;
        open(tx, request.job, at).await?;
        Ok(())
    }

    /// False where the technician got another offer or job in the meantime.
    async fn offer(
        &self,
        tx: &mut PgConnection,
        ranking: &Ranking,
        judged: &Judged,
        round: i32,
        now: Time,
    ) -> anyhow::Result<bool> {
        let (request, view) = (&ranking.request, &judged.view);
        let Some(visit) = judged.visit else {
            return Ok(false);
        };
        let offer = OfferId::new();
        let expires_at = rules::offer_until(request, now, &self.settings);
        let made = sqlx::query!(
            "INSERT INTO dispatch.offers
                (id, job, technician, vendor, round, offered_at, expires_at, eta, travel_seconds, distance_m, state)
             SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open'
             WHERE NOT EXISTS (
                SELECT 1 FROM dispatch.assignments
                WHERE technician = $3 AND closed_at IS NULL AND slot && tstzrange($11, $12))
             ON CONFLICT DO NOTHING",
            offer.uuid(),
            request.job.uuid(),
            view.technician.uuid(),
            view.vendor.uuid(),
            round,
            now,
            expires_at,
            visit.eta,
            i32::try_from(visit.travel.seconds)?,
            i32::try_from(visit.travel.distance_m)?,
            visit.from,
            visit.until
        )
        .execute(&mut *tx)
        .await?;
        if made.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "UPDATE dispatch.requests SET state = 'offered', round = $2 WHERE job = $1",
            request.job.uuid(),
            round
        )
        .execute(&mut *tx)
        .await?;
        let event = JobOffered {
            job: request.job,
            booking: request.booking,
            offer,
            technician: view.technician,
            expires_at,
        };
        platform::events::publish(&mut *tx, now, &event).await?;
        enqueue(&mut *tx, &ExpireOffer { offer }, Run::at(expires_at)).await?;
        metrics::counter!("khidma_dispatch_offers_total").increment(1);
        Ok(true)
    }
}
