//! Development only: the clock can be read and moved, and one can ask whether there is work left
//! at the present moment. A simulation drives the platform with these; production has no such
//! routes.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use kernel::{Code, Text, Time};
use platform::Platform;
use platform::http::{Body, Problem};
use serde::{Deserialize, Serialize};

#[derive(Clone)]
struct Dev {
    platform: Platform,
    publishable_key: String,
}

pub fn router(platform: &Platform, publishable_key: &str) -> Router {
    Router::new()
        .route("/dev/clock", get(clock).post(set_clock))
        .route("/dev/idle", get(idle))
        .route("/dev/keys", get(keys))
        .with_state(Dev {
            platform: platform.clone(),
            publishable_key: publishable_key.to_owned(),
        })
}

#[derive(Debug, Serialize)]
struct ClockView {
    now: Time,
    speed: f64,
}

#[derive(Debug, Deserialize)]
struct SetClock {
    /// Absent: go on from the present.
    #[serde(default)]
    now: Option<Time>,
    /// 0 stands still. Absent: as it was.
    #[serde(default)]
    speed: Option<f64>,
}

async fn clock(State(dev): State<Dev>) -> Json<ClockView> {
    Json(view(&dev.platform))
}

fn view(platform: &Platform) -> ClockView {
    ClockView {
        now: platform.now(),
        speed: platform.clock.anchor().speed,
    }
}

async fn set_clock(
    State(dev): State<Dev>,
    Body(set): Body<SetClock>,
) -> Result<Json<ClockView>, Problem> {
    let platform = &dev.platform;
    let present = platform.now();
    let now = set.now.unwrap_or(present);
    let speed = set.speed.unwrap_or(platform.clock.anchor().speed);
    if now < present || !(0.0..=100_000.0).contains(&speed) {
        return Err(Problem::new(
            Code::BadRequest,
            "dev.bad_clock",
            Text::new(
                "الساعة لا تعود إلى الوراء.",
                "The clock only moves forward, at a speed of 0 to 100,000.",
            ),
        ));
    }
    platform::clock::set(&platform.db, &platform.clock, now, speed)
        .await
        .map_err(|_| Problem::internal())?;
    Ok(Json(view(platform)))
}

async fn idle(State(dev): State<Dev>) -> Result<Json<platform::queue::Idle>, Problem> {
    let platform = &dev.platform;
    platform::queue::idle(&platform.db, platform.now())
        .await
        .map(Json)
        .map_err(|_| Problem::internal())
}

#[derive(Debug, Serialize)]
struct Keys {
    publishable_key: String,
}

async fn keys(State(dev): State<Dev>) -> Json<Keys> {
    Json(Keys {
        publishable_key: dev.publishable_key,
    })
}
