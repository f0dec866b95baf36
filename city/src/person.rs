//! Somebody with an account: signs in, keeps the tokens fresh, asks.
//!
//! Signing in has no idempotency keys. Whoever gets no answer to it asks again and may be told
//! that the code is used up or that the next one has to be waited for: so a new one is asked for,
//! or whoever called is told to come back.

use crate::StaffSignIn;
use crate::api::{Answer, Api, Body, Call};
use crate::chance::Keys;
use crate::wire::{CodeSent, SignedIn, SteppedUp};
use anyhow::{Context, anyhow, bail};
use jiff::SignedDuration;
use kernel::{Time, minutes, seconds};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A token is renewed when it ends within this: at sixty times the speed two minutes are two
/// seconds.
const MARGIN_S: i64 = 120;
/// How long a text message may take to come, real time.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(60);

/// Longer than one has to wait for the next code.
pub(crate) const CODE_AGAIN: SignedDuration = minutes(1);
/// How long an authenticator app shows a code; the platform takes the next one, too.
const TOTP_STEP_S: i64 = 30;

/// How somebody gets in.
pub(crate) enum Door {
    Phone(String),
    Staff(StaffSignIn),
}

pub(crate) struct Person {
    door: Door,
    keys: Keys,
    /// Their phone's own id: it asks for codes and uses them.
    device: Uuid,
    tokens: Option<SignedIn>,
}

impl Person {
    pub(crate) fn new(door: Door, mut keys: Keys) -> Self {
        Self {
            door,
            device: keys.next(),
            keys,
            tokens: None,
        }
    }

    /// `Err` where the next code has to be waited for.
    async fn sign_in(&self, api: &Api) -> anyhow::Result<Answer<SignedIn>> {
        for last in [false, true] {
            let answer = match &self.door {
                Door::Phone(phone) => by_phone(api, phone, self.device).await?,
                Door::Staff(staff) => by_app(api, staff, last).await?,
            };
            match answer {
                // The answer to the first try was lost, and its code is used up.
                Err(refusal) if refusal.repeated && refusal.status == 401 && !last => {}
                Err(refusal) if refusal.code == "identity.too_many_codes" => {
                    return Ok(Err(refusal));
                }
                Err(refusal) => bail!(
                    "signing in was refused: {} {}",
                    refusal.status,
                    refusal.code
                ),
                Ok(signed_in) => return Ok(Ok(signed_in)),
            }
        }
        bail!("unreachable: the second try returns")
    }

    async fn token(&mut self, api: &Api, now: Time) -> anyhow::Result<Answer<String>> {
        if let Some(tokens) = &self.tokens {
            if tokens.expires_at > now + seconds(MARGIN_S) {
                return Ok(Ok(tokens.access_token.clone()));
            }
            let body = json!({ "refresh_token": tokens.refresh_token });
            // Refused: the session is over, so in by the door again.
            self.tokens = post(api, "/v1/auth/refresh", &body).await?.ok();
        }
        let tokens = match self.tokens.take() {
            Some(tokens) => tokens,
            None => match self.sign_in(api).await? {
                Ok(tokens) => tokens,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        let access = tokens.access_token.clone();
        self.tokens = Some(tokens);
        Ok(Ok(access))
    }

    /// Signs in if need be. Refused where the next code has to be waited for: [`CODE_AGAIN`].
    pub(crate) async fn enter(&mut self, api: &Api, now: Time) -> anyhow::Result<Answer<()>> {
        Ok(self.token(api, now).await?.map(|_| ()))
    }

    async fn ask<T: DeserializeOwned>(
        &mut self,
        api: &Api,
        now: Time,
        method: Method,
        path: &str,
        body: Body<'_>,
    ) -> anyhow::Result<Answer<T>> {
        let key = (method != Method::GET).then(|| self.keys.next());
        for last in [false, true] {
            let token = match self.token(api, now).await? {
                Ok(token) => token,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let call = Call {
                method: method.clone(),
                path,
                token: Some(&token),
                key,
                body,
            };
            match api.call(call).await? {
                // The platform's clock ran ahead of ours.
                Err(refusal) if refusal.status == 401 && !last => {
                    if let Some(tokens) = &mut self.tokens {
                        tokens.expires_at = Time::UNIX_EPOCH;
                    }
                }
                Err(refusal) => {
                    if refusal.status == 401 {
                        api.error(format!("{method} refused a fresh token: {}", refusal.code));
                    }
                    return Ok(Err(refusal));
                }
                Ok(answer) => return Ok(Ok(answer)),
            }
        }
        bail!("unreachable: the second try returns")
    }

    /// Staff prove their second factor again, for what wants it fresh.
    pub(crate) async fn step_up(&mut self, api: &Api, now: Time) -> anyhow::Result<Answer<()>> {
        for last in [false, true] {
            let token = match self.token(api, now).await? {
                Ok(token) => token,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let Door::Staff(staff) = &self.door else {
                bail!("only staff have a second factor");
            };
            let code = shown_code(api, staff, last).await?;
            let call = Call {
                method: Method::POST,
                path: "/v1/auth/step-up",
                token: Some(&token),
                key: None,
                body: Body::Json(&json!({ "code": code })),
            };
            match api.call::<SteppedUp>(call).await? {
                // The code opened the session just now: the next one counts, too.
                Err(refusal) if refusal.status == 422 && !last => {}
                // The platform's clock ran ahead of ours.
                Err(refusal) if refusal.status == 401 && !last => {
                    if let Some(tokens) = &mut self.tokens {
                        tokens.expires_at = Time::UNIX_EPOCH;
                    }
                }
                Err(refusal) => return Ok(Err(refusal)),
                Ok(stepped_up) => {
                    if let Some(tokens) = &mut self.tokens {
                        tokens.access_token = stepped_up.access_token;
                        tokens.expires_at = stepped_up.expires_at;
                    }
                    return Ok(Ok(()));
                }
            }
        }
        bail!("unreachable: the second try returns")
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &mut self,
        api: &Api,
        now: Time,
        path: &str,
    ) -> anyhow::Result<Answer<T>> {
        self.ask(api, now, Method::GET, path, Body::None).await
    }
    pub(crate) async fn post<T: DeserializeOwned>(
        &mut self,
        api: &Api,
        now: Time,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Answer<T>> {
        let body = if body.is_null() {
            Body::None
        } else {
            Body::Json(body)
        };
        self.ask(api, now, Method::POST, path, body).await
    }
    pub(crate) async fn put<T: DeserializeOwned>(
        &mut self,
        api: &Api,
        now: Time,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Answer<T>> {
        self.ask(api, now, Method::PUT, path, Body::Json(body))
            .await
    }
    pub(crate) async fn upload<T: DeserializeOwned>(
        &mut self,
        api: &Api,
        now: Time,
        photo: &[u8],
    ) -> anyhow::Result<Answer<T>> {
        self.ask(api, now, Method::POST, "/v1/uploads", Body::Photo(photo))
            .await
    }
}

async fn post<T: DeserializeOwned>(
    api: &Api,
    path: &str,
    body: &Value,
) -> anyhow::Result<Answer<T>> {
    api.call(Call {
        method: Method::POST,
        path,
        token: None,
        key: None,
        body: Body::Json(body),
    })
    .await
}

/// By a code in a text message.
async fn by_phone(api: &Api, phone: &str, device: Uuid) -> anyhow::Result<Answer<SignedIn>> {
    let before = api.message(phone).await?.map(|message| message.id);
    let ask = json!({ "phone": phone, "lang": "en", "device": device });
    let sent = match post::<CodeSent>(api, "/v1/auth/codes", &ask).await? {
        Ok(sent) => sent,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let code = code_from(api, phone, before.as_deref()).await?;
    let body = json!({ "challenge": sent.challenge, "code": code, "device": device });
    post(api, "/v1/auth/sessions", &body).await
}

/// By a password and what the authenticator app shows: a code counts once, so `again` means the
/// next one.
async fn by_app(api: &Api, staff: &StaffSignIn, again: bool) -> anyhow::Result<Answer<SignedIn>> {
    let code = shown_code(api, staff, again).await?;
    let body = json!({ "email": staff.email, "password": staff.password, "code": code });
    post(api, "/v1/auth/staff/sessions", &body).await
}

/// What the authenticator app shows now, or will show `next`.
async fn shown_code(api: &Api, staff: &StaffSignIn, next: bool) -> anyhow::Result<String> {
    // The moment itself: at speed, the city's idea of it may be half a minute old.
    let now = api.clock().await?.now;
    totp(
        &staff.totp_secret,
        now + seconds(if next { TOTP_STEP_S } else { 0 }),
    )
}

/// Waits for the message after the one known before and reads its code.
async fn code_from(api: &Api, phone: &str, before: Option<&str>) -> anyhow::Result<String> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(2);
    loop {
        if let Some(message) = api.message(phone).await?
            && before != Some(message.id.as_str())
            && let Some(code) = six_digits(&message.body)
        {
            return Ok(code);
        }
        if began.elapsed() > MESSAGE_PATIENCE {
            bail!("no text message with a code came");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}

/// The first run of exactly six digits.
fn six_digits(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit())
        .find(|run| run.len() == 6)
        .map(str::to_owned)
}

/// What the authenticator app shows at `now` (RFC 6238).
fn totp(secret: &str, now: Time) -> anyhow::Result<String> {
    let secret = totp_rs::Secret::try_from_base32(secret.trim().to_ascii_uppercase())
        .map_err(|_| anyhow!("a staff member's authenticator secret is not base32"))?;
    let generator = totp_rs::Builder::new()
        .with_secret(secret)
        .with_skew(1)
        .build()
        .map_err(|_| anyhow!("a staff member's authenticator secret is too short"))?;
    let at_s = u64::try_from(now.as_seconds()).context("a moment before 1970")?;
    Ok(generator.generate(at_s).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_found_in_the_message() {
        for (text, code) in [
            (
                "Your Khidma sign-in code: 042137. Don't share it.",
                Some("042137"),
            ),
            ("رمز الدخول إلى خدمة: 042137. لا تعطه أحدًا.", Some("042137")),
            ("Finish code 4213", None),
            ("Call 920012345 or 123456", Some("123456")),
            ("", None),
        ] {
            assert_eq!(six_digits(text).as_deref(), code, "{text}");
        }
    }

    #[test]
    fn the_authenticator_follows_the_rfc() {
        let now = Time::from_millis(1_111_111_111_000);
        assert_eq!(
            totp("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", now).unwrap(),
            "050471"
        );
    }
}
