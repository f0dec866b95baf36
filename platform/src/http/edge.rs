//! What every request passes: a request id, the caller's language and address, a span, the limits
//! of its class, rate limits, security headers; and a problem instead of a panic.

use super::caller::{Caller, with_caller};
use super::classes::{Class, ClassLimits, Classify};
use super::gcra::Rate;
use super::methods;
use super::problem::Problem;
use super::protect::protected;
use super::proxies::Proxies;
use super::slow;
use super::throttle::{Standing, Subject, Throttle};
use crate::{Tokens, telemetry};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, OriginalUri, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use kernel::{Clock, Code, Lang, Text, UserId};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Clone)]
pub struct EdgeSettings {
    pub classify: Classify,
    pub limits: ClassLimits,
    /// Counts requests where there is a rate for them; absent: there is none.
    pub throttle: Option<Arc<Throttle>>,
    /// Proxies of ours, whose word on the client's address counts.
    pub proxies: Proxies,
    /// Other origins whose pages may read our answers, without cookies.
    pub origins: Vec<HeaderValue>,
    /// People reach us over https only.
    pub https: bool,
    /// Idempotent commands at a time; more wait their turn. Each holds a connection while it asks
    /// other modules, which need one too: half of the pool, or all of it can be held by those who
    /// wait for another.
    pub transactions: usize,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            classify: |_, _| Class::Api,
            limits: ClassLimits::default(),
            throttle: None,
            proxies: Proxies::default(),
            origins: Vec::new(),
            https: false,
            transactions: 6,
        }
    }
}

/// What the extractors need; handed to every request.
pub struct Edge {
    pub tokens: Tokens,
    pub clock: Clock,
    pub settings: EdgeSettings,
    slots: [tokio::sync::Semaphore; Class::ALL.len()],
    pub(super) transactions: Arc<tokio::sync::Semaphore>,
}

impl Edge {
    pub fn new(tokens: Tokens, clock: Clock, settings: EdgeSettings) -> Arc<Self> {
        let slots = Class::ALL.map(|class| settings.limits.of(class).concurrency);
        Arc::new(Self {
            tokens,
            clock,
            slots: slots.map(tokio::sync::Semaphore::new),
            transactions: Arc::new(tokio::sync::Semaphore::new(settings.transactions)),
            settings,
        })
    }

    /// Puts the whole edge around `router`.
    pub fn around(self: &Arc<Self>, router: Router) -> Router {
        let edge = self.clone();
        let router = router
            .fallback(|| async { Problem::not_found() })
            .method_not_allowed_fallback(|| async { methods::not_allowed() })
            .layer(DefaultBodyLimit::max(
                self.settings.limits.of(Class::Api).body,
            ))
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                let edge = edge.clone();
                async move { serve(edge, request, next).await }
            }));
        // Outside of the rest, so that refusals can be read by other origins too.
        let router = match self.settings.origins.as_slice() {
            [] => router,
            origins => router.layer(cors(origins)),
        };
        protected(router, self.settings.https)
    }

    /// Counts a request of the signed-in `user`.
    pub(super) async fn count_actor(&self, counted: &Counted, user: UserId) -> Result<(), Problem> {
        let rate = self.settings.limits.of(counted.class).actor;
        self.count(counted, Subject::Actor(user), rate).await
    }

    async fn count(&self, counted: &Counted, subject: Subject, rate: Rate) -> Result<(), Problem> {
        let Some(throttle) = &self.settings.throttle else {
            return Ok(());
        };
        let Some(standing) = throttle.take(subject, counted.class, rate).await else {
            return Ok(());
        };
        counted.note(standing);
        if standing.passes() {
            return Ok(());
        }
        metrics::counter!("khidma_http_throttled_total", "class" => counted.class.name())
            .increment(1);
        Err(standing.refusal())
    }
}

/// What the rate limits have said of a request so far.
#[derive(Clone)]
pub(super) struct Counted {
    class: Class,
    standing: Arc<Mutex<Option<Standing>>>,
}

impl Counted {
    fn new(class: Class) -> Self {
        Self {
            class,
            standing: Arc::default(),
        }
    }
    fn note(&self, standing: Standing) {
        let mut known = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(standing.strictest(known.take()));
    }
    fn standing(&self) -> Option<Standing> {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Pages of `origins` may call us with a token of their own. No cookie goes along.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let own = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.iter().cloned()))
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::ACCEPT_LANGUAGE,
            own("idempotency-key"),
            own("last-event-id"),
            REQUEST_ID.clone(),
        ])
        .expose_headers([
            REQUEST_ID.clone(),
            header::RETRY_AFTER,
            own("ratelimit"),
            own("ratelimit-policy"),
            own("idempotency-replayed"),
        ])
        .max_age(Duration::from_secs(600))
}

async fn serve(edge: Arc<Edge>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let caller = Caller {
        lang: lang(&request),
        request_id: request_id(&request),
        address: request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| {
                let proxies = &edge.settings.proxies;
                proxies.client(info.0.ip(), request.headers())
            }),
    };
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let known = methods::name(request.method());
    let method = known.unwrap_or(methods::OTHER);
    let span =
        tracing::info_span!("request", request_id = %caller.request_id, %method, route = %route);
    if let Some(parent) = request
        .headers()
        .get("traceparent")
        .and_then(|v| v.to_str().ok())
    {
        telemetry::follow(&span, parent);
    }
    let original = OriginalUri(request.uri().clone());
    request.extensions_mut().insert(original);
    request.extensions_mut().insert(edge.clone());

    let class = (edge.settings.classify)(request.method(), &route);
    let limits = *edge.settings.limits.of(class);
    let counted = Counted::new(class);
    request.extensions_mut().insert(counted.clone());
    let address = caller.address;

    let work = async {
        if let Some(address) = address
            && let Err(problem) = edge
                .count(&counted, Subject::Address(address), limits.address)
                .await
        {
            return problem.into_response();
        }
        if known.is_none() {
            return methods::unknown();
        }
        let Ok(_slot) = edge.slots[class as usize].try_acquire() else {
            return Problem::unavailable().into_response();
        };
        if announced(&request).is_some_and(|bytes| bytes > limits.body as u64) {
            return too_large().into_response();
        }
        let request = request.map(|body| slow::within(limits.body_time, body));
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
        match tokio::time::timeout(limits.time, answer).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => {
                tracing::error!("a handler panicked");
                Problem::internal().into_response()
            }
            Err(_) => Problem::new(
                Code::Timeout,
                "http.timeout",
                Text::new(
                    "استغرق الطلب وقتًا أطول من المسموح. أعده بالمفتاح نفسه.",
                    "The request took longer than allowed. Repeat it with the same key.",
                ),
            )
            .into_response(),
        }
    };
    let request_id = caller.request_id.clone();
    let lang = caller.lang;
    let mut response = with_caller(caller, work).instrument(span.clone()).await;
    finish(&mut response, &request_id, lang);
    if let Some(standing) = counted.standing() {
        standing.tell(response.headers_mut());
    }
    let status = response.status();
    let elapsed = started.elapsed();
    metrics::histogram!("khidma_http_seconds", "method" => method, "route" => route, "status" => status.as_u16().to_string())
        .record(elapsed.as_secs_f64());
    span.in_scope(|| {
        tracing::info!(
            status = status.as_u16(),
            elapsed_us = elapsed.as_micros() as u64,
            "answered"
        );
    });
    response
}

fn finish(response: &mut Response, request_id: &str, lang: Lang) {
    // A bare status from the framework (an unreadable path, say) becomes a problem too.
    let framework_error = response.status().is_client_error()
        && !response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|v| v.as_bytes().starts_with(b"application/"));
    if framework_error {
        *response = framework_problem(response.status(), request_id, lang);
    }
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID.clone(), value);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(header::CONTENT_LANGUAGE)
        .or_insert(HeaderValue::from_static(lang.as_str()));
}

/// The length that the client says its body has.
fn announced(request: &Request) -> Option<u64> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// 413
pub(super) fn too_large() -> Problem {
    let mut problem = Problem::bad_request(
        "http.too_large",
        Text::new(
            "الطلب أكبر مما نقبل.",
            "The request is larger than we accept.",
        ),
    );
    problem.status = 413;
    problem
}

fn framework_problem(status: StatusCode, request_id: &str, lang: Lang) -> Response {
    let words = match status {
        StatusCode::NOT_FOUND => Text::new(
            "لا يوجد شيء بهذا العنوان.",
            "There is nothing at this address.",
        ),
        _ => Text::new("الطلب غير صحيح.", "The request is not valid."),
    };
    let mut problem = Problem::bad_request("http.bad_request", words.clone());
    problem.status = status.as_u16();
    problem.detail = words.get(lang).to_owned();
    problem.request_id = request_id.to_owned();
    problem.into_response()
}

fn request_id(request: &Request) -> String {
    request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|v| v.to_str().ok())
        .filter(|v| {
            (1..=64).contains(&v.len()) && v.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
        .map_or_else(
            || format!("REQ-{}", uuid::Uuid::now_v7().simple()),
            str::to_owned,
        )
}

fn lang(request: &Request) -> Lang {
    request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|v| v.to_str().ok())
        .map_or(Lang::Ar, Lang::from_accept_language)
}

/// The size of a page: 1 to 100, 20 when not said.
pub fn limit(asked: Option<u32>) -> usize {
    asked.unwrap_or(20).clamp(1, 100) as usize
}
