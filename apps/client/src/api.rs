//! Typed requests. Bodies are the contracts' types; refusals come back as [`Trouble`] in the
//! reader's language. What may be repeated is repeated for up to twenty seconds; an ended access
//! token is renewed once, whoever notices first.

use crate::retry::{self, Failed};
use crate::trouble::{IN_PROGRESS, Trouble};
use crate::{net, page::page, session, step_up, web};
use kernel::Lang;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

pub use crate::trouble::TroubleKind;

/// One try of a request that only reads.
const READ_TRY_MS: u32 = 12_000;
/// One try of a command: the server's own limit is below this.
const COMMAND_TRY_MS: u32 = 20_000;

/// An idempotency key: made once per intention, the same for all its tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(Uuid);

impl Key {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Uuid::new_v4())
    }
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Trouble> {
    decode(&get_text(path).await?)
}

pub async fn post<B: Serialize + ?Sized, T: DeserializeOwned>(
    path: &str,
    body: &B,
    key: Key,
) -> Result<T, Trouble> {
    command("POST", path, encode(body), key).await
}

pub async fn put<B: Serialize + ?Sized, T: DeserializeOwned>(
    path: &str,
    body: &B,
    key: Key,
) -> Result<T, Trouble> {
    command("PUT", path, encode(body), key).await
}

pub async fn patch<B: Serialize + ?Sized, T: DeserializeOwned>(
    path: &str,
    body: &B,
    key: Key,
) -> Result<T, Trouble> {
    command("PATCH", path, encode(body), key).await
}

pub async fn delete<T: DeserializeOwned>(path: &str, key: Key) -> Result<T, Trouble> {
    command("DELETE", path, None, key).await
}

async fn command<T: DeserializeOwned>(
    method: &'static str,
    path: &str,
    body: Option<String>,
    key: Key,
) -> Result<T, Trouble> {
    let request = Request {
        method,
        path,
        body,
        key: Some(key),
        ..Request::READ
    };
    decode(&authorized(request).await?)
}

/// Without a key, for what carries or answers a secret: of those the server keeps no copy, so a lost
/// answer is not asked for again.
pub async fn post_once<B: Serialize + ?Sized, T: DeserializeOwned>(
    path: &str,
    body: &B,
) -> Result<T, Trouble> {
    let request = Request {
        method: "POST",
        path,
        body: encode(body),
        ..Request::READ
    };
    decode(&authorized(request).await?)
}

/// The text of an answer, for those who decode it themselves.
pub(crate) async fn get_text(path: &str) -> Result<String, Trouble> {
    authorized(Request {
        path,
        ..Request::READ
    })
    .await
}

/// Without a session and its renewal: signing in and the like, which may set this app's cookie. Not
/// repeated when the connection is lost, since these carry no key.
pub(crate) async fn open<B: Serialize + ?Sized, T: DeserializeOwned>(
    path: &str,
    body: &B,
) -> Result<T, Trouble> {
    let request = Request {
        method: "POST",
        path,
        body: encode(body),
        door: true,
        ..Request::READ
    };
    match once(&request, None).await {
        Ok(text) => decode(&text),
        Err(failure) => Err(failure.trouble),
    }
}

/// New tokens for the cookie. Asking again is safe for half a minute: whoever lost the answer gets
/// it once more.
pub(crate) async fn renew<T: DeserializeOwned>() -> Result<T, Trouble> {
    let request = Request {
        method: "POST",
        path: "/v1/auth/refresh",
        body: Some("{}".to_owned()),
        door: true,
        again: true,
        ..Request::READ
    };
    match repeated(&request, None).await {
        Ok(text) => decode(&text),
        Err(failure) => Err(failure.trouble),
    }
}

/// Ends the session of this app's cookie; true when the server has done it.
pub(crate) async fn end_session() -> bool {
    let request = Request {
        method: "DELETE",
        path: "/v1/auth/sessions/current",
        door: true,
        again: true,
        ..Request::READ
    };
    repeated(&request, None).await.is_ok()
}

/// Whether our server answers at all.
pub(crate) async fn ping() -> bool {
    let request = Request {
        path: "/health/live",
        ..Request::READ
    };
    match once(&request, None).await {
        Ok(_) => true,
        Err(failure) => !matches!(failure.failed, Failed::Connection | Failed::Timeout),
    }
}

fn encode<B: Serialize + ?Sized>(body: &B) -> Option<String> {
    // The contracts' types always have a JSON form; `()` means no body.
    serde_json::to_string(body)
        .ok()
        .filter(|json| json != "null")
}

/// An empty answer reads as `null`: `()` and `Option` take it.
fn decode<T: DeserializeOwned>(text: &str) -> Result<T, Trouble> {
    serde_json::from_str(if text.is_empty() { "null" } else { text }).map_err(|error| {
        web::warn(&format!("an answer could not be read: {error}"));
        Trouble::nonsense(page().lang)
    })
}

struct Request<'a> {
    method: &'static str,
    path: &'a str,
    body: Option<String>,
    key: Option<Key>,
    /// Reads or sets this app's cookie.
    door: bool,
    /// May be repeated without a key.
    again: bool,
}

impl Request<'_> {
    const READ: Request<'static> = Request {
        method: "GET",
        path: "",
        body: None,
        key: None,
        door: false,
        again: false,
    };
    fn repeatable(&self) -> bool {
        self.method == "GET" || self.key.is_some() || self.again
    }
}

struct Failure {
    failed: Failed,
    trouble: Trouble,
}

/// With the session's token, renewed when it has ended; and with a fresh second factor, asked for when
/// it is missing.
async fn authorized(request: Request<'_>) -> Result<String, Trouble> {
    let (mut renewed, mut proved) = (false, false);
    loop {
        let token = session::access_token().await?;
        let failure = match repeated(&request, token.as_deref()).await {
            Ok(text) => return Ok(text),
            Err(failure) => failure,
        };
        let refused = matches!(failure.failed, Failed::Answer { status: 401, .. });
        match token {
            Some(token) if refused && !renewed => {
                renewed = true;
                session::renew(&token).await?;
            }
            _ if refused => {
                session::ended();
                return Err(Trouble {
                    kind: TroubleKind::SignedOut,
                    ..failure.trouble
                });
            }
            _ if !proved && failure.trouble.is(step_up::NOT_FRESH) => {
                match step_up::proved().await {
                    Some(true) => proved = true,
                    Some(false) => return Err(failure.trouble.declined()),
                    None => return Err(failure.trouble),
                }
            }
            _ => return Err(failure.trouble),
        }
    }
}

async fn repeated(request: &Request<'_>, token: Option<&str>) -> Result<String, Failure> {
    let began = web::page_ms();
    let mut tries = 0;
    loop {
        let failure = match once(request, token).await {
            Ok(text) => return Ok(text),
            Err(failure) => failure,
        };
        tries += 1;
        let spent = web::page_ms() - began;
        match retry::wait(failure.failed, tries, spent, web::random()) {
            Some(ms) if request.repeatable() && net::device_online() => web::sleep(ms).await,
            _ => return Err(failure),
        }
    }
}

async fn once(request: &Request<'_>, token: Option<&str>) -> Result<String, Failure> {
    let lang = page().lang;
    if !net::device_online() {
        net::lost();
        return Err(Failure {
            failed: Failed::Connection,
            trouble: Trouble::offline(lang),
        });
    }
    let limit = if request.method == "GET" {
        READ_TRY_MS
    } else {
        COMMAND_TRY_MS
    };
    let timer = Deadline::after(limit);
    let answer = send(request, token, lang, timer.signal()).await;
    match answer {
        Ok((status, text)) => {
            net::reached();
            if (200..300).contains(&status) {
                return Ok(text);
            }
            let trouble = Trouble::from_answer(status, &text, lang);
            Err(Failure {
                failed: Failed::Answer {
                    status,
                    in_progress: trouble.is(IN_PROGRESS),
                },
                trouble,
            })
        }
        Err(_) if timer.passed() => Err(Failure {
            failed: Failed::Timeout,
            trouble: Trouble::slow(lang),
        }),
        Err(_) => {
            net::lost();
            Err(Failure {
                failed: Failed::Connection,
                trouble: Trouble::lost(lang),
            })
        }
    }
}

async fn send(
    request: &Request<'_>,
    token: Option<&str>,
    lang: Lang,
    signal: Option<&web_sys::AbortSignal>,
) -> Result<(u16, String), JsValue> {
    let headers = web_sys::Headers::new()?;
    headers.set("Accept", "application/json")?;
    headers.set("Accept-Language", lang.as_str())?;
    if let Some(token) = token {
        headers.set("Authorization", &format!("Bearer {token}"))?;
    }
    if request.door {
        headers.set("X-Khidma-App", &page().app)?;
    }
    if let Some(key) = request.key {
        headers.set("Idempotency-Key", &key.0.to_string())?;
    }
    let init = web_sys::RequestInit::new();
    init.set_method(request.method);
    init.set_cache(web_sys::RequestCache::NoStore);
    init.set_signal(signal);
    if let Some(body) = &request.body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&body.as_str().into());
    }
    init.set_headers(&headers);
    let response = fetch(request.path, &init).await?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.status(), text.as_string().unwrap_or_default()))
}

pub(crate) async fn fetch(
    url: &str,
    init: &web_sys::RequestInit,
) -> Result<web_sys::Response, JsValue> {
    let window = web::window().ok_or(JsValue::NULL)?;
    JsFuture::from(window.fetch_with_str_and_init(url, init))
        .await?
        .dyn_into()
}

/// Breaks a request off when its time is over.
pub(crate) struct Deadline {
    signal: Option<web_sys::AbortSignal>,
    timer: Option<i32>,
    passed: std::rc::Rc<std::cell::Cell<bool>>,
}

impl Deadline {
    pub fn after(ms: u32) -> Self {
        let abort = web_sys::AbortController::new().ok();
        let passed = std::rc::Rc::new(std::cell::Cell::new(false));
        let signal = abort.as_ref().map(web_sys::AbortController::signal);
        let timer = web::after(ms, {
            let passed = passed.clone();
            move || {
                passed.set(true);
                if let Some(abort) = abort {
                    abort.abort();
                }
            }
        });
        Self {
            signal,
            timer,
            passed,
        }
    }
    pub fn signal(&self) -> Option<&web_sys::AbortSignal> {
        self.signal.as_ref()
    }
    pub fn passed(&self) -> bool {
        self.passed.get()
    }
}

impl Drop for Deadline {
    fn drop(&mut self) {
        web::stop_timer(self.timer.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_and_answers() {
        assert_eq!(encode(&()), None);
        assert_eq!(encode(&[1, 2]).as_deref(), Some("[1,2]"));
        assert_eq!(decode::<()>(""), Ok(()));
        assert_eq!(decode::<Vec<u8>>("[1]"), Ok(vec![1]));
        let trouble = decode::<Vec<u8>>("<html>").unwrap_err();
        assert_eq!(trouble.kind, TroubleKind::Broken);
    }

    #[test]
    fn only_reading_and_keyed_commands_are_repeated() {
        assert!(Request::READ.repeatable());
        let sign_in = Request {
            method: "POST",
            ..Request::READ
        };
        assert!(!sign_in.repeatable());
        let keyed = Request {
            method: "POST",
            key: Some(Key::new()),
            ..Request::READ
        };
        assert!(keyed.repeatable());
        assert_ne!(Key::new(), Key::new());
    }
}
