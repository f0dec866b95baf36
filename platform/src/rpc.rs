//! A module in another process: one POST a method, JSON both ways, a shared secret. Callers
//! can't tell it from a local one, except that it may be unavailable; then a command's outcome is
//! unknown and it is repeated with the same key.

use crate::http::caller;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use kernel::{Failure, Outcome};
use serde::{Serialize, de::DeserializeOwned};
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;

const HEADER: &str = "x-khidma-internal";

/// Calls one remote module.
#[derive(Clone)]
pub struct Client {
    base: Arc<str>,
    secret: Arc<str>,
    http: reqwest::Client,
}

impl Client {
    /// `base`: scheme, host and port. A call waits 5 s at most.
    pub fn new(base: &str, secret: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(1))
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self {
            base: base.trim_end_matches('/').into(),
            secret: secret.into(),
            http,
        })
    }

    /// Calls `path`; tried twice, because every contract method is repeatable.
    pub async fn call<A, T, F>(&self, path: &str, args: &A) -> Outcome<T, F>
    where
        A: Serialize + Sync,
        T: DeserializeOwned,
        F: DeserializeOwned,
    {
        let mut last = None;
        for _ in 0..2 {
            match self.once(path, args).await {
                Ok(outcome) => return outcome,
                Err(e) => last = Some(e),
            }
        }
        Err(Failure::unavailable(format_args!(
            "{path}: {}",
            last.map(|e| e.without_url().to_string())
                .unwrap_or_default()
        )))
    }

    async fn once<A, T, F>(&self, path: &str, args: &A) -> reqwest::Result<Outcome<T, F>>
    where
        A: Serialize + Sync,
        T: DeserializeOwned,
        F: DeserializeOwned,
    {
        self.http
            .post(format!("{}{path}", self.base))
            .header(HEADER, &*self.secret)
            .json(args)
            .send()
            .await?
            .error_for_status()?
            .json()
            .await
    }
}

/// Serves one method at `path`.
pub fn method<A, T, F, H, Fut>(path: &str, handler: H) -> Router
where
    A: DeserializeOwned + Send + 'static,
    T: Serialize + 'static,
    F: Serialize + 'static,
    H: Fn(A) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Outcome<T, F>> + Send + 'static,
{
    Router::new().route(
        path,
        post(move |Json(args): Json<A>| {
            let answer = handler(args);
            async move { Json(answer.await) }
        }),
    )
}

/// Lets in only callers that know `secret`. Anyone else learns nothing: 404.
pub fn guarded(router: Router, secret: &str) -> Router {
    let secret: Arc<str> = secret.into();
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let secret = secret.clone();
        async move {
            let given = request
                .headers()
                .get(HEADER)
                .map_or(&b""[..], |v| v.as_bytes());
            if bool::from(given.ct_eq(secret.as_bytes())) {
                next.run(request).await
            } else {
                refuse()
            }
        }
    }))
}

fn refuse() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// Hands public requests for `paths` on to the process at `base`, as they are but for whose they are,
/// and its answers back.
pub fn forward(base: url::Url, paths: &[&str]) -> Router {
    let client = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(1))
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap_or_default();
    let mut router = Router::new();
    for path in paths {
        let (client, base) = (client.clone(), base.clone());
        router = router.route(
            path,
            axum::routing::any(move |request: Request| {
                let (client, base) = (client.clone(), base.clone());
                async move { hand_on(client, base, request).await }
            }),
        );
    }
    router
}

/// The largest body handed on: a boundary file.
const MAX_FORWARDED: usize = 11 * 1024 * 1024;

/// The other process believes us, and reads one of these two: so neither may be the client's own.
fn say_whose(headers: &mut HeaderMap, client: Option<IpAddr>) {
    let x_forwarded_for = HeaderName::from_static("x-forwarded-for");
    headers.remove(&x_forwarded_for);
    headers.remove(header::FORWARDED);
    let Some(client) = client else { return };
    let node = match client {
        IpAddr::V4(v4) => format!("for={v4}"),
        IpAddr::V6(v6) => format!("for=\"[{v6}]\""),
    };
    for (name, value) in [
        (x_forwarded_for, client.to_string()),
        (header::FORWARDED, node),
    ] {
        let value = HeaderValue::try_from(value).expect("an address is ASCII");
        headers.insert(name, value);
    }
}

async fn hand_on(client: reqwest::Client, base: url::Url, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |p| p.as_str());
    let (Ok(url), Ok(body)) = (
        base.join(path),
        axum::body::to_bytes(body, MAX_FORWARDED).await,
    ) else {
        return crate::http::Problem::not_found().into_response();
    };
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    headers.remove(HEADER);
    say_whose(&mut headers, caller().address);
    let sent = client
        .request(parts.method, url)
        .headers(headers)
        .body(body)
        .send()
        .await;
    match sent {
        Ok(answer) => {
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                headers.extend(answer.headers().clone());
                // They speak of that connection, not of ours.
                headers.remove(header::TRANSFER_ENCODING);
                headers.remove(header::CONNECTION);
            }
            let bytes = answer.bytes().await.unwrap_or_default();
            response
                .body(axum::body::Body::from(bytes))
                .unwrap_or_else(|_| crate::http::Problem::internal().into_response())
        }
        Err(e) => {
            tracing::warn!(cause = %e.without_url(), "a module in another process did not answer");
            crate::http::Problem::unavailable().into_response()
        }
    }
}
