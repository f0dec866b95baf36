//! What has to end before an account can: each in words, with what to do about it.

use crate::msg;
use kernel::Obstacle;
use leptos::prelude::*;
use ui::Icon;

struct Words {
    icon: &'static str,
    title: &'static str,
    what_to_do: &'static str,
    /// Where it is done.
    link: Option<(&'static str, &'static str)>,
}

fn words(obstacle: Obstacle) -> Words {
    let (icon, title, what_to_do, link) = match obstacle {
        Obstacle::OpenBooking => (
            "wrench",
            msg::obstacle_booking(),
            msg::obstacle_booking_do(),
            Some(("/bookings", msg::nav_bookings())),
        ),
        Obstacle::MoneyHeld => (
            "credit-card",
            msg::obstacle_money(),
            msg::obstacle_money_do(),
            None,
        ),
        Obstacle::RefundPending => (
            "banknote",
            msg::obstacle_refund(),
            msg::obstacle_refund_do(),
            None,
        ),
        Obstacle::WorksHere => ("users", msg::obstacle_work(), msg::obstacle_work_do(), None),
    };
    Words {
        icon,
        title,
        what_to_do,
        link,
    }
}

#[component]
pub fn Obstacles(of: Vec<Obstacle>) -> impl IntoView {
    let rows = of
        .into_iter()
        .map(|obstacle| {
            let words = words(obstacle);
            view! {
                <li class="row start">
                    <span class="glyph plain">
                        <Icon name=words.icon />
                    </span>
                    <span class="grow">
                        <span class="t">{words.title}</span>
                        <span class="s">{words.what_to_do}</span>
                        {words
                            .link
                            .map(|(href, name)| view! { <a class="link tap" href=href>{name}</a> })}
                    </span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="card flush rows">{rows}</ul> }
}
