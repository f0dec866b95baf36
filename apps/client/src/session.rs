//! Who is signed in, in all tabs of this app. What proves it is a cookie that no script can read;
//! each tab holds an access token of its own, in memory. The cookie's token can be used once, so
//! renewing is done by one request at a time: in a tab by waiting for the same answer, among tabs
//! with the browser's locks.

use crate::flight::Landing;
use crate::trouble::{Trouble, TroubleKind};
use crate::{api, cache, clock, live, page::page, passkey, web};
use contract_identity::{
    AskForCode, CodeSent, PasskeyOptions, PasskeyProof, SignIn, SignedIn, SignedInUser, StaffSignIn,
};
use kernel::access::{Permission, Scope};
use kernel::{Time, seconds};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// A signed-in person. Stored for the other tabs and the next visit: it opens nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    pub user: SignedInUser,
    /// What the roles are limited to, such as some zones.
    #[serde(default)]
    pub scope: Scope,
}

impl Session {
    /// For showing or hiding what one may do; the server decides.
    pub fn may(&self, permission: Permission) -> bool {
        self.user.roles.iter().any(|role| role.permits(permission))
    }
    /// Whether they have said what they are called.
    pub fn is_named(&self) -> bool {
        !self.user.name.is_empty()
    }
}

struct Access {
    token: String,
    expires_at: Time,
}

type Renewal = Rc<Landing<Result<(), Trouble>>>;

thread_local! {
    static ACCESS: RefCell<Option<Access>> = const { RefCell::new(None) };
    static SESSION: RefCell<Option<ArcRwSignal<Option<Session>>>> = const { RefCell::new(None) };
    static RENEWING: RefCell<Option<Renewal>> = const { RefCell::new(None) };
}

fn store_key(what: &str) -> String {
    format!("khidma.{}.{what}", page().app)
}

/// Who is signed in.
const PERSON: &str = "person";
/// There while the server has not heard of a sign-out.
const LEAVING: &str = "leaving";
/// What versions before this one kept, with the refresh token in it.
const BEFORE: &str = "session";

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

fn known() -> Option<Session> {
    signal().get_untracked()
}

pub(crate) fn is_signed_in() -> bool {
    known().is_some()
}

pub(crate) fn may(permission: Permission) -> bool {
    known().is_some_and(|session| session.may(permission))
}

pub(crate) fn start() {
    web::store(&store_key(BEFORE), None);
    adopt(read());
    web::listen_window("storage", |event| {
        let event: Result<web_sys::StorageEvent, _> = event.dyn_into();
        // A key of none: everything was cleared.
        if event.is_ok_and(|e| e.key().is_none_or(|key| key == store_key(PERSON))) {
            adopt(read());
        }
    });
    leave_at_last();
    web::listen_window("online", |_| leave_at_last());
}

fn read() -> Option<Session> {
    serde_json::from_str(&web::stored(&store_key(PERSON))?).ok()
}

/// Takes over what this or another tab has stored.
fn adopt(session: Option<Session>) {
    let signal = signal();
    let before = signal.get_untracked();
    if before == session {
        return;
    }
    let other_person = before.as_ref().map(|s| s.user.id) != session.as_ref().map(|s| s.user.id);
    if other_person && before.is_some() {
        ACCESS.set(None);
    }
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

fn remember(session: Session) {
    if let Ok(json) = serde_json::to_string(&session) {
        web::store(&store_key(PERSON), Some(&json));
    }
    adopt(Some(session));
}

fn keep(tokens: SignedIn) {
    let session = Session {
        scope: scope_of(&tokens.access_token).unwrap_or_default(),
        user: tokens.user,
    };
    let access = Access {
        token: tokens.access_token,
        expires_at: tokens.expires_at,
    };
    // Of somebody else than before: what was theirs is forgotten first.
    if known().is_some_and(|before| before.user.id != session.user.id) {
        adopt(None);
    }
    ACCESS.set(Some(access));
    remember(session);
}

/// The session is over; the other tabs notice by their storage.
pub(crate) fn ended() {
    ACCESS.set(None);
    web::store(&store_key(PERSON), None);
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

/// This browser's own id: a code is good only where it was asked for.
pub(crate) fn device() -> Uuid {
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
    signed_in(alone(async move { api::open("/v1/auth/sessions", &body).await }).await?)
}

/// `code`: the authenticator app's six digits.
pub async fn sign_in_staff(email: &str, password: &str, code: &str) -> Result<Session, Trouble> {
    let code = Some(code.into());
    staff(email, password, code, None).await
}

/// With a passkey of this browser, or of a telephone beside it.
pub async fn sign_in_with_passkey(email: &str, password: &str) -> Result<Session, Trouble> {
    let asked: PasskeyOptions = api::open("/v1/auth/staff/passkey/options", &()).await?;
    let proof = PasskeyProof {
        challenge: asked.challenge,
        credential: passkey::answer(&asked.options).await?,
    };
    staff(email, password, None, Some(proof)).await
}

async fn staff(
    email: &str,
    password: &str,
    code: Option<String>,
    passkey: Option<PasskeyProof>,
) -> Result<Session, Trouble> {
    let body = StaffSignIn {
        email: email.into(),
        password: password.into(),
        code,
        passkey,
    };
    signed_in(alone(async move { api::open("/v1/auth/staff/sessions", &body).await }).await?)
}

fn signed_in(tokens: SignedIn) -> Result<Session, Trouble> {
    // The server has ended what this browser was signed in to before.
    web::store(&store_key(LEAVING), None);
    keep(tokens);
    known().ok_or_else(|| Trouble::signed_out(page().lang))
}

/// Here and in the other tabs, at once; the server hears of it when it can, also on a later visit.
pub fn sign_out() {
    ended();
    web::store(&store_key(LEAVING), Some("1"));
    web::spawn(leave());
}

fn leave_at_last() {
    if web::stored(&store_key(LEAVING)).is_some() {
        web::spawn(leave());
    }
}

async fn leave() {
    alone(async {
        // Signed in again meanwhile: the cookie is the new session's.
        if !is_signed_in() && api::end_session().await {
            web::store(&store_key(LEAVING), None);
        }
    })
    .await;
}

/// A newer token of the same session, without the cookie.
pub(crate) fn take_access(token: String, expires_at: Time) {
    ACCESS.set(Some(Access { token, expires_at }));
}

/// The name changed: every tab shows the new one.
pub fn set_name(name: &str) {
    if let Some(mut session) = known() {
        session.user.name = name.into();
        remember(session);
    }
}

/// A token for the next request, renewed if it is about to end; none when nobody is signed in.
pub(crate) async fn access_token() -> Result<Option<String>, Trouble> {
    if !is_signed_in() {
        return Ok(None);
    }
    let (token, fresh) = ACCESS.with_borrow(|access| match access {
        Some(access) => (
            access.token.clone(),
            clock::now() + seconds(5) < access.expires_at,
        ),
        None => (String::new(), false),
    });
    if fresh {
        return Ok(Some(token));
    }
    renew(&token).await?;
    Ok(held())
}

fn held() -> Option<String> {
    ACCESS.with_borrow(|access| access.as_ref().map(|access| access.token.clone()))
}

/// Gets a new access token, unless this tab already did since `seen`.
pub(crate) async fn renew(seen: &str) -> Result<(), Trouble> {
    let (landing, first) = RENEWING.with_borrow_mut(|renewing| match renewing {
        Some(landing) => (landing.clone(), false),
        None => (renewing.insert(Landing::new()).clone(), true),
    });
    if first {
        let (landing, seen) = (landing.clone(), seen.to_owned());
        // On its own: whoever waits may go away.
        web::spawn(async move {
            let result = alone(exchange(seen)).await;
            RENEWING.set(None);
            landing.land(result);
        });
    }
    landing.wait().await
}

/// Whatever uses or changes the cookie, one by one among all tabs: under the browser's lock of that
/// name where there is one.
async fn alone<T: 'static>(work: impl Future<Output = T> + 'static) -> T {
    let Some(locks) = web::window().and_then(|w| web::get(&w.navigator(), "locks")) else {
        return work.await;
    };
    let work: Pin<Box<dyn Future<Output = T>>> = Box::pin(work);
    let work = Rc::new(RefCell::new(Some(work)));
    let done = Rc::new(RefCell::new(None));
    let inside = {
        let (work, done) = (work.clone(), done.clone());
        Closure::once_into_js(move |_lock: JsValue| -> js_sys::Promise {
            wasm_bindgen_futures::future_to_promise(async move {
                let work = work.take();
                if let Some(work) = work {
                    let result = work.await;
                    *done.borrow_mut() = Some(result);
                }
                Ok(JsValue::UNDEFINED)
            })
        })
    };
    let name = format!("khidma.{}.renew", page().app);
    if let Ok(promise) = web::call(&locks, "request", &[name.into(), inside]) {
        let _ = JsFuture::from(js_sys::Promise::resolve(&promise)).await;
    }
    let result = done.take();
    match result {
        Some(result) => result,
        // The browser gave no lock.
        None => {
            let work = work.take().expect("without a lock nobody has begun it");
            work.await
        }
    }
}

async fn exchange(seen: String) -> Result<(), Trouble> {
    // Another tab may have signed out, or somebody else in.
    adopt(read().or_else(known));
    if !is_signed_in() {
        return Err(Trouble::signed_out(page().lang));
    }
    if held().is_some_and(|token| token != seen) {
        return Ok(());
    }
    match api::renew::<SignedIn>().await {
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
