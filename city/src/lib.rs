//! A simulated Riyadh that drives the platform through its public API and gateways only:
//! customers who arrive by hour and district, technicians who drive, decline and come late, a
//! dispatcher, two finance officers. For demonstrations, for load, and as a proof.
//!
//! Invariants:
//! - The same seed in the same world gives the same business figures: every agent has its own
//!   dice ([`chance`]), events have a total order ([`agenda`]), and the platform's clock stands
//!   still except when the city moves it ([`pace`]), always to the next moment at which somebody
//!   or a queued job acts. Whatever can influence another is done one after the other, and the
//!   platform comes to rest in between.
//! - No name, phone or card number in a report or a log.
//!
//! What it needs of the platform beside `/v1`, in development only: `GET|POST /dev/clock` and
//! `GET /dev/idle`; of the sandbox `/sandbox/idle`, `/sandbox/settle-now`, `/sandbox/speed` and
//! `/sandbox/inbox.json`.

mod aftermath;
mod agenda;
mod api;
mod chance;
mod city;
mod customers;
mod demand;
mod dispatcher;
mod ground;
mod pace;
mod person;
mod photo;
mod report;
mod technicians;
mod wire;

pub use report::{BookingFacts, Kept, Line, Remains, Report, Shares};

use anyhow::{Context, ensure};
use api::Api;
use city::City;
use kernel::{Time, hours, millis};
use pace::Pace;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

/// When a run begins: a Sunday, 08:00 in Riyadh. If the platform has seen that, the same hour of
/// the first week it has not.
const START: &str = "2026-12-06T05:00:00Z";
/// In the mean hour of the busy part of a day.
const BOOKINGS_PER_HOUR: f64 = 75.0;

/// The sandbox's own delays pass so much faster while the city drives: a delivery report takes
/// ten milliseconds instead of two seconds, and a hold of fourteen days still lasts longer than
/// any run.
const SANDBOX_SPEED: f64 = 200.0;
/// How long after the last arrival work may go on.
const EVENING_H: i64 = 16;

/// A staff member's sign-in.
#[derive(Clone, Default)]
pub struct StaffSignIn {
    pub email: String,
    pub password: String,
    /// Base32.
    pub totp_secret: String,
}

/// Without the secrets.
impl fmt::Debug for StaffSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaffSignIn").finish_non_exhaustive()
    }
}

/// Whom the seed made.
#[derive(Clone)]
pub struct World {
    /// `+9665…`
    pub technician_phones: Vec<String>,
    /// Finance officers: one prepares payouts, the other releases them.
    pub preparing_officer: StaffSignIn,
    pub releasing_officer: StaffSignIn,
    pub dispatcher: StaffSignIn,
    pub operations_manager: StaffSignIn,
}

#[derive(Clone)]
pub struct CityOptions {
    /// The platform's address.
    pub url: String,
    pub sandbox_url: String,
    /// The gateway's key for browsers.
    pub publishable_key: String,
    /// How long customers come, platform time.
    pub hours: f64,
    /// Platform seconds a real second, at most; 0: as fast as it goes.
    pub speed: f64,
    pub seed: u64,
    pub world: World,
    /// No progress.
    pub quiet: bool,
}

/// How it stands, every ten platform minutes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    pub at: Time,
    /// Bookings about which somebody will still do something.
    pub open: usize,
    pub booked: usize,
    /// Accepted by their customers.
    pub settled: usize,
    /// Real seconds.
    pub requests_per_second: f64,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}  open {:>4}  booked {:>4}  settled {:>4}  {:>5.0} requests/s",
            self.at.in_riyadh().strftime("%a %H:%M"),
            self.open,
            self.booked,
            self.settled,
            self.requests_per_second
        )
    }
}

/// Simulates `hours` of Riyadh, then everything that follows until vendors are paid, and reports.
/// The platform's clock is the city's for that time; afterwards it runs on from where it is.
///
/// # Errors
/// The platform or the sandbox does not answer, does not come to rest, or lets nobody in. An
/// unexpected refusal is no error but in [`Report::errors`].
pub async fn run(
    options: CityOptions,
    mut progress: impl FnMut(Progress),
) -> anyhow::Result<Report> {
    ensure!(
        options.hours.is_finite() && (0.0..=24.0 * 30.0).contains(&options.hours),
        "between 0 and 720 hours"
    );
    let api = Arc::new(Api::new(
        &options.url,
        &options.sandbox_url,
        &options.publishable_key,
    )?);
    let clock = api
        .clock()
        .await
        .context("the platform has no development clock")?;
    let sandbox_speed = api
        .sandbox_speed()
        .await
        .context("the sandbox does not answer")?;
    api.set_sandbox_speed(SANDBOX_SPEED).await?;
    let outcome = drive(&options, &api, clock.now, &mut progress).await;
    // Whatever happened: time goes on, at the speed it had.
    let speed = if clock.speed > 0.0 { clock.speed } else { 1.0 };
    let restored = api.set_speed(speed).await;
    let slowed = api.set_sandbox_speed(sandbox_speed).await;
    let report = outcome?;
    restored?;
    slowed?;
    Ok(report)
}

async fn drive(
    options: &CityOptions,
    api: &Arc<Api>,
    now: Time,
    progress: &mut impl FnMut(Progress),
) -> anyhow::Result<Report> {
    let started = Instant::now();
    let begin = pace::first_moment(START.parse()?, now);
    let pace = Pace::driven(api, begin, options.speed).await?;
    let mut city = City::new(options, api.clone(), pace).await?;
    let until = begin + millis((options.hours * 3_600_000.0) as i64);
    city.open(Some(until));
    let mut told = |state: Progress| {
        if !options.quiet {
            progress(state);
        }
    };
    city.live(Some(until + hours(EVENING_H)), &mut told).await?;
    let remains = Remains {
        seed: options.seed,
        hours: options.hours,
        ..Remains::default()
    };
    city.close_the_books(remains, started).await
}

/// Keeps a platform busy that runs by its own clock, until `stop` completes. Surprises are logged
/// and lived with.
///
/// # Errors
/// The platform or the sandbox does not answer at the beginning, or lets nobody in.
pub async fn keep_busy(options: CityOptions, stop: impl Future<Output = ()>) -> anyhow::Result<()> {
    let busy = async {
        let api = Arc::new(Api::new(
            &options.url,
            &options.sandbox_url,
            &options.publishable_key,
        )?);
        let pace = Pace::following(&api).await?;
        let mut city = City::new(&options, api.clone(), pace).await?;
        city.open(None);
        let mut forget = |_: Progress| api.forget_latencies();
        city.live(None, &mut forget).await
    };
    tokio::select! {
        () = stop => Ok(()),
        ended = busy => ended,
    }
}

/// One answer without signing in: `/dev/clock`, `/dev/keys`.
///
/// # Errors
/// No answer, a refusal, or an answer of another shape.
pub async fn get_json<T: serde::de::DeserializeOwned>(url: &str) -> anyhow::Result<T> {
    let response = reqwest::Client::builder()
        .no_proxy()
        .build()?
        .get(url)
        .send()
        .await?;
    Ok(response.error_for_status()?.json().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> CityOptions {
        CityOptions {
            url: "http://127.0.0.1:1".into(),
            sandbox_url: "http://127.0.0.1:1".into(),
            publishable_key: "pk_test".into(),
            hours: -1.0,
            speed: 0.0,
            seed: 7,
            world: World {
                technician_phones: Vec::new(),
                preparing_officer: StaffSignIn::default(),
                releasing_officer: StaffSignIn::default(),
                dispatcher: StaffSignIn::default(),
                operations_manager: StaffSignIn::default(),
            },
            quiet: true,
        }
    }

    /// Whoever starts the city may want it in a task of its own.
    #[test]
    fn the_city_can_be_spawned() {
        fn is_send(_: &impl Send) {}
        is_send(&run(options(), |_| {}));
        is_send(&keep_busy(options(), std::future::pending()));
    }

    #[tokio::test]
    async fn impossible_hours_are_refused_before_anything_is_asked() {
        let refused = run(options(), |_| {}).await.unwrap_err();
        assert!(refused.to_string().contains("hours"), "{refused}");
    }

    #[test]
    fn progress_is_a_line_in_riyadh_time() {
        let progress = Progress {
            at: START.parse().unwrap(),
            open: 3,
            booked: 12,
            settled: 4,
            requests_per_second: 51.4,
        };
        assert_eq!(
            progress.to_string(),
            "Sun 08:00  open    3  booked   12  settled    4     51 requests/s"
        );
    }
}
