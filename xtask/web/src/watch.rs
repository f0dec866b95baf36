//! Builds again when a source changes.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::build::{self, Reload};
use crate::{App, Places, Profile};

/// What the apps are made of.
const SOURCES: &[&str] = &[
    "apps",
    "contracts",
    "kernel",
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
];
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Never ends by itself. A build that fails is reported; the next change tries again.
pub(crate) fn run(places: &Places, profile: Profile, apps: &[App]) -> anyhow::Result<()> {
    let mut built = None;
    loop {
        let now = state(&places.root);
        if built != Some(now) {
            built = Some(now);
            if let Err(error) = build::all(places, profile, apps, Reload::Yes) {
                eprintln!("web: {error:#}");
            }
            eprintln!("web: watching apps, contracts and kernel …");
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// How many source files there are and when the youngest changed: a few hundred files, read
/// quicker than told about.
fn state(root: &Path) -> (usize, SystemTime) {
    let mut state = (0, SystemTime::UNIX_EPOCH);
    for source in SOURCES {
        look(&root.join(source), &mut state);
    }
    state
}

fn look(path: &Path, state: &mut (usize, SystemTime)) {
    let Ok(found) = std::fs::metadata(path) else {
        return;
    };
    if found.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else {
            return;
        };
        for entry in entries.filter_map(Result::ok) {
            look(&entry.path(), state);
        }
    } else if let Ok(changed) = found.modified() {
        state.0 += 1;
        state.1 = state.1.max(changed);
    }
}
