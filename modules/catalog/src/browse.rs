//! What anybody may see without signing in: the tree, one service, and the search.

use crate::Catalog;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use contract_catalog::{CatalogFault, CatalogTree, SearchAnswer, Service};
use kernel::{Failure, Lang, Slug};
use platform::http::{Caller, Params, Problem, Public, Reply};
use serde::Deserialize;
use std::sync::Arc;

/// A browser may keep the tree this long without asking; then it asks with the `ETag`.
const CACHE: HeaderValue =
    HeaderValue::from_static("public, max-age=60, stale-while-revalidate=600");

/// Most results of one search.
const MAX_RESULTS: usize = 20;

/// Categories with their services, in both languages.
#[utoipa::path(get, path = "/v1/catalog", tag = "catalog",
    responses((status = 200, body = CatalogTree), (status = 304, description = "Not changed since the `If-None-Match` given"), (status = "default", body = Problem)))]
pub(crate) async fn tree(
    State(me): State<Arc<Catalog>>,
    _: Public,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let edition = me.edition().await?;
    let etag = format!("\"catalog-{}\"", edition.version);
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|given| names(given, &etag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Reply::ok(CatalogTree {
            version: edition.version,
            categories: edition.tree.clone(),
        })
        .into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, CACHE);
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    Ok(response)
}

/// Whether an `If-None-Match` names the tag (RFC 9110 §13.1.2: weak comparison, a list, or `*`).
fn names(given: &str, etag: &str) -> bool {
    given
        .split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// One service with its options and checklist.
#[utoipa::path(get, path = "/v1/catalog/services/{slug}", tag = "catalog",
    params(("slug" = Slug, Path, description = "Key of the service")),
    responses((status = 200, body = Service), (status = "default", body = Problem)))]
pub(crate) async fn service(
    State(me): State<Arc<Catalog>>,
    _: Public,
    Path(slug): Path<String>,
) -> Result<Reply<Service>, Problem> {
    let slug = Slug::parse(&slug).map_err(|_| Failure::Refused(CatalogFault::UnknownService))?;
    Ok(Reply::ok(me.edition().await?.entry(&slug)?.service.clone()))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchQuery {
    /// Words in Arabic, English or both; each must begin some word of the service.
    q: String,
    /// Breaks ties; by default the language of the request.
    lang: Option<Lang>,
}

/// Finds services by words in Arabic and English at once, best first; at most 20.
#[utoipa::path(get, path = "/v1/catalog/search", tag = "catalog", params(SearchQuery),
    responses((status = 200, body = SearchAnswer), (status = "default", body = Problem)))]
pub(crate) async fn search(
    State(me): State<Arc<Catalog>>,
    _: Public,
    caller: Caller,
    Params(query): Params<SearchQuery>,
) -> Result<Reply<SearchAnswer>, Problem> {
    let edition = me.edition().await?;
    let found = edition
        .index
        .find(&query.q, query.lang.unwrap_or(caller.lang), MAX_RESULTS);
    let items = found
        .into_iter()
        .filter_map(|position| edition.order.get(position))
        .filter_map(|slug| edition.entries.get(slug))
        .map(|entry| entry.service.clone())
        .collect();
    Ok(Reply::ok(SearchAnswer { items }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_match() {
        for (given, known) in [
            (r#""catalog-7""#, true),
            (r#"W/"catalog-7""#, true),
            (r#""catalog-6", "catalog-7""#, true),
            ("*", true),
            (r#""catalog-70""#, false),
            ("", false),
        ] {
            assert_eq!(names(given, r#""catalog-7""#), known, "{given}");
        }
    }
}
