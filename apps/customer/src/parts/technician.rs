//! Who comes: name, firm, rating, experience.

use crate::msg;
use crate::parts::words::initials;
use contract_bookings::TrackedTechnician;
use leptos::prelude::*;
use ui::Icon;
use ui::i18n::t;

#[component]
pub fn TechnicianCard(who: TrackedTechnician) -> impl IntoView {
    let name = t(&who.name);
    let visits = i64::from(who.visits);
    view! {
        <section class="card tech-card" aria-label=msg::technician_title()>
            <span class="avatar lg" aria-hidden="true">
                <span>{initials(&name)}</span>
                <span class="ok">
                    <Icon name="check" />
                </span>
            </span>
            <div class="grow">
                <b>{name}</b>
                <span class="meta flex wrap">
                    {who
                        .rating
                        .map(|rating| {
                            let words = format!("{rating:.1}");
                            view! {
                                <span class="rate">
                                    <Icon name="star" />
                                    <span class="vh">{msg::rating_of()}</span>
                                    {words}
                                </span>
                            }
                        })}
                    {(visits > 0).then(|| view! { <span>{msg::visits(visits)}</span> })}
                </span>
                <span class="micro">{msg::technician_of(t(&who.vendor))}</span>
            </div>
        </section>
    }
}
