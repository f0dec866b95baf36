//! The price, line by line, each with its reason.

use crate::msg;
use contract_bookings::ExtraLine;
use contract_catalog::{LineKind, PriceLine};
use kernel::Money;
use leptos::prelude::*;
use ui::i18n::t;
use ui::{Receipt, ReceiptLine};

fn why(kind: LineKind) -> Option<String> {
    let text = match kind {
        LineKind::PlatformFee => msg::why_platform_fee(),
        LineKind::Visit => msg::why_visit(),
        LineKind::Surcharge => msg::why_surcharge(),
        LineKind::Material => msg::why_material(),
        LineKind::Service | LineKind::Option | LineKind::Benefit => return None,
    };
    Some(text.to_owned())
}

/// The work first, then what comes with it.
fn rank(kind: LineKind) -> u8 {
    match kind {
        LineKind::Service => 0,
        LineKind::Option => 1,
        LineKind::Surcharge => 2,
        LineKind::Visit => 3,
        LineKind::PlatformFee => 4,
        LineKind::Material => 5,
        LineKind::Benefit => 6,
    }
}

pub fn lines(lines: &[PriceLine]) -> Vec<ReceiptLine> {
    let mut lines: Vec<&PriceLine> = lines.iter().collect();
    lines.sort_by_key(|line| rank(line.kind));
    lines
        .into_iter()
        .map(|line| ReceiptLine {
            label: t(&line.name),
            why: why(line.kind),
            amount: line.amount,
        })
        .collect()
}

pub fn extra_lines(lines: &[ExtraLine]) -> Vec<ReceiptLine> {
    lines
        .iter()
        .map(|line| ReceiptLine {
            label: if line.quantity > 1 {
                msg::times(&line.name, line.quantity)
            } else {
                line.name.clone()
            },
            why: None,
            amount: line.unit_price.times(line.quantity),
        })
        .collect()
}

#[component]
pub fn PriceReceipt(lines: Vec<ReceiptLine>, total: Money, vat: Money) -> impl IntoView {
    view! { <Receipt lines=lines total=total vat=vat /> }
}
