//! All of them, page by page.

use super::{STAFF, StatePill, invite::Invite, zone_words};
use crate::paged::address;
use crate::rights::may;
use crate::{frame, msg, words};
use contract_identity::{StaffMember, StaffState};
use kernel::access::{Permission, Role};
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_query_map};
use ui::format::when;
use ui::{Button, Empty, Icon, Kind, SkeletonRows, TroubleNote};

const PAGE: &str = "50";
const LIST: &str = "/admin/staff";
const STATES: [StaffState; 3] = [
    StaffState::Invited,
    StaffState::Active,
    StaffState::Disabled,
];

fn state_word(state: StaffState) -> &'static str {
    match state {
        StaffState::Invited => msg::staff_invited(),
        StaffState::Active => msg::staff_active(),
        StaffState::Disabled => msg::staff_disabled(),
    }
}

#[component]
pub fn StaffList() -> impl IntoView {
    frame::set_title(msg::nav_staff());
    if !may(Permission::StaffRead) {
        return view! { <div class="page"><Empty title=msg::staff_not_yours() text=msg::console_not_yours_text()/></div> }
            .into_any();
    }
    let query = use_query_map();
    let go = use_navigate();
    let state = Memo::new(move |_| {
        let word = query.with(|q| q.get("state"))?;
        STATES.into_iter().find(|state| state.as_str() == word)
    });
    let cursor = Memo::new(move |_| query.with(|q| q.get("cursor")));
    let page: client::Cached<kernel::Page<StaffMember>> = client::cached(move || {
        let (state, cursor) = (state.get().map(|s| s.as_str()), cursor.get());
        Some(address(
            STAFF,
            &[
                ("limit", Some(PAGE)),
                ("state", state),
                ("cursor", cursor.as_deref()),
            ],
        ))
    });
    let here = move |cursor: Option<&str>| {
        let state = state.get().map(|s| s.as_str());
        address(LIST, &[("state", state), ("cursor", cursor)])
    };
    let inviting = RwSignal::new(false);
    let names = words::Names::load();
    view! {
        <div class="page">
            <div class="bookings-bar">
                <label class="flex">
                    <span class="meta">{msg::col_state()}</span>
                    <select class="input" on:change=move |event| {
                        let word = event_target_value(&event);
                        let state = (!word.is_empty()).then_some(word.as_str());
                        go(&address(LIST, &[("state", state)]), Default::default());
                    }>
                        <option value="" selected=move || state.get().is_none()>{msg::view_all()}</option>
                        {STATES.map(|s| view! {
                            <option value=s.as_str() selected=move || state.get() == Some(s)>{state_word(s)}</option>
                        }).collect_view()}
                    </select>
                </label>
                <span class="ms-auto"></span>
                {may(Permission::StaffManage).then(|| view! {
                    <Button kind=Kind::Primary on_press=move || inviting.set(true)>
                        <Icon name="user-plus"/>{msg::staff_invite()}
                    </Button>
                })}
            </div>
            <TroubleNote trouble=Signal::derive(move || page.trouble()) on_retry=move || page.refresh()/>
            {move || page.loading().then(|| view! { <SkeletonRows n=9/> })}
            {move || page.get().map(|page| table(&page.items, names))}
            <nav class="pager" aria-label=msg::pages()>
                {move || cursor.get().map(|_| view! { <A href=here(None) attr:class="btn secondary sm">{msg::first_page()}</A> })}
                {move || page.get().and_then(|p| p.next.clone()).map(|next| view! {
                    <A href=here(Some(&next)) attr:class="btn secondary sm">{msg::next_page()}</A>
                })}
            </nav>
        </div>
        <Invite open=inviting/>
    }
    .into_any()
}

fn table(items: &[StaffMember], names: words::Names) -> AnyView {
    if items.is_empty() {
        return view! { <Empty title=msg::staff_none() text=msg::bookings_none_text()/> }
            .into_any();
    }
    let now = client::now();
    let rows = items
        .iter()
        .cloned()
        .map(|member| {
            let href = format!("/admin/staff/{}", member.id);
            let dispatches = member.roles.contains(&Role::Dispatcher);
            let zones = member.zones.clone();
            view! {
                <tr>
                    <td>
                        <A href=href attr:class="link"><bdi>{member.name.clone()}</bdi></A>
                        <span class="micro block ltr fit">{member.email.clone()}</span>
                    </td>
                    <td class="wrap">{words::roles(&member.roles)}</td>
                    <td class="wrap muted">{move || dispatches.then(|| zone_words(names, zones.as_deref()))}</td>
                    <td><StatePill state=member.state/></td>
                    <td>{if member.has_second_factor { msg::factor_yes() } else { msg::factor_no() }}</td>
                    <td class="muted">{member.last_sign_in_at.map_or_else(|| msg::never().to_owned(), |at| when(at, now))}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <div class="table-wrap card flush" tabindex="0" role="region" aria-label=msg::nav_staff()>
            <table class="table">
                <thead><tr>
                    <th scope="col">{msg::col_name()}</th>
                    <th scope="col">{msg::col_roles()}</th>
                    <th scope="col">{msg::filter_zone()}</th>
                    <th scope="col">{msg::col_state()}</th>
                    <th scope="col">{msg::factor_title()}</th>
                    <th scope="col">{msg::col_signed_in()}</th>
                </tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}
