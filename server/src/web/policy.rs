//! What a page of ours may load and do. Nothing inline, nothing from elsewhere but photos from the
//! object storage and card tokens from the payment gateway.

use anyhow::Context;
use axum::http::HeaderValue;
use url::Url;

/// A service worker answers only for our own addresses.
pub(super) const OF_WORKERS: &str =
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'";

pub(super) const PERMISSIONS: &str = "geolocation=(self), camera=(), microphone=(), payment=(), \
     usb=(), serial=(), display-capture=(), browsing-topics=(), \
     publickey-credentials-create=(self), publickey-credentials-get=(self)";

pub(super) fn of_pages(objects: &str, payments: &Url) -> anyhow::Result<HeaderValue> {
    let objects: Url = objects.parse().context("objects.endpoint")?;
    let (objects, payments) = (origin(&objects), origin(payments));
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data: blob: {objects}; font-src 'self'; connect-src 'self' {payments}; \
         worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'"
    );
    Ok(HeaderValue::from_str(&policy)?)
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_are_named() {
        let gateway = "https://api.example/v1".parse().unwrap();
        let policy = of_pages("http://127.0.0.1:9000/x", &gateway).unwrap();
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("connect-src 'self' https://api.example;"));
        assert!(policy.contains("blob: http://127.0.0.1:9000;"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }
}
