//! Fuzz targets: what a request's line, headers and body hold, before any module sees it.

#![allow(clippy::unwrap_used)]

use axum::body::Body as Bytes;
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use fuzz::Target;
use kernel::access::Role;
use kernel::{BookingId, GeoPoint, Phone, Slug, Time};
use platform::Tokens;
use platform::http::{Body, ForwardedBy, Idempotency, Params, Problem, Proxies, cursor};
use platform::live::Mark;
use platform::testing::actor;
use platform::tokens::BadToken;
use serde::{Deserialize, Serialize};
use std::future::Future;
use std::net::{IpAddr, SocketAddr};

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

/// Of what waits for nothing.
fn now<T>(work: impl Future<Output = T>) -> T {
    futures::FutureExt::now_or_never(work).expect("nothing to wait for")
}

/// A refusal is for people and for programs, and no way to have something said long.
fn is_named(problem: &Problem, code: &str) {
    assert_eq!((problem.code.as_str(), problem.status), (code, 422));
    assert!(problem.errors.iter().all(|error| !error.field.is_empty()));
    let length = serde_json::to_vec(problem).unwrap().len();
    assert!(length < 4_000, "a refusal of {length} bytes");
}

#[test]
fn fuzz_tokens() {
    let now = Time::from_millis(1_800_000_000_000);
    let tokens = Tokens::from_seed(&[7; 32]).unwrap();
    let (good, _) = tokens.sign(&actor(Role::Dispatcher), now).unwrap();
    let target = Target::of("tokens").and(good.clone());
    target.check(|input| {
        let token = text(input);
        match tokens.verify(&token, now) {
            // A token has one spelling: whatever else is let in is somebody's forgery.
            Ok(_) => assert_eq!(token, good),
            Err(bad) => assert_eq!(bad, BadToken::Invalid),
        }
    });
    assert!(tokens.verify(&good, now).is_ok());
    target.is_linear(|input| tokens.verify(&text(input), now));
}

/// Addresses that a header could mean, however it is read.
fn addresses(header: &str) -> Vec<IpAddr> {
    let words = header.split([',', ';', '=', '"', ' ', '\t']);
    let found = words.flat_map(|word| {
        let bare = word.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        bare.into_iter()
            .chain(word.parse::<SocketAddr>().ok().map(|a| a.ip()))
    });
    found.map(|address| address.to_canonical()).collect()
}

#[test]
fn fuzz_forwarded() {
    let networks = ["10.0.0.0/8".to_owned()];
    let peer: IpAddr = "10.0.0.1".parse().unwrap();
    let client: IpAddr = "203.0.113.77".parse().unwrap();
    for (by, name, seen) in [
        (
            ForwardedBy::XForwardedFor,
            "x-forwarded-for",
            "203.0.113.77",
        ),
        (ForwardedBy::Forwarded, "forwarded", "for=203.0.113.77"),
    ] {
        let proxies = Proxies::new(&networks, by).unwrap();
        let headers =
            |value: HeaderValue| HeaderMap::from_iter([(HeaderName::from_static(name), value)]);
        let target = Target::of("forwarded");
        target.check(|input| {
            let Ok(value) = HeaderValue::from_bytes(input) else {
                return;
            };
            let mut headers = headers(value.clone());
            let found = proxies.client(peer, &headers);
            let said = value.to_str().map(addresses).unwrap_or_default();
            assert!(
                found == peer || said.contains(&found),
                "{found} is nobody's"
            );
            // Whatever a client wrote before, our proxy's own word stands.
            headers.append(name, HeaderValue::from_static(seen));
            assert_eq!(proxies.client(peer, &headers), client);
            let line = [input, b", ", seen.as_bytes()].concat();
            if let (Ok(line), true) = (HeaderValue::from_bytes(&line), value.to_str().is_ok()) {
                headers.insert(name, line);
                assert_eq!(proxies.client(peer, &headers), client);
            }
        });
        target.is_linear(|input| {
            if let Ok(value) = HeaderValue::from_bytes(input) {
                proxies.client(peer, &headers(value));
            }
        });
    }
}

fn parts(name: &str, value: HeaderValue) -> Parts {
    let request = Request::post("/v1/quotes").header(name, value);
    request.body(()).unwrap().into_parts().0
}

#[test]
fn fuzz_keys() {
    let target = Target::of("keys").and(uuid::Uuid::new_v4().to_string());
    let read = |input: &[u8]| {
        let value = HeaderValue::from_bytes(input).ok()?;
        let mut parts = parts("idempotency-key", value);
        Some(now(Idempotency::from_request_parts(&mut parts, &())))
    };
    target.check(|input| match read(input) {
        Some(Ok(found)) => {
            // Two intentions never share a key: its digits are what was sent.
            let digits: String = text(input)
                .chars()
                .filter(char::is_ascii_hexdigit)
                .collect();
            let key = found.key.simple().to_string();
            assert!(digits.to_ascii_lowercase().ends_with(&key), "{key}");
            let again = found.key.to_string();
            assert_eq!(read(again.as_bytes()).unwrap().unwrap().key, found.key);
        }
        Some(Err(problem)) => is_named(&problem, "http.idempotency_key_missing"),
        None => {}
    });
    target.is_linear(read);
}

#[test]
fn fuzz_cursors() {
    type Key = (Time, BookingId, i16);
    let key: Key = (Time::from_millis(1_800_000_000_000), BookingId::new(), -1);
    let target = Target::of("cursors").and(cursor::encode(&key).0);
    target.check(|input| match cursor::decode::<Key>(&text(input)) {
        Ok(key) => assert_eq!(cursor::decode::<Key>(&cursor::encode(&key).0).unwrap(), key),
        Err(problem) => is_named(&problem, "http.bad_cursor"),
    });
    assert_eq!(cursor::decode::<Key>(&cursor::encode(&key).0).unwrap(), key);
    target.is_linear(|input| cursor::decode::<Key>(&text(input)));
}

/// `Last-Event-ID`.
#[test]
fn fuzz_marks() {
    let target = Target::of("marks");
    target.check(|input| {
        let text = text(input);
        let Ok(mark) = text.parse::<Mark>() else {
            return;
        };
        assert_eq!(mark.to_string().parse::<Mark>(), Ok(mark));
        // It becomes an argument of Redis, where `$`, `(` and `-` alone mean something else.
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        assert!(plain && mark.to_string().len() <= 41, "{text}");
    });
    target.is_linear(|input| text(input).parse::<Mark>());
}

/// Something of everything that bodies hold.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Command {
    phone: Phone,
    pin: GeoPoint,
    name: String,
    booking: Option<BookingId>,
    at: Option<Time>,
    amount: i64,
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    service: Slug,
    quantity: u8,
}

fn read_body(input: &[u8]) -> Result<Command, Problem> {
    let request = Request::post("/v1/things").header("content-type", "application/json");
    let request = request.body(Bytes::from(input.to_vec())).unwrap();
    now(Body::<Command>::from_request(request, &())).map(|body| body.0)
}

#[test]
fn fuzz_bodies() {
    let target = Target::of("bodies");
    target.check(|input| match read_body(input) {
        Ok(command) => {
            let printed = serde_json::to_vec(&command).unwrap();
            assert_eq!(read_body(&printed).unwrap(), command);
            assert!(!command.name.contains('\0'), "PostgreSQL can't store it");
        }
        Err(problem) => is_named(&problem, "http.bad_field"),
    });
    target.is_linear(read_body);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Listing {
    limit: Option<u32>,
    cursor: Option<String>,
    q: Option<String>,
}

fn read_query(input: &[u8]) -> Option<Result<Listing, Problem>> {
    let request = Request::get(format!("/v1/things?{}", std::str::from_utf8(input).ok()?));
    let mut parts = request.body(()).ok()?.into_parts().0;
    let read = now(Params::<Listing>::from_request_parts(&mut parts, &()));
    Some(read.map(|params| params.0))
}

#[test]
fn fuzz_queries() {
    let target = Target::of("queries");
    target.check(|input| match read_query(input) {
        Some(Ok(listing)) => {
            let texts = [&listing.cursor, &listing.q];
            assert!(!texts.into_iter().flatten().any(|text| text.contains('\0')));
            assert!((1..=100).contains(&platform::http::limit(listing.limit)));
        }
        Some(Err(problem)) => is_named(&problem, "http.bad_field"),
        None => {}
    });
    target.is_linear(read_query);
}
