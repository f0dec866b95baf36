//! What every request passes: a request id, the caller's language, a span, a time limit, a body
//! limit, security headers; and a problem instead of a panic.

use super::caller::{Caller, with_caller};
use super::problem::Problem;
use crate::{Tokens, telemetry};
use axum::Router;
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, OriginalUri, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use kernel::{Clock, Code, Lang, Text};
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Debug, Clone)]
pub struct EdgeSettings {
    /// Most bytes of a JSON body; uploads set their own.
    pub body_limit: usize,
    pub time_limit: Duration,
    /// Requests at a time; more are refused at once rather than queued without end.
    pub concurrency: usize,
    /// Idempotent commands at a time; more wait their turn. Each holds a connection while it asks
    /// other modules, which need one too: half of the pool, or all of it can be held by those who
    /// wait for another.
    pub transactions: usize,
}

impl Default for EdgeSettings {
    fn default() -> Self {
        Self {
            body_limit: 256 * 1024,
            time_limit: Duration::from_secs(30),
            concurrency: 512,
            transactions: 6,
        }
    }
}

/// What the extractors need; handed to every request.
pub struct Edge {
    pub tokens: Tokens,
    pub clock: Clock,
    pub settings: EdgeSettings,
    slots: tokio::sync::Semaphore,
    pub(super) transactions: Arc<tokio::sync::Semaphore>,
}

impl Edge {
    pub fn new(tokens: Tokens, clock: Clock, settings: EdgeSettings) -> Arc<Self> {
        Arc::new(Self {
            tokens,
            clock,
            slots: tokio::sync::Semaphore::new(settings.concurrency),
            transactions: Arc::new(tokio::sync::Semaphore::new(settings.transactions)),
            settings,
        })
    }

    /// Puts the whole edge around `router`.
    pub fn around(self: &Arc<Self>, router: Router) -> Router {
        let edge = self.clone();
        router
            .fallback(|| async { Problem::not_found() })
            .method_not_allowed_fallback(|| async {
                let mut problem = Problem::new(
                    Code::BadRequest,
                    "http.method_not_allowed",
                    Text::new(
                        "هذا العنوان لا يقبل هذه الطريقة.",
                        "This address does not take this method.",
                    ),
                );
                problem.status = 405;
                problem
            })
            .layer(DefaultBodyLimit::max(self.settings.body_limit))
            .layer(middleware::from_fn(move |request: Request, next: Next| {
                let edge = edge.clone();
                async move { serve(edge, request, next).await }
            }))
    }
}

async fn serve(edge: Arc<Edge>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let caller = Caller {
        lang: lang(&request),
        request_id: request_id(&request),
        address: request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map(|info| info.0.ip()),
    };
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
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

    let work = async {
        let Ok(_slot) = edge.slots.try_acquire() else {
            return Problem::unavailable().into_response();
        };
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
        match tokio::time::timeout(edge.settings.time_limit, answer).await {
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
    let status = response.status();
    let elapsed = started.elapsed();
    metrics::histogram!("khidma_http_seconds", "method" => method.to_string(), "route" => route, "status" => status.as_u16().to_string())
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
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("strict-origin-when-cross-origin"),
    );
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(header::CONTENT_LANGUAGE)
        .or_insert(HeaderValue::from_static(lang.as_str()));
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
