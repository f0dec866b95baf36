//! The two web apps: their files from the folder that `xtask web` made, and the page each begins
//! with. The page is made here, so that language, direction and theme are right before any script
//! runs, and there is something to read while WebAssembly is on its way.

mod dist;
mod policy;
mod shell;
mod skeleton;

use crate::config::{Config, Environment};
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use dist::Store;
use kernel::Clock;
use platform::http::{Problem, Reader};
use std::sync::Arc;

/// Paths that never begin an app: there an unknown address is a problem, not a page.
const NOT_PAGES: [&str; 9] = [
    "/v1",
    "/legal",
    "/assets",
    "/docs",
    "/openapi.json",
    "/dev",
    "/health",
    "/metrics",
    "/internal",
];

/// Where each app begins.
const FIRST_PAGES: [&str; 3] = ["/", "/admin", "/admin/"];

/// Which of the two apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum App {
    Customer,
    Admin,
}

impl App {
    const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Admin => "admin",
        }
    }
    /// Everything below it belongs to the app and its service worker.
    const fn root(self) -> &'static str {
        match self {
            Self::Customer => "/",
            Self::Admin => "/admin/",
        }
    }
    fn of(path: &str) -> Self {
        if path == "/admin" || path.starts_with("/admin/") {
            Self::Admin
        } else {
            Self::Customer
        }
    }
}

/// What the pages are made of.
pub struct Web {
    store: Store,
    clock: Clock,
    env: Environment,
    secure: bool,
    tokens_url: String,
    publishable_key: String,
    policy: HeaderValue,
}

impl Web {
    pub fn new(config: &Config, clock: Clock) -> anyhow::Result<Arc<Self>> {
        let development = config.env == Environment::Development;
        Ok(Arc::new(Self {
            store: Store::new(config.web.folder(), development),
            clock,
            env: config.env,
            secure: config.public_url.scheme() == "https",
            tokens_url: format!(
                "{}/tokens",
                config.payments.base_url.as_str().trim_end_matches('/')
            ),
            publishable_key: config.payments.publishable_key.clone(),
            policy: policy::of_pages(&config.objects.endpoint, &config.payments.base_url)?,
        }))
    }

    pub fn router(self: &Arc<Self>) -> Router {
        let mut router = Router::new()
            .route("/assets/{name}", get(asset))
            .route(
                "/sw.js",
                get(|web| loose(web, App::Customer, Loose::Worker)),
            )
            .route(
                "/admin/sw.js",
                get(|web| loose(web, App::Admin, Loose::Worker)),
            )
            .route(
                "/manifest.webmanifest",
                get(|web| loose(web, App::Customer, Loose::Manifest)),
            )
            .route(
                "/admin/manifest.webmanifest",
                get(|web| loose(web, App::Admin, Loose::Manifest)),
            )
            .route("/favicon.ico", get(favicon))
            .route("/", any(page))
            .route("/{*path}", any(page));
        if self.env == Environment::Development {
            router = router.route("/dev/web", get(version));
        }
        router.with_state(self.clone())
    }
}

/// A file whose name carries the hash of its content: it never changes.
async fn asset(
    State(web): State<Arc<Web>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(dist) = web.store.get() else {
        return Problem::not_found().into_response();
    };
    let Some(file) = dist.asset(&name, accepted(&headers)).await else {
        return Problem::not_found().into_response();
    };
    let mut response = file.answer(&headers);
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}

#[derive(Debug, Clone, Copy)]
enum Loose {
    Worker,
    Manifest,
}

/// A file at a fixed address: asked for anew each time.
async fn loose(State(web): State<Arc<Web>>, app: App, what: Loose) -> Response {
    let Some(dist) = web.store.get() else {
        return Problem::not_found().into_response();
    };
    let (name, content_type) = match what {
        Loose::Worker => (
            format!("sw-{}.js", app.name()),
            "text/javascript; charset=utf-8",
        ),
        Loose::Manifest => (
            format!("{}.webmanifest", app.name()),
            "application/manifest+json",
        ),
    };
    let Some(bytes) = dist.loose(&name).await else {
        return Problem::not_found().into_response();
    };
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if matches!(what, Loose::Worker) {
        headers.insert(
            HeaderName::from_static("service-worker-allowed"),
            HeaderValue::from_static(app.root()),
        );
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(policy::OF_WORKERS),
        );
    }
    response
}

async fn favicon(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let Some(dist) = web.store.get() else {
        return Problem::not_found().into_response();
    };
    let Some(file) = dist.icon(accepted(&headers)).await else {
        return Problem::not_found().into_response();
    };
    let mut response = file.answer(&headers);
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=86400"),
    );
    response
}

/// Development: tells a page that it is out of date.
async fn version(State(web): State<Arc<Web>>) -> Json<serde_json::Value> {
    let version = web.store.get().map(|dist| dist.manifest.version.clone());
    Json(serde_json::json!({ "version": version }))
}

/// Every address inside an app begins with the same page; the app's own router does the rest.
async fn page(
    State(web): State<Arc<Web>>,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let path = uri.path();
    let reads = method == Method::GET || method == Method::HEAD;
    let below = |prefix: &&str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if !reads || !wants_page(path, &headers) || NOT_PAGES.iter().any(below) {
        return Problem::not_found().into_response();
    }
    let Reader { lang, asked, theme } = Reader::of(uri.query(), &headers);
    let wishes = shell::Wishes {
        app: App::of(path),
        path,
        lang,
        theme,
    };
    let (status, html, links) = match web.store.get() {
        Some(dist) => shell::page(&web, &dist, &wishes),
        None => (StatusCode::SERVICE_UNAVAILABLE, shell::unbuilt(lang), None),
    };
    let mut response = (status, html).into_response();
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        // Not `no-store`, which would keep the page out of the browser's back and forward cache.
        (header::CACHE_CONTROL, "no-cache"),
        (header::VARY, "accept, accept-language, cookie"),
        (header::CONTENT_LANGUAGE, lang.as_str()),
        (
            HeaderName::from_static("permissions-policy"),
            policy::PERMISSIONS,
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, web.policy.clone());
    if let Some(links) = links.and_then(|links| HeaderValue::from_str(&links).ok()) {
        headers.insert(header::LINK, links);
    }
    if asked {
        let secure = if web.secure { "; Secure" } else { "" };
        let cookie = format!(
            "lang={}; Path=/; Max-Age=31536000; SameSite=Lax{secure}",
            lang.as_str()
        );
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.insert(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Browsers name HTML. Programs that take anything get an app's first page, but not one for every
/// address they invent.
fn wants_page(path: &str, headers: &HeaderMap) -> bool {
    let anything = !headers.contains_key(header::ACCEPT);
    let takes = |kind: &str| {
        headers
            .get_all(header::ACCEPT)
            .iter()
            .any(|value| value.to_str().is_ok_and(|v| v.contains(kind)))
    };
    takes("text/html") || FIRST_PAGES.contains(&path) && (anything || takes("*/*"))
}

fn accepted(headers: &HeaderMap) -> &str {
    headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
