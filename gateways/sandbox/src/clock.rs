use crate::lock;
use jiff::Timestamp;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Milliseconds that pass `speed` times as fast as real ones. Due times are kept in these, so a
/// change of speed moves everything that is waiting.
pub(crate) struct SpedClock(Mutex<Anchor>);

struct Anchor {
    real: Instant,
    sped_ms: f64,
    speed: f64,
}

/// The slowest and the fastest that make sense.
const SPEEDS: (f64, f64) = (0.01, 1_000_000.0);

impl SpedClock {
    pub(crate) fn new(speed: f64) -> Self {
        Self(Mutex::new(Anchor {
            real: Instant::now(),
            sped_ms: Timestamp::now().as_millisecond() as f64,
            speed: sane(speed),
        }))
    }

    pub(crate) fn now_ms(&self) -> u64 {
        lock(&self.0).now_ms() as u64
    }

    pub(crate) fn speed(&self) -> f64 {
        lock(&self.0).speed
    }

    pub(crate) fn set_speed(&self, speed: f64) {
        let mut anchor = lock(&self.0);
        anchor.sped_ms = anchor.now_ms();
        anchor.real = Instant::now();
        anchor.speed = sane(speed);
    }

    /// How long until then for a real sleeper; zero when it is past.
    pub(crate) fn real_until(&self, due_ms: u64) -> Duration {
        let anchor = lock(&self.0);
        let left_ms = (due_ms as f64 - anchor.now_ms()).max(0.0) / anchor.speed;
        Duration::from_millis(left_ms.ceil() as u64)
    }
}

impl Anchor {
    fn now_ms(&self) -> f64 {
        self.sped_ms + self.real.elapsed().as_secs_f64() * 1_000.0 * self.speed
    }
}

fn sane(speed: f64) -> f64 {
    if speed.is_finite() {
        speed.clamp(SPEEDS.0, SPEEDS.1)
    } else {
        1.0
    }
}

/// The real moment as the gateways write it: `2026-11-02T10:11:12.345Z`.
pub(crate) fn timestamp() -> String {
    let now = Timestamp::now();
    now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
