//! Headers that every answer carries, so that a browser does nothing with it that we did not mean.
//! What an answer says itself (the apps' pages do) stands.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware;
use axum::response::Response;

/// An answer of the API is data: nothing in it is run, framed or loaded.
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const PERMISSIONS: &str = "geolocation=(), camera=(), microphone=(), payment=(), usb=(), \
     serial=(), display-capture=(), browsing-topics=(), \
     publickey-credentials-create=(), publickey-credentials-get=()";
/// A year, which lists of such hosts ask for, and every name below ours.
const TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// Puts the headers on every answer of `router`. `https`: people reach us over https only.
pub fn protected(router: Router, https: bool) -> Router {
    router.layer(middleware::map_response(move |mut response: Response| {
        protect(&mut response, https);
        std::future::ready(response)
    }))
}

fn protect(response: &mut Response, https: bool) {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    // Over plain http a browser ignores it; in development it would lock a machine's name to https.
    if https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(TRANSPORT),
        );
    }
}
