use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use kernel::Lang;
use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;

/// What is known of whoever asks, before any token is looked at.
#[derive(Debug, Clone)]
pub struct Caller {
    pub lang: Lang,
    pub request_id: String,
    pub address: Option<IpAddr>,
}

tokio::task_local! {
    static CALLER: Caller;
}

/// The caller of the request being served; Arabic and unnamed outside of one.
pub fn caller() -> Caller {
    CALLER.try_with(Clone::clone).unwrap_or_else(|_| Caller {
        lang: Lang::Ar,
        request_id: String::new(),
        address: None,
    })
}

/// Serves `future` on behalf of `caller`.
pub async fn with_caller<F: Future>(caller: Caller, future: F) -> F::Output {
    CALLER.scope(caller, future).await
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;
    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(caller())
    }
}
