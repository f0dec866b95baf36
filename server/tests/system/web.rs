//! What a browser gets: the apps' files, and the page each begins with. Over a folder as
//! `xtask web` makes it, with files of a few bytes.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use kernel::Clock;
use platform::Tokens;
use platform::http::{Edge, EdgeSettings};
use serde_json::{Value, json};
use server::config::{Config, Source};
use server::web::Web;
use std::path::Path;
use tempfile::TempDir;
use tower::ServiceExt;

const BROWSER: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

struct Browser {
    router: Router,
    folder: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn manifest(folder: &Path, version: &str) {
    let app = |name: &str| {
        json!({ "boot": format!("boot-{name}-1.js"), "js": format!("{name}-1.js"),
            "wasm": format!("{name}-1.wasm"), "css": format!("{name}-1.css") })
    };
    let manifest = json!({
        "version": version,
        "apps": { "customer": app("customer"), "admin": app("admin") },
        "shared": { "icons": "icons-1.svg", "map": "map-1.js", "map_css": "maplibre-1.css",
            "fonts": ["plex-arabic-400-1.woff2", "plex-latin-400-1.woff2"], "favicon": "favicon-1.png", "icon180": "icon180-1.png" },
        "files": {
            "customer-1.js": { "type": "text/javascript; charset=utf-8" },
            "customer-1.wasm": { "type": "application/wasm" },
            "favicon-1.png": { "type": "image/png" },
        },
    });
    write(folder, "manifest.json", &manifest.to_string());
}

impl Browser {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let dir = folder.path();
        manifest(dir, "v1");
        for (name, content) in [
            ("assets/customer-1.js", "plain"),
            ("assets/customer-1.js.br", "brotli"),
            ("assets/customer-1.js.gz", "gzip"),
            ("assets/customer-1.wasm", "wasm"),
            ("assets/favicon-1.png", "png"),
            ("assets/secret.txt", "secret"),
            ("sw-customer.js", "worker of customers"),
            ("sw-admin.js", "worker of staff"),
            ("customer.webmanifest", "{}"),
            ("admin.webmanifest", "{}"),
        ] {
            write(dir, name, content);
        }
        Self {
            router: router(dir),
            folder,
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        get(&self.router, path, headers).await
    }

    async fn page(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut all = vec![("accept", BROWSER)];
        all.extend(headers);
        self.get(path, &all).await
    }
}

fn router(dir: &Path) -> Router {
    let overrides = [
        ("web.dir", dir.to_str().unwrap().to_owned()),
        ("payments.base_url", "https://gateway.example/v1".into()),
        ("objects.endpoint", "https://photos.example".into()),
    ];
    let config = Config::load(&Source::default(), &overrides).unwrap();
    let clock = Clock::standing("2026-12-06T06:00:00Z".parse().unwrap());
    let tokens = Tokens::from_seed(&[7; 32]).unwrap();
    let web = Web::new(&config, clock.clone()).unwrap();
    Edge::new(tokens, clock, EdgeSettings::default()).around(web.router())
}

async fn get(router: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

/// The data block of a page.
fn config_of(page: &str) -> Value {
    let (_, rest) = page
        .split_once("<script type=\"application/json\" id=\"khidma\">")
        .unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_come_packed() {
    let browser = Browser::start();
    for (accept, coding, text) in [
        ("gzip, deflate, br", Some("br"), "brotli"),
        ("gzip", Some("gzip"), "gzip"),
        ("identity", None, "plain"),
        ("br;q=0", None, "plain"),
    ] {
        let path = "/assets/customer-1.js";
        let answer = browser.get(path, &[("accept-encoding", accept)]).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.text, text);
        let sent = answer.headers.get(header::CONTENT_ENCODING);
        assert_eq!(sent.map(|v| v.to_str().unwrap()), coding, "{accept}");
        assert_eq!(
            answer.headers["content-type"],
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            answer.headers["cache-control"],
            "public, max-age=31536000, immutable"
        );
        assert_eq!(answer.headers["vary"], "accept-encoding");
        let etag = answer.headers["etag"].to_str().unwrap();
        let again = browser
            .get(
                path,
                &[("accept-encoding", accept), ("if-none-match", etag)],
            )
            .await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
        let other = browser
            .get(
                path,
                &[("accept-encoding", accept), ("if-none-match", "\"x\"")],
            )
            .await;
        assert_eq!(other.status, StatusCode::OK);
    }
    let wasm = browser
        .get("/assets/customer-1.wasm", &[("accept-encoding", "br")])
        .await;
    assert_eq!(wasm.headers["content-type"], "application/wasm");
    assert!(!wasm.headers.contains_key("content-encoding"), "no twin");
    // Only what the manifest names, and nothing outside the folder.
    for path in [
        "/assets/secret.txt",
        "/assets/none.js",
        "/assets/..%2fmanifest.json",
        "/assets/%2e%2e/manifest.json",
    ] {
        let answer = browser.page(path, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.text.contains("v1"), "{path}");
    }
}

#[tokio::test]
async fn workers_manifests_and_the_icon_have_fixed_addresses() {
    let browser = Browser::start();
    for (path, scope, text) in [
        ("/sw.js", "/", "worker of customers"),
        ("/admin/sw.js", "/admin/", "worker of staff"),
    ] {
        let worker = browser.get(path, &[]).await;
        assert_eq!(worker.text, text);
        assert_eq!(worker.headers["service-worker-allowed"], scope);
        assert_eq!(worker.headers["cache-control"], "no-cache");
        assert_eq!(
            worker.headers["content-type"],
            "text/javascript; charset=utf-8"
        );
    }
    for path in ["/manifest.webmanifest", "/admin/manifest.webmanifest"] {
        let manifest = browser.get(path, &[]).await;
        assert_eq!(manifest.status, StatusCode::OK);
        assert_eq!(
            manifest.headers["content-type"],
            "application/manifest+json"
        );
    }
    let icon = browser.get("/favicon.ico", &[]).await;
    assert_eq!(
        (icon.text.as_str(), &icon.headers["content-type"]),
        ("png", &"image/png".parse().unwrap())
    );
}

#[tokio::test]
async fn a_page_speaks_the_readers_language_before_any_script() {
    let browser = Browser::start();
    for (path, headers, html) in [
        ("/", vec![], "<html lang=\"ar\" dir=\"rtl\">"),
        (
            "/",
            vec![("accept-language", "en-GB,en;q=0.9,ar;q=0.2")],
            "<html lang=\"en\" dir=\"ltr\">",
        ),
        (
            "/bookings/x",
            vec![("accept-language", "en"), ("cookie", "a=b; lang=ar")],
            "<html lang=\"ar\" dir=\"rtl\">",
        ),
        (
            "/admin/?x=1&lang=en",
            vec![("cookie", "lang=ar; theme=dark")],
            "<html lang=\"en\" dir=\"ltr\" data-theme=\"dark\">",
        ),
        (
            "/",
            vec![("cookie", "theme=\"><script>")],
            "<html lang=\"ar\" dir=\"rtl\">",
        ),
    ] {
        let page = browser.page(path, &headers).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains(html), "{path}: {}", page.text);
        let config = config_of(&page.text);
        assert_eq!(
            config["lang"],
            page.headers["content-language"].to_str().unwrap()
        );
    }
    let chosen = browser.page("/?lang=en", &[]).await;
    assert_eq!(
        chosen.headers["set-cookie"],
        "lang=en; Path=/; Max-Age=31536000; SameSite=Lax"
    );
    let unknown = browser.page("/?lang=fr", &[]).await;
    assert!(!unknown.headers.contains_key("set-cookie"));

    let customer = browser.page("/", &[]).await;
    assert!(
        customer
            .text
            .contains("<title>خدمة: صيانة منزلك في موعدها</title>")
    );
    assert!(customer.text.contains("ماذا نُصلح اليوم؟") && customer.text.contains("<noscript>"));
    assert_eq!(
        config_of(&customer.text),
        json!({
            "app": "customer", "lang": "ar", "env": "development", "version": "v1",
            "assets": { "icons": "/assets/icons-1.svg", "map": "/assets/map-1.js", "map_css": "/assets/maplibre-1.css" },
            "payments": { "tokens_url": "https://gateway.example/v1/tokens", "publishable_key": "pk_test_khidma_sandbox" },
            "clock": { "now": "2026-12-06T06:00:00Z", "speed": 0.0 },
        })
    );
    let admin = browser
        .page("/admin/jobs/x", &[("accept-language", "en")])
        .await;
    assert!(admin.text.contains("<title>Khidma: live console</title>"));
    assert!(admin.text.contains("/assets/boot-admin-1.js") && admin.text.contains("Queue by risk"));
    assert_eq!(config_of(&admin.text)["app"], "admin");
}

#[tokio::test]
async fn a_page_is_strict_and_says_what_to_load_first() {
    let browser = Browser::start();
    for path in ["/", "/admin", "/admin/", "/pay/return/x", "/v1x"] {
        let page = browser.page(path, &[]).await;
        let header = |name: &str| page.headers[name].to_str().unwrap();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self'",
            "img-src 'self' data: blob: https://photos.example",
            "connect-src 'self' https://gateway.example",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.split("; ").any(|p| p == part), "{part} in {policy}");
        }
        assert_eq!(header("x-content-type-options"), "nosniff");
        for allowed in [
            "geolocation=(self)",
            "publickey-credentials-create=(self)",
            "publickey-credentials-get=(self)",
        ] {
            assert!(header("permissions-policy").contains(allowed), "{allowed}");
        }
        assert!(page.headers.contains_key("referrer-policy"));
        assert_eq!(header("cache-control"), "no-cache");
        assert_eq!(header("vary"), "accept, accept-language, cookie");
        let links = header("link");
        for part in [
            "-1.css>; rel=preload; as=style",
            "-1.wasm>; rel=preload; as=fetch; type=\"application/wasm\"; crossorigin",
            "rel=modulepreload",
            "plex-arabic-400-1.woff2>; rel=preload; as=font",
        ] {
            assert!(links.contains(part), "{part} in {links}");
        }
        // Nothing the policy would refuse.
        assert!(!page.text.contains("style=") && !page.text.contains("<script>"));
        assert!(!page.text.contains(" on"), "no handlers in attributes");
    }
}

#[tokio::test]
async fn what_is_no_page_is_a_problem() {
    let browser = Browser::start();
    for path in [
        "/v1/unknown",
        "/v1",
        "/legal/none",
        "/docs/x",
        "/dev/none",
        "/health/none",
        "/internal/x",
    ] {
        let answer = browser.page(path, &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            answer.headers["content-type"], "application/problem+json",
            "{path}"
        );
    }
    // Nor is one that nobody asked to see as a page.
    let image = browser.get("/photo.png", &[("accept", "image/*")]).await;
    assert_eq!(image.status, StatusCode::NOT_FOUND);
    for anything in [&[("accept", "*/*")][..], &[]] {
        for (path, status) in [
            ("/", StatusCode::OK),
            ("/admin/", StatusCode::OK),
            ("/invented", StatusCode::NOT_FOUND),
        ] {
            assert_eq!(browser.get(path, anything).await.status, status, "{path}");
        }
    }
    let request = Request::post("/bookings")
        .header("accept", BROWSER)
        .body(Body::empty())
        .unwrap();
    let posted = browser.router.clone().oneshot(request).await.unwrap();
    assert_eq!(posted.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_new_build_is_noticed_and_a_missing_one_said() {
    let browser = Browser::start();
    let version = |answer: Answer| serde_json::from_str::<Value>(&answer.text).unwrap();
    let first = version(browser.get("/dev/web", &[]).await);
    assert_eq!(first, json!({ "version": "v1" }));
    // Later in the eyes of any file system.
    let path = browser.folder.path().join("manifest.json");
    manifest(browser.folder.path(), "v2");
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    let later = file.metadata().unwrap().modified().unwrap() + std::time::Duration::from_secs(2);
    file.set_modified(later).unwrap();
    let second = version(browser.get("/dev/web", &[]).await);
    assert_eq!(second, json!({ "version": "v2" }));
    let page = browser.page("/", &[]).await;
    assert_eq!(config_of(&page.text)["version"], "v2");

    let nothing = TempDir::new().unwrap();
    let bare = router(nothing.path());
    let page = get(
        &bare,
        "/",
        &[("accept", BROWSER), ("accept-language", "en")],
    )
    .await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("The web apps are not built yet"));
    let asset = get(&bare, "/assets/customer-1.js", &[]).await;
    assert_eq!(asset.status, StatusCode::NOT_FOUND);
}
