//! The keys that access tokens can be checked with.

use crate::Identity;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use platform::http::{Problem, Public, Reply};
use platform::tokens::KeySet;
use std::sync::Arc;

/// Less than a new key is published before it signs.
const MAY_BE_KEPT: &str = "public, max-age=60";

/// The public keys of access tokens, as a JWK set (RFC 7517, RFC 8037): the one that signs, and
/// while keys change also the one before or the one to come.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "identity",
    responses((status = 200, body = KeySet), (status = "default", body = Problem)))]
pub(crate) async fn published_keys(
    State(me): State<Arc<Identity>>,
    _: Public,
) -> ([(HeaderName, HeaderValue); 1], Reply<KeySet>) {
    let keys = me.p.tokens.published(me.p.now());
    let kept = HeaderValue::from_static(MAY_BE_KEPT);
    ([(header::CACHE_CONTROL, kept)], Reply::ok(keys))
}
