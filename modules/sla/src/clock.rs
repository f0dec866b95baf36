//! One clock as it stands in PostgreSQL: its history (start, target, pauses, marks told) and what
//! follows from it (deadline, next firing).

use crate::book::{Book, percents, percents_column};
use crate::calendar::{Counting, Mark, Pause, marks};
use contract_sla::{ClockKind, ClockState, SlaFault};
use kernel::{BookingId, ClockId, Failure, JobId, Money, Outcome, Slug, Time};
use sqlx::PgConnection;

#[derive(Debug, Clone)]
pub(crate) struct Clock {
    pub id: ClockId,
    pub job: JobId,
    pub booking: BookingId,
    pub kind: ClockKind,
    pub category: Slug,
    pub zone: Slug,
    pub calendar: Option<Slug>,
    pub started_at: Time,
    pub target_ms: i64,
    pub warn_percents: Vec<u8>,
    pub remedy_percent: u8,
    pub vendor_penalty: Money,
    /// While paused: as it stood when the pause began.
    pub deadline: Time,
    pub state: ClockState,
    pub breached: bool,
    pub stopped_at: Option<Time>,
    pub fired_percents: Vec<u8>,
    pub next_fire_at: Option<Time>,
    pub predicted_for: Option<Time>,
    /// Finished ones, in order.
    pub pauses: Vec<Pause>,
    pub paused_at: Option<Time>,
}

impl Clock {
    pub(crate) fn is_stopped(&self) -> bool {
        !matches!(self.state, ClockState::Running | ClockState::Paused)
    }

    fn counting<'b>(&self, book: &'b Book) -> Outcome<Counting<'b>, SlaFault> {
        book.counting(self.calendar.as_ref())
    }

    /// Marks not yet told, in order.
    pub(crate) fn marks(&self, book: &Book) -> Outcome<Vec<Mark>, SlaFault> {
        Ok(marks(
            self.counting(book)?,
            self.started_at,
            self.target_ms,
            &self.pauses,
            &self.warn_percents,
            &self.fired_percents,
        ))
    }

    /// Brings deadline and next firing in line with the history.
    pub(crate) fn reckon(&mut self, book: &Book) -> Outcome<(), SlaFault> {
        self.deadline = self
            .counting(book)?
            .deadline(self.started_at, self.target_ms, &self.pauses)
            .ok_or_else(|| Failure::internal("a calendar holds too little open time"))?;
        self.next_fire_at = match self.state {
            ClockState::Running => self.marks(book)?.first().map(|mark| mark.fires_at),
            _ => None,
        };
        Ok(())
    }

    /// Ends the stand-still, if there is one.
    pub(crate) fn end_pause(&mut self, at: Time) {
        if let Some(from) = self.paused_at.take() {
            self.pauses.push(Pause {
                from,
                to: at.max(from),
            });
        }
    }

    /// The last moment of the history: nothing that comes later may be dated before it.
    pub(crate) fn last_resumed_at(&self) -> Option<Time> {
        self.pauses.last().map(|pause| pause.to)
    }
}

fn state_of(text: &str) -> Option<ClockState> {
    [
        ClockState::Running,
        ClockState::Paused,
        ClockState::Met,
        ClockState::Breached,
        ClockState::Cancelled,
    ]
    .into_iter()
    .find(|state| state_name(*state) == text)
}

pub(crate) const fn state_name(state: ClockState) -> &'static str {
    match state {
        ClockState::Running => "running",
        ClockState::Paused => "paused",
        ClockState::Met => "met",
        ClockState::Breached => "breached",
        ClockState::Cancelled => "cancelled",
    }
}

/// A column's word that its check constraint allows.
pub(crate) fn known<T>(parsed: Option<T>, column: &str) -> Outcome<T, SlaFault> {
    parsed.ok_or_else(|| Failure::internal(format!("{column} holds an unknown word")))
}

pub(crate) fn state_from(text: &str) -> Outcome<ClockState, SlaFault> {
    known(state_of(text), "sla.clocks.state")
}
pub(crate) fn kind_from(text: &str) -> Outcome<ClockKind, SlaFault> {
    known(text.parse().ok(), "kind")
}

/// The job's clocks, locked until the transaction ends; always in the same order, so that two
/// who lock them never wait for each other in a ring.
pub(crate) async fn lock_job(
    tx: &mut PgConnection,
    job: JobId,
    kind: Option<ClockKind>,
) -> Outcome<Vec<Clock>, SlaFault> {
    let ids = sqlx::query_scalar!(
        r#"select id as "id: ClockId" from sla.clocks where job_id = $1 and ($2::text is null or kind = $2)"#,
        job.uuid(),
        kind.map(ClockKind::as_str)
    )
    .fetch_all(&mut *tx)
    .await?;
    lock(tx, &ids).await
}

pub(crate) async fn lock(tx: &mut PgConnection, ids: &[ClockId]) -> Outcome<Vec<Clock>, SlaFault> {
    let ids: Vec<_> = ids.iter().map(|id| id.uuid()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query!(
        r#"select id as "id: ClockId", job_id as "job: JobId", booking_id as "booking: BookingId", kind,
                  category as "category: Slug", zone as "zone: Slug", calendar as "calendar: Slug",
                  started_at, target_ms, warn_percents, remedy_percent, vendor_penalty_halalas, deadline,
                  state, breached, stopped_at, fired_percents, next_fire_at, predicted_for
           from sla.clocks where id = any($1) order by id for update"#,
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    let pauses = sqlx::query!(
        r#"select clock_id as "clock: ClockId", paused_at, resumed_at
           from sla.clock_pauses where clock_id = any($1) order by clock_id, paused_at, resumed_at"#,
        &ids
    )
    .fetch_all(&mut *tx)
    .await?;
    rows.into_iter()
        .map(|row| {
            let mine = || pauses.iter().filter(|pause| pause.clock == row.id);
            Ok(Clock {
                kind: kind_from(&row.kind)?,
                state: state_from(&row.state)?,
                pauses: mine()
                    .filter_map(|pause| {
                        Some(Pause {
                            from: pause.paused_at,
                            to: pause.resumed_at?,
                        })
                    })
                    .collect(),
                paused_at: mine()
                    .find(|pause| pause.resumed_at.is_none())
                    .map(|pause| pause.paused_at),
                id: row.id,
                job: row.job,
                booking: row.booking,
                category: row.category,
                zone: row.zone,
                calendar: row.calendar,
                started_at: row.started_at,
                target_ms: row.target_ms,
                warn_percents: percents(&row.warn_percents),
                remedy_percent: u8::try_from(row.remedy_percent).map_err(Failure::internal)?,
                vendor_penalty: Money::from_halalas(row.vendor_penalty_halalas),
                deadline: row.deadline,
                breached: row.breached,
                stopped_at: row.stopped_at,
                fired_percents: percents(&row.fired_percents),
                next_fire_at: row.next_fire_at,
                predicted_for: row.predicted_for,
            })
        })
        .collect()
}

/// Writes what can change. Pauses are written where they begin and end.
pub(crate) async fn save(tx: &mut PgConnection, clock: &Clock) -> sqlx::Result<()> {
    sqlx::query!(
        "update sla.clocks set deadline = $2, state = $3, breached = $4, stopped_at = $5, fired_percents = $6,
             next_fire_at = $7, predicted_for = $8
         where id = $1",
        clock.id.uuid(),
        clock.deadline,
        state_name(clock.state),
        clock.breached,
        clock.stopped_at,
        &percents_column(&clock.fired_percents),
        clock.next_fire_at,
        clock.predicted_for
    )
    .execute(tx)
    .await?;
    Ok(())
}
