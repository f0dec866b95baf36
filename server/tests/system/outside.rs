//! What comes from outside and is read by us, made as nasty as it gets: a committed corpus and what
//! becomes of it when bytes are lost, doubled and mixed. Each goes the whole way over HTTP into the
//! stores. Whatever it is, the answer is ours: no 5xx, and a refusal says its code.

use crate::world::World;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use reqwest::header::HeaderValue;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use uuid::Uuid;

/// Mutations of each entry of the corpus.
const MUTATIONS: usize = 4;

const CORPUS: &str = include_str!("../outside/corpus.json");

/// Pieces that parsers stumble over.
const PIECES: [&[u8]; 14] = [
    b"\0",
    b"\\u0000",
    b"\"",
    b"\\",
    b"%00",
    b"\xff\xfe",
    b"\xe2\x80\xae",
    b"[[[[[[[[",
    b"{}",
    b",",
    b"-1",
    b"1e999",
    b"\r\n",
    b"9999999999999999999999",
];

type Corpus = BTreeMap<String, Vec<Vec<u8>>>;

fn corpus() -> Corpus {
    let texts: BTreeMap<String, Vec<String>> = serde_json::from_str(CORPUS).unwrap();
    let bytes = |text: String| {
        if let Some(hex) = text.strip_prefix("hex:") {
            return hex::decode(hex).unwrap();
        }
        // repeat:5000:[
        if let Some((times, piece)) = text.strip_prefix("repeat:").and_then(|t| t.split_once(':')) {
            return piece.repeat(times.parse().unwrap()).into_bytes();
        }
        text.into_bytes()
    };
    texts
        .into_iter()
        .map(|(name, texts)| (name, texts.into_iter().map(bytes).collect()))
        .collect()
}

#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Insert(prop::sample::Index, prop::sample::Index),
    Double,
    Mix(prop::sample::Index, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Flip(at, byte)),
        at().prop_map(Change::Cut),
        (at(), at()).prop_map(|(at, piece)| Change::Insert(at, piece)),
        Just(Change::Double),
        (at(), at()).prop_map(|(at, other)| Change::Mix(at, other)),
    ]
}

fn changed(mut bytes: Vec<u8>, change: &Change, all: &[Vec<u8>]) -> Vec<u8> {
    let place = |at: &prop::sample::Index, bytes: &[u8]| at.index(bytes.len() + 1);
    match change {
        Change::Flip(at, byte) => {
            let at = place(at, &bytes);
            if let Some(old) = bytes.get_mut(at) {
                *old ^= byte;
            }
        }
        Change::Cut(at) => bytes.truncate(place(at, &bytes)),
        Change::Insert(at, piece) => {
            let at = place(at, &bytes);
            bytes.splice(at..at, piece.get(&PIECES).iter().copied());
        }
        Change::Double => {
            if bytes.len() < 10_000 {
                bytes = bytes.repeat(2);
            }
        }
        Change::Mix(at, other) => {
            bytes.truncate(place(at, &bytes));
            let other = other.get(all);
            bytes.extend_from_slice(&other[other.len() / 2..]);
        }
    }
    bytes
}

/// The corpus of `name`, and what becomes of it; the same every time.
fn cases(name: &str, all: &Corpus) -> Vec<Vec<u8>> {
    let seeds = &all[name];
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let changes = prop::collection::vec(change(), 1..4);
    let mut cases = seeds.clone();
    for seed in seeds {
        for _ in 0..MUTATIONS {
            let changes = changes.new_tree(&mut runner).unwrap().current();
            cases.push(
                changes
                    .iter()
                    .fold(seed.clone(), |bytes, change| changed(bytes, change, seeds)),
            );
        }
    }
    cases
}

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
    corpus: Corpus,
    /// How often which status was the answer.
    seen: BTreeMap<(String, u16), usize>,
}

impl Outside {
    async fn try_all(
        &mut self,
        name: &str,
        make: impl Fn(&Client, &str, &[u8]) -> Option<RequestBuilder>,
    ) {
        for case in cases(name, &self.corpus) {
            let Some(request) = make(&self.http, &self.world.net.api, &case) else {
                continue;
            };
            let shown = text(&case[..case.len().min(300)]);
            // What can't be written as a request never leaves a client.
            let Ok(request) = request.build() else {
                continue;
            };
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
        corpus: corpus(),
        seen: BTreeMap::new(),
        world,
    };
    // A good token, for the mutations to begin with.
    let tokens = outside.corpus.get_mut("tokens").unwrap();
    tokens.push(customer.clone().into_bytes());

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
