//! Who is signed in, in all tabs of this app. The refresh token can be used once, so renewing is
//! done by one request at a time: in a tab by waiting for the same answer, among tabs with the
//! browser's locks.

use crate::flight::Landing;
use crate::trouble::{Trouble, TroubleKind};
use crate::{api, cache, clock, live, page::page, web};
use contract_identity::{
    AskForCode, CodeSent, Refresh, SignIn, SignedIn, SignedInUser, StaffSignIn,
};
use kernel::access::{Permission, Scope};
use kernel::seconds;
use leptos::prelude::*;
use serde::Deserialize;
use std::cell::RefCell;
use std::rc::Rc;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// A signed-in person.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    pub user: SignedInUser,
    /// What the roles are limited to, such as some zones.
    pub scope: Scope,
}

impl Session {
    /// For showing or hiding what one may do; the server decides.
    pub fn may(&self, permission: Permission) -> bool {
        self.user.roles.iter().any(|role| role.permits(permission))
    }
}

type Renewal = Rc<Landing<Result<(), Trouble>>>;

thread_local! {
    static TOKENS: RefCell<Option<SignedIn>> = const { RefCell::new(None) };
    static SESSION: RefCell<Option<ArcRwSignal<Option<Session>>>> = const { RefCell::new(None) };
    static RENEWING: RefCell<Option<Renewal>> = const { RefCell::new(None) };
}

fn store_key() -> String {
    format!("khidma.{}.session", page().app)
}

fn signal() -> ArcRwSignal<Option<Session>> {
    SESSION.with_borrow_mut(|session| {
        session
            .get_or_insert_with(|| ArcRwSignal::new(None))
            .clone()
    })
}

/// Who is signed in; none before and after.
pub fn session() -> Signal<Option<Session>> {
    signal().into()
}

pub(crate) fn is_signed_in() -> bool {
    TOKENS.with_borrow(Option::is_some)
}

pub(crate) fn start() {
    adopt(read());
    web::listen_window("storage", |event| {
        let event: Result<web_sys::StorageEvent, _> = event.dyn_into();
        // A key of none: everything was cleared.
        if event.is_ok_and(|e| e.key().is_none_or(|key| key == store_key())) {
            adopt(read());
        }
    });
}

fn read() -> Option<SignedIn> {
    serde_json::from_str(&web::stored(&store_key())?).ok()
}

/// Takes over what this or another tab has stored.
fn adopt(tokens: Option<SignedIn>) {
    let session = tokens.as_ref().map(|t| Session {
        user: t.user.clone(),
        scope: scope_of(&t.access_token).unwrap_or_default(),
    });
    TOKENS.set(tokens);
    let signal = signal();
    let before = signal.get_untracked();
    if before == session {
        return;
    }
    let other_person = before.as_ref().map(|s| s.user.id) != session.as_ref().map(|s| s.user.id);
    signal.set(session);
    if other_person {
        match before {
            Some(_) => cache::forget_all(),
            // What was read without a session is nobody's secret, but may look different now.
            None => cache::revalidate_all(),
        }
        live::session_changed();
    }
}

fn keep(tokens: SignedIn) {
    if let Ok(json) = serde_json::to_string(&tokens) {
        web::store(&store_key(), Some(&json));
    }
    adopt(Some(tokens));
}

/// The session is over; the other tabs notice by their storage.
pub(crate) fn ended() {
    web::store(&store_key(), None);
    adopt(None);
}

/// The middle part of a token says what its owner is limited to. Nothing here relies on it; it
/// decides what is shown.
fn scope_of(token: &str) -> Option<Scope> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(default)]
        scope: Scope,
    }
    let claims = base64_url(token.split('.').nth(1)?)?;
    serde_json::from_slice::<Claims>(&claims)
        .ok()
        .map(|c| c.scope)
}

/// RFC 4648 §5, without padding.
fn base64_url(text: &str) -> Option<Vec<u8>> {
    let (mut out, mut bits, mut have) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have) as u8);
        }
    }
    Some(out)
}

const DEVICE_KEY: &str = "khidma.device";

thread_local! {
    /// Where the browser keeps nothing, the page itself is the device.
    static DEVICE: RefCell<Option<Uuid>> = const { RefCell::new(None) };
}

/// This browser's own id: a code opens a session only where it was asked for.
fn device() -> Uuid {
    DEVICE.with_borrow_mut(|device| {
        *device.get_or_insert_with(|| {
            let stored = web::stored(DEVICE_KEY).and_then(|text| Uuid::parse_str(&text).ok());
            stored.unwrap_or_else(|| {
                let made = Uuid::new_v4();
                web::store(DEVICE_KEY, Some(&made.to_string()));
                made
            })
        })
    })
}

/// Sends a code to a phone, as people type it.
pub async fn ask_code(phone: &str) -> Result<CodeSent, Trouble> {
    let body = AskForCode {
        phone: phone.into(),
        lang: Some(page().lang),
        device: device(),
    };
    api::open("/v1/auth/codes", &body).await
}

/// With the code that was sent. An unknown phone becomes a customer.
pub async fn sign_in(challenge: Uuid, code: &str) -> Result<Session, Trouble> {
    let body = SignIn {
        challenge,
        code: code.into(),
        device: device(),
    };
    signed_in(api::open("/v1/auth/sessions", &body).await?)
}

/// `code`: the authenticator app's six digits.
pub async fn sign_in_staff(email: &str, password: &str, code: &str) -> Result<Session, Trouble> {
    let body = StaffSignIn {
        email: email.into(),
        password: password.into(),
        code: code.into(),
    };
    signed_in(api::open("/v1/auth/staff/sessions", &body).await?)
}

fn signed_in(tokens: SignedIn) -> Result<Session, Trouble> {
    keep(tokens);
    signal()
        .get_untracked()
        .ok_or_else(|| Trouble::signed_out(page().lang))
}

/// Here and in the other tabs, at once; the server hears of it when it can.
pub fn sign_out() {
    let tokens = TOKENS.with_borrow(Clone::clone);
    ended();
    if let Some(tokens) = tokens {
        web::spawn(async move { api::end_session(&tokens.access_token).await });
    }
}

/// The name changed: every tab shows the new one.
pub fn set_name(name: &str) {
    if let Some(mut tokens) = TOKENS.with_borrow(Clone::clone) {
        tokens.user.name = name.into();
        keep(tokens);
    }
}

/// A token for the next request, renewed if it is about to end; none when nobody is signed in.
pub(crate) async fn access_token() -> Result<Option<String>, Trouble> {
    let Some(tokens) = TOKENS.with_borrow(Clone::clone) else {
        return Ok(None);
    };
    if clock::now() + seconds(5) < tokens.expires_at {
        return Ok(Some(tokens.access_token));
    }
    renew(&tokens.access_token).await?;
    Ok(TOKENS.with_borrow(|t| t.as_ref().map(|t| t.access_token.clone())))
}

/// Gets new tokens, unless somebody already did since `seen`.
pub(crate) async fn renew(seen: &str) -> Result<(), Trouble> {
    let (landing, first) = RENEWING.with_borrow_mut(|renewing| match renewing {
        Some(landing) => (landing.clone(), false),
        None => (renewing.insert(Landing::new()).clone(), true),
    });
    if first {
        let (landing, seen) = (landing.clone(), seen.to_owned());
        // On its own: whoever waits may go away.
        web::spawn(async move {
            let result = locked(seen).await;
            RENEWING.set(None);
            landing.land(result);
        });
    }
    landing.wait().await
}

/// Under the browser's lock of that name where there is one, so that tabs do it one by one.
async fn locked(seen: String) -> Result<(), Trouble> {
    let locks = web::window().and_then(|w| web::get(&w.navigator(), "locks"));
    let Some(locks) = locks else {
        return exchange(seen).await;
    };
    let result = Rc::new(RefCell::new(None));
    let inside = {
        let (result, seen) = (result.clone(), seen.clone());
        Closure::once_into_js(move |_lock: JsValue| -> js_sys::Promise {
            wasm_bindgen_futures::future_to_promise(async move {
                let exchanged = exchange(seen).await;
                *result.borrow_mut() = Some(exchanged);
                Ok(JsValue::UNDEFINED)
            })
        })
    };
    let name = format!("khidma.{}.renew", page().app);
    if let Ok(promise) = web::call(&locks, "request", &[name.into(), inside]) {
        let _ = JsFuture::from(js_sys::Promise::resolve(&promise)).await;
    }
    let result = result.take();
    match result {
        Some(result) => result,
        // The browser gave no lock.
        None => exchange(seen).await,
    }
}

async fn exchange(seen: String) -> Result<(), Trouble> {
    // Another tab may have been first.
    adopt(read().or_else(|| TOKENS.with_borrow(Clone::clone)));
    let Some(tokens) = TOKENS.with_borrow(Clone::clone) else {
        return Err(Trouble::signed_out(page().lang));
    };
    if tokens.access_token != seen {
        return Ok(());
    }
    let body = Refresh {
        refresh_token: tokens.refresh_token,
    };
    match api::open::<_, SignedIn>("/v1/auth/refresh", &body).await {
        Ok(tokens) => {
            keep(tokens);
            Ok(())
        }
        // Only a clear no ends the session: not a lost network, not too many requests.
        Err(trouble) if trouble.is("identity.signed_out") => {
            ended();
            Err(Trouble {
                kind: TroubleKind::SignedOut,
                ..trouble
            })
        }
        Err(trouble) => Err(trouble),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_from_a_token() {
        // {"user":"x","scope":{"zones":["north"]}}
        let token = "e30.eyJ1c2VyIjoieCIsInNjb3BlIjp7InpvbmVzIjpbIm5vcnRoIl19fQ.c2ln";
        let zones = scope_of(token).unwrap().zones.unwrap();
        assert_eq!(zones[0].as_str(), "north");
        assert_eq!(scope_of("e30.e30.c2ln"), Some(Scope::default()));
        assert_eq!(scope_of("nonsense"), None);
        assert_eq!(base64_url("-_8").as_deref(), Some(&[0xfb, 0xff][..]));
    }
}
