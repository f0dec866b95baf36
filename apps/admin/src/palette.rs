//! What the command palette offers: pages, views, zones, actions, and jobs by their reference.

use crate::console::filter::Filter;
use crate::console::store::Store;
use crate::frame::Overlays;
use crate::rights::may;
use crate::{msg, words};
use client::prefs::{self, Theme};
use kernel::access::Permission;
use kernel::{Lang, Slug};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use ui::{PaletteItem, job_words, t};

fn item(
    id: impl Into<String>,
    group: &str,
    icon: &'static str,
    label: impl Into<String>,
) -> PaletteItem {
    PaletteItem {
        id: id.into(),
        group: group.to_owned(),
        icon,
        label: label.into(),
        also: String::new(),
        keys: Vec::new(),
    }
}

#[component]
pub fn Palette(open: RwSignal<bool>) -> impl IntoView {
    let store = use_context::<Store>();
    let overlays = expect_context::<Overlays>();
    let names = store.map(|_| words::Names::load());
    let go = use_navigate();
    let query = RwSignal::new(String::new());
    let items = Memo::new(move |_| {
        if !open.get() {
            return Vec::new();
        }
        let mut items = pages(store.is_some());
        if let (Some(store), Some(names)) = (store, names) {
            items.extend(views(store));
            items.extend(zones(store, names));
        }
        items.extend(actions());
        // Jobs only for what was typed: all of them are in the queue.
        if let Some(store) = store.filter(|_| query.with(|q| !q.trim().is_empty())) {
            items.extend(jobs(store));
        }
        items
    });
    let pick = move |id: String| {
        let at_console = |filter: Filter| {
            if let Some(store) = store {
                store.filter.set(filter);
            }
            go("/admin/", Default::default());
        };
        let (kind, what) = id.split_once(' ').unwrap_or((id.as_str(), ""));
        match kind {
            "go" => go(what, Default::default()),
            "job" => go(&format!("/admin/?job={what}"), Default::default()),
            "all" => at_console(Filter::default()),
            "needs" => at_console(Filter::needs_somebody()),
            "unassigned" => at_console(Filter::without_technician()),
            "view" => {
                let kept = store.and_then(|s| {
                    s.views
                        .with_untracked(|views| views.iter().find(|v| v.name == what).cloned())
                });
                if let Some(view) = kept {
                    at_console(view.filter);
                }
            }
            "zone" => {
                if let Ok(zone) = what.parse::<Slug>() {
                    at_console(Filter {
                        zones: vec![zone],
                        ..Filter::default()
                    });
                }
            }
            "keys" => overlays.help.set(true),
            "light" => prefs::set_theme(Theme::Light),
            "dark" => prefs::set_theme(Theme::Dark),
            "lang" => prefs::set_lang(other_lang()),
            "out" => client::session::sign_out(),
            _ => {}
        }
    };
    view! { <ui::Palette open=open items=items on_pick=Callback::new(pick) query=query/> }
}

fn other_lang() -> Lang {
    match ui::lang() {
        Lang::Ar => Lang::En,
        Lang::En => Lang::Ar,
    }
}

fn pages(console: bool) -> Vec<PaletteItem> {
    let group = msg::group_pages();
    let mut items = Vec::new();
    if console {
        items.push(item("go /admin/", group, "gauge", msg::nav_console()));
    }
    if may(Permission::BookingsInspect) {
        items.push(item(
            "go /admin/bookings",
            group,
            "clipboard-check",
            msg::nav_bookings(),
        ));
    }
    if may(Permission::StaffRead) {
        items.push(item("go /admin/staff", group, "users", msg::nav_staff()));
    }
    if may(Permission::PrivacyRead) {
        items.push(item("go /admin/privacy", group, "lock", msg::nav_privacy()));
    }
    if crate::gallery::shown() {
        items.push(item(
            "go /admin/gallery",
            group,
            "layout-grid",
            msg::nav_gallery(),
        ));
    }
    items.push(item(
        "go /admin/profile",
        group,
        "settings",
        msg::nav_profile(),
    ));
    items.push(item(
        "go /admin/profile/security",
        group,
        "shield-check",
        msg::security_title(),
    ));
    items
}

fn views(store: Store) -> Vec<PaletteItem> {
    let group = msg::group_views();
    let mut items = vec![
        item("all", group, "list-filter", msg::view_all()),
        item("needs", group, "list-filter", msg::view_needs()),
        item("unassigned", group, "list-filter", msg::view_unassigned()),
    ];
    store.views.with(|views| {
        items.extend(views.iter().map(|v| {
            item(
                format!("view {}", v.name),
                group,
                "list-filter",
                v.name.clone(),
            )
        }));
    });
    items
}

fn zones(store: Store, names: words::Names) -> Vec<PaletteItem> {
    let mut zones: Vec<Slug> =
        store.with_board(|board| board.jobs.values().map(|job| job.zone.clone()).collect());
    zones.sort();
    zones.dedup();
    zones
        .into_iter()
        .map(|zone| {
            item(
                format!("zone {zone}"),
                msg::group_zones(),
                "map-pin",
                names.zone(&zone),
            )
        })
        .collect()
}

fn actions() -> Vec<PaletteItem> {
    let group = msg::group_actions();
    let mut keys = item("keys", group, "keyboard", msg::keys_title());
    keys.keys = vec!["?"];
    vec![
        keys,
        item("light", group, "sun", msg::command_light()),
        item("dark", group, "moon", msg::command_dark()),
        item("lang", group, "languages", msg::other_language()),
        item("out", group, "log-out", msg::sign_out()),
    ]
}

fn jobs(store: Store) -> Vec<PaletteItem> {
    let group = msg::group_jobs();
    let mut items: Vec<PaletteItem> = store.with_board(|board| {
        let items = board.jobs.values().map(|job| {
            let label = format!(
                "{} {} · {} · {}",
                job.reference,
                t(&job.service_name),
                t(&job.sector_name),
                job_words(job.state)
            );
            PaletteItem {
                also: format!("{} {}", job.service_name.ar, job.service_name.en),
                ..item(format!("job {}", job.job), group, "clipboard-list", label)
            }
        });
        items.collect()
    });
    items.sort_by(|a, b| a.label.cmp(&b.label));
    items
}
