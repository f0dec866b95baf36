//! A promise before the booking, and the clocks once it is made.

use crate::Sla;
use crate::book::{Book, percents_column};
use crate::calendar::{Counting, marks};
use crate::clock::kind_from;
use crate::fire::FireClock;
use crate::policy::{Course, Policy, courses, promise, select};
use contract_sla::{ClockKind, Promise, PromiseQuery, SlaFault, StartClocks};
use kernel::{ClockId, Failure, JobId, Outcome, Slug, Time};
use platform::queue::{Run, enqueue};
use sqlx::PgConnection;

impl Sla {
    pub(crate) async fn promise_for(&self, query: &PromiseQuery) -> Outcome<Promise, SlaFault> {
        let mut db = self.p.db.acquire().await?;
        let book = self.books.open(&mut db).await?;
        let (policy, courses) = plan(&book, query)?;
        Ok(promise(policy, &courses))
    }

    /// Starts the three clocks of a visit, or finds them started and returns what was promised.
    pub(crate) async fn start_clocks(&self, start: &StartClocks) -> Outcome<Promise, SlaFault> {
        let mut tx = self.p.db.begin().await?;
        if let Some(promised) = promised(&mut tx, start.job).await? {
            return Ok(promised);
        }
        let book = self.books.open(&mut tx).await?;
        let (policy, courses) = plan(&book, &start.query)?;
        let mut shown = Vec::with_capacity(courses.len());
        for course in &courses {
            match insert(&mut tx, &book, start, policy, course).await? {
                Some((id, fires_at)) => shown.push((id, Some(fires_at))),
                None => {
                    // Somebody else started them in the meantime; theirs is the promise.
                    tx.rollback().await?;
                    let mut db = self.p.db.acquire().await?;
                    return promised(&mut db, start.job)
                        .await?
                        .ok_or_else(|| Failure::internal("clocks neither inserted nor found"));
                }
            }
        }
        tx.commit().await?;
        self.live.show(&shown).await;
        metrics::counter!("khidma_sla_clocks_started_total").increment(courses.len() as u64);
        Ok(promise(policy, &courses))
    }
}

fn plan<'b>(book: &'b Book, query: &PromiseQuery) -> Outcome<(&'b Policy, [Course; 3]), SlaFault> {
    let policy = select(&book.policies, query).ok_or(SlaFault::NoPolicy)?;
    let courses = courses(policy, book.calendar(&policy.calendar)?, query)
        .ok_or_else(|| Failure::internal("a calendar holds too little open time"))?;
    Ok((policy, courses))
}

/// `None`: the job has such a clock already.
async fn insert(
    tx: &mut PgConnection,
    book: &Book,
    start: &StartClocks,
    policy: &Policy,
    course: &Course,
) -> Outcome<Option<(ClockId, Time)>, SlaFault> {
    let id = ClockId::new();
    let calendar = (!course.around_the_clock).then_some(&policy.calendar);
    let counting: Counting<'_> = book.counting(calendar)?;
    let fires_at = marks(
        counting,
        course.started_at,
        course.target_ms,
        &[],
        &policy.warn_percents,
        &[],
    )
    .first()
    .map(|mark| mark.fires_at)
    .ok_or_else(|| Failure::internal("a clock without marks"))?;
    let (remedy_percent, vendor_penalty) = policy.remedy(course.kind);
    let done = sqlx::query!(
        "insert into sla.clocks (id, job_id, booking_id, kind, policy, category, zone, calendar, started_at, target_ms,
             warn_percents, remedy_percent, vendor_penalty_halalas, promised_by, deadline, next_fire_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)
         on conflict on constraint clocks_one_of_a_kind do nothing",
        id.uuid(),
        start.job.uuid(),
        start.booking.uuid(),
        course.kind.as_str(),
        policy.slug.as_str(),
        start.query.category.as_str(),
        start.query.zone.as_str(),
        calendar.map(Slug::as_str),
        course.started_at,
        course.target_ms,
        &percents_column(&policy.warn_percents),
        i16::from(remedy_percent),
        vendor_penalty.halalas(),
        course.deadline,
        fires_at
    )
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    let run = Run::at(fires_at).unique(id.to_string());
    enqueue(tx, &FireClock { clock: id }, run).await?;
    Ok(Some((id, fires_at)))
}

/// What was said when the job's clocks were started.
async fn promised(db: &mut PgConnection, job: JobId) -> Outcome<Option<Promise>, SlaFault> {
    let rows = sqlx::query!(
        r#"select kind, policy as "policy: Slug", promised_by, remedy_percent from sla.clocks where job_id = $1"#,
        job.uuid()
    )
    .fetch_all(db)
    .await?;
    let mut said = Vec::with_capacity(rows.len());
    for row in rows {
        said.push((kind_from(&row.kind)?, row));
    }
    let of = |kind: ClockKind| said.iter().find(|(k, _)| *k == kind).map(|(_, row)| row);
    let (Some(respond), Some(arrive), Some(complete)) = (
        of(ClockKind::Respond),
        of(ClockKind::Arrive),
        of(ClockKind::Complete),
    ) else {
        return Ok(None);
    };
    Ok(Some(Promise {
        policy: arrive.policy.clone(),
        respond_by: respond.promised_by,
        arrive_by: arrive.promised_by,
        complete_by: complete.promised_by,
        remedy_percent: u8::try_from(arrive.remedy_percent).map_err(Failure::internal)?,
    }))
}
