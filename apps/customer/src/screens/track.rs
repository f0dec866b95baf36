//! Following a booking from payment to rating: where the technician is, when they are expected,
//! what was promised, and what the customer is asked for.

use crate::msg;
use crate::parts::cancel::CancelBooking;
use crate::parts::extra::PendingExtra;
use crate::parts::finish::{AcceptWork, CodeCard, ConfirmArrival};
use crate::parts::headline::{Promise, headline, technician};
use crate::parts::pay::{PayForm, payment};
use crate::parts::rate::Rating;
use crate::parts::story::story;
use crate::parts::technician::TechnicianCard;
use crate::parts::track_map::TrackMap;
use crate::parts::words::sar;
use crate::screens::checkout::{hold_words, pay};
use crate::shell::{BackLink, require_sign_in, use_title};
use client::cache::{Cached, cached};
use contract_bookings::{BookingState, BookingView, JobState, MoneyState, TrackView};
use kernel::{BookingId, Time, minutes};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use std::time::Duration;
use ui::format::{clock12, hijri};
use ui::{BookingPill, Icon, Note, Skeleton, Story, TroubleNote};

/// A technician on the way is looked for this often, while the page is seen.
const POLL: Duration = Duration::from_secs(5);
/// Nearer than this the customer may know better than the technician's phone.
const AT_THE_DOOR_M: f64 = 500.0;

#[component]
pub fn Track() -> impl IntoView {
    let signed_in = require_sign_in();
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params.with(|params| {
            params
                .get("booking")
                .and_then(|id| id.parse::<BookingId>().ok())
        })
    });
    let path = move |tail: &'static str| {
        let id = id.get()?;
        signed_in.get().then(|| format!("/v1/bookings/{id}{tail}"))
    };
    let booking = cached::<BookingView>(move || path(""));
    let track = cached::<TrackView>(move || path("/track"));
    poll(track);
    let now = client::clock::use_now();
    let title = Memo::new(move |_| match (track.get(), booking.get()) {
        (Some(track), Some(booking)) => headline(&track, booking.slot, now.get()),
        _ => msg::track_title().to_owned(),
    });
    use_title(move || title.get());
    let has_map = Memo::new(move |_| booking.get().is_some_and(|booking| runs(booking.state)));
    view! {
        <main class="app track page-track" class:mapapp=has_map>
            {move || {
                if has_map.get() {
                    view! {
                        <div class="map-pane">
                            <TrackMap booking=booking track=track />
                            <div class="map-top">
                                <BackLink
                                    to=Signal::stored("/bookings".to_owned())
                                    class="btn secondary icon round"
                                />
                            </div>
                        </div>
                    }
                        .into_any()
                } else {
                    view! {
                        <header class="appbar">
                            <BackLink to=Signal::stored("/bookings".to_owned()) />
                        </header>
                    }
                        .into_any()
                }
            }}
            <div class="sheet stack lg">
                <Head booking=booking track=track title=title />
                <TroubleNote
                    trouble=Signal::derive(move || {
                        booking.trouble().filter(|_| booking.get().is_none())
                    })
                    on_retry=move || booking.refresh()
                />
                <Body booking=booking track=track />
            </div>
        </main>
    }
}

/// Positions come by asking; everything else the live stream brings.
fn poll(track: Cached<TrackView>) {
    let ask = move || {
        let moving = untrack(|| track.get()).is_some_and(|track| {
            matches!(
                track.job_state,
                Some(JobState::Assigned | JobState::EnRoute | JobState::Arrived)
            )
        });
        if moving && !document().hidden() {
            track.refresh();
        }
    };
    if let Ok(timer) = set_interval_with_handle(ask, POLL) {
        on_cleanup(move || timer.clear());
    }
}

#[component]
fn Head(
    booking: Cached<BookingView>,
    track: Cached<TrackView>,
    title: Memo<String>,
) -> impl IntoView {
    let en_route_eta = Memo::new(move |_| {
        track
            .get()
            .filter(|track| track.job_state == Some(JobState::EnRoute))
            .and_then(|track| track.eta)
    });
    let now = client::clock::use_now();
    // Said aloud when it changes, not every second.
    let away = Memo::new(move |_| {
        let eta = en_route_eta.get()?;
        let left = eta.since(now.get()).as_mins();
        [1_i64, 5, 15].into_iter().find(|mark| left <= *mark)
    });
    view! {
        <section class="stack sm">
            <div class="flex between">
                {move || {
                    booking
                        .get()
                        .map(|booking| {
                            view! {
                                <BookingPill state=booking.state job=booking.job_state />
                                <span class="micro num">{booking.reference.clone()}</span>
                            }
                        })
                }}
            </div>
            <h1 class:eta-line=move || en_route_eta.get().is_some()>
                {move || match en_route_eta.get() {
                    Some(eta) => {
                        view! {
                            {msg::eta_around()}
                            " "
                            <bdi class="eta-time">{clock12(eta)}</bdi>
                        }
                            .into_any()
                    }
                    None => title.get().into_any(),
                }}
            </h1>
            {move || match (track.get(), booking.get()) {
                (Some(track), Some(booking)) if runs(track.state) => {
                    view! { <Promise track=(*track).clone() booked_for=booking.slot /> }.into_any()
                }
                (None, None) if booking.loading() => view! { <Skeleton lines=3 /> }.into_any(),
                _ => ().into_any(),
            }}
            {move || {
                booking
                    .get()
                    .and_then(|booking| booking.slot)
                    .map(|slot| view! { <p class="micro">{hijri(slot)}</p> })
            }}
            <p class="vh" role="status">
                {move || match away.get() {
                    Some(minutes) => msg::minutes_away(minutes),
                    None => title.get(),
                }}
            </p>
        </section>
    }
}

/// Whether somebody still waits for a promise.
fn runs(state: BookingState) -> bool {
    matches!(state, BookingState::Confirmed | BookingState::InService)
}

#[component]
fn Body(booking: Cached<BookingView>, track: Cached<TrackView>) -> impl IntoView {
    let view = move || booking.get();
    let state = Memo::new(move |_| view().map(|b| b.state));
    let id = Memo::new(move |_| view().map(|b| b.id));
    let pending = Memo::new(move |_| {
        view()?
            .extras
            .iter()
            .find(|e| e.state == "pending")
            .cloned()
    });
    let who = Memo::new(move |_| track.get().and_then(|track| track.technician.clone()));
    let name = Memo::new(move |_| {
        track.get().map_or_else(
            || msg::the_technician().to_owned(),
            |track| technician(&track),
        )
    });
    let code = Memo::new(move |_| track.get().and_then(|track| track.finish_code.clone()));
    let rating = Memo::new(move |_| view().and_then(|b| b.rating.clone()));
    let over = Memo::new(move |_| {
        view().is_some_and(|b| {
            let in_time = b
                .rate_until
                .is_some_and(|until| until > client::clock::now());
            matches!(b.state, BookingState::Accepted | BookingState::Settled)
                && (in_time || b.rating.is_some())
        })
    });
    let now = client::clock::use_now();
    let asks_arrival = Memo::new(move |_| asks_arrival(track, booking, now));
    let paying = move || state.get() == Some(BookingState::AwaitingPayment);
    let accepting = move || state.get() == Some(BookingState::AwaitingAcceptance);
    view! {
        {move || {
            paying()
                .then(|| booking.get())
                .flatten()
                .map(|booking| view! { <PayNow booking=(*booking).clone() /> })
        }}
        {move || {
            pending
                .get()
                .map(|extra| view! { <PendingExtra extra=extra name=name.get_untracked() /> })
        }}
        {move || {
            code.get().map(|code| view! { <CodeCard code=code /> })
        }}
        {move || {
            accepting()
                .then(|| id.get())
                .flatten()
                .map(|id| view! { <AcceptWork booking=id /> })
        }}
        {move || {
            asks_arrival
                .get()
                .then(|| id.get())
                .flatten()
                .map(|id| view! { <ConfirmArrival booking=id name=name.get() /> })
        }}
        {move || {
            over
                .get()
                .then(|| id.get())
                .flatten()
                .map(|id| {
                    view! { <Rating booking=id given=rating.get() name=name.get_untracked() /> }
                })
        }}
        {move || who.get().map(|who| view! { <TechnicianCard who=who /> })}
        <Outcome booking=booking />
        {move || {
            let booking = booking.get()?;
            let track = track.get();
            let steps = story(&booking, track.as_deref());
            Some(
                view! {
                    <section class="stack sm">
                        <h2>{msg::story_title()}</h2>
                        <Story steps=steps />
                    </section>
                },
            )
        }}
        <Links booking=booking />
    }
}

/// Whether the customer had better be asked if the technician is here.
fn asks_arrival(track: Cached<TrackView>, booking: Cached<BookingView>, now: Signal<Time>) -> bool {
    let (Some(track), Some(booking)) = (track.get(), booking.get()) else {
        return false;
    };
    if track.job_state != Some(JobState::EnRoute) {
        return false;
    }
    let near = track
        .position
        .is_some_and(|position| position.point.distance_m(booking.pin) < AT_THE_DOOR_M);
    near || track.eta.is_some_and(|eta| eta + minutes(2) < now.get())
}

/// A booking that waits for its card.
#[component]
fn PayNow(booking: BookingView) -> impl IntoView {
    let id = booking.id;
    let state = payment(
        move |with, key| pay(id, with, key),
        move || {
            client::cache::invalidate("/v1/bookings");
            client::cache::invalidate("/v1/me/cards");
        },
    );
    let label = hold_words(&booking);
    view! {
        <section class="stack sm">
            <p class="meta">{msg::pay_now_text()}</p>
            <PayForm id="pay" payment=state />
            <button
                type="submit"
                form="pay"
                class="btn primary big block"
                aria-busy=move || state.busy().get().to_string()
            >
                {label}
            </button>
        </section>
    }
}

/// What ended otherwise than well, and what that means for the money.
#[component]
fn Outcome(booking: Cached<BookingView>) -> impl IntoView {
    move || {
        let booking = booking.get()?;
        let text = match booking.state {
            BookingState::Cancelled if booking.fee.is_zero() => {
                msg::outcome_cancelled_free().to_owned()
            }
            BookingState::Cancelled => msg::outcome_cancelled_fee(sar(booking.fee)),
            BookingState::Expired => msg::outcome_expired().to_owned(),
            _ if booking.remedy.is_positive() => msg::outcome_remedy(sar(booking.remedy)),
            _ => return None,
        };
        Some(view! { <Note icon="info">{text}</Note> })
    }
}

#[component]
fn Links(booking: Cached<BookingView>) -> impl IntoView {
    let can_cancel = Memo::new(move |_| {
        booking.get().is_some_and(|b| {
            matches!(
                b.state,
                BookingState::AwaitingPayment | BookingState::Confirmed
            )
        })
    });
    let held = Signal::derive(move || {
        booking
            .get()
            .is_some_and(|b| b.state != BookingState::AwaitingPayment)
    });
    let id = Memo::new(move |_| booking.get().map(|b| b.id));
    let has_receipt = Memo::new(move |_| {
        booking
            .get()
            .is_some_and(|b| b.money.state != MoneyState::None)
    });
    move || {
        let id = id.get()?;
        Some(view! {
            <div class="flex between wrap links">
                {has_receipt
                    .get()
                    .then(|| {
                        view! {
                            <a class="btn ghost sm" href=format!("/b/{id}/receipt")>
                                <Icon name="receipt" class="sm" />
                                <span>{msg::receipt_link()}</span>
                            </a>
                        }
                    })}
                {can_cancel.get().then(|| view! { <CancelBooking booking=id held=held /> })}
            </div>
        })
    }
}
