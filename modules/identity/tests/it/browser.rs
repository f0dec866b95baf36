//! A browser's refresh token is in a cookie that its scripts can't read.

use crate::{House, PHONE, cheap};
use axum::body::Body;
use axum::http::{Method, Request, header};
use identity::IdentitySettings;
use kernel::{access::Role, seconds};
use platform::testing::TestAnswer;
use serde_json::{Value, json};

/// One browser with one app open.
struct Browser<'a> {
    house: &'a House,
    app: &'static str,
    cookie: Option<String>,
}

impl<'a> Browser<'a> {
    fn new(house: &'a House, app: &'static str) -> Self {
        let cookie = None;
        Self { house, app, cookie }
    }

    async fn send(&mut self, method: Method, path: &str, body: &Value) -> TestAnswer {
        let request = self.request(method, path, body);
        let answer = self.house.http.send(request).await;
        if let Some(set) = answer.headers.get(header::SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        answer
    }

    fn request(&self, method: Method, path: &str, body: &Value) -> Request<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-khidma-app", self.app)
            .header("sec-fetch-site", "same-origin")
            .header(
                "user-agent",
                "Mozilla/5.0 (Linux; Android 15) Chrome/142.0 Mobile Safari/537.36",
            )
            .header("content-type", "application/json");
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", format!("lang=ar; {cookie}"));
        }
        request.body(Body::from(body.to_string())).unwrap()
    }

    async fn sign_in(&mut self, phone: &str) -> TestAnswer {
        let (challenge, code) = self.house.code_for(phone).await;
        let device = self.house.device;
        let body = json!({ "challenge": challenge, "code": code, "device": device });
        self.send(Method::POST, "/v1/auth/sessions", &body).await
    }

    async fn refresh(&mut self) -> TestAnswer {
        self.send(Method::POST, "/v1/auth/refresh", &json!({}))
            .await
    }
}

#[tokio::test]
async fn the_cookie_is_all_a_browser_gets_and_all_it_needs() {
    let house = House::open().await;
    let mut browser = Browser::new(&house, "customer");
    let answer = browser.sign_in(PHONE).await;
    let set = answer.headers[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(set.starts_with("__Host-khidma-customer=rft_"), "{set}");
    for part in [
        "Path=/",
        "Secure",
        "HttpOnly",
        "SameSite=Strict",
        "Max-Age=5184000",
    ] {
        assert!(set.split("; ").any(|found| found == part), "{part}: {set}");
    }
    assert!(!set.contains("Domain"));
    let signed_in = answer.ok();
    assert!(signed_in.get("refresh_token").is_none(), "{signed_in}");

    let before = browser.cookie.clone();
    let renewed = browser.refresh().await.ok();
    assert!(renewed.get("refresh_token").is_none());
    assert_ne!(browser.cookie, before);
    // The lost answer, for browsers.
    let newest = std::mem::replace(&mut browser.cookie, before);
    browser.refresh().await.ok();
    assert_eq!(browser.cookie, newest);

    let lines = house
        .http
        .as_actor(&crate::actor_of(&house, &renewed))
        .get("/v1/me/sessions")
        .await
        .ok();
    assert_eq!(lines["items"][0]["device"], "Chrome, Android");

    let gone = browser
        .send(Method::DELETE, "/v1/auth/sessions/current", &json!({}))
        .await;
    let cleared = gone.headers[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(cleared.contains("Max-Age=0"), "{cleared}");
    gone.ok();
    browser.cookie = newest;
    browser.refresh().await.refused(401, "identity.signed_out");
    // Nothing is left to end: done all the same.
    browser.cookie = None;
    browser
        .send(Method::DELETE, "/v1/auth/sessions/current", &json!({}))
        .await
        .ok();
}

#[tokio::test]
async fn another_site_can_do_nothing_with_it() {
    let house = House::open().await;
    let mut browser = Browser::new(&house, "customer");
    browser.sign_in(PHONE).await.ok();
    let paths = [
        (Method::POST, "/v1/auth/refresh"),
        (Method::DELETE, "/v1/auth/sessions/current"),
    ];
    for (method, path) in &paths {
        let request = || browser.request(method.clone(), path, &json!({}));
        // A form or a picture of another site can't send the header.
        let mut plain = request();
        plain.headers_mut().remove("x-khidma-app");
        let answer = house.http.send(plain).await;
        assert_eq!(answer.status.as_u16(), 401, "{path}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE));
        for site in ["cross-site", "same-site", "none"] {
            let mut foreign = request();
            foreign
                .headers_mut()
                .insert("sec-fetch-site", site.parse().unwrap());
            let answer = house.http.send(foreign).await;
            answer.refused(403, "identity.other_site");
        }
        // An old browser, which says only the origin.
        let mut old = request();
        old.headers_mut().remove("sec-fetch-site");
        old.headers_mut()
            .insert("host", "khidma.example".parse().unwrap());
        old.headers_mut()
            .insert("origin", "https://evil.example".parse().unwrap());
        house
            .http
            .send(old)
            .await
            .refused(403, "identity.other_site");
        let mut unknown = request();
        unknown
            .headers_mut()
            .insert("x-khidma-app", "other".parse().unwrap());
        house
            .http
            .send(unknown)
            .await
            .refused(422, "identity.unknown_app");
    }
    // Nowhere else does the cookie open anything.
    let read = browser.request(Method::GET, "/v1/me", &json!({}));
    house
        .http
        .send(read)
        .await
        .refused(401, "http.unauthenticated");
    // Nor does a token in the body, where a browser speaks.
    let token = browser.cookie.clone().unwrap();
    let token = token.split_once('=').unwrap().1;
    let mut bare = Browser::new(&house, "customer");
    bare.send(
        Method::POST,
        "/v1/auth/refresh",
        &json!({ "refresh_token": token }),
    )
    .await
    .refused(401, "identity.signed_out");
    browser.refresh().await.ok();
}

#[tokio::test]
async fn one_browser_has_one_session_an_app() {
    let house = House::open().await;
    let mut browser = Browser::new(&house, "customer");
    let first = browser.sign_in(PHONE).await.ok();
    let old = browser.cookie.clone();
    house.t.clock.advance(seconds(61));
    let second = browser.sign_in(PHONE).await.ok();
    let replaced = "select count(*) from identity.sessions where ended_by = 'replaced'";
    assert_eq!(house.count(replaced).await, 1);
    let mut copy = Browser::new(&house, "customer");
    copy.cookie = old;
    copy.refresh().await.refused(401, "identity.signed_out");
    browser.refresh().await.ok();
    assert_ne!(
        crate::actor_of(&house, &first).session,
        crate::actor_of(&house, &second).session
    );
    // The console in the same browser has a cookie of its own.
    let mut console = Browser::new(&house, "admin");
    console.cookie = browser.cookie.clone();
    console.refresh().await.refused(401, "identity.signed_out");
    browser.refresh().await.ok();
}

#[tokio::test]
async fn without_tls_the_cookie_has_another_name() {
    let house = House::with(IdentitySettings {
        secure_cookies: false,
        ..cheap()
    })
    .await;
    let mut browser = Browser::new(&house, "admin");
    let answer = browser.sign_in(PHONE).await;
    let set = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        set.starts_with("khidma-admin=rft_") && !set.contains("Secure"),
        "{set}"
    );
    browser.refresh().await.ok();
}

#[tokio::test]
async fn staff_get_a_cookie_too() {
    let house = House::open().await;
    let signed_in = house.staff("noura@khidma.sa", Role::Dispatcher).await;
    assert!(
        signed_in["refresh_token"].is_string(),
        "a program's is in the body"
    );
    let wrong = json!({ "email": "noura@khidma.sa", "password": "wrong", "code": "000000" });
    let mut browser = Browser::new(&house, "admin");
    let refused = browser
        .send(Method::POST, "/v1/auth/staff/sessions", &wrong)
        .await;
    assert!(!refused.headers.contains_key(header::SET_COOKIE));
    refused.refused(401, "identity.wrong_credentials");
}
