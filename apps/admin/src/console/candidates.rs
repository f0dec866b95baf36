//! Who could do the job, why and why not; and the dispatcher's own decision, with its reason.

use crate::console::store::store;
use crate::console::{desk, timeline};
use crate::rights::may;
use crate::{keep, msg, words};
use client::press;
use contract_bookings::{JobLine, JobState};
use contract_dispatch::{AssignByHand, Assignment, CandidateView, RankingView, WhyNot};
use contract_sla::ClockKind;
use kernel::access::Permission;
use kernel::{JobId, TechnicianId, Time};
use leptos::html::Ol;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use ui::format::{clock24, distance};
use ui::{FieldTrouble, Icon, Kbd, SkeletonRows, TroubleNote, t, toast};
use wasm_bindgen::JsCast;

/// The reasons people give; `other` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Why {
    Nearest,
    Customer,
    Late,
    Skill,
    Other,
}

impl Why {
    const ALL: [Self; 5] = [
        Self::Nearest,
        Self::Customer,
        Self::Late,
        Self::Skill,
        Self::Other,
    ];
    const fn word(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Customer => "customer",
            Self::Late => "late",
            Self::Skill => "skill",
            Self::Other => "other",
        }
    }
    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.word() == word)
    }
    fn text(self) -> &'static str {
        match self {
            Self::Nearest => msg::reason_nearest(),
            Self::Customer => msg::reason_customer(),
            Self::Late => msg::reason_late(),
            Self::Skill => msg::reason_skill(),
            Self::Other => msg::reason_other(),
        }
    }
}

/// The reason chosen for the next decision; the last one used is there already.
#[derive(Clone, Copy)]
struct Reason {
    why: RwSignal<Option<Why>>,
    text: RwSignal<String>,
    missing: RwSignal<bool>,
}

impl Reason {
    fn new() -> Self {
        Self {
            why: RwSignal::new(keep::load("reason").filter(|why| *why != Why::Other)),
            text: RwSignal::new(String::new()),
            missing: RwSignal::new(false),
        }
    }
    /// What is sent and kept in the audit log.
    fn words(self) -> Option<String> {
        match self.why.get_untracked()? {
            Why::Other => {
                let text = self.text.get_untracked().trim().to_owned();
                (!text.is_empty()).then_some(text)
            }
            why => Some(why.text().to_owned()),
        }
    }
}

/// Of those ruled out the nearest to going are shown at first: in a whole city there are hundreds.
const OUT_AT_FIRST: usize = 12;

/// While one of these lasts somebody else can be sent.
fn can_assign(state: JobState) -> bool {
    matches!(
        state,
        JobState::Queued
            | JobState::Offered
            | JobState::Assigned
            | JobState::EnRoute
            | JobState::Arrived
    )
}

/// Distance, an earlier refusal or a missing position are the dispatcher's to weigh; a technician
/// who has no time or no shift can't go.
fn can_be_sent(candidate: &CandidateView) -> bool {
    candidate.eta.is_some() && !matches!(candidate.why_not, Some(WhyNot::OffShift | WhyNot::Busy))
}

#[component]
pub fn Candidates(job: JobId, line: RwSignal<Arc<JobLine>>) -> impl IntoView {
    let store = store();
    let desk = desk();
    let state = Memo::new(move |_| line.with(|l| l.state));
    let open = Memo::new(move |_| can_assign(state.get()));
    let rested =
        super::job::rested(client::cache::peek::<RankingView>(&candidates_path(job)).is_some());
    let ranking: client::Cached<RankingView> =
        client::cached(move || (open.get() && rested.get()).then(|| candidates_path(job)));
    // The ranking is of a moment: it is made anew with news of the job, and every half minute.
    Effect::new(move |before: Option<u32>| {
        let turn = store.touched.get();
        if before.is_some_and(|before| before != turn) {
            ranking.refresh();
        }
        turn
    });
    let beat = set_interval_with_handle(
        move || {
            // Not while somebody is about to press one of the buttons.
            if open.get_untracked() && desk.armed.get_untracked().is_none() && !document().hidden()
            {
                ranking.refresh();
            }
        },
        std::time::Duration::from_secs(30),
    );
    on_cleanup(move || {
        if let Ok(beat) = beat {
            beat.clear();
        }
    });
    Effect::new(move |_| {
        desk.radius
            .set(ranking.get().map(|r| r.radius_m).filter(|_| open.get()))
    });
    on_cleanup(move || {
        desk.radius.try_set(None);
        desk.looking.try_set(None);
    });
    let current = Memo::new(move |_| {
        line.with(|l| l.technician.as_ref().map(|who| who.id))
            .filter(|_| state.get() != JobState::Offered)
    });
    let reason = Reason::new();
    // Their name as it stood on the button: news of the assignment may be here before its answer.
    let whom = StoredValue::new(String::new());
    let assign = press(
        move |technician: TechnicianId, key| {
            let body = AssignByHand {
                technician,
                reason: reason.words().unwrap_or_default(),
            };
            async move {
                let path = format!("/v1/dispatch/jobs/{job}/assign");
                client::api::post::<_, Assignment>(&path, &body, key).await
            }
        },
        move |_: Assignment| {
            if let Some(why) = reason.why.get_untracked() {
                keep::save("reason", &why);
            }
            toast(msg::assigned_to(whom.get_value()));
            client::invalidate(&format!("/v1/dispatch/jobs/{job}"));
            client::invalidate(&format!("/v1/staff/bookings/{}", assignment_booking(line)));
            desk.next_job();
        },
    );
    let send = Callback::new(move |technician: TechnicianId| {
        if reason.words().is_none() {
            reason.missing.set(true);
            focus("assign-reason");
            return;
        }
        let name = ranking.get().and_then(|r| {
            let chosen = r.candidates.iter().find(|c| c.technician == technician);
            chosen.map(|c| t(&c.name))
        });
        whom.set_value(name.unwrap_or_default());
        assign.go(technician);
    });
    let whole = RwSignal::new(false);
    let list: NodeRef<Ol> = NodeRef::new();
    // A number brings its candidate's button under Enter.
    Effect::new(move |_| {
        let Some(n) = desk.armed.get() else {
            return;
        };
        request_animation_frame(move || {
            let Some(list) = list.try_get_untracked().flatten() else {
                return;
            };
            let button = list
                .query_selector(&format!("button[data-n=\"{n}\"]"))
                .ok()
                .flatten();
            if let Some(button) = button.and_then(|b| b.dyn_into::<web_sys::HtmlElement>().ok()) {
                let _ = button.focus();
                button.scroll_into_view_with_bool(false);
            }
        });
    });
    let may_assign = may(Permission::DispatchAssign);
    let promise = Memo::new(move |_| {
        line.with(|l| {
            l.clocks
                .iter()
                .find(|c| c.kind == ClockKind::Arrive)
                .map(|c| c.deadline)
        })
    });
    view! {
        <div class="scroll" tabindex="0">
            <Show when=move || open.get() fallback=move || view! { <p class="pad meta">{msg::candidates_over()}</p> }>
                <TroubleNote trouble=Signal::derive(move || ranking.trouble()) on_retry=Callback::new(move |()| ranking.refresh())/>
                {move || ranking.loading().then(|| view! { <SkeletonRows n=4/> })}
                {move || ranking.get().map(|ranking| {
                    let radius = distance(ranking.radius_m);
                    let (can, out): (Vec<_>, Vec<_>) =
                        ranking.candidates.iter().cloned().partition(|c| c.why_not.is_none());
                    let mut n = 0;
                    let mut card = |candidate: CandidateView| {
                        let sent = may_assign && can_be_sent(&candidate);
                        let has = current.get() == Some(candidate.technician);
                        n += u8::from(sent && !has);
                        let n = (sent && !has).then_some(n);
                        view! {
                            <Candidate candidate=candidate n=n has=has promise=promise.get() send=send
                                busy=assign.busy() reassigns=current.get().is_some()/>
                        }
                    };
                    let none = can.is_empty();
                    let can = can.into_iter().map(&mut card).collect_view();
                    let some_out = !out.is_empty();
                    let shown = if whole.get() { out.len() } else { out.len().min(OUT_AT_FIRST) };
                    let more = out.len() - shown;
                    let out = out.into_iter().take(shown).map(&mut card).collect_view();
                    view! {
                        <p class="micro cand-note">{msg::candidates_at(clock24(ranking.at), radius)}</p>
                        <ol node_ref=list>
                            {none.then(|| view! { <li class="pad meta">{msg::candidates_none()}</li> })}
                            {can}
                            {some_out.then(|| view! { <li class="out-head micro">{msg::candidates_out()}</li> })}
                            {out}
                        </ol>
                        {(more > 0).then(|| view! {
                            <button type="button" class="btn ghost sm block" on:click=move |_| whole.set(true)>
                                {msg::candidates_more(more as i64)}
                            </button>
                        })}
                    }
                })}
            </Show>
        </div>
        <Show when=move || open.get() && may_assign>
            <div class="pane-foot reason">
                <FieldTrouble trouble=assign.trouble()/>
                <ReasonPicker reason=reason/>
                <p class="micro">{msg::assign_note()}</p>
            </div>
        </Show>
    }
}

fn candidates_path(job: JobId) -> String {
    format!("/v1/dispatch/jobs/{job}/candidates")
}

fn assignment_booking(line: RwSignal<Arc<JobLine>>) -> kernel::BookingId {
    line.with_untracked(|l| l.booking)
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id);
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

#[component]
fn ReasonPicker(reason: Reason) -> impl IntoView {
    let bad = move || reason.missing.get();
    view! {
        <div class="field grow" class:bad=bad>
            <label for="assign-reason" class="vh">{msg::reason()}</label>
            <select id="assign-reason" class="input" aria-invalid=move || bad().to_string() aria-describedby="assign-reason-msg"
                prop:value=move || reason.why.get().map_or("", Why::word)
                on:change=move |event| {
                    reason.why.set(Why::of(&event_target_value(&event)));
                    reason.missing.set(false);
                }>
                <option value="" disabled=true selected=move || reason.why.get().is_none()>{msg::reason_choose()}</option>
                {Why::ALL.map(|why| view! {
                    <option value=why.word() selected=move || reason.why.get() == Some(why)>{msg::reason_is(why.text())}</option>
                })}
            </select>
            <Show when=move || reason.why.get() == Some(Why::Other)>
                <label>
                    <span class="vh">{msg::reason_write()}</span>
                    <input class="input" type="text" maxlength="500" placeholder=msg::reason_write() bind:value=reason.text/>
                </label>
            </Show>
            <p class="msg" id="assign-reason-msg" role="alert">{move || bad().then(msg::reason_missing)}</p>
        </div>
    }
}

/// `n`: the number key, where the candidate can be sent.
#[component]
fn Candidate(
    candidate: CandidateView,
    n: Option<u8>,
    has: bool,
    promise: Option<Time>,
    send: Callback<TechnicianId>,
    busy: Signal<bool>,
    reassigns: bool,
) -> impl IntoView {
    let desk = desk();
    let name = t(&candidate.name);
    let technician = candidate.technician;
    let out = candidate.why_not.is_some();
    let armed = move || n.is_some() && desk.armed.get() == n;
    let score = candidate.score.clone();
    let bars = score.as_ref().map(|score| {
        score
            .components
            .iter()
            // A missing position has no bar: it is said below. Nor has a wish nobody had.
            .filter(|c| {
                c.weight != 0 && c.name != "position" && !(c.name == "preferred" && c.value == 0.0)
            })
            .filter_map(|c| {
                let name = words::component(&c.name)?;
                let percent = (c.value * 100.0).round() as i64;
                let value = c.value.clamp(0.0, 1.0);
                Some(view! {
                    <div class:lo=c.value < 0.45 style:--v=value.to_string()>
                        <span>{name}</span><b class="num">{percent}</b><i></i>
                    </div>
                })
            })
            .collect_view()
    });
    let reasons = timeline::reasons(&candidate, promise)
        .into_iter()
        .map(|(good, text)| {
            view! {
                <li class=if good { "yes" } else { "no" }>
                    <Icon name=if good { "check" } else { "minus" }/>
                    <span class="vh">{if good { msg::speaks_for() } else { msg::speaks_against() }}</span>
                    <span>{text}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <li class="cand" class:out=out aria-current=move || armed().then_some("true")>
            <div class="top">
                <span class="avatar sm" aria-hidden="true">{words::initials(&name)}</span>
                <span class="grow">
                    <b>{name.clone()}</b>
                    {has.then(|| view! { <span class="micro block">{msg::has_it()}</span> })}
                    {candidate.why_not.map(|why| view! {
                        <span class="meta flex c-why"><Icon name="ban" class="xs"/>{words::why_not(why)}</span>
                    })}
                </span>
                {score.map(|s| view! { <span class="score num"><span class="vh">{msg::score()}</span>{s.out_of_100()}</span> })}
                {n.map(|n| view! {
                    <button type="button" class="btn sm" class:primary=move || n == 1 && !out || armed() class:secondary=move || !(n == 1 && !out || armed())
                        data-n=n aria-busy=move || (busy.get() && armed()).to_string()
                        on:focus=move |_| {
                            desk.armed.set(Some(n));
                            desk.looking.set(Some(technician));
                        }
                        on:blur=move |_| {
                            desk.armed.update(|a| if *a == Some(n) { *a = None });
                            desk.looking.set(None);
                        }
                        on:click=move |_| send.run(technician)>
                        <span class="vh">{if reassigns { msg::reassign_to(name.clone()) } else { msg::assign_to(name.clone()) }}</span>
                        <span aria-hidden="true">{if reassigns { msg::reassign() } else { msg::assign() }}</span>
                        {(n <= 9).then(|| view! { <Kbd>{n.to_string()}</Kbd> })}
                    </button>
                })}
            </div>
            {bars.map(|bars| view! { <div class="why-bars">{bars}</div> })}
            <ul>{reasons}</ul>
        </li>
    }
}
