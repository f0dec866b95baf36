//! Where somebody is signed in, to be looked at and ended.

use crate::{
    Button, Dialog, Empty, Icon, Kind, Size, SkeletonRows, TroubleNote, format, msg, toast,
};
use client::{Key, cached, press};
use contract_identity::{SessionLine, Sessions, SessionsEnded};
use kernel::{SessionId, UserId};
use leptos::prelude::*;

/// The devices of whoever reads this, the one in hand first; or of a member of staff, for an
/// administrator.
#[component]
pub fn Devices(#[prop(optional)] of: Option<UserId>) -> impl IntoView {
    let path = of.map_or_else(
        || "/v1/me/sessions".to_owned(),
        |user| format!("/v1/staff/users/{user}/sessions"),
    );
    let all = match of {
        Some(_) => path.clone(),
        None => format!("{path}?keep_current=true"),
    };
    let path = StoredValue::new(path);
    let sessions = cached::<Sessions>(move || Some(path.get_value()));
    let words = Words::of(of.is_some());
    let asking = RwSignal::new(false);
    let end_one = press(
        move |id: SessionId, key: Key| {
            let path = format!("{}/{id}", path.get_value());
            async move { client::delete::<SessionsEnded>(&path, key).await }
        },
        move |_| {
            client::invalidate(&path.get_value());
            toast(msg::device_ended());
        },
    );
    let end_others = press(
        move |(), key: Key| {
            let all = all.clone();
            async move { client::delete::<SessionsEnded>(&all, key).await }
        },
        move |ended: SessionsEnded| {
            client::invalidate(&path.get_value());
            asking.set(false);
            toast(msg::devices_ended(i64::from(ended.ended)));
        },
    );
    let others = move || {
        sessions
            .get()
            .is_some_and(|s| s.items.iter().any(|line| !line.current))
    };
    view! {
        {move || match sessions.get() {
            Some(sessions) => {
                view! { <DeviceRows lines=in_hand_first(&sessions.items) on_end=Callback::new(move |id| end_one.go(id)) busy=end_one.busy()/> }
                    .into_any()
            }
            None if sessions.trouble().is_some() => ().into_any(),
            None => view! { <div class="card flush"><SkeletonRows n=2/></div> }.into_any(),
        }}
        <TroubleNote
            trouble=Signal::derive(move || sessions.trouble().filter(|_| sessions.get().is_none()))
            on_retry=move || sessions.refresh()
        />
        <TroubleNote trouble=end_one.trouble()/>
        <Show when=others>
            <div>
                <Button kind=Kind::Secondary on_press=move || asking.set(true)>
                    <Icon name="log-out" class="flip"/>
                    {words.end_all}
                </Button>
            </div>
        </Show>
        <Dialog open=asking title=words.title>
            <p class="muted">{words.text}</p>
            <TroubleNote trouble=end_others.trouble()/>
            <div class="btn-row">
                <Button on_press=move || asking.set(false)>{msg::devices_keep()}</Button>
                <Button kind=Kind::Danger busy=end_others.busy() on_press=move || end_others.go(())>
                    {msg::devices_end_do()}
                </Button>
            </div>
        </Dialog>
    }
}

/// One's own are all but one; somebody else's are all.
#[derive(Clone, Copy)]
struct Words {
    end_all: &'static str,
    title: &'static str,
    text: &'static str,
}

impl Words {
    fn of(somebody_else: bool) -> Self {
        if somebody_else {
            Self {
                end_all: msg::devices_end_all(),
                title: msg::devices_end_all_title(),
                text: msg::devices_end_all_text(),
            }
        } else {
            Self {
                end_all: msg::devices_end_others(),
                title: msg::devices_end_title(),
                text: msg::devices_end_text(),
            }
        }
    }
}

fn in_hand_first(lines: &[SessionLine]) -> Vec<SessionLine> {
    let mut lines = lines.to_vec();
    // Stable: the others stay as the server orders them, the one used last first.
    lines.sort_by_key(|line| !line.current);
    lines
}

/// The list itself, without its requests.
#[component]
pub fn DeviceRows(
    lines: Vec<SessionLine>,
    #[prop(into)] on_end: Callback<SessionId>,
    #[prop(optional, into)] busy: Signal<bool>,
) -> impl IntoView {
    if lines.is_empty() {
        return view! { <div class="card"><Empty title=msg::devices_none()/></div> }.into_any();
    }
    let now = client::use_now();
    let rows = lines
        .into_iter()
        .map(|line| {
            let name = if line.device.is_empty() {
                msg::device_unnamed().to_owned()
            } else {
                line.device.clone()
            };
            let label = msg::device_end_of(&name);
            let used = move || {
                if line.current {
                    msg::device_in_use().to_owned()
                } else {
                    msg::device_used(format::relative(line.last_used_at, now.get()))
                }
            };
            view! {
                <li class="row">
                    <span class="glyph plain"><Icon name=icon_of(&line.device)/></span>
                    <span class="grow">
                        <bdi class="t">{name}</bdi>
                        <span class="s">{used}</span>
                        <span class="micro">{move || msg::device_since(format::date(line.created_at, now.get()))}</span>
                    </span>
                    {if line.current {
                        view! { <span class="pill" data-k="move"><Icon name="check"/>{msg::device_this()}</span> }
                            .into_any()
                    } else {
                        view! {
                            <Button size=Size::Small label=label busy=busy on_press=move || on_end.run(line.id)>
                                {msg::device_end()}
                            </Button>
                        }
                        .into_any()
                    }}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="card flush rows devices">{rows}</ul> }.into_any()
}

/// By the words that the server makes of a `User-Agent`.
fn icon_of(device: &str) -> &'static str {
    let in_the_hand = ["iPhone", "iPad", "Android", "Technician"];
    if in_the_hand.iter().any(|word| device.contains(word)) {
        "smartphone"
    } else {
        "monitor"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Time;

    #[test]
    fn phones_look_like_phones() {
        assert_eq!(icon_of("Safari, iPhone"), "smartphone");
        assert_eq!(icon_of("KhidmaTechnician"), "smartphone");
        assert_eq!(icon_of("Firefox, Windows"), "monitor");
        assert_eq!(icon_of(""), "monitor");
    }

    #[test]
    fn the_device_in_hand_comes_first_and_the_others_stay_in_order() {
        let line = |device: &str, current| SessionLine {
            id: SessionId::new(),
            device: device.to_owned(),
            created_at: Time::UNIX_EPOCH,
            last_used_at: Time::UNIX_EPOCH,
            ends_at: Time::UNIX_EPOCH,
            current,
        };
        let lines = [line("a", false), line("b", false), line("here", true)];
        let names: Vec<_> = in_hand_first(&lines)
            .into_iter()
            .map(|l| l.device)
            .collect();
        assert_eq!(names, ["here", "a", "b"]);
    }
}
