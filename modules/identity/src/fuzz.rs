//! Fuzz targets: codes as they are typed, refresh tokens, a browser's cookies, what a device calls
//! itself.

use crate::door::{LONGEST_TOKEN, cookie, device_of};
use crate::secrets::{RefreshToken, token_hash, typed_digits, typed_recovery};
use ::fuzz::Target;
use axum::http::{HeaderMap, HeaderValue, header};

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

#[test]
fn fuzz_codes_typed() {
    let target = Target::of("codes_typed");
    target.check(|input| {
        let text = text(input);
        let digits = typed_digits(&text);
        assert!(digits.chars().count() <= 32);
        assert_eq!(typed_digits(&digits), digits);
        if let Some(code) = typed_recovery(&text) {
            assert!(
                code.len() == 16 && code.bytes().all(|b| b.is_ascii_alphanumeric()),
                "{code}"
            );
            assert_eq!(typed_recovery(&code), Some(code));
        }
    });
    target.is_linear(|input| {
        let text = text(input);
        (typed_digits(&text), typed_recovery(&text))
    });
}

/// A refresh token is looked up by its hash and opens its successor: only itself does either.
#[test]
fn fuzz_refresh_tokens() {
    let (good, next) = (RefreshToken::draw(), RefreshToken::draw());
    let (text_of, sealed) = (good.text(), next.seal(&good.text()));
    let target = Target::of("tokens").and(text_of.clone());
    target.check(|input| {
        let text = text(input);
        let is_good = text == text_of;
        assert_eq!(token_hash(&text) == token_hash(&text_of), is_good);
        assert_eq!(RefreshToken::unseal(&sealed, &text) == next, is_good);
        // A column that was cut off opens nothing and breaks nothing.
        assert!(RefreshToken::unseal(&sealed[..input.len().min(31)], &text_of) != next);
    });
    target.is_linear(|input| token_hash(&text(input)));
}

#[test]
fn fuzz_cookies() {
    const NAME: &str = "__Host-khidma-customer";
    let read = |input: &[u8]| {
        let value = HeaderValue::from_bytes(input).ok()?;
        cookie(&HeaderMap::from_iter([(header::COOKIE, value)]), NAME)
    };
    let target = Target::of("cookies");
    target.check(|input| {
        let Some(token) = read(input) else { return };
        assert!(token.len() <= LONGEST_TOKEN && !token.contains(';'));
        // Neither another cookie's value nor a name that only looks like ours.
        let line = text(input);
        let pairs = line.split(';').map(str::trim);
        let ours = format!("{NAME}={token}");
        assert!(
            pairs.into_iter().any(|pair| pair == ours.trim()),
            "{token:?}"
        );
        assert_eq!(read(ours.as_bytes()), Some(token));
    });
    target.is_linear(read);
}

#[test]
fn fuzz_agents() {
    let target = Target::of("agents");
    target.check(|input| {
        let device = device_of(&text(input));
        // It is shown in lists of sessions and in messages.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_. ,".contains(c);
        assert!(
            device.chars().count() <= 40 && device.chars().all(plain),
            "{device:?}"
        );
    });
    target.is_linear(|input| device_of(&text(input)));
}
