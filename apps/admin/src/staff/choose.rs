//! Which roles, and for a dispatcher which zones.

use crate::{msg, words};
use client::Trouble;
use kernel::Slug;
use kernel::access::Role;
use leptos::prelude::*;
use ui::{FieldTrouble, Seg, t};

#[derive(Clone, Copy)]
pub struct Chosen {
    pub roles: RwSignal<Vec<Role>>,
    /// `all` or `some`.
    reach: RwSignal<&'static str>,
    zones: RwSignal<Vec<Slug>>,
}

impl Chosen {
    pub fn of(roles: &[Role], zones: Option<&[Slug]>) -> Self {
        Self {
            roles: RwSignal::new(roles.to_vec()),
            reach: RwSignal::new(if zones.is_some() { "some" } else { "all" }),
            zones: RwSignal::new(zones.unwrap_or_default().to_vec()),
        }
    }
    /// Tracked.
    fn dispatches(self) -> bool {
        self.roles.with(|roles| roles.contains(&Role::Dispatcher))
    }
    /// Those a dispatcher is limited to; none for the others, and where all are meant.
    pub fn limited_to(self) -> Option<Vec<Slug>> {
        untrack(|| self.dispatches() && self.reach.get() == "some")
            .then(|| self.zones.get_untracked())
    }
}

fn toggle<T: PartialEq>(chosen: &mut Vec<T>, item: T) {
    match chosen.iter().position(|c| *c == item) {
        Some(at) => {
            chosen.remove(at);
        }
        None => chosen.push(item),
    }
}

#[component]
pub fn Choose(chosen: Chosen, #[prop(into)] trouble: Signal<Option<Trouble>>) -> impl IntoView {
    let names = words::Names::load();
    let roles = Role::ALL.iter().copied().filter(|role| role.is_staff());
    let boxes = roles
        .map(|role| {
            view! {
                <label class="check">
                    <input type="checkbox" prop:checked=move || chosen.roles.with(|r| r.contains(&role))
                        on:change=move |_| chosen.roles.update(|r| toggle(r, role))/>
                    <span>{words::role(role)}</span>
                </label>
            }
        })
        .collect_view();
    let zones = move || {
        let known = names.zones()?;
        let boxes = known.zones.iter().map(|zone| {
            let (slug, name) = (zone.slug.clone(), t(&zone.name));
            let is_in = {
                let slug = slug.clone();
                move || chosen.zones.with(|z| z.contains(&slug))
            };
            view! {
                <label class="chip">
                    <input type="checkbox" prop:checked=is_in
                        on:change=move |_| chosen.zones.update(|z| toggle(z, slug.clone()))/>
                    <span>{name}</span>
                </label>
            }
        });
        Some(boxes.collect_view())
    };
    view! {
        <fieldset class="bare">
            <legend class="label">{msg::col_roles()}</legend>
            <div class="role-boxes">{boxes}</div>
            <FieldTrouble trouble=trouble field="roles"/>
            <p class="micro">{msg::roles_rule()}</p>
        </fieldset>
        <Show when=move || chosen.dispatches()>
            <fieldset class="bare stack sm">
                <legend class="label">{msg::filter_zone()}</legend>
                <Seg label=msg::filter_zone() value=chosen.reach
                    items=vec![("all", msg::zones_all().to_owned()), ("some", msg::zones_some().to_owned())]/>
                <Show when=move || chosen.reach.get() == "some">
                    <div class="chips">{zones}</div>
                </Show>
                <FieldTrouble trouble=trouble field="zones"/>
            </fieldset>
        </Show>
    }
}
