//! What the customer thought of the visit: stars, what was good or wanting, and a few words.

use crate::msg;
use client::Key;
use client::press::press;
use contract_bookings::{BookingView, Rate};
use kernel::{BookingId, Slug};
use leptos::prelude::*;
use ui::{StarPicker, Stars, TroubleNote};

/// The server takes more; a phone's keyboard doesn't invite it.
const MOST: usize = 500;

fn tag_name(tag: &str) -> &'static str {
    match tag {
        "on_time" => msg::tag_on_time(),
        "tidy" => msg::tag_tidy(),
        "skilled" => msg::tag_skilled(),
        "polite" => msg::tag_polite(),
        "late" => msg::tag_late(),
        "untidy" => msg::tag_untidy(),
        "not_fixed" => msg::tag_not_fixed(),
        "unclear_price" => msg::tag_unclear_price(),
        _ => "",
    }
}

const GOOD: [&str; 4] = ["on_time", "tidy", "skilled", "polite"];
const WANTING: [&str; 4] = ["late", "untidy", "not_fixed", "unclear_price"];

#[component]
pub fn Rating(booking: BookingId, given: Option<Rate>, name: String) -> impl IntoView {
    match given {
        Some(rate) => view! { <Given rate=rate /> }.into_any(),
        None => view! { <Ask booking=booking name=name /> }.into_any(),
    }
}

#[component]
fn Given(rate: Rate) -> impl IntoView {
    let tags = rate
        .tags
        .iter()
        .map(|tag| tag_name(tag.as_str()))
        .filter(|name| !name.is_empty())
        .map(|name| view! { <span class="pill">{name}</span> })
        .collect_view();
    view! {
        <section class="card stack sm">
            <h2>{msg::rate_given()}</h2>
            <Stars value=f32::from(rate.stars) />
            <div class="chips">{tags}</div>
            {(!rate.comment.is_empty()).then(|| view! { <p class="meta">{rate.comment}</p> })}
        </section>
    }
}

#[component]
fn Ask(booking: BookingId, name: String) -> impl IntoView {
    let stars = RwSignal::new(None::<u8>);
    let tags = RwSignal::new(Vec::<String>::new());
    let comment = RwSignal::new(String::new());
    let offered = Memo::new(move |_| match stars.get() {
        Some(stars) if stars >= 4 => GOOD,
        _ => WANTING,
    });
    let send = press(
        move |(), key: Key| async move {
            let offered = offered.get_untracked();
            let tags = tags
                .get_untracked()
                .iter()
                .filter(|tag| offered.contains(&tag.as_str()))
                .filter_map(|tag| Slug::parse(tag).ok())
                .collect();
            let rate = Rate {
                stars: stars.get_untracked().unwrap_or(5),
                tags,
                comment: comment.get_untracked().trim().to_owned(),
            };
            let path = format!("/v1/bookings/{booking}/rating");
            client::api::put::<_, BookingView>(&path, &rate, key).await
        },
        move |view: BookingView| {
            client::cache::put(&format!("/v1/bookings/{booking}"), view);
            ui::toast(msg::rate_thanks().to_owned());
        },
    );
    let chip = move |tag: &'static str| {
        let on = move || tags.with(|tags| tags.iter().any(|t| t == tag));
        view! {
            <button
                type="button"
                class="chip"
                aria-pressed=move || on().to_string()
                on:click=move |_| {
                    tags.update(|tags| {
                        if let Some(at) = tags.iter().position(|t| t == tag) {
                            tags.remove(at);
                        } else {
                            tags.push(tag.to_owned());
                        }
                    });
                }
            >
                {tag_name(tag)}
            </button>
        }
    };
    view! {
        <section class="card stack rate-card">
            <h2>{msg::rate_question(name)}</h2>
            <StarPicker value=stars />
            <Show when=move || stars.get().is_some()>
                <div class="chips" role="group" aria-label=msg::rate_tags()>
                    {move || offered.get().into_iter().map(chip).collect_view()}
                </div>
                <div class="field">
                    <label for="rate-comment">
                        {msg::rate_comment()} " " <span class="opt">{msg::optional()}</span>
                    </label>
                    <textarea
                        id="rate-comment"
                        class="input"
                        maxlength=MOST
                        prop:value=comment
                        on:input:target=move |event| comment.set(event.target().value())
                    ></textarea>
                </div>
                <button
                    type="button"
                    class="btn primary block"
                    aria-busy=move || send.busy().get().to_string()
                    on:click=move |_| send.go(())
                >
                    {msg::rate_send()}
                </button>
                <TroubleNote trouble=send.trouble() on_retry=move || send.go(()) />
            </Show>
        </section>
    }
}
