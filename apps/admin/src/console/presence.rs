//! Who else looks at a job.

use crate::console::store::Store;
use crate::rights::me;
use crate::words;
use contract_bookings::SetPresence;
use kernel::{JobId, UserId};
use leptos::prelude::*;
use std::collections::HashMap;
use std::time::Duration;

/// Tells which job is looked at: when it changes, and every 20 s; nothing while the page is hidden.
pub fn follow(store: Store) {
    Effect::new(move |before: Option<Option<JobId>>| {
        let job = store.selected.get();
        if before.is_some() || job.is_some() {
            tell(job);
        }
        job
    });
    let beat = set_interval_with_handle(
        move || {
            let job = store.selected.get_untracked();
            if job.is_some() && !document().hidden() {
                tell(job);
            }
        },
        Duration::from_secs(20),
    );
    on_cleanup(move || {
        if let Ok(beat) = beat {
            beat.clear();
        }
        tell(None);
    });
}

/// A beat that is lost is made up for by the next.
fn tell(job: Option<JobId>) {
    leptos::task::spawn_local(async move {
        let body = SetPresence { job };
        let _ = client::api::put::<_, serde_json::Value>(
            "/v1/staff/presence",
            &body,
            client::Key::new(),
        )
        .await;
    });
}

/// The names of the others at the job. Tracked.
pub fn others(store: Store, job: JobId) -> Option<String> {
    let me = me();
    store.presence.with(|presence| {
        let names: Vec<&str> = presence
            .get(&job)?
            .iter()
            .filter(|person| Some(person.user) != me)
            .map(|person| person.name.as_str())
            .collect();
        (!names.is_empty()).then(|| words::list(names.into_iter()))
    })
}

/// Colleagues seen on any job: to put names to ids.
pub fn seen(store: Store) -> HashMap<UserId, String> {
    store.presence.with(|presence| {
        presence
            .values()
            .flatten()
            .map(|person| (person.user, person.name.clone()))
            .collect()
    })
}
