//! Paying with a card: one kept with us, or a new one typed here. The same form serves checkout,
//! a second try after the bank declined, and an extra cost.

use crate::msg;
use crate::parts::card::{self, Brand};
use crate::parts::new_card::NewCard;
use client::cache::cached;
use client::payments::{Card, card_token};
use client::press::{Press, press};
use client::{Key, Trouble};
use contract_settlement::{SavedCard, SavedCards};
use kernel::CardId;
use leptos::prelude::*;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use ui::{Icon, Note, TroubleNote};

/// What is paid with.
#[derive(Debug, Clone, PartialEq)]
pub struct PayWith {
    /// Of a card typed now.
    pub card_token: Option<String>,
    /// Of a card kept with us.
    pub card: Option<CardId>,
    /// Keep the new card.
    pub save: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Paid {
    /// The amount is held.
    Held,
    /// The bank asks who it is, on a page of its own.
    Challenge(String),
}

impl Paid {
    pub fn of(challenge_url: Option<String>) -> Self {
        challenge_url.map_or(Self::Held, Self::Challenge)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Saved(CardId),
    New,
}

type Answer = Pin<Box<dyn Future<Output = Result<Paid, Trouble>>>>;
type Run = Rc<dyn Fn(PayWith, Key) -> Answer>;

#[derive(Clone, Copy)]
pub(super) struct Input {
    pub(super) value: RwSignal<String>,
    pub(super) error: RwSignal<Option<String>>,
}

impl Input {
    fn new() -> Self {
        Self {
            value: RwSignal::new(String::new()),
            error: RwSignal::new(None),
        }
    }
}

/// The state of one payment form.
#[derive(Clone, Copy)]
pub struct Payment {
    choice: RwSignal<Choice>,
    pub(super) number: Input,
    pub(super) name: Input,
    pub(super) expiry: Input,
    pub(super) cvc: Input,
    pub(super) save: RwSignal<bool>,
    press: Press<()>,
}

/// `run` places the hold; `held` follows when it stands. A challenge leaves the page.
pub fn payment<F>(run: impl Fn(PayWith, Key) -> F + 'static, held: impl Fn() + 'static) -> Payment
where
    F: Future<Output = Result<Paid, Trouble>> + 'static,
{
    let run: Run = Rc::new(move |with, key| Box::pin(run(with, key)));
    let choice = RwSignal::new(Choice::New);
    let (number, name, expiry, cvc) = (Input::new(), Input::new(), Input::new(), Input::new());
    let save = RwSignal::new(true);
    // A repeat after a lost connection must say the same under the same key: the token of the
    // first try is kept until an answer came.
    let kept = StoredValue::new(None::<String>);
    let pay = move |(), key: Key| {
        let run = run.clone();
        async move {
            let with = match choice.get_untracked() {
                Choice::Saved(card) => PayWith {
                    card_token: None,
                    card: Some(card),
                    save: false,
                },
                Choice::New => {
                    let token = match kept.get_value() {
                        Some(token) => token,
                        None => {
                            let (month, year) =
                                card::expiry(&expiry.value.get_untracked()).unwrap_or((0, 0));
                            card_token(&Card {
                                name: name.value.get_untracked().trim().to_owned(),
                                number: card::digits(&number.value.get_untracked(), 19),
                                month: format!("{month:02}"),
                                year: year.to_string(),
                                cvc: cvc.value.get_untracked(),
                            })
                            .await?
                        }
                    };
                    kept.set_value(Some(token.clone()));
                    PayWith {
                        card_token: Some(token),
                        card: None,
                        save: save.get_untracked(),
                    }
                }
            };
            let answer = run(with, key).await;
            if !matches!(&answer, Err(trouble) if trouble.outcome_unknown()) {
                kept.set_value(None);
            }
            answer
        }
    };
    let press = press(pay, move |paid| match paid {
        Paid::Held => held(),
        Paid::Challenge(url) => {
            // Leaving is all that can be done; if the browser refuses, the form stays.
            let _ = window().location().assign(&url);
        }
    });
    Payment {
        choice,
        number,
        name,
        expiry,
        cvc,
        save,
        press,
    }
}

impl Payment {
    pub fn busy(self) -> Signal<bool> {
        self.press.busy()
    }

    pub(super) fn check_number(self) -> bool {
        let digits = card::digits(&self.number.value.get_untracked(), 19);
        let full = card::brand(&digits).map_or(13, Brand::digits);
        let error = if digits.is_empty() {
            Some(msg::card_number_missing())
        } else if digits.len() < full {
            Some(msg::card_number_short())
        } else if !card::luhn(&digits) {
            Some(msg::card_number_wrong())
        } else {
            None
        };
        self.number.error.set(error.map(str::to_owned));
        error.is_none()
    }

    pub(super) fn check_name(self) -> bool {
        let missing = self
            .name
            .value
            .with_untracked(|name| name.trim().is_empty());
        let error = missing.then(|| msg::card_name_missing().to_owned());
        self.name.error.set(error);
        !missing
    }

    pub(super) fn check_expiry(self) -> bool {
        let today = client::clock::now().in_riyadh();
        let now = (today.month() as u8, today.year() as u16);
        let error = match self.expiry.value.with_untracked(|text| card::expiry(text)) {
            None => Some(msg::card_expiry_wrong()),
            Some(expiry) if card::expired(expiry, now) => Some(msg::card_expired()),
            Some(_) => None,
        };
        self.expiry.error.set(error.map(str::to_owned));
        error.is_none()
    }

    pub(super) fn check_cvc(self) -> bool {
        let digits = card::digits(&self.number.value.get_untracked(), 19);
        let wanted = card::brand(&digits).map_or(3, Brand::cvc_digits);
        let right = self.cvc.value.with_untracked(|cvc| cvc.len() == wanted);
        let error = (!right).then(|| msg::card_cvc_wrong(wanted));
        self.cvc.error.set(error);
        right
    }

    /// Pays, or moves to the first field that is not right.
    fn submit(self) {
        if self.choice.get_untracked() == Choice::New {
            let right = [
                ("card-number", self.check_number()),
                ("card-name", self.check_name()),
                ("card-expiry", self.check_expiry()),
                ("card-cvc", self.check_cvc()),
            ];
            if let Some((wrong, _)) = right.iter().find(|(_, right)| !right) {
                focus(wrong);
                return;
            }
        }
        self.press.go(());
    }
}

fn focus(name: &str) {
    use wasm_bindgen::JsCast;
    let field = document()
        .query_selector(&format!("[data-field={name}]"))
        .ok()
        .flatten();
    if let Some(field) = field.and_then(|f| f.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = field.focus();
    }
}

/// The fields; the button that submits them says `form=…` with the same id.
#[component]
pub fn PayForm(id: &'static str, payment: Payment) -> impl IntoView {
    let cards = cached::<SavedCards>(|| Some("/v1/me/cards".to_owned()));
    let picked = StoredValue::new(false);
    Effect::new(move |_| {
        // The card used last is offered first, once.
        if let Some(cards) = cards.get()
            && let Some(first) = cards.items.first()
            && !picked.get_value()
        {
            picked.set_value(true);
            payment.choice.set(Choice::Saved(first.id));
        }
    });
    let trouble = Signal::derive(move || payment.press.trouble().get());
    let declined = move || {
        trouble.with(|t| {
            t.as_ref()
                .is_some_and(|t| t.code == "settlement.card_declined")
        })
    };
    let other = Signal::derive(move || trouble.get().filter(|_| !declined()));
    view! {
        <form
            id=id
            class="stack sm"
            novalidate
            on:submit=move |event| {
                event.prevent_default();
                payment.submit();
            }
        >
            <div role="alert">
                <Show when=declined>
                    <Note sla=ui::Sla::Risk icon="credit-card">
                        {move || trouble.get().map(|t| t.detail)}
                    </Note>
                </Show>
            </div>
            <TroubleNote trouble=other />
            <div class="card flush rows" role="radiogroup" aria-label=msg::pay_method()>
                {move || {
                    cards
                        .get()
                        .map(|cards| {
                            cards
                                .items
                                .iter()
                                .map(|card| view! { <SavedRow card=card.clone() payment=payment /> })
                                .collect_view()
                        })
                }}
                <label class="row pay">
                    <input
                        type="radio"
                        name="card"
                        class="vh"
                        prop:checked=move || payment.choice.get() == Choice::New
                        on:change=move |_| payment.choice.set(Choice::New)
                    />
                    <i class="rad"></i>
                    <span class="card-logo">
                        <Icon name="credit-card" class="sm" />
                    </span>
                    <span class="grow">
                        <span class="t">
                            {move || match cards.get() {
                                Some(cards) if !cards.items.is_empty() => msg::pay_other_card(),
                                _ => msg::pay_new_card(),
                            }}
                        </span>
                    </span>
                </label>
                <Show when=move || payment.choice.get() == Choice::New>
                    <NewCard payment=payment />
                </Show>
            </div>
        </form>
    }
}

#[component]
fn SavedRow(card: SavedCard, payment: Payment) -> impl IntoView {
    let choice = Choice::Saved(card.id);
    view! {
        <label class="row pay">
            <input
                type="radio"
                name="card"
                class="vh"
                prop:checked=move || payment.choice.get() == choice
                on:change=move |_| payment.choice.set(choice)
            />
            <i class="rad"></i>
            <span class="card-logo">{brand_label(&card.brand)}</span>
            <span class="grow">
                <span class="t">{msg::card_of(brand_label(&card.brand))}</span>
                <span class="s num">{format!("•••• {}", card.last4)}</span>
            </span>
        </label>
    }
}

/// As the schemes write themselves.
pub fn brand_label(brand: &str) -> String {
    match brand {
        "visa" => "Visa".to_owned(),
        "master" | "mastercard" => "Mastercard".to_owned(),
        "amex" => "Amex".to_owned(),
        other => other.to_owned(),
    }
}
