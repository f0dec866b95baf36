//! Says what is being done and what it cost.

use std::time::{Duration, Instant};

/// A step that is under way. Its line is printed by [`Step::done`].
pub(crate) struct Step {
    name: String,
    wall: Instant,
    cpu: Duration,
}

impl Step {
    /// Announces something that takes long enough to wonder about.
    pub(crate) fn begin(name: impl Into<String>) -> Step {
        let step = Step::quiet(name);
        eprintln!("web: {} …", step.name);
        step
    }

    /// Begins something short.
    pub(crate) fn quiet(name: impl Into<String>) -> Step {
        Step {
            name: name.into(),
            wall: Instant::now(),
            cpu: cpu_time(),
        }
    }

    pub(crate) fn done(self, result: &str) {
        let wall = self.wall.elapsed().as_secs_f64();
        let cpu = cpu_time().saturating_sub(self.cpu).as_secs_f64();
        let comma = if result.is_empty() { "" } else { ": " };
        eprintln!(
            "web: {}{comma}{result} (CPU {cpu:.1} s, wall {wall:.1} s)",
            self.name
        );
    }
}

/// Processor time of this process and of its children that have ended.
fn cpu_time() -> Duration {
    // Fields 14 to 17 of proc_pid_stat(5), in ticks, which Linux shows as hundredths of a second.
    // The name in brackets before them may hold spaces.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Duration::from_millis(ticks * 10)
}
