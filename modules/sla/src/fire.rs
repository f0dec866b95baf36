//! What a clock tells when it passes a mark. The row is locked and holds the marks already told,
//! so it does not matter who comes, how many come, or how often.

use crate::Sla;
use crate::alarms::{Raise, raise};
use crate::book::Book;
use crate::calendar::BREACH;
use crate::clock::{Clock, lock, save};
use contract_sla::{AlarmSeverity, ClockBreached, ClockState, ClockWarned, SlaFault};
use kernel::{ClockId, Outcome, Time, seconds};
use platform::Tx;
use platform::queue::{Job, Run, enqueue};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// A clock's next mark, as a job due at exactly that moment: the driver that survives everything.
#[derive(Debug, Serialize, Deserialize)]
pub struct FireClock {
    pub clock: ClockId,
}
impl Job for FireClock {
    const NAME: &'static str = "sla.fire";
}

/// Fires what the Redis set says is due.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tick {}
impl Job for Tick {
    const NAME: &'static str = "sla.tick";
}

/// Mends the Redis set from PostgreSQL and fires whatever is overdue.
#[derive(Debug, Serialize, Deserialize)]
pub struct Sweep {}
impl Job for Sweep {
    const NAME: &'static str = "sla.sweep";
}

/// How many due clocks a tick takes at once.
const CLAIM: usize = 100;

/// What is known about a clock's next firing after it was looked at.
pub(crate) type Shown = (ClockId, Option<Time>);

impl Sla {
    /// Tells every mark of the clock that has passed by `now`, in the caller's transaction.
    pub(crate) async fn fire(
        &self,
        tx: &mut Tx,
        id: ClockId,
        now: Time,
    ) -> Outcome<Shown, SlaFault> {
        let book = self.books.open(&mut *tx).await?;
        let Some(mut clock) = lock(&mut *tx, &[id]).await?.pop() else {
            return Ok((id, None));
        };
        if clock.next_fire_at.is_some_and(|at| at <= now) {
            catch_up(&mut *tx, &book, &mut clock, now).await?;
            clock.reckon(&book)?;
            save(&mut *tx, &clock).await?;
        }
        enqueue_next(&mut *tx, &clock).await?;
        Ok((id, clock.next_fire_at))
    }

    async fn fire_now(&self, id: ClockId, now: Time) -> Outcome<(), SlaFault> {
        let mut tx = self.p.db.begin().await?;
        let shown = self.fire(&mut tx, id, now).await?;
        tx.commit().await?;
        self.live.show(&[shown]).await;
        Ok(())
    }

    /// The fast path: takes what Redis says is due and asks PostgreSQL. Any number may tick at
    /// once. Redis away is no error here; the jobs fire all the same.
    pub async fn tick(&self, now: Time) -> Outcome<usize, SlaFault> {
        let mut fired = 0;
        loop {
            let due = match self.live.claim(now, CLAIM).await {
                Ok(due) => due,
                Err(cause) => {
                    tracing::warn!(cause = %cause, "live deadlines not read");
                    return Ok(fired);
                }
            };
            for id in &due {
                self.fire_now(*id, now).await?;
            }
            fired += due.len();
            if due.len() < CLAIM {
                return Ok(fired);
            }
        }
    }

    /// Makes the Redis set what PostgreSQL says, and fires what should have fired already.
    pub async fn sweep(&self, now: Time) -> Outcome<(), SlaFault> {
        // Redis first: a clock that appears between the two readings is then never taken for a
        // stray one.
        let held = self.live.all().await;
        let clocks = sqlx::query!(
            r#"select id as "id: ClockId", next_fire_at as "at!" from sla.clocks
               where next_fire_at is not null order by next_fire_at, id"#
        )
        .fetch_all(&self.p.db)
        .await?;
        let truth: Vec<(ClockId, Time)> = clocks.iter().map(|row| (row.id, row.at)).collect();
        match held {
            Ok(held) => self.live.mend(&held, &truth).await,
            Err(cause) => tracing::warn!(cause = %cause, "live deadlines not mended"),
        }
        metrics::gauge!("khidma_sla_clocks_running").set(truth.len() as f64);
        for (id, _) in truth.iter().take_while(|(_, at)| *at <= now) {
            self.fire_now(*id, now).await?;
        }
        Ok(())
    }
}

/// Tells the marks passed by `now`. The caller locked the clock and saves it.
pub(crate) async fn catch_up(
    tx: &mut PgConnection,
    book: &Book,
    clock: &mut Clock,
    now: Time,
) -> Outcome<(), SlaFault> {
    if clock.state != ClockState::Running {
        return Ok(());
    }
    for mark in clock.marks(book)? {
        if mark.fires_at > now {
            break;
        }
        clock.fired_percents.push(mark.percent);
        let severity = match mark.percent {
            BREACH => AlarmSeverity::Breach,
            80.. => AlarmSeverity::Warn80,
            _ => AlarmSeverity::Warn50,
        };
        if severity == AlarmSeverity::Breach {
            clock.breached = true;
            platform::events::publish(&mut *tx, now, &breached(clock)).await?;
        } else {
            platform::events::publish(&mut *tx, now, &warned(clock, mark.percent)).await?;
        }
        raise(&mut *tx, now, clock, Raise::mark(severity, mark.percent)).await?;
        metrics::counter!("khidma_sla_marks_total",
            "kind" => clock.kind.as_str(), "severity" => severity.as_str())
        .increment(1);
        if now.since(mark.fires_at) > seconds(60) {
            tracing::warn!(clock = %clock.id, percent = mark.percent, "a mark was told late");
        }
    }
    Ok(())
}

fn breached(clock: &Clock) -> ClockBreached {
    ClockBreached {
        clock: clock.id,
        job: clock.job,
        booking: clock.booking,
        kind: clock.kind,
        deadline: clock.deadline,
        remedy_percent: clock.remedy_percent,
        vendor_penalty: clock.vendor_penalty,
    }
}

fn warned(clock: &Clock, percent: u8) -> ClockWarned {
    ClockWarned {
        clock: clock.id,
        job: clock.job,
        booking: clock.booking,
        kind: clock.kind,
        percent,
        deadline: clock.deadline,
    }
}

/// One waiting job per clock is enough: it finds the truth when it runs and plans the next.
pub(crate) async fn enqueue_next(tx: &mut PgConnection, clock: &Clock) -> sqlx::Result<()> {
    match clock.next_fire_at {
        Some(at) => {
            enqueue(
                tx,
                &FireClock { clock: clock.id },
                Run::at(at).unique(clock.id.to_string()),
            )
            .await
        }
        None => Ok(()),
    }
}
