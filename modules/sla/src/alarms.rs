//! Delay alarm exceptions: raised by marks and predictions, taken over by graver ones, closed
//! when the clock stops, passed on to the operations manager when nobody takes a breach.

use crate::Sla;
use crate::clock::{Clock, kind_from, known};
use contract_sla::{AlarmLevel, AlarmRaised, AlarmSeverity, AlarmsChanged, SlaFault};
use kernel::{AlarmId, BookingId, JobId, Outcome, Slug, Time, minutes};
use platform::Tx;
use platform::queue::{Job, Run, enqueue};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

/// A breach nobody has acknowledged after this long goes to the operations manager.
pub const ESCALATE_AFTER_MINUTES: i64 = 10;

/// Looks at a breach alarm when its time for acknowledging is over.
#[derive(Debug, Serialize, Deserialize)]
pub struct EscalateAlarm {
    pub alarm: AlarmId,
}
impl Job for EscalateAlarm {
    const NAME: &'static str = "sla.escalate";
}

/// Why an alarm is raised.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raise {
    pub severity: AlarmSeverity,
    /// The mark; none for predictions.
    pub percent: Option<u8>,
    pub expected: Option<Time>,
}
impl Raise {
    pub(crate) fn mark(severity: AlarmSeverity, percent: u8) -> Self {
        Self {
            severity,
            percent: Some(percent),
            expected: None,
        }
    }
}

/// Stores the alarm and tells of it. Milder open alarms of the clock, and the same one said
/// before, give way to it: a console shows one open alarm a clock. `None`: this mark has its
/// alarm already.
pub(crate) async fn raise(
    tx: &mut PgConnection,
    now: Time,
    clock: &Clock,
    raised: Raise,
) -> sqlx::Result<Option<AlarmId>> {
    let Raise {
        severity,
        percent,
        expected,
    } = raised;
    let gives_way: Vec<String> = AlarmSeverity::ALL
        .into_iter()
        .filter(|other| *other <= severity)
        .map(|other| other.as_str().to_owned())
        .collect();
    let mut changed = sqlx::query_scalar!(
        r#"update sla.alarms set resolved_at = $2
           where clock_id = $1 and resolved_at is null and severity = any($3)
           returning id as "id: AlarmId""#,
        clock.id.uuid(),
        now,
        &gives_way
    )
    .fetch_all(&mut *tx)
    .await?;
    changed.sort();
    let id = AlarmId::new();
    let done = sqlx::query!(
        "insert into sla.alarms (id, clock_id, job_id, booking_id, kind, category, zone, severity, percent, deadline,
             expected_at, raised_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         on conflict (clock_id, percent) where percent is not null do nothing",
        id.uuid(),
        clock.id.uuid(),
        clock.job.uuid(),
        clock.booking.uuid(),
        clock.kind.as_str(),
        clock.category.as_str(),
        clock.zone.as_str(),
        severity.as_str(),
        percent.map(i16::from),
        clock.deadline,
        expected,
        now
    )
    .execute(&mut *tx)
    .await?;
    let raised = done.rows_affected() > 0;
    if raised {
        changed.push(id);
    }
    tell_changed(&mut *tx, now, clock.job, clock.booking, changed).await?;
    if !raised {
        return Ok(None);
    }
    let event = AlarmRaised {
        alarm: id,
        job: clock.job,
        booking: clock.booking,
        kind: clock.kind,
        zone: clock.zone.clone(),
        severity,
        level: AlarmLevel::Dispatcher,
    };
    platform::events::publish(&mut *tx, now, &event).await?;
    if severity == AlarmSeverity::Breach {
        let run = Run::at(now + minutes(ESCALATE_AFTER_MINUTES));
        enqueue(tx, &EscalateAlarm { alarm: id }, run).await?;
    }
    Ok(Some(id))
}

/// Whoever watches the job's alarms hears of it; nobody, if none changed.
pub(crate) async fn tell_changed(
    tx: &mut PgConnection,
    now: Time,
    job: JobId,
    booking: BookingId,
    alarms: Vec<AlarmId>,
) -> sqlx::Result<()> {
    if !alarms.is_empty() {
        let event = AlarmsChanged {
            job,
            booking,
            alarms,
        };
        platform::events::publish(tx, now, &event).await?;
    }
    Ok(())
}

/// The clock stopped: what warned of lateness is over; a breach still wants a person's eyes.
pub(crate) async fn resolve_all_but_breach(
    tx: &mut PgConnection,
    clock: &Clock,
    at: Time,
) -> sqlx::Result<()> {
    let changed = sqlx::query_scalar!(
        r#"update sla.alarms set resolved_at = $2
           where clock_id = $1 and resolved_at is null and severity <> 'breach'
           returning id as "id: AlarmId""#,
        clock.id.uuid(),
        at
    )
    .fetch_all(&mut *tx)
    .await?;
    tell_changed(tx, at, clock.job, clock.booking, changed).await
}

/// The visit will not happen: nothing is left to do.
pub(crate) async fn resolve_all(
    tx: &mut PgConnection,
    clock: &Clock,
    at: Time,
) -> sqlx::Result<()> {
    let changed = sqlx::query_scalar!(
        r#"update sla.alarms set resolved_at = $2 where clock_id = $1 and resolved_at is null
           returning id as "id: AlarmId""#,
        clock.id.uuid(),
        at
    )
    .fetch_all(&mut *tx)
    .await?;
    tell_changed(tx, at, clock.job, clock.booking, changed).await
}

impl Sla {
    /// Passes the alarm on, unless somebody has it, it is over, or it was passed on before. One
    /// that is put off is looked at again when it wakes.
    pub(crate) async fn escalate(
        &self,
        tx: &mut Tx,
        id: AlarmId,
        now: Time,
    ) -> Outcome<(), SlaFault> {
        let Some(alarm) = sqlx::query!(
            r#"select job_id as "job: JobId", booking_id as "booking: BookingId", kind, zone as "zone: Slug",
                      severity, snoozed_until
               from sla.alarms
               where id = $1 and acknowledged_at is null and resolved_at is null and level = 'dispatcher'
               for update"#,
            id.uuid()
        )
        .fetch_optional(&mut **tx)
        .await?
        else {
            return Ok(());
        };
        if let Some(wakes_at) = alarm.snoozed_until.filter(|until| *until > now) {
            enqueue(&mut *tx, &EscalateAlarm { alarm: id }, Run::at(wakes_at)).await?;
            return Ok(());
        }
        sqlx::query!(
            "update sla.alarms set level = 'operations_manager', escalated_at = $2 where id = $1",
            id.uuid(),
            now
        )
        .execute(&mut **tx)
        .await?;
        let event = AlarmRaised {
            alarm: id,
            job: alarm.job,
            booking: alarm.booking,
            kind: kind_from(&alarm.kind)?,
            zone: alarm.zone,
            severity: known(alarm.severity.parse().ok(), "sla.alarms.severity")?,
            level: AlarmLevel::OperationsManager,
        };
        platform::events::publish(&mut *tx, now, &event).await?;
        tell_changed(tx, now, alarm.job, alarm.booking, vec![id]).await?;
        Ok(())
    }
}
