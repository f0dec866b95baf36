//! Work that comes round: at multiples of an interval, or once a day in Riyadh.

use super::{Job, Run};
use futures::future::BoxFuture;
use jiff::SignedDuration;
use kernel::{Time, days};
use sqlx::PgConnection;
use std::sync::Arc;

/// How often.
#[derive(Debug, Clone, Copy)]
pub enum Every {
    /// At whole multiples of the interval since the epoch.
    Interval(SignedDuration),
    /// Once a day at this hour and minute in Riyadh.
    DailyAt(i8, i8),
}

impl Every {
    /// The first moment after `now`.
    pub fn next(self, now: Time) -> Time {
        match self {
            Self::Interval(interval) => {
                let step = (interval.as_millis() as i64).max(1000);
                Time::from_millis((now.as_millis().div_euclid(step) + 1) * step)
            }
            Self::DailyAt(hour, minute) => {
                let today = now.in_riyadh().date().at(hour, minute, 0, 0);
                let at = kernel::RIYADH
                    .to_timestamp(today)
                    .map_or(now + days(1), Time::from_jiff);
                if at > now { at } else { at + days(1) }
            }
        }
    }
}

/// `Every(minutes(15))` reads better than `Every::Interval(minutes(15))`.
#[allow(non_snake_case)]
pub fn Every(interval: SignedDuration) -> Every {
    Every::Interval(interval)
}

type Enqueue = Arc<
    dyn for<'t> Fn(&'t mut PgConnection, Time) -> BoxFuture<'t, sqlx::Result<()>> + Send + Sync,
>;

#[derive(Clone)]
pub(super) struct Cron {
    pub name: &'static str,
    pub every: Every,
    enqueue: Enqueue,
}

impl Cron {
    pub(super) fn new<J: Job>(
        name: &'static str,
        every: Every,
        make: impl Fn() -> J + Send + Sync + 'static,
    ) -> Self {
        let make = Arc::new(make);
        Self {
            name,
            every,
            enqueue: Arc::new(move |tx, now| {
                let make = make.clone();
                Box::pin(async move {
                    // Built and consumed before the await: a job need not be Sync.
                    let run = Run::now(now).unique(name);
                    let payload =
                        serde_json::to_value(make()).map_err(|e| sqlx::Error::Encode(e.into()))?;
                    let mut envelope = super::Envelope::new(J::NAME.to_owned(), payload, run.at);
                    envelope.unique_key = run.key;
                    envelope.max_attempts = J::MAX_ATTEMPTS;
                    envelope.insert(tx).await
                })
            }),
        }
    }

    /// Claims the moment if it has come; of many processes one succeeds. Returns the next moment.
    pub(super) async fn tick(&self, db: &sqlx::PgPool, now: Time) -> sqlx::Result<Time> {
        let next = self.every.next(now);
        let mut tx = db.begin().await?;
        let claimed = sqlx::query!(
            "insert into platform.crons (name, next_at) values ($1, $2)
             on conflict (name) do update set next_at = $2 where crons.next_at <= $3
             returning (xmax <> 0) as \"due!\"",
            self.name,
            next,
            now
        )
        .fetch_optional(&mut *tx)
        .await?;
        match claimed {
            Some(row) => {
                if row.due {
                    (self.enqueue)(&mut tx, now).await?;
                }
                tx.commit().await?;
                Ok(next)
            }
            None => {
                tx.rollback().await?;
                sqlx::query_scalar!(
                    "select next_at from platform.crons where name = $1",
                    self.name
                )
                .fetch_one(db)
                .await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_moment_is_always_later() {
        let now: Time = "2026-12-06T06:07:30Z".parse().unwrap();
        for (every, next) in [
            (Every(kernel::minutes(15)), "2026-12-06T06:15:00Z"),
            (Every(kernel::hours(1)), "2026-12-06T07:00:00Z"),
            (Every::DailyAt(9, 30), "2026-12-06T06:30:00Z"),
            (Every::DailyAt(9, 0), "2026-12-07T06:00:00Z"),
        ] {
            assert_eq!(every.next(now).to_string(), next);
            assert!(every.next(every.next(now)) > every.next(now));
        }
    }
}
