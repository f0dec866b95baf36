//! One of them: roles, devices, new ways in, and the end of the account.

use super::choose::{Choose, Chosen};
use super::link::{Once, OnceLink};
use super::stop::{Disable, Enable};
use super::{StatePill, path_of, took, zone_words};
use crate::rights::{may, me};
use crate::{frame, msg, words};
use client::api::post_once;
use client::{Key, press};
use contract_identity::{
    ChangeStaffRoles, EnrolmentIssued, IssueReset, ResetIssued, StaffMember, StaffState,
};
use kernel::UserId;
use kernel::access::{Permission, Role};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use std::sync::Arc;
use ui::format::when;
use ui::{Button, Devices, Dialog, Icon, Kind, Note, Skeleton, Sla, TroubleNote, elsewhere, toast};

#[component]
pub fn MemberPage() -> impl IntoView {
    frame::set_title(msg::nav_staff());
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")?.parse::<UserId>().ok()));
    let member = client::cached::<StaffMember>(move || id.get().map(path_of));
    let known = Memo::new(move |_| member.get());
    Effect::new(move |_| {
        if let Some(member) = known.get() {
            frame::set_title(member.name.clone());
        }
    });
    view! {
        <div class="page narrow stack lg">
            <div>
                <A href="/admin/staff" attr:class="link back">
                    <Icon name="arrow-left" class="sm flip"/>{msg::nav_staff()}
                </A>
            </div>
            <TroubleNote
                trouble=Signal::derive(move || member.trouble().filter(|_| member.get().is_none()))
                on_retry=move || member.refresh()
            />
            {move || member.loading().then(|| view! { <div class="card"><Skeleton lines=4/></div> })}
            {move || known.get().map(|member| whole(&member))}
        </div>
    }
}

fn whole(member: &Arc<StaffMember>) -> AnyView {
    let manages = may(Permission::StaffManage);
    let own = me() == Some(member.id);
    let id = member.id;
    view! {
        {head(member)}
        {(manages && own).then(|| view! { <Note icon="info">{msg::staff_own()}</Note> })}
        {(manages && !own).then(|| view! {
            <Roles member=member.clone()/>
            <WaysIn member=member.clone()/>
            <section class="stack" aria-labelledby="their-devices">
                <h2 id="their-devices">{msg::staff_devices()}</h2>
                <Devices of=id/>
            </section>
            {match member.state {
                StaffState::Disabled => view! { <Enable member=member.clone()/> }.into_any(),
                _ => view! { <Disable member=member.clone()/> }.into_any(),
            }}
        })}
    }
    .into_any()
}

fn head(member: &StaffMember) -> AnyView {
    let now = client::now();
    let names = words::Names::load();
    let dispatches = member.roles.contains(&Role::Dispatcher);
    let zones = member.zones.clone();
    let fact = |what: &'static str, value: String| {
        view! { <div><dt>{what}</dt><dd>{value}</dd></div> }
    };
    let factor = if member.has_second_factor {
        msg::factor_yes()
    } else {
        msg::factor_no()
    };
    let seen = member
        .last_sign_in_at
        .map_or_else(|| msg::never().to_owned(), |at| when(at, now));
    view! {
        <section class="card stack">
            <div class="flex">
                <span class="avatar" aria-hidden="true">{words::initials(&member.name)}</span>
                <div class="grow">
                    <h2><bdi>{member.name.clone()}</bdi></h2>
                    <p class="meta ltr fit">{member.email.clone()}</p>
                </div>
                <StatePill state=member.state/>
            </div>
            <dl class="facts-list stack sm">
                {fact(msg::col_roles(), words::roles(&member.roles))}
                {dispatches.then(|| view! {
                    <div><dt>{msg::filter_zone()}</dt><dd>{move || zone_words(names, zones.as_deref())}</dd></div>
                })}
                {fact(msg::factor_title(), factor.to_owned())}
                {fact(msg::col_signed_in(), seen)}
                {fact(msg::staff_since(), when(member.since, now))}
            </dl>
            {member.disabled.clone().map(|disabled| view! {
                <Note sla=Sla::Risk icon="ban">{msg::staff_disabled_at(when(disabled.at, now), disabled.reason)}</Note>
            })}
        </section>
    }
    .into_any()
}

#[component]
fn Roles(member: Arc<StaffMember>) -> impl IntoView {
    let chosen = Chosen::of(&member.roles, member.zones.as_deref());
    let (id, version) = (member.id, member.version);
    let change = press(
        move |body: ChangeStaffRoles, key: Key| async move {
            client::api::put::<_, StaffMember>(&format!("{}/roles", path_of(id)), &body, key).await
        },
        |member| {
            took(member);
            toast(msg::roles_changed());
        },
    );
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        change.go(ChangeStaffRoles {
            version,
            roles: chosen.roles.get_untracked(),
            zones: chosen.limited_to(),
        });
    };
    let refused = change.trouble();
    view! {
        <form class="card stack" aria-label=msg::col_roles() novalidate on:submit=submit>
            <Choose chosen=chosen trouble=refused/>
            <TroubleNote trouble=elsewhere(refused, &["roles", "zones"])/>
            {move || refused.with(|t| t.as_ref().is_some_and(|t| t.is(CHANGED))).then(|| again(id))}
            <div class="flex wrap">
                <Button kind=Kind::Primary submit=true busy=change.busy()>{msg::roles_do()}</Button>
                <span class="micro grow">{msg::roles_note()}</span>
            </div>
        </form>
    }
}

/// Somebody else was faster.
const CHANGED: &str = "identity.account_changed";

fn again(id: UserId) -> AnyView {
    view! {
        <div><Button on_press=move || client::invalidate(&path_of(id))>{msg::staff_look_again()}</Button></div>
    }
    .into_any()
}

/// For a forgotten password and for a lost phone: a link each.
#[component]
fn WaysIn(member: Arc<StaffMember>) -> impl IntoView {
    let (id, email, state) = (member.id, member.email.clone(), member.state);
    let once = RwSignal::new(None::<Once>);
    let asking = RwSignal::new(false);
    let password = press(
        |email: String, _| async move {
            post_once::<_, ResetIssued>("/v1/staff/password-resets", &IssueReset { email }).await
        },
        move |issued: ResetIssued| {
            once.set(Some(Once {
                link: issued.link,
                until: issued.expires_at,
            }));
        },
    );
    let factor = press(
        move |(), _| async move {
            let path = format!("{}/second-factor/reset", path_of(id));
            post_once::<_, EnrolmentIssued>(&path, &()).await
        },
        move |issued: EnrolmentIssued| {
            asking.set(false);
            once.set(Some(Once {
                link: issued.link,
                until: issued.expires_at,
            }));
            // The page itself stays: it is drawn anew with the next look at it.
            client::invalidate("/v1/staff?");
            client::invalidate(&format!("/v1/staff/users/{id}/sessions"));
        },
    );
    let invited = state == StaffState::Invited;
    if state == StaffState::Disabled {
        return ().into_any();
    }
    view! {
        <section class="stack" aria-labelledby="ways-in">
            <div>
                <h2 id="ways-in">{msg::ways_in()}</h2>
                <p class="meta">{msg::ways_in_text()}</p>
            </div>
            <div class="card stack">
                <TroubleNote trouble=password.trouble()/>
                {move || match once.get() {
                    Some(made) => view! { <OnceLink once=made done=Callback::new(move |()| {
                        once.set(None);
                        client::invalidate(&path_of(id));
                    })/> }.into_any(),
                    None => {
                        let email = email.clone();
                        view! {
                            <Show when=move || !invited>
                                <div class="setting">
                                    <span class="grow">{msg::way_password()}</span>
                                    <Button busy=password.busy() on_press={let email = email.clone(); move || password.go(email.clone())}>
                                        {msg::way_password_do()}
                                    </Button>
                                </div>
                            </Show>
                            <div class="setting">
                                <span class="grow">{if invited { msg::way_invited() } else { msg::way_factor() }}</span>
                                <Button on_press=move || asking.set(true)>
                                    {if invited { msg::way_invited_do() } else { msg::way_factor_do() }}
                                </Button>
                            </div>
                        }.into_any()
                    }
                }}
            </div>
            <Dialog open=asking title=if invited { msg::way_invited_title() } else { msg::way_factor_title() }>
                <p class="muted">{if invited { msg::way_invited_text() } else { msg::way_factor_text() }}</p>
                <TroubleNote trouble=factor.trouble()/>
                <div class="btn-row">
                    <Button on_press=move || asking.set(false)>{msg::step_up_not_now()}</Button>
                    <Button kind=if invited { Kind::Primary } else { Kind::Danger } busy=factor.busy() on_press=move || factor.go(())>
                        {if invited { msg::way_invited_do() } else { msg::way_factor_do() }}
                    </Button>
                </div>
            </Dialog>
        </section>
    }
    .into_any()
}
