//! HTTP to the platform and its sandbox. Requests are timed and counted; a lost connection or a
//! platform that is restarting is waited for, with the same idempotency key, and so is a first
//! request that a dead process still holds; refusals that belong to the business are counted, all
//! others are remembered as errors.

use crate::wire::{Idle, Message, PlatformClock, SandboxIdle, SandboxSpeed, Token};
use anyhow::{Context, bail};
use kernel::Time;
use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use url::Url;
use uuid::Uuid;

/// How long a platform that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(90);
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// The platform still works on the first request with this key, or died over it: then the key is
/// free again after a while.
const IN_PROGRESS: &str = "http.in_progress";

/// Refusals a normal day brings.
const EXPECTED: &[&str] = &[
    // The code came, the answer that told what it is for did not.
    "identity.too_many_codes",
    // The app's code had just opened the session: the one after it counts.
    "identity.wrong_second_factor",
    "location.outside_zones",
    "catalog.not_served_here",
    "settlement.card_declined",
    // Asked after the bank's no had already come by webhook.
    "settlement.unknown_hold",
    "settlement.nothing_to_pay",
    "dispatch.unknown_offer",
    "dispatch.offer_taken",
    "dispatch.offer_expired",
    "dispatch.offer_withdrawn",
    "dispatch.technician_busy",
    "dispatch.already_assigned",
    "dispatch.job_closed",
    "dispatch.not_eligible",
    "bookings.not_allowed",
    "bookings.too_far",
    "bookings.quote_expired",
    "bookings.bad_slot",
    // Given to somebody else since, or not yet here.
    "bookings.unknown_job",
];

/// The platform said no.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub status: u16,
    pub code: String,
    /// An earlier request got no answer; it may have been done.
    pub repeated: bool,
}

pub(crate) type Answer<T> = Result<T, Refusal>;

#[derive(Deserialize)]
struct Problem {
    code: String,
}

#[derive(Clone, Copy)]
pub(crate) enum Body<'a> {
    None,
    Json(&'a Value),
    Photo(&'a [u8]),
}

pub(crate) struct Call<'a> {
    pub method: Method,
    pub path: &'a str,
    pub token: Option<&'a str>,
    pub key: Option<Uuid>,
    pub body: Body<'a>,
}

impl Call<'_> {
    /// The platform can't know a repeat for one: whatever was done before is refused now.
    fn counts_each_time(&self) -> bool {
        self.key.is_none() && self.method != Method::GET
    }
}

/// What the city noticed of the traffic.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    /// Of requests to `/v1`, microseconds.
    pub latencies_us: Vec<u32>,
    pub refusals: BTreeMap<String, u64>,
    pub errors: Vec<String>,
}

pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
    sandbox: String,
    publishable_key: String,
    tally: Mutex<Tally>,
}

impl Api {
    pub(crate) fn new(url: &str, sandbox_url: &str, publishable_key: &str) -> anyhow::Result<Self> {
        let address = |text: &str| -> anyhow::Result<String> {
            let url = Url::parse(text).with_context(|| format!("{text} is not an address"))?;
            Ok(url.as_str().trim_end_matches('/').to_owned())
        };
        let http = reqwest::Client::builder()
            .timeout(REQUEST_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .tcp_nodelay(true)
            .pool_max_idle_per_host(64)
            .build()?;
        Ok(Self {
            http,
            base: address(url)?,
            sandbox: address(sandbox_url)?,
            publishable_key: publishable_key.to_owned(),
            tally: Mutex::default(),
        })
    }

    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn take_tally(&self) -> Tally {
        std::mem::take(&mut *self.tally())
    }
    pub(crate) fn requests(&self) -> usize {
        self.tally().latencies_us.len()
    }
    /// Something that should not have happened.
    pub(crate) fn error(&self, what: String) {
        tracing::warn!(what, "the city met something unexpected");
        let mut tally = self.tally();
        if tally.errors.len() < 1_000 {
            tally.errors.push(what);
        }
    }
    /// For a city that never ends: forgets what nobody will report.
    pub(crate) fn forget_latencies(&self) {
        self.tally().latencies_us.clear();
    }

    fn request(&self, call: &Call<'_>) -> reqwest::RequestBuilder {
        let url = format!("{}{}", self.base, call.path);
        let mut request = self
            .http
            .request(call.method.clone(), url)
            .header("accept-language", "en");
        if let Some(token) = call.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = call.key {
            request = request.header("idempotency-key", key.to_string());
        }
        match call.body {
            Body::None => request,
            Body::Json(body) => request.json(body),
            Body::Photo(bytes) => request
                .header("content-type", "application/octet-stream")
                .body(bytes.to_vec()),
        }
    }

    /// Asks the platform. `Err` only where it does not answer at all or answers nonsense.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        call: Call<'_>,
    ) -> anyhow::Result<Answer<T>> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(50);
        let mut repeated = false;
        loop {
            let asked = Instant::now();
            let answer = match self.request(&call).send().await {
                Ok(response) => {
                    let status = response.status();
                    response.bytes().await.map(|body| (status, body))
                }
                Err(error) => Err(error),
            };
            let patient = began.elapsed() < PATIENCE;
            match answer {
                Ok((status, _)) if matches!(status.as_u16(), 502..=504) && patient => {}
                Ok((status, body)) if status == 409 && code(&body) == IN_PROGRESS && patient => {}
                Ok((status, body)) => {
                    if call.path.starts_with("/v1/") {
                        let took = u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX);
                        self.tally().latencies_us.push(took);
                    }
                    return self.read(&call, status, &body, repeated);
                }
                Err(error) if patient && !error.is_builder() => {}
                Err(error) => {
                    let what = format!("{} {} got no answer", call.method, route(call.path));
                    return Err(error.without_url()).context(what);
                }
            }
            repeated = true;
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    fn read<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        status: reqwest::StatusCode,
        body: &[u8],
        repeated: bool,
    ) -> anyhow::Result<Answer<T>> {
        if status.is_success() {
            let what = || format!("the answer of {} {}", call.method, route(call.path));
            return Ok(Ok(serde_json::from_slice(body).with_context(what)?));
        }
        let refusal = Refusal {
            status: status.as_u16(),
            code: code(body),
            repeated,
        };
        if EXPECTED.contains(&refusal.code.as_str()) {
            // The same no, whether this answer or the bank's webhook was first to bring it.
            let counted = match refusal.code.as_str() {
                "settlement.unknown_hold" => "settlement.card_declined",
                code => code,
            };
            *self.tally().refusals.entry(counted.to_owned()).or_default() += 1;
        } else if refusal.status != 401 && !(repeated && call.counts_each_time()) {
            self.error(format!(
                "{} {} {} {}",
                call.method,
                route(call.path),
                refusal.status,
                refusal.code
            ));
        }
        Ok(Err(refusal))
    }

    async fn plain<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        let answer = self
            .call(Call {
                method,
                path,
                token: None,
                key: None,
                body: body.map_or(Body::None, Body::Json),
            })
            .await?;
        answer.map_err(|r| anyhow::anyhow!("{path} answered {} {}", r.status, r.code))
    }

    pub(crate) async fn open<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.plain(Method::GET, path, None).await
    }

    pub(crate) async fn clock(&self) -> anyhow::Result<PlatformClock> {
        self.open("/dev/clock").await
    }
    pub(crate) async fn set_clock(&self, now: Time, speed: f64) -> anyhow::Result<()> {
        let body = json!({ "now": now, "speed": speed });
        let _: Value = self.plain(Method::POST, "/dev/clock", Some(&body)).await?;
        Ok(())
    }
    /// Goes on from the present.
    pub(crate) async fn set_speed(&self, speed: f64) -> anyhow::Result<()> {
        let body = json!({ "speed": speed });
        let _: Value = self.plain(Method::POST, "/dev/clock", Some(&body)).await?;
        Ok(())
    }
    pub(crate) async fn idle(&self) -> anyhow::Result<Idle> {
        self.open("/dev/idle").await
    }

    async fn sandbox<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> anyhow::Result<T> {
        let response = request.send().await.map_err(reqwest::Error::without_url)?;
        let status = response.status();
        if !status.is_success() {
            bail!("the sandbox answered {status}");
        }
        Ok(response.json().await.map_err(reqwest::Error::without_url)?)
    }
    pub(crate) async fn sandbox_idle(&self) -> anyhow::Result<SandboxIdle> {
        self.sandbox(self.http.get(format!("{}/sandbox/idle", self.sandbox)))
            .await
    }
    pub(crate) async fn settle_now(&self) -> anyhow::Result<SandboxIdle> {
        self.sandbox(
            self.http
                .post(format!("{}/sandbox/settle-now", self.sandbox)),
        )
        .await
    }
    pub(crate) async fn sandbox_speed(&self) -> anyhow::Result<f64> {
        let speed: SandboxSpeed = self
            .sandbox(self.http.get(format!("{}/sandbox/speed", self.sandbox)))
            .await?;
        Ok(speed.speed)
    }
    pub(crate) async fn set_sandbox_speed(&self, speed: f64) -> anyhow::Result<()> {
        let request = self.http.post(format!("{}/sandbox/speed", self.sandbox));
        let _: SandboxSpeed = self
            .sandbox(request.json(&json!({ "speed": speed })))
            .await?;
        Ok(())
    }
    /// The newest message to a phone, if any.
    pub(crate) async fn message(&self, phone: &str) -> anyhow::Result<Option<Message>> {
        let request = self
            .http
            .get(format!("{}/sandbox/inbox.json", self.sandbox));
        let query = [("to", phone), ("limit", "1")];
        let messages: Vec<Message> = self.sandbox(request.query(&query)).await?;
        Ok(messages.into_iter().next())
    }
    /// Types a card into the gateway's form, as a browser would.
    pub(crate) async fn card_token(&self, number: &str) -> anyhow::Result<String> {
        let card = json!({
            "name": "Khidma Customer",
            "number": number,
            "month": "12",
            "year": "2039",
            "cvc": "123",
            "save_only": true,
        });
        let request = self
            .http
            .post(format!("{}/moyasar/v1/tokens", self.sandbox))
            .basic_auth(&self.publishable_key, Some(""))
            .json(&card);
        let token: Token = self.sandbox(request).await?;
        Ok(token.id)
    }
    /// Says yes on the bank's page; the page sends the browser back, which the caller does.
    pub(crate) async fn approve_challenge(&self, url: &str) -> anyhow::Result<()> {
        let response = self
            .http
            .post(url)
            .form(&[("decision", "approve")])
            .send()
            .await;
        let status = response.map_err(reqwest::Error::without_url)?.status();
        if !(status.is_success() || status.is_redirection()) {
            bail!("the bank's page answered {status}");
        }
        Ok(())
    }
}

/// What a refusal calls itself.
fn code(body: &[u8]) -> String {
    serde_json::from_slice::<Problem>(body)
        .map_or_else(|_| "no_problem".to_owned(), |problem| problem.code)
}

/// A path without its ids and query: fit for a report.
fn route(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path
        .split('/')
        .map(|part| if part.len() > 30 { "{id}" } else { part })
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_carry_no_ids() {
        let id = kernel::BookingId::new();
        assert_eq!(
            route(&format!("/v1/bookings/{id}/cancel")),
            "/v1/bookings/{id}/cancel"
        );
        assert_eq!(route("/v1/dispatch/queue?state=open"), "/v1/dispatch/queue");
    }
}
