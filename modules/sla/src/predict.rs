//! Late before the deadline: an expectation later than the deadline raises an alarm early.

use crate::Sla;
use crate::alarms::{Raise, raise};
use crate::clock::{lock_job, save};
use crate::policy::worth_saying_again;
use contract_sla::{AlarmSeverity, BreachPredicted, ClockKind, SlaFault};
use kernel::{JobId, Outcome, Time};

impl Sla {
    /// Says it once, and again only when the expectation has grown by more than ten minutes.
    pub(crate) async fn predict_arrival(
        &self,
        job: JobId,
        kind: ClockKind,
        expected: Time,
        at: Time,
    ) -> Outcome<(), SlaFault> {
        // Most expectations are in time: they cost one read and no lock.
        let late = sqlx::query_scalar!(
            r#"select exists (
                 select from sla.clocks
                 where job_id = $1 and kind = $2 and state = 'running' and not breached
                   and deadline < $3 and deadline >= $4
               ) as "late!""#,
            job.uuid(),
            kind.as_str(),
            expected,
            at
        )
        .fetch_one(&self.p.db)
        .await?;
        if !late {
            return Ok(());
        }
        let mut tx = self.p.db.begin().await?;
        let Some(mut clock) = lock_job(&mut tx, job, Some(kind)).await?.pop() else {
            return Ok(());
        };
        let ahead = clock.next_fire_at.is_some() && !clock.breached && at <= clock.deadline;
        if !ahead
            || expected <= clock.deadline
            || !worth_saying_again(clock.predicted_for, expected)
        {
            return Ok(());
        }
        clock.predicted_for = Some(expected);
        save(&mut tx, &clock).await?;
        let raised = Raise {
            severity: AlarmSeverity::Predicted,
            percent: None,
            expected: Some(expected),
        };
        if let Some(alarm) = raise(&mut tx, at, &clock, raised).await? {
            let event = BreachPredicted {
                alarm,
                job: clock.job,
                booking: clock.booking,
                kind,
                expected,
                deadline: clock.deadline,
                remedy_percent: clock.remedy_percent,
            };
            platform::events::publish(&mut tx, at, &event).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
