//! What comes from outside and is read by us, made as nasty as it gets: a committed corpus and what
//! becomes of it when bytes are lost, doubled and mixed. Each goes the whole way over HTTP into the
//! stores. Whatever it is, the answer is ours: no 5xx, and a refusal says its code.

use crate::described::is_described;
use crate::world::World;
use fuzz::Target;
use reqwest::header::HeaderValue;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use uuid::Uuid;

/// Mutations of each entry of the corpus.
const MUTATIONS: usize = 4;

/// As it may stand in a header; none where it can't be sent at all.
fn header(bytes: &[u8]) -> Option<HeaderValue> {
    HeaderValue::from_bytes(bytes).ok()
}

/// As it may stand in an address.
fn escaped(bytes: &[u8]) -> String {
    let mut out = String::new();
    for byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' => {
                out.push(char::from(*byte));
            }
            _ => write!(out, "%{byte:02X}").unwrap(),
        }
    }
    out
}

/// Text as serde sees it.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

struct Outside {
    world: World,
    http: Client,
    /// For the mutations to begin with.
    good_token: String,
    /// How often which status was the answer.
    seen: BTreeMap<(String, u16), usize>,
}

impl Outside {
    async fn try_all(
        &mut self,
        name: &str,
        make: impl Fn(&Client, &str, &[u8]) -> Option<RequestBuilder>,
    ) {
        let mut target = Target::of(name);
        if name == "tokens" {
            target = target.and(self.good_token.clone());
        }
        for case in target.cases(MUTATIONS) {
            let Some(request) = make(&self.http, &self.world.net.api, &case) else {
                continue;
            };
            let shown = text(&case[..case.len().min(300)]);
            // What can't be written as a request never leaves a client.
            let Ok(request) = request.build() else {
                continue;
            };
            let method = request.method().clone();
            let path = request.url().path().to_owned();
            let response = match self.http.execute(request).await {
                Ok(response) => response,
                Err(e) if e.is_builder() => continue,
                Err(e) => panic!("{name}: {e:?}"),
            };
            let status = response.status();
            let kind = response.headers().get("content-type").cloned();
            let body = response.bytes().await.unwrap();
            assert!(
                !status.is_server_error(),
                "{name}: {status} for {shown:?}: {}",
                text(&body)
            );
            // 431 and an unreadable head are answered before anything of ours sees them.
            let ours = !body.is_empty()
                || !matches!(
                    status,
                    StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
                        | StatusCode::URI_TOO_LONG
                        | StatusCode::BAD_REQUEST
                );
            if ours {
                is_described(&method, &path, status).await;
            }
            if status.is_client_error() && ours {
                assert_eq!(
                    kind.unwrap(),
                    "application/problem+json",
                    "{name}: {shown:?}"
                );
                let problem: Value = serde_json::from_slice(&body).unwrap();
                assert!(problem["code"].is_string(), "{name}: {problem}");
            }
            *self
                .seen
                .entry((name.to_owned(), status.as_u16()))
                .or_default() += 1;
        }
    }

    fn saw(&self, name: &str, status: u16) -> bool {
        self.seen.contains_key(&(name.to_owned(), status))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_from_outside_breaks_us() {
    let world = World::start().await;
    let customer = world.customer().await.token().await;
    let operations = world.staff("operations@khidma.example").await.token().await;
    let technician = world.phone(&world.plumbers().await[0].phone.clone()).await;
    let technician = technician.token().await;
    let report = world.config.sms_callback().unwrap();
    let report = format!("{}?{}", report.path(), report.query().unwrap());
    let mut outside = Outside {
        http: Client::builder().no_proxy().build().unwrap(),
        good_token: customer.clone(),
        seen: BTreeMap::new(),
        world,
    };
    let o = &mut outside;
    o.try_all("phones", |http, api, case| {
        let body = json!({ "phone": text(case), "lang": "en", "device": Uuid::new_v4() });
        Some(http.post(format!("{api}/v1/auth/codes")).json(&body))
    })
    .await;
    o.try_all("tokens", |http, api, case| {
        let value = header(&[b"Bearer ", case].concat())?;
        Some(
            http.get(format!("{api}/v1/me"))
                .header("authorization", value),
        )
    })
    .await;
    o.try_all("moyasar", |http, api, case| {
        Some(
            http.post(format!("{api}/v1/webhooks/moyasar"))
                .body(case.to_vec()),
        )
    })
    .await;
    o.try_all("unifonic", |http, api, case| {
        Some(http.post(format!("{api}{report}")).body(case.to_vec()))
    })
    .await;
    o.try_all("boundaries", |http, api, case| {
        let request = http
            .post(format!("{api}/v1/zones/import"))
            .bearer_auth(&operations);
        let key = Uuid::new_v4().to_string();
        Some(request.header("idempotency-key", key).body(case.to_vec()))
    })
    .await;
    o.try_all("photos", |http, api, case| {
        let request = http
            .post(format!("{api}/v1/uploads"))
            .bearer_auth(&technician);
        Some(request.body(case.to_vec()))
    })
    .await;
    o.try_all("cursors", |http, api, case| {
        let url = format!("{api}/v1/bookings?cursor={}", escaped(case));
        Some(http.get(url).bearer_auth(&customer))
    })
    .await;
    o.try_all("keys", |http, api, case| {
        let request = http.post(format!("{api}/v1/quotes")).bearer_auth(&customer);
        let body = json!({ "pin": { "lat": 24.812, "lon": 46.607 }, "service": "leak-repair" });
        Some(request.header("idempotency-key", header(case)?).json(&body))
    })
    .await;
    o.try_all("languages", |http, api, case| {
        let request = http.get(format!("{api}/v1/me")).bearer_auth(&customer);
        Some(request.header("accept-language", header(case)?))
    })
    .await;
    o.try_all("numbers", |http, api, case| {
        let url = format!("{api}/v1/places?lat={}&lon=46.607", escaped(case));
        Some(http.get(url))
    })
    .await;
    o.try_all("ids", |http, api, case| {
        let url = format!("{api}/v1/bookings/{}", escaped(case));
        Some(http.get(url).bearer_auth(&customer))
    })
    .await;
    o.try_all("words", |http, api, case| {
        let request = http.patch(format!("{api}/v1/me")).bearer_auth(&customer);
        let key = Uuid::new_v4().to_string();
        let body = json!({ "name": text(case), "lang": "en" });
        Some(request.header("idempotency-key", key).json(&body))
    })
    .await;
    o.try_all("words", |http, api, case| {
        let url = format!("{api}/v1/catalog/search?q={}", escaped(case));
        Some(http.get(url))
    })
    .await;
    o.try_all("ids_of_requests", |http, api, case| {
        let request = http.get(format!("{api}/v1/me")).bearer_auth(&customer);
        let value = header(case)?;
        Some(
            request
                .header("traceparent", value.clone())
                .header("x-request-id", value),
        )
    })
    .await;

    // The good ones among them were taken: so it was their parser that refused the others.
    for (name, status) in [
        ("phones", 202),
        ("tokens", 200),
        ("moyasar", 200),
        ("unifonic", 200),
        ("boundaries", 200),
        ("photos", 201),
        ("cursors", 422),
        ("keys", 201),
        ("languages", 200),
        ("numbers", 200),
        ("words", 200),
        ("ids_of_requests", 200),
    ] {
        assert!(
            outside.saw(name, status),
            "{name}: no {status} in {:?}",
            outside.seen
        );
    }
    outside.world.finish().await;
}
