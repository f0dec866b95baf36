//! The texts: where they are read, and which version holds.

use crate::house::House;
use axum::body::Body;
use axum::http::{Request, header};
use platform::testing::{TestAnswer, TestHttp};
use privacy::PrivacySettings;
use serde_json::json;

async fn page(http: &TestHttp, path: &str, headers: &[(&str, &str)]) -> TestAnswer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    http.send(request.body(Body::empty()).unwrap()).await
}

fn text(answer: &TestAnswer) -> String {
    String::from_utf8(answer.bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn anybody_reads_the_texts_in_either_language() {
    let house = House::open().await;
    for (path, headers, lang, title) in [
        ("/legal/terms", vec![], "ar", "شروط الاستخدام"),
        (
            "/legal/terms?lang=en",
            vec![("cookie", "lang=ar")],
            "en",
            "Terms of use",
        ),
        (
            "/legal/notice",
            vec![("cookie", "lang=en")],
            "en",
            "Privacy notice",
        ),
        (
            "/legal/notice",
            vec![("accept-language", "en, ar;q=0.5")],
            "en",
            "Privacy notice",
        ),
        (
            "/legal/notice?lang=ar",
            vec![("accept-language", "en")],
            "ar",
            "إشعار الخصوصية",
        ),
    ] {
        let read = page(&house.http, path, &headers).await;
        assert_eq!(read.status, 200);
        let html = text(&read);
        let dir = if lang == "ar" { "rtl" } else { "ltr" };
        assert!(
            html.contains(&format!("<html lang=\"{lang}\" dir=\"{dir}\">")),
            "{html}"
        );
        assert!(html.contains(&format!("<h1>{title}</h1>")), "{html}");
        assert!(
            html.contains("<bdi dir=\"ltr\">2026-11</bdi>"),
            "the version"
        );
        assert_eq!(read.headers[header::CONTENT_LANGUAGE], lang);
        // The way to the other language, and to the other text.
        let other = if lang == "ar" { "en" } else { "ar" };
        let here = path.split('?').next().unwrap();
        assert!(html.contains(&format!("href=\"{here}?lang={other}\"")));
        let beside = if here.ends_with("terms") {
            "notice"
        } else {
            "terms"
        };
        assert!(html.contains(&format!("href=\"/legal/{beside}?lang={lang}\"")));
        // Filled in, and with nothing of its own.
        let name = if lang == "ar" {
            "بيت &amp; شركاه"
        } else {
            "Bayt &amp; Partners"
        };
        assert!(html.contains(name) && !html.contains('{'), "{html}");
        assert!(!html.contains("<script") && !html.contains(" style="));
        let policy = read.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'"),
            "{policy}"
        );
    }
    let dark = page(&house.http, "/legal/terms", &[("cookie", "theme=dark")]).await;
    assert!(text(&dark).contains("data-theme=\"dark\""));
    assert_eq!(page(&house.http, "/legal/none", &[]).await.status, 404);
}

#[tokio::test]
async fn a_page_is_sent_again_only_where_it_changed() {
    let house = House::open().await;
    let first = page(&house.http, "/legal/notice?lang=en", &[]).await;
    assert_eq!(first.headers[header::CACHE_CONTROL], "no-cache");
    assert_eq!(first.headers[header::VARY], "accept-language, cookie");
    let etag = first.headers[header::ETAG].to_str().unwrap().to_owned();
    let weak = format!("\"x\", W/{etag}");
    for known in [etag.as_str(), &weak] {
        let again = page(
            &house.http,
            "/legal/notice?lang=en",
            &[("if-none-match", known)],
        )
        .await;
        assert_eq!(
            (again.status.as_u16(), again.bytes.len()),
            (304, 0),
            "{known}"
        );
        assert_eq!(again.headers[header::ETAG], etag);
        // A browser puts these over what it kept: the page must not lose its style.
        for name in [header::CONTENT_SECURITY_POLICY, header::CONTENT_LANGUAGE] {
            assert_eq!(again.headers[&name], first.headers[&name]);
        }
    }
    let known = [("if-none-match", etag.as_str())];
    assert_eq!(
        page(&house.http, "/legal/notice?lang=ar", &known)
            .await
            .status,
        200
    );
    let raised = PrivacySettings {
        privacy_notice_version: "2027-01".to_owned(),
        ..PrivacySettings::default()
    };
    let raised = house.with(raised);
    let newer = page(&raised, "/legal/notice?lang=en", &known).await;
    assert_eq!(newer.status, 200);
    assert!(text(&newer).contains("<bdi dir=\"ltr\">2027-01</bdi>"));
}

#[tokio::test]
async fn apps_are_told_the_versions_and_the_addresses() {
    let house = House::open().await;
    let settings = PrivacySettings {
        terms_version: "2027-01".to_owned(),
        ..PrivacySettings::default()
    };
    let told = house.with(settings).get("/v1/legal").await;
    assert_eq!(told.headers[header::CACHE_CONTROL], "public, max-age=60");
    let at = |path: &str| {
        json!({ "ar": format!("https://bayt.example/legal/{path}?lang=ar"),
                                  "en": format!("https://bayt.example/legal/{path}?lang=en") })
    };
    assert_eq!(
        told.ok(),
        json!({ "binding": "ar", "items": [
            { "purpose": "terms", "version": "2027-01", "page": at("terms"),
              "title": { "ar": "شروط الاستخدام", "en": "Terms of use" } },
            { "purpose": "privacy_notice", "version": "2026-11", "page": at("notice"),
              "title": { "ar": "إشعار الخصوصية", "en": "Privacy notice" } },
        ]})
    );
}

#[tokio::test]
async fn an_operators_own_texts_take_the_place_of_ours() {
    let house = House::open().await;
    let folder = tempfile::TempDir::new().unwrap();
    for name in ["terms.ar.md", "terms.en.md", "notice.ar.md", "notice.en.md"] {
        let words = format!("# {name}\n\nBy {{name}}. <script>alert(1)</script> [x](javascript:y)");
        std::fs::write(folder.path().join(name), words).unwrap();
    }
    let settings = PrivacySettings {
        texts_dir: Some(folder.path().to_owned()),
        ..PrivacySettings::default()
    };
    let ours = house.with(settings);
    let html = text(&page(&ours, "/legal/terms?lang=en", &[]).await);
    assert!(html.contains("<h1>terms.en.md</h1>"), "{html}");
    assert!(
        html.contains("<article><p>By Bayt &amp; Partners. alert(1) x</p></article>"),
        "{html}"
    );
    assert_eq!(
        ours.get("/v1/legal").await.ok()["items"][1]["title"]["ar"],
        "notice.ar.md"
    );
}
