//! Exceptions to the rules, each with its reason.

use std::path::Path;

/// (rule, path or its beginning, why).
const ALLOWED: &[(&str, &str, &str)] = &[
    (
        "clock",
        "kernel/src/time.rs",
        "the clock that everything else is given",
    ),
    (
        "clock",
        "platform/src/clock.rs",
        "the clock that everything else is given",
    ),
    (
        "clock",
        "platform/src/health.rs",
        "measures how long a store takes to answer",
    ),
    (
        "clock",
        "platform/src/http/edge.rs",
        "measures how long a request took",
    ),
    (
        "clock",
        "platform/src/http/throttle.rs",
        "counts requests of this process while Redis is silent",
    ),
    ("clock", "platform/src/serve/", "times real connections"),
    (
        "clock",
        "platform/src/queue/worker.rs",
        "measures jobs, and beats for leases that other processes hold",
    ),
    (
        "clock",
        "platform/src/telemetry.rs",
        "measures how long real work took",
    ),
    ("clock", "platform/stores/", "waits for real processes"),
    (
        "clock",
        "gateways/",
        "time-outs and back-off of real connections",
    ),
    (
        "clock",
        "city/",
        "paces the simulation against the real clock",
    ),
    ("clock", "xtask/", "works on real files"),
    (
        "outside",
        "gateways/",
        "this is the layer that talks to the outside",
    ),
    ("outside", "city/", "drives the public API like any client"),
    ("outside", "xtask/", "a tool, never deployed"),
    (
        "outside",
        "platform/src/rpc.rs",
        "calls between our own processes when a module is placed apart",
    ),
    (
        "undecided",
        "platform/",
        "health, calls between our own processes, and the macro itself",
    ),
    (
        "undecided",
        "server/",
        "pages and assets of the apps, and what only development has",
    ),
    (
        "undecided",
        "modules/identity/src/reset_page.rs",
        "pages for whoever holds a link",
    ),
    (
        "undecided",
        "modules/identity/src/accounts/enrol_page.rs",
        "pages for whoever holds a link",
    ),
    (
        "undecided",
        "modules/privacy/src/legal/page.rs",
        "pages that anybody reads",
    ),
    ("undecided", "gateways/", "sandboxes of other people's APIs"),
    ("undecided", "city/", "serves nothing"),
    ("undecided", "xtask/", "a tool, never deployed"),
    (
        "unsafe",
        "platform/stores/src/child.rs",
        "ties a child process to ours; proof at the place",
    ),
];

pub(crate) fn allows(rule: &str, path: &Path) -> bool {
    let path = path.to_string_lossy();
    ALLOWED
        .iter()
        .any(|(allowed, prefix, _)| *allowed == rule && path.starts_with(prefix))
}
