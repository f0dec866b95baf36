//! The fields of a new card: tidied while they are typed, checked when they are left.

use crate::msg;
use crate::parts::card;
use crate::parts::pay::Payment;
use leptos::prelude::*;
use ui::{Field, Icon};

#[component]
pub fn NewCard(payment: Payment) -> impl IntoView {
    let brand = move || {
        payment
            .number
            .value
            .with(|number| card::brand(&card::digits(number, 19)))
    };
    view! {
        <div class="new-card">
            <Field label=msg::card_number() error=payment.number.error let:field>
                <span class="input card-in">
                    <input
                        id=field.id
                        data-field="card-number"
                        inputmode="numeric"
                        autocomplete="cc-number"
                        name="cardnumber"
                        placeholder="0000 0000 0000 0000"
                        dir="ltr"
                        prop:value=payment.number.value
                        on:input:target=move |event| {
                            let input = event.target();
                            typed(&input, payment.number.value, |text| {
                                card::grouped(&card::digits(text, 19))
                            });
                            if payment.number.error.get_untracked().is_some() {
                                payment.check_number();
                            }
                        }
                        on:blur=move |_| {
                            payment.check_number();
                        }
                    />
                    <span class="card-logo">
                        {move || match brand() {
                            Some(brand) => brand.name().into_any(),
                            None => view! { <Icon name="credit-card" class="sm" /> }.into_any(),
                        }}
                    </span>
                </span>
            </Field>
            <Field label=msg::card_name() error=payment.name.error let:field>
                <span class="input">
                    <input
                        id=field.id
                        data-field="card-name"
                        autocomplete="cc-name"
                        name="ccname"
                        dir="auto"
                        prop:value=payment.name.value
                        on:input:target=move |event| payment.name.value.set(event.target().value())
                        on:blur=move |_| {
                            payment.check_name();
                        }
                    />
                </span>
            </Field>
            <div class="two">
                <Field label=msg::card_expiry() error=payment.expiry.error let:field>
                    <span class="input">
                        <input
                            id=field.id
                            data-field="card-expiry"
                            inputmode="numeric"
                            autocomplete="cc-exp"
                            name="cc-exp"
                            placeholder="MM / YY"
                            dir="ltr"
                            prop:value=payment.expiry.value
                            on:input:target=move |event| {
                                let input = event.target();
                                typed(&input, payment.expiry.value, card::expiry_typed);
                            }
                            on:blur=move |_| {
                                payment.check_expiry();
                            }
                        />
                    </span>
                </Field>
                <Field label=msg::card_cvc() error=payment.cvc.error let:field>
                    <span class="input">
                        <input
                            id=field.id
                            data-field="card-cvc"
                            inputmode="numeric"
                            autocomplete="cc-csc"
                            name="cvc"
                            placeholder="123"
                            dir="ltr"
                            prop:value=payment.cvc.value
                            on:input:target=move |event| {
                                let input = event.target();
                                typed(&input, payment.cvc.value, |text| card::digits(text, 4));
                            }
                            on:blur=move |_| {
                                payment.check_cvc();
                            }
                        />
                    </span>
                </Field>
            </div>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=payment.save
                    on:change:target=move |event| payment.save.set(event.target().checked())
                />
                <span>{msg::card_save()}</span>
            </label>
            <p class="micro flex start">
                <Icon name="lock" class="xs" />
                <span>{msg::card_goes_to_gateway()}</span>
            </p>
        </div>
    }
}

/// Tidies what was typed, but never under a caret in the middle of it.
fn typed(
    input: &web_sys::HtmlInputElement,
    value: RwSignal<String>,
    tidy: impl Fn(&str) -> String,
) {
    let text = input.value();
    let at_end = input
        .selection_end()
        .ok()
        .flatten()
        .is_none_or(|caret| caret as usize >= text.encode_utf16().count());
    // Deleting a separator must not bring it straight back.
    let shorter = value.with_untracked(|old| text.len() < old.len());
    if !at_end || shorter {
        value.set(text);
        return;
    }
    let tidied = tidy(&text);
    input.set_value(&tidied);
    value.set(tidied);
}
