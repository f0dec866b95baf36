//! The simulated city, against a running platform or one of its own.

use crate::cli::{self, Demo, print, say};
use crate::config::Source;
use crate::up::{self, Running, UpOptions};
use crate::{run, seed};
use anyhow::Context;
use city::{CityOptions, StaffSignIn, World};
use kernel::Time;
use kernel::access::Role;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use tokio::task::JoinHandle;
use url::Url;

/// Who lives in the seeded platform.
pub fn world() -> World {
    let sign_in = |staff: &seed::DemoStaff| StaffSignIn {
        email: staff.email.into(),
        password: seed::DEMO_PASSWORD.into(),
        totp_secret: staff.totp_secret.into(),
    };
    let of = |role: Role| {
        seed::STAFF
            .iter()
            .filter(move |staff| staff.role == role && staff.zone.is_none())
    };
    let mut finance = of(Role::FinanceOfficer);
    let one = |role: Role| of(role).next().map(sign_in).unwrap_or_default();
    World {
        technician_phones: (1..=seed::TECHNICIANS)
            .map(|n| format!("+96655200{n:04}"))
            .collect(),
        preparing_officer: finance.next().map(sign_in).unwrap_or_default(),
        releasing_officer: finance.next().map(sign_in).unwrap_or_default(),
        dispatcher: one(Role::Dispatcher),
        operations_manager: one(Role::OperationsManager),
    }
}

/// `khidma demo`
pub async fn command(source: Source, demo: Demo) -> anyhow::Result<ExitCode> {
    match &demo.url {
        Some(url) => {
            let sandbox = match &demo.sandbox_url {
                Some(sandbox) => sandbox.clone(),
                None => next_port(url)?,
            };
            simulate(&demo, url, &sandbox).await
        }
        None => {
            let scratch = stores::scratch_dir("khidma-demo-")?;
            let options = UpOptions {
                source,
                data: scratch.path().to_owned(),
                address: IpAddr::V4(Ipv4Addr::LOCALHOST),
                port: 0,
                sandbox_port: 0,
                fresh: false,
                speed: Some(0.0),
                throwaway: true,
                metrics: None,
            };
            let quiet = demo.quiet;
            let running = up::start(options, |step| {
                if !quiet {
                    say(step);
                }
            })
            .await?;
            let code = tokio::select! {
                code = simulate(&demo, &running.url, &running.sandbox_url) => code,
                () = run::told_to_stop() => Ok(ExitCode::FAILURE),
            };
            running.stop().await?;
            code
        }
    }
}

async fn simulate(demo: &Demo, url: &str, sandbox_url: &str) -> anyhow::Result<ExitCode> {
    let options = options(
        demo.hours,
        demo.speed,
        demo.seed,
        demo.quiet,
        url,
        sandbox_url,
    )
    .await?;
    let quiet = demo.quiet;
    let report = city::run(options, move |progress| {
        if !quiet {
            say(&progress.to_string());
        }
    })
    .await?;
    print(&report.table());
    print(&report.json_line());
    Ok(if report.clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn options(
    hours: f64,
    speed: f64,
    seed: u64,
    quiet: bool,
    url: &str,
    sandbox_url: &str,
) -> anyhow::Result<CityOptions> {
    Ok(CityOptions {
        url: url.trim_end_matches('/').to_owned(),
        sandbox_url: sandbox_url.trim_end_matches('/').to_owned(),
        publishable_key: publishable_key(url).await?,
        hours,
        speed,
        seed,
        world: world(),
        quiet,
    })
}

#[derive(Deserialize)]
struct Keys {
    publishable_key: String,
}

async fn publishable_key(url: &str) -> anyhow::Result<String> {
    let keys: Keys = city::get_json(&format!("{}/dev/keys", url.trim_end_matches('/')))
        .await
        .with_context(|| format!("{url} is no development platform"))?;
    Ok(keys.publishable_key)
}

/// The sandbox of `up` listens on the port after the API's.
fn next_port(url: &str) -> anyhow::Result<String> {
    let mut url: Url = url.parse().context("--url")?;
    let port = url.port_or_known_default().context("--url names no port")?;
    url.set_port(Some(port + 1)).ok().context("--url")?;
    Ok(url.to_string())
}

/// Keeps a running platform busy until aborted.
pub fn keep_busy(running: &Running) -> JoinHandle<()> {
    let (url, sandbox_url) = (running.url.clone(), running.sandbox_url.clone());
    tokio::spawn(async move {
        let busy = async {
            let options = options(f64::INFINITY, 0.0, 7, true, &url, &sandbox_url).await?;
            city::keep_busy(options, std::future::pending()).await
        };
        if let Err(e) = busy.await {
            cli::say(&format!("the city went quiet: {e:#}"));
        }
    })
}

#[derive(Deserialize)]
struct ClockView {
    now: Time,
}

/// The code that a second factor shows now, by the platform's clock.
pub async fn totp(who: &str, url: &str) -> anyhow::Result<String> {
    let secret = seed::with_passwords()
        .find(|staff| staff.email == who)
        .map_or(who, |staff| staff.totp_secret);
    let clock: ClockView = city::get_json(&format!("{}/dev/clock", url.trim_end_matches('/')))
        .await
        .with_context(|| format!("{url} is no development platform"))?;
    Ok(identity::totp_now(secret, clock.now)?)
}
