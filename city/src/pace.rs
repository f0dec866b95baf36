//! How the city and the platform keep time together.

use crate::api::Api;
use crate::wire::Idle;
use anyhow::bail;
use kernel::{Time, millis};
use std::time::{Duration, Instant};

/// Longest that a queue with work in it may show no end.
const QUEUE_PATIENCE: Duration = Duration::from_secs(180);

pub(crate) enum Pace {
    /// The platform's clock stands still and is moved by the city, from moment to moment: the same
    /// seed meets the same platform.
    Driven(Driven),
    /// The platform's clock runs by itself and the city follows.
    Following { now: Time },
}

pub(crate) struct Driven {
    now: Time,
    /// Platform seconds a real second, at most; zero or less: as fast as it goes.
    speed: f64,
    begun: (Instant, Time),
    /// When the queue has its next job.
    next_at: Option<Time>,
}

impl Pace {
    pub(crate) async fn driven(api: &Api, now: Time, speed: f64) -> anyhow::Result<Self> {
        api.set_clock(now, 0.0).await?;
        let next_at = quiet(api, true).await?.next_at;
        Ok(Self::Driven(Driven {
            now,
            speed,
            begun: (Instant::now(), now),
            next_at,
        }))
    }
    pub(crate) async fn following(api: &Api) -> anyhow::Result<Self> {
        let now = api.clock().await?.now;
        Ok(Self::Following { now })
    }

    pub(crate) fn now(&self) -> Time {
        match self {
            Self::Driven(driven) => driven.now,
            Self::Following { now } => *now,
        }
    }

    pub(crate) const fn drives(&self) -> bool {
        matches!(self, Self::Driven(_))
    }

    /// No more waiting for real time: the hours that were to be watched are over.
    pub(crate) const fn hurry(&mut self) {
        if let Self::Driven(driven) = self {
            driven.speed = 0.0;
        }
    }

    /// Until `at`: every job on the way runs at its own time, unless `coarse`.
    pub(crate) async fn until(&mut self, api: &Api, at: Time, coarse: bool) -> anyhow::Result<()> {
        match self {
            Self::Driven(driven) => {
                while driven.now < at {
                    let next = driven
                        .next_at
                        .filter(|_| !coarse)
                        .map_or(at, |next| next.min(at));
                    driven
                        .step(api, next.max(driven.now + millis(1)), false)
                        .await?;
                }
                Ok(())
            }
            Self::Following { now } => loop {
                let clock = api.clock().await?;
                *now = clock.now;
                let left = at.since(clock.now).as_secs_f64();
                if left <= 0.0 {
                    return Ok(());
                }
                // A clock that stands may be started again.
                let real = if clock.speed > 0.0 {
                    left / clock.speed
                } else {
                    1.0
                };
                tokio::time::sleep(Duration::from_secs_f64(real.clamp(0.002, 1.0))).await;
            },
        }
    }

    /// Moves on in long steps, so that what is done daily or hourly is done.
    pub(crate) async fn jump(
        &mut self,
        api: &Api,
        to: Time,
        step: jiff::SignedDuration,
    ) -> anyhow::Result<()> {
        if let Self::Driven(driven) = self {
            while driven.now < to {
                driven.step(api, (driven.now + step).min(to), true).await?;
            }
        }
        Ok(())
    }

    /// Until everything that is due has been done; with `gateways`, until their news has come, too.
    pub(crate) async fn settle(&mut self, api: &Api, gateways: bool) -> anyhow::Result<()> {
        if let Self::Driven(driven) = self {
            driven.next_at = quiet(api, gateways).await?.next_at;
        }
        Ok(())
    }
}

impl Driven {
    async fn step(&mut self, api: &Api, to: Time, gateways: bool) -> anyhow::Result<()> {
        if self.speed > 0.0 {
            let (began, from) = self.begun;
            let earliest =
                Duration::from_secs_f64(to.since(from).as_secs_f64().max(0.0) / self.speed);
            tokio::time::sleep(earliest.saturating_sub(began.elapsed())).await;
        }
        api.set_clock(to, 0.0).await?;
        self.now = to;
        self.next_at = quiet(api, gateways).await?.next_at;
        Ok(())
    }
}

/// Waits until nothing is due at the platform's present.
async fn quiet(api: &Api, gateways: bool) -> anyhow::Result<Idle> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    let mut rounds = 0;
    let mut seen;
    loop {
        let idle = api.idle().await?;
        if idle.due == 0 {
            if !gateways {
                return Ok(idle);
            }
            // News that came between the two looks has made work: both must be quiet in a row.
            let waiting = api.sandbox_idle().await?.pending_webhooks;
            rounds = if waiting == 0 { rounds + 1 } else { 0 };
            if rounds == 2 {
                return Ok(idle);
            }
            if waiting == 0 {
                continue;
            }
            seen = format!("{waiting} messages of the gateways are not taken");
        } else {
            rounds = 0;
            seen = format!("{} jobs are due and not done", idle.due);
        }
        if began.elapsed() > QUEUE_PATIENCE {
            bail!("the platform does not come to rest: {seen}");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(Duration::from_millis(5));
    }
}

/// The first moment of a run: `start`, or the same hour and weekday in the first week that the
/// platform has not seen yet.
pub(crate) fn first_moment(start: Time, now: Time) -> Time {
    const WEEK_MS: i64 = 7 * 86_400_000;
    let passed_ms = now.since(start).as_millis() as i64;
    if passed_ms < 0 {
        return start;
    }
    start + millis((passed_ms / WEEK_MS + 1) * WEEK_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{days, hours};

    #[test]
    fn a_run_begins_on_a_morning_the_platform_has_not_seen() {
        let start: Time = "2026-12-06T05:00:00Z".parse().unwrap();
        for (now, first) in [
            (start - days(30), start),
            (start - millis(1), start),
            (start, start + days(7)),
            (start + hours(9), start + days(7)),
            (start + days(61), start + days(63)),
        ] {
            assert_eq!(first_moment(start, now), first, "{now}");
        }
    }
}
