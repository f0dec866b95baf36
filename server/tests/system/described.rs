//! Every answer that a test sees is one that the API's description knows.

use crate::openapi::document;
use axum::http::{Method, StatusCode};
use serde_json::Value;
use tokio::sync::OnceCell;

/// Fails where the description has the operation and not this status.
pub async fn is_described(method: &Method, path: &str, status: StatusCode) {
    static DOCUMENT: OnceCell<Value> = OnceCell::const_new();
    let document = DOCUMENT.get_or_init(document).await;
    let path = path.split('?').next().unwrap_or_default();
    let paths = document["paths"].as_object().unwrap();
    let template = paths
        .keys()
        .filter(|template| fits(template, path))
        .min_by_key(|template| template.matches('{').count());
    let Some(template) = template else { return };
    let operation = &paths[template][method.as_str().to_lowercase()];
    // Not one of ours: 405, or HEAD, which answers as GET does.
    if operation.is_null() {
        return;
    }
    assert!(
        operation["responses"][status.as_str()].is_object(),
        "{method} {template} answers {status}, which its description does not know"
    );
}

fn fits(template: &str, path: &str) -> bool {
    let (mut named, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (named.next(), given.next()) {
            (None, None) => return true,
            (Some(name), Some(part)) if name.starts_with('{') || name == part => {}
            _ => return false,
        }
    }
}

#[test]
fn a_path_fits_its_template() {
    assert!(fits("/v1/me/cards/{id}", "/v1/me/cards/crd_1"));
    assert!(!fits("/v1/me/cards/{id}", "/v1/me/cards"));
    assert!(!fits("/v1/me/cards", "/v1/me/places"));
}
