//! The terms and the privacy notice through the whole server: read by anybody, agreed to in the version
//! that was read.

use crate::world::World;
use platform::testing::TestAnswer;
use serde_json::{Value, json};

async fn page(w: &World, path: &str) -> (TestAnswer, String) {
    let answer = w.net.open(path).await;
    let html = String::from_utf8(answer.bytes.to_vec()).unwrap();
    (answer, html)
}

#[tokio::test]
async fn the_texts_are_pages_under_a_strict_policy_and_carry_the_sellers_name() {
    let w = World::start().await;
    for (path, name) in [
        ("/legal/terms?lang=ar", "شروط الاستخدام"),
        ("/legal/terms?lang=en", "Terms of use"),
        ("/legal/notice?lang=ar", "إشعار الخصوصية"),
        ("/legal/notice?lang=en", "Privacy notice"),
    ] {
        let (answer, html) = page(&w, path).await;
        assert_eq!(answer.status, 200, "{path}");
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "text/html; charset=utf-8");
        assert_eq!(header("cache-control"), "no-cache");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(
            header("content-security-policy"),
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; \
             base-uri 'none'"
        );
        assert!(html.contains(&format!("<h1>{name}</h1>")), "{html}");
        // Every detail of the operator is filled in.
        let operator = &w.config.privacy.operator;
        assert!(
            html.contains(&operator.registration) && !html.contains('{'),
            "{html}"
        );
        assert!(!html.contains("<script") && !html.contains(" style="));
    }
    let seller = &w.config.settlement.seller;
    let (_, terms) = page(&w, "/legal/terms?lang=en").await;
    assert!(
        terms.contains(&seller.name_en) && terms.contains(&seller.vat_number),
        "{terms}"
    );
    let style = w.net.open("/page.css").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    // Not an app's first page, however it is asked for.
    w.net
        .open("/legal/none")
        .await
        .refused(404, "http.not_found");
    w.finish().await;
}

#[tokio::test]
async fn what_an_app_reads_of_the_texts_is_what_a_person_agrees_to() {
    let w = World::start().await;
    let texts = w.net.open("/v1/legal").await.ok();
    let items: Vec<Value> = texts["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(
            |text| json!({ "purpose": text["purpose"], "given": true, "version": text["version"] }),
        )
        .collect();
    assert_eq!(items.len(), 2);
    for text in texts["items"].as_array().unwrap() {
        let address = text["page"]["en"].as_str().unwrap();
        let path = address.strip_prefix(w.config.public_url.as_str()).unwrap();
        let (answer, html) = page(&w, &format!("/{path}")).await;
        assert_eq!(answer.status, 200, "{address}");
        assert!(html.contains(text["title"]["en"].as_str().unwrap()));
    }
    let customer = w.customer().await;
    let agreed = customer
        .put("/v1/me/consents", json!({ "items": items }))
        .await
        .ok();
    for consent in agreed["items"].as_array().unwrap() {
        let needed = consent["purpose"] != "marketing";
        assert_eq!(consent["given"], needed, "{consent}");
        if needed {
            assert_eq!(consent["version"], consent["current_version"]);
            assert_eq!(consent["lang"], "en", "in which it was read");
        }
    }
    w.finish().await;
}
