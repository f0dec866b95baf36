use crate::call::Body;
use crate::{
    Answer, Breaker, BreakerState, Call, ClientSettings, GatewayError, Secret, backoff_ms,
};
use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Serialize;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::Instrument;
use url::Url;

/// How a gateway wants to be told who calls.
#[derive(Clone)]
pub enum Authentication {
    /// Nothing in the headers (the key is in the body, or there is none).
    None,
    /// HTTP Basic with the key as user and an empty password.
    BasicKey(Secret),
    /// A header of the gateway's own.
    Header(&'static str, Secret),
}

/// What a refusing answer says: the gateway's own code and words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejection {
    pub code: String,
    pub message: String,
}

/// A client that cannot be built is a mistake in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{gateway}: the base URL must be http or https with a host")]
    BaseUrl { gateway: &'static str },
    #[error("{gateway}: the HTTP client could not be built: {reason}")]
    Build {
        gateway: &'static str,
        reason: String,
    },
}

/// What a health page shows of a gateway without calling it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Probe {
    pub gateway: &'static str,
    pub breaker: BreakerState,
    /// Of the last attempt that got an answer, `None` before the first.
    pub last_latency_ms: Option<u64>,
    /// How long ago that answer came.
    pub last_answer_age_ms: Option<u64>,
}

impl Probe {
    /// Whether calls pass. A half-open circuit is still being tried.
    pub fn is_ready(&self) -> bool {
        self.breaker == BreakerState::Closed
    }
}

/// The HTTP client of one gateway; cheap to clone, clones share connections and breaker.
#[derive(Clone)]
pub struct GatewayClient(Arc<Inner>);

struct Inner {
    gateway: &'static str,
    base_url: Url,
    authentication: Authentication,
    read_rejection: fn(&[u8]) -> Rejection,
    settings: ClientSettings,
    http: reqwest::Client,
    breaker: Mutex<Breaker>,
    started: Instant,
    /// Milliseconds + 1, so that 0 means "none yet".
    last_latency: AtomicU64,
    last_answer_at: AtomicU64,
}

impl fmt::Debug for GatewayClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatewayClient")
            .field("gateway", &self.0.gateway)
            .field("base_url", &self.0.base_url.as_str())
            .finish_non_exhaustive()
    }
}

impl GatewayClient {
    /// `gateway` is a constant for metrics (`moyasar`); `read_rejection` reads the gateway's own
    /// error bodies.
    pub fn new(
        gateway: &'static str,
        base_url: Url,
        authentication: Authentication,
        read_rejection: fn(&[u8]) -> Rejection,
        settings: ClientSettings,
    ) -> Result<Self, ClientError> {
        let mut base_url = base_url;
        if !matches!(base_url.scheme(), "http" | "https") || base_url.host().is_none() {
            return Err(ClientError::BaseUrl { gateway });
        }
        if !base_url.path().ends_with('/') {
            base_url.set_path(&format!("{}/", base_url.path()));
        }
        let mut http = reqwest::Client::builder()
            .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
            .redirect(reqwest::redirect::Policy::none())
            // Shorter than what servers keep: a request on a connection that the other side is
            // closing would end as an unknown outcome.
            .pool_idle_timeout(Duration::from_secs(15))
            .user_agent("khidma/0.1");
        if is_loopback(&base_url) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| ClientError::Build {
            gateway,
            reason: error.to_string(),
        })?;
        Ok(Self(Arc::new(Inner {
            gateway,
            base_url,
            authentication,
            read_rejection,
            settings,
            http,
            breaker: Mutex::new(Breaker::new(settings.breaker)),
            started: Instant::now(),
            last_latency: AtomicU64::new(0),
            last_answer_at: AtomicU64::new(0),
        })))
    }

    /// Sends the call, repeating it while that is safe and time is left. `Ok` is a 2xx answer.
    pub async fn send(&self, call: Call) -> Result<Answer, GatewayError> {
        let inner = &*self.0;
        let span = tracing::info_span!(
            "gateway_call",
            otel.kind = "client",
            gateway = inner.gateway,
            operation = call.operation,
            attempts = tracing::field::Empty,
            http.response.status_code = tracing::field::Empty,
            outcome = tracing::field::Empty,
        );
        let began = Instant::now();
        let result = inner.send(&call, began).instrument(span.clone()).await;
        let outcome = match &result {
            Ok(_) => "ok",
            Err(error) => error.outcome(),
        };
        span.record("outcome", outcome);
        metrics::counter!("gateway_calls_total", "gateway" => inner.gateway, "operation" => call.operation, "outcome" => outcome)
            .increment(1);
        metrics::histogram!("gateway_call_seconds", "gateway" => inner.gateway, "operation" => call.operation)
            .record(began.elapsed().as_secs_f64());
        result
    }

    pub fn probe(&self) -> Probe {
        let inner = &*self.0;
        let age = |value: u64| value.checked_sub(1);
        Probe {
            gateway: inner.gateway,
            breaker: inner.breaker().state(),
            last_latency_ms: age(inner.last_latency.load(Ordering::Relaxed)),
            last_answer_age_ms: age(inner.last_answer_at.load(Ordering::Relaxed))
                .map(|at| inner.now_ms().saturating_sub(at)),
        }
    }

    pub fn gateway(&self) -> &'static str {
        self.0.gateway
    }
}

impl Inner {
    async fn send(&self, call: &Call, began: Instant) -> Result<Answer, GatewayError> {
        let deadline = began + Duration::from_millis(self.settings.total_timeout_ms);
        let mut failed = 0;
        // Once one attempt may have been done, the whole call may have been: a later attempt
        // that never left must not be reported as "not seen".
        let mut doubt: Option<GatewayError> = None;
        loop {
            let result = self.attempt(call, deadline).await;
            let error = match result {
                Ok(answer) => {
                    tracing::Span::current()
                        .record("attempts", failed + 1)
                        .record("http.response.status_code", answer.status);
                    return Ok(answer);
                }
                Err(error) => error,
            };
            failed += 1;
            let pause_ms = self.pause_ms(failed, &error);
            let enough_time = Instant::now() + Duration::from_millis(pause_ms + 1) < deadline;
            let again = failed < self.settings.max_attempts
                && enough_time
                && may_repeat(call, &error, self.settings.backoff_cap_ms);
            if !again {
                tracing::Span::current().record("attempts", failed);
                if let GatewayError::Rejected { status, .. } = &error {
                    tracing::Span::current().record("http.response.status_code", status);
                }
                return Err(match doubt {
                    Some(doubt) if !error.is_outcome_unknown() && error.is_passing() => doubt,
                    _ => error,
                });
            }
            if error.is_outcome_unknown() {
                doubt = Some(error);
            }
            metrics::counter!("gateway_retries_total", "gateway" => self.gateway, "operation" => call.operation)
                .increment(1);
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        }
    }

    fn pause_ms(&self, failed: u32, error: &GatewayError) -> u64 {
        let settings = &self.settings;
        let jitter = backoff_ms(
            failed,
            settings.backoff_base_ms,
            settings.backoff_cap_ms,
            rand::random::<f64>(),
        );
        match error {
            GatewayError::RateLimited {
                retry_after_ms: Some(wait_ms),
            } => wait_ms.saturating_add(jitter),
            _ => jitter,
        }
    }

    /// One attempt behind the breaker.
    async fn attempt(&self, call: &Call, deadline: Instant) -> Result<Answer, GatewayError> {
        if let Err(refusal) = self.breaker().ask(self.now_ms()) {
            return Err(GatewayError::CircuitOpen {
                retry_after_ms: refusal.retry_after_ms,
            });
        }
        let permit = Permit(self);
        let began = Instant::now();
        let patience = Duration::from_millis(self.settings.attempt_timeout_ms)
            .min(deadline.saturating_duration_since(began));
        let result = match tokio::time::timeout(patience, self.exchange(call)).await {
            Ok(result) => result,
            Err(_) => Err(GatewayError::TimedOut),
        };
        if !matches!(
            result,
            Err(GatewayError::TimedOut | GatewayError::Unreachable)
        ) {
            self.last_latency
                .store(began.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
            self.last_answer_at
                .store(self.now_ms() + 1, Ordering::Relaxed);
        }
        permit.settle(!matches!(&result, Err(error) if error.is_breakdown()));
        result
    }

    async fn exchange(&self, call: &Call) -> Result<Answer, GatewayError> {
        let mut response = self
            .request(call)?
            .send()
            .await
            .map_err(|error| never_answered(&error))?;
        let status = response.status().as_u16();
        let retry_after_ms = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok())
            .map(|seconds| seconds.saturating_mul(1_000));
        let mut body = BytesMut::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| never_answered(&error))?
        {
            if body.len() + chunk.len() > self.settings.max_answer_bytes {
                return Err(GatewayError::bad_answer("the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        let body: Bytes = body.freeze();
        match status {
            200..=299 => Ok(Answer { status, body }),
            429 => Err(GatewayError::RateLimited { retry_after_ms }),
            300..=399 => Err(GatewayError::bad_answer("a redirect")),
            _ => {
                let Rejection { code, message } = (self.read_rejection)(&body);
                Err(GatewayError::Rejected {
                    status,
                    code,
                    message,
                })
            }
        }
    }

    fn request(&self, call: &Call) -> Result<reqwest::RequestBuilder, GatewayError> {
        let mut url = self
            .base_url
            .join(&call.path)
            .map_err(|_| GatewayError::bad_answer("the path is not part of a URL"))?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.http.request(call.method.clone(), url);
        request = match &self.authentication {
            Authentication::None => request,
            Authentication::BasicKey(key) => request.basic_auth(key.expose(), Some("")),
            Authentication::Header(name, value) => request.header(*name, value.expose()),
        };
        Ok(match &call.body {
            Body::None => request,
            Body::Json(bytes) => request
                .header(CONTENT_TYPE, "application/json")
                .body(bytes.clone()),
            Body::Form(bytes) => request
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(bytes.clone()),
        })
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }
}

/// A permission of the breaker; dropped unsettled (the caller was cancelled), it is given back.
struct Permit<'a>(&'a Inner);

impl Permit<'_> {
    fn settle(self, well: bool) {
        let before = {
            let mut breaker = self.0.breaker();
            let before = breaker.state();
            if well {
                breaker.succeeded();
            } else {
                breaker.failed(self.0.now_ms());
            }
            (before, breaker.state())
        };
        if before.0 != before.1 {
            let open = if before.1 == BreakerState::Closed {
                0.0
            } else {
                1.0
            };
            metrics::gauge!("gateway_circuit_open", "gateway" => self.0.gateway).set(open);
            tracing::warn!(gateway = self.0.gateway, state = ?before.1, "gateway circuit changed");
        }
        std::mem::forget(self);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let now_ms = self.0.now_ms();
        self.0.breaker().abandoned(now_ms);
    }
}

fn may_repeat(call: &Call, error: &GatewayError, cap_ms: u64) -> bool {
    match error {
        GatewayError::Unreachable => true,
        GatewayError::RateLimited { retry_after_ms } => {
            retry_after_ms.is_none_or(|wait_ms| wait_ms <= cap_ms)
        }
        GatewayError::TimedOut => call.safe_to_repeat,
        GatewayError::Rejected { status, .. } => *status >= 500 && call.safe_to_repeat,
        GatewayError::CircuitOpen { .. } | GatewayError::BadAnswer { .. } => false,
    }
}

fn never_answered(error: &reqwest::Error) -> GatewayError {
    if error.is_connect() || error.is_builder() {
        GatewayError::Unreachable
    } else {
        GatewayError::TimedOut
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}
