//! One booking: its price, its story, its people.

use crate::console::cancel::CancelButton;
use crate::console::job::Records;
use crate::console::people::People;
use crate::console::price::Lines;
use crate::console::store::Store;
use crate::console::story::Story;
use crate::rights::may;
use crate::{frame, msg};
use contract_bookings::BookingView;
use contract_dispatch::JobStory;
use kernel::BookingId;
use kernel::access::Permission;
use leptos::prelude::*;
use leptos_router::components::A;
use leptos_router::hooks::use_params_map;
use ui::format::when;
use ui::{Icon, Skeleton, TroubleNote, t};

#[component]
pub fn Page() -> impl IntoView {
    frame::set_title(msg::nav_bookings());
    let params = use_params_map();
    let id = Memo::new(move |_| {
        params
            .with(|p| p.get("id"))
            .and_then(|id| id.parse::<BookingId>().ok())
    });
    let booking: client::Cached<BookingView> =
        client::cached(move || id.get().map(|id| format!("/v1/staff/bookings/{id}")));
    let job = Memo::new(move |_| booking.get().and_then(|b| b.job));
    let reads_dispatch = may(Permission::DispatchRead);
    let dispatch: client::Cached<JobStory> = client::cached(move || {
        job.get()
            .filter(|_| reads_dispatch)
            .map(|job| format!("/v1/dispatch/jobs/{job}"))
    });
    let records = Records { booking, dispatch };
    let store = use_context::<Store>();
    // The stream speaks of jobs: news of this one is news of its booking.
    client::on_live(move |event| {
        if let client::live::Live::Job(line) = event
            && Some(line.job) == job.get_untracked()
        {
            booking.refresh();
            dispatch.refresh();
        }
    });
    let open_job = move || {
        job.get().filter(|job| {
            store.is_some_and(|s| {
                s.loaded.track();
                s.is_open(*job)
            })
        })
    };
    view! {
        <div class="page booking">
            <TroubleNote trouble=Signal::derive(move || booking.trouble()) on_retry=Callback::new(move |()| booking.refresh())/>
            {move || booking.loading().then(|| view! { <Skeleton lines=8/> })}
            {move || booking.get().map(|b| {
                let now = client::now();
                view! {
                    <header class="booking-head">
                        <div class="booking-title">
                            <p class="meta"><A href="/admin/bookings" attr:class="link">{msg::nav_bookings()}</A><span class="dot-sep"></span><span class="num">{b.reference.clone()}</span></p>
                            <h2>{t(&b.service_name)}</h2>
                            <p class="meta">
                                {t(&b.sector_name)}
                                <span class="dot-sep">{b.slot.map_or_else(|| msg::slot_now().to_owned(), |slot| when(slot, now))}</span>
                                <span class="dot-sep">{msg::made_at(when(b.created_at, now))}</span>
                            </p>
                            {(!b.address_note.is_empty()).then(|| view! { <p class="meta">{b.address_note.clone()}</p> })}
                        </div>
                        <super::StatePill state=b.state job=b.job_state/>
                        {open_job().map(|job| view! {
                            <A href=format!("/admin/?job={job}") attr:class="btn secondary sm"><Icon name="gauge"/>{msg::open_in_console()}</A>
                        })}
                        <CancelButton booking=booking after=Callback::new(move |()| booking.refresh())/>
                    </header>
                }
            })}
            <div class="booking-cols">
                <section class="stack" aria-label=msg::tab_price()>
                    {move || booking.get().map(|b| view! { <Lines booking=(*b).clone()/> })}
                </section>
                <section class="card" aria-label=msg::tab_story()>
                    <Story records=records job=None/>
                </section>
                <section class="card" aria-label=msg::tab_people()>
                    {move || job.get().filter(|_| may(Permission::DispatchRead)).map(|job| view! { <People job=job/> })}
                </section>
            </div>
        </div>
    }
}
