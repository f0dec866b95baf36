//! A price that is asked for as the visit takes shape, held for a while, and asked for again when
//! its time is over.

use crate::msg;
use crate::parts::price;
use crate::parts::words::promised_arrival;
use crate::screens::service::renewed;
use client::{Key, Trouble};
use contract_bookings::{AskQuote, QuoteView};
use kernel::Time;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use ui::format::clock12;
use ui::{Icon, Skeleton, TroubleNote};

/// Typing and tapping settle for this long before a price is asked for.
const SETTLE: Duration = Duration::from_millis(300);

#[derive(Clone, Copy)]
pub struct Quoting {
    pub quote: RwSignal<Option<QuoteView>>,
    pub busy: RwSignal<bool>,
    pub trouble: RwSignal<Option<Trouble>>,
    /// When the price shown before this one ended, where it ended by itself.
    pub ended: RwSignal<Option<Time>>,
    /// Set once the price is used: it stands, and is not asked for again.
    pub used: RwSignal<bool>,
    again: RwSignal<u32>,
}

impl Quoting {
    pub fn retry(self) {
        self.again.update(|n| *n += 1);
    }
}

/// Keeps a quote for what is wanted. `None`: it can't be asked for yet. `given`: a first quote is
/// set by the caller, and only its end makes a new one.
pub fn quoting(wanted: Signal<Option<AskQuote>>, given: bool) -> Quoting {
    let state = Quoting {
        quote: RwSignal::new(None),
        busy: RwSignal::new(false),
        trouble: RwSignal::new(None),
        ended: RwSignal::new(None),
        used: RwSignal::new(false),
        again: RwSignal::new(0),
    };
    let wanted = Memo::new(move |_| wanted.get());
    let latest = StoredValue::new(0_u32);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let ask = move |ask: AskQuote, renewal: Option<Time>| {
        latest.update_value(|n| *n += 1);
        let mine = latest.get_value();
        state.busy.set(true);
        spawn_local(async move {
            let answer = client::api::post::<_, QuoteView>("/v1/quotes", &ask, Key::new()).await;
            // Something else is wanted by now, or the screen is gone.
            if latest.try_get_value() != Some(mine) {
                return;
            }
            state.busy.set(false);
            match answer {
                Ok(quote) => {
                    state.trouble.set(None);
                    state.ended.set(renewal);
                    state.quote.set(Some(quote));
                }
                Err(trouble) => {
                    state.quote.set(None);
                    state.trouble.set(Some(trouble));
                }
            }
        });
    };
    Effect::new(move |ran: Option<()>| {
        let wanted = wanted.get();
        let again = state.again.get();
        if let Some(earlier) = timer.get_value() {
            earlier.clear();
        }
        if given && ran.is_none() && again == 0 {
            return;
        }
        let Some(wanted) = wanted else {
            latest.update_value(|n| *n += 1);
            state.busy.set(false);
            state.quote.set(None);
            return;
        };
        state.busy.set(true);
        let wait = if ran.is_none() {
            Duration::ZERO
        } else {
            SETTLE
        };
        timer.set_value(set_timeout_with_handle(move || ask(wanted, None), wait).ok());
    });
    on_cleanup(move || {
        if let Some(waiting) = timer.try_get_value().flatten() {
            waiting.clear();
        }
    });
    // The price ends while somebody looks at it: ask again, and say so.
    let now = client::clock::use_now();
    let ended = Memo::new(move |_| {
        let now = now.get();
        state
            .quote
            .with(|quote| quote.as_ref().map(|q| q.expires_at))
            .filter(|end| *end <= now)
    });
    Effect::new(move |_| {
        if let Some(end) = ended.get()
            && !state.busy.get_untracked()
            && !state.used.get_untracked()
            && let Some(wanted) = wanted.get_untracked()
        {
            ask(wanted, Some(end));
        }
    });
    state
}

/// The promise for this place and hour, and the price that is held.
#[component]
pub fn QuotePanel(quoting: Quoting) -> impl IntoView {
    let Quoting {
        quote,
        busy,
        trouble,
        ended,
        ..
    } = quoting;
    view! {
        <div class="flex between wrap">
            <h2>{msg::price_title()}</h2>
            {move || {
                quote
                    .with(|q| q.as_ref().map(|q| q.expires_at))
                    .map(|until| {
                        view! {
                            <span class="micro flex">
                                <Icon name="lock" class="xs" />
                                <span>{msg::price_held_until(clock12(until))}</span>
                            </span>
                        }
                    })
            }}
        </div>
        <div role="status">
            {move || {
                let quote = quote.get()?;
                let ended = ended.get()?;
                Some(
                    view! {
                        <div class="note" data-sla="watch">
                            <Icon name="timer" />
                            <span>{renewed(ended, quote.total)}</span>
                        </div>
                    },
                )
            }}
        </div>
        {move || match quote.get() {
            Some(quote) => view! { <QuoteBody quote=quote busy=busy /> }.into_any(),
            None if trouble.with(Option::is_none) => {
                view! {
                    <div class="card">
                        <Skeleton lines=5 />
                    </div>
                }
                    .into_any()
            }
            None => ().into_any(),
        }}
        <TroubleNote
            trouble=Signal::derive(move || trouble.get())
            on_retry=move || quoting.retry()
        />
    }
}

#[component]
fn QuoteBody(quote: QuoteView, busy: RwSignal<bool>) -> impl IntoView {
    let now = client::clock::now();
    let promised = promised_arrival(&quote.promise, quote.slot, now);
    let remedy = i64::from(quote.promise.remedy_percent);
    view! {
        <div class="stack sm" class:fading=move || busy.get()>
            <div class="note brand">
                <Icon name="shield-check" />
                <span>
                    <b>{promised}</b>
                    " "
                    {(remedy > 0).then(|| msg::promise_remedy(remedy))}
                </span>
            </div>
            <price::PriceReceipt
                lines=price::lines(&quote.lines)
                total=quote.total
                vat=quote.vat
            />
        </div>
    }
}
