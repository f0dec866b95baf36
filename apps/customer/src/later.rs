//! Which screens come later. The start, the catalog and signing in are in the first download; what
//! a visit is put together and paid with is one part, and what follows it is another.

#![allow(unsafe_code, reason = "the macro's own way of naming a part")]

use crate::screens::account::Account;
use crate::screens::bookings::Bookings;
use crate::screens::checkout::Checkout;
use crate::screens::data::{DeleteAccount, YourData};
use crate::screens::pay_return::PayReturn;
use crate::screens::pin::Pin;
use crate::screens::receipt::ReceiptScreen;
use crate::screens::service::ServiceScreen;
use crate::screens::track::Track;
use crate::shell::Screen;
use leptos::prelude::*;
use leptos::wasm_split::wasm_split;
use std::pin::Pin as Pinned;
use ui::Missing;

#[derive(Clone, Copy)]
pub enum Book {
    Service,
    Pin,
    Checkout,
    PayReturn,
}

#[derive(Clone, Copy)]
pub enum Mine {
    Track,
    Receipt,
    Bookings,
    Account,
    Data,
    Delete,
}

#[wasm_split(book, wasm_split_path = ::leptos::wasm_split, fallible, preload(book_ready))]
fn book_screen(screen: Book) -> Result<AnyView, Missing> {
    Ok(match screen {
        Book::Service => view! { <ServiceScreen /> }.into_any(),
        Book::Pin => view! { <Pin /> }.into_any(),
        Book::Checkout => view! { <Checkout /> }.into_any(),
        Book::PayReturn => view! { <PayReturn /> }.into_any(),
    })
}

#[wasm_split(mine, wasm_split_path = ::leptos::wasm_split, fallible, preload(mine_ready))]
fn mine_screen(screen: Mine) -> Result<AnyView, Missing> {
    Ok(match screen {
        Mine::Track => view! { <Track /> }.into_any(),
        Mine::Receipt => view! { <ReceiptScreen /> }.into_any(),
        Mine::Bookings => view! { <Bookings /> }.into_any(),
        Mine::Account => view! { <Account /> }.into_any(),
        Mine::Data => view! { <YourData /> }.into_any(),
        Mine::Delete => view! { <DeleteAccount /> }.into_any(),
    })
}

pub fn book(screen: Book) -> AnyView {
    ui::later(book_ready, move || book_screen(screen), outline)
}

pub fn mine(screen: Mine) -> AnyView {
    ui::later(mine_ready, move || mine_screen(screen), outline)
}

fn outline(inside: AnyView) -> AnyView {
    view! {
        <Screen class="page-list" back=Signal::stored("/".to_owned())>
            <main class="list">{inside}</main>
        </Screen>
    }
    .into_any()
}

/// For an address whose screen comes later: done when it is here, or will not come for now.
pub fn of(path: &str) -> Option<Pinned<Box<dyn Future<Output = ()>>>> {
    // Without the part the screen itself says so.
    match path.split('/').nth(1)? {
        "s" | "pin" | "checkout" | "pay" => Some(Box::pin(async { drop(book_ready().await) })),
        "b" | "bookings" | "account" => Some(Box::pin(async { drop(mine_ready().await) })),
        _ => None,
    }
}
