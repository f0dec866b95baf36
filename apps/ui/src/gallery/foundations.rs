use super::{Spec, s};
use crate::Icon;
use leptos::prelude::*;

const COLOURS: &[&str] = &[
    "brand",
    "brand-soft",
    "brand-deep",
    "canvas",
    "surface",
    "sunken",
    "selected",
    "line",
    "line-strong",
    "text",
    "text-2",
    "text-3",
    "safe-fill",
    "safe-soft",
    "watch-fill",
    "watch-soft",
    "risk-fill",
    "risk-soft",
    "breach-fill",
    "breach-soft",
];
const SIZES: &[(&str, &str, &str)] = &[
    ("40", "4:21 م", "4:21 PM"),
    ("30", "يصل بين 4:15 و4:25", "Arrives 4:15 to 4:25"),
    (
        "24",
        "تسليك مجرى وإصلاح تسرّب",
        "Unblock a drain and stop a leak",
    ),
    ("20", "حيّ الملقا، شمال الرياض", "Al Malqa, north Riyadh"),
    (
        "16",
        "نراجع وثائقك خلال يوم عمل واحد.",
        "We review your documents within one working day.",
    ),
    ("14", "حُجز المبلغ ولم يُخصم", "Held, not charged"),
    ("13", "آخر تحديث قبل 3 دقائق", "Updated 3 minutes ago"),
];
const ICONS: &[&str] = &[
    "search",
    "bell",
    "map-pin",
    "wrench",
    "phone",
    "calendar-days",
    "credit-card",
    "receipt",
    "shield-check",
    "star",
    "circle-alert",
    "circle-check",
    "wifi-off",
    "refresh-cw",
    "x",
    "arrow-right",
    "send",
    "undo-2",
];

pub(super) fn view() -> AnyView {
    let colours = COLOURS
        .iter()
        .map(|name| {
            view! {
                <div class="sw">
                    <i style:--c=format!("var(--{name})")></i>
                    <span class="num">{*name}</span>
                </div>
            }
        })
        .collect_view();
    let sizes = SIZES
        .iter()
        .map(|(size, ar, en)| {
            view! {
                <div class="ty">
                    <span class="micro num">{*size}</span>
                    <span style:--c=format!("var(--fs-{size})")>{s(ar, en)}</span>
                </div>
            }
        })
        .collect_view();
    let icons = ICONS
        .iter()
        .map(|name| {
            let flips = matches!(*name, "arrow-right" | "send" | "undo-2");
            view! {
                <span class="glyph plain"><Icon name=*name class=if flips { "flip" } else { "" }/></span>
            }
        })
        .collect_view();
    view! {
        <Spec id="colour" title=s("الألوان", "Colour") wide=true><div class="sws">{colours}</div></Spec>
        <Spec id="type" title=s("الخط", "Type") wide=true><div class="stack sm">{sizes}</div></Spec>
        <Spec id="icons" title=s("الأيقونات", "Icons")>
            <div class="flex wrap">{icons}</div>
            <span class="brand-mark"><Icon name="logo" class="lg"/><span>{s("خدمة", "Khidma")}</span></span>
        </Spec>
    }
    .into_any()
}
