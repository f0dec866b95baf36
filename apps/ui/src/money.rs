use crate::{format, msg};
use kernel::Money;
use leptos::prelude::*;

/// An amount with its unit. Classes: `lg xl`. `whole`: without needless halalas, for "from" prices.
#[component]
pub fn Amount(
    #[prop(into)] value: Signal<Money>,
    #[prop(optional, into)] class: String,
    #[prop(optional)] whole: bool,
) -> impl IntoView {
    let amount = move || {
        if whole {
            format::money_short(value.get())
        } else {
            format::money_amount(value.get())
        }
    };
    // The space is read aloud and copied; between flex items it has no width.
    view! {
        <bdi class=format!("money {class}")>
            <span class="amt">{amount}</span>" "<span class="cur">{msg::currency()}</span>
        </bdi>
    }
}

/// A line of a receipt. A deduction is negative.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiptLine {
    pub label: String,
    pub why: Option<String>,
    pub amount: Money,
}

/// Where money is itemised: lines, total and the VAT inside, over the parapet edge. `total_label`
/// says what the total is (held, charged, returned) where it is more than a sum.
#[component]
pub fn Receipt(
    lines: Vec<ReceiptLine>,
    total: Money,
    #[prop(default = None, into)] vat: Option<Money>,
    #[prop(optional, into)] total_label: Option<String>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let lines = lines
        .into_iter()
        .map(|line| {
            view! {
                <div>
                    <dt>{line.label}</dt>
                    <dd class:minus=line.amount.is_negative()><Amount value=line.amount/></dd>
                    {line.why.map(|why| view! { <dd class="why">{why}</dd> })}
                </div>
            }
        })
        .collect_view();
    view! {
        <div class=format!("receipt-wrap {class}")>
            <div class="receipt">
                <dl>
                    {lines}
                    <div class="total">
                        <dt>{total_label.unwrap_or_else(|| msg::total().to_owned())}</dt>
                        <dd><Amount value=total/></dd>
                        {vat.map(|vat| view! {
                            <dd class="why"><span>{msg::vat_inside()}</span>" "<Amount value=vat/></dd>
                        })}
                    </div>
                </dl>
            </div>
        </div>
    }
}
