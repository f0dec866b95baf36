//! The description of the public API, generated from the handlers, and a page to read it on.

mod refusals;

pub use refusals::name_refusals;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};

/// What stands above the paths.
pub fn base() -> OpenApi {
    let about = "Runs a home-services business under service-level agreements. Amounts are integer halalas \
         (SAR/100), VAT inside. Times are RFC 3339 in UTC. Send `Accept-Language: ar` or `en`. Every unsafe \
         request carries an `Idempotency-Key`, a UUID made once per intention: a repeat gets the first answer. \
         Refusals are `application/problem+json` (RFC 9457) with a stable `code`.";
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Khidma")
                .version("1")
                .description(Some(about))
                .license(Some(
                    LicenseBuilder::new()
                        .name("MIT OR Apache-2.0")
                        .identifier(Some("MIT OR Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme(
                    "bearer",
                    SecurityScheme::Http(
                        HttpBuilder::new()
                            .scheme(HttpAuthScheme::Bearer)
                            .bearer_format("JWT")
                            .build(),
                    ),
                )
                .build(),
        ))
        .build()
}

/// RFC 9457
const PROBLEM: &str = "application/problem+json";

/// `/openapi.json` and `/docs`.
pub fn router(openapi: &OpenApi) -> anyhow::Result<Router> {
    let json = openapi.to_pretty_json()?;
    let page = page(&serde_json::from_str(&json)?);
    Ok(Router::new()
        .route(
            "/openapi.json",
            get(move || std::future::ready(([("content-type", "application/json")], json.clone()))),
        )
        .route("/docs", get(move || std::future::ready(Html(page.clone())))))
}

/// One readable page: every operation by tag, its words, its body, its answers, and every schema
/// they name. No script and nothing from outside, so that it works under the strictest policy.
fn page(doc: &serde_json::Value) -> String {
    let mut tags: std::collections::BTreeMap<String, String> = Default::default();
    if let Some(paths) = doc["paths"].as_object() {
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let tag = operation["tags"][0].as_str().unwrap_or("other").to_owned();
                tags.entry(tag)
                    .or_default()
                    .push_str(&operation_html(path, method, operation));
            }
        }
    }
    let mut out = String::from(HEAD);
    out.push_str(&format!(
        "<h1>{}</h1><p>{}</p><nav>",
        escape(doc["info"]["title"].as_str().unwrap_or_default()),
        prose(doc["info"]["description"].as_str().unwrap_or_default())
    ));
    for tag in tags.keys() {
        out.push_str(&format!("<a href=\"#{0}\">{0}</a> ", escape(tag)));
    }
    out.push_str(
        "<a href=\"#schemas\">schemas</a> <a href=\"/openapi.json\">openapi.json</a></nav>",
    );
    for (tag, operations) in &tags {
        out.push_str(&format!("<h2 id=\"{0}\">{0}</h2>{operations}", escape(tag)));
    }
    out.push_str("<h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in doc["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
    {
        out.push_str(&format!(
            "<details id=\"schema-{0}\"><summary><code>{0}</code></summary><pre>{1}</pre></details>",
            escape(name),
            escape(&serde_json::to_string_pretty(schema).unwrap_or_default())
        ));
    }
    out.push_str("</main>");
    out
}

fn operation_html(path: &str, method: &str, operation: &serde_json::Value) -> String {
    let mut out = format!(
        "<section><h3><b>{}</b> <code>{}</code></h3><p><strong>{}</strong> {}</p>",
        escape(&method.to_uppercase()),
        escape(path),
        prose(operation["summary"].as_str().unwrap_or_default()),
        prose(operation["description"].as_str().unwrap_or_default())
    );
    let parameters: Vec<String> = operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|p| {
            format!(
                "<li><code>{}</code> ({}) {}</li>",
                escape(p["name"].as_str().unwrap_or_default()),
                escape(p["in"].as_str().unwrap_or_default()),
                prose(p["description"].as_str().unwrap_or_default())
            )
        })
        .collect();
    if !parameters.is_empty() {
        out.push_str(&format!("<ul>{}</ul>", parameters.concat()));
    }
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    if !body.is_null() {
        out.push_str(&format!("<p>Takes {}</p>", schema_name(body)));
    }
    let mut refusals = Vec::new();
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        if answer["$ref"].is_string() {
            refusals.push(escape(status));
            continue;
        }
        let content = &answer["content"];
        let schema = match &content[PROBLEM]["schema"] {
            serde_json::Value::Null => &content["application/json"]["schema"],
            problem => problem,
        };
        if !schema.is_null() {
            out.push_str(&format!(
                "<p>{} → {}</p>",
                escape(status),
                schema_name(schema)
            ));
        }
    }
    if !refusals.is_empty() {
        let refusals = refusals.join(", ");
        out.push_str(&format!(
            "<p>{refusals} → <a href=\"#schema-Problem\"><code>Problem</code></a></p>"
        ));
    }
    out.push_str("</section>");
    out
}

/// Escaped, with `code` between backticks set as code.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index % 2 == 1 {
            out.push_str(&format!("<code>{}</code>", escape(part)));
        } else {
            out.push_str(&escape(part));
        }
    }
    out
}

fn schema_name(schema: &serde_json::Value) -> String {
    match schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        Some(name) => format!("<a href=\"#schema-{0}\"><code>{0}</code></a>", escape(name)),
        None => format!("<code>{}</code>", escape(&schema.to_string())),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

const HEAD: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<meta name=\"viewport\" content=\"width=device-width\"><title>Khidma API</title>\
<style>:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;margin:0}\
main{max-width:60rem;margin:auto;padding:1rem}nav a{margin-inline-end:1rem}\
section{border-block-start:1px solid #8884;padding-block:.5rem}h3{margin:.5rem 0}pre{overflow:auto}</style><main>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_operations_and_escapes() {
        let doc = serde_json::json!({
            "info": { "title": "T", "description": "a < b" },
            "paths": { "/v1/x": { "get": { "tags": ["x"], "summary": "<script> `a<b`" } } }
        });
        let page = page(&doc);
        assert!(page.contains("<code>/v1/x</code>") && page.contains("&lt;script&gt;"));
        assert!(!page.contains("<script>") && page.contains("<code>a&lt;b</code>"));
    }
}
