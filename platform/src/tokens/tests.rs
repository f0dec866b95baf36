use super::*;
use aws_lc_rs::signature::Ed25519KeyPair;
use kernel::seconds;
use proptest::prelude::*;
use serde_json::{Value, json};

fn actor() -> Actor {
    Actor {
        user: UserId::new(),
        session: SessionId::new(),
        roles: vec![Role::Customer],
        scope: Scope::default(),
        second_factor_at: None,
    }
}

fn now() -> Time {
    Time::from_millis(1_800_000_000_000)
}

pub(super) fn claims() -> Claims {
    serde_json::from_value(good()).unwrap()
}

/// What a good token says at [`now`].
fn good() -> Value {
    json!({ "iss": "khidma", "aud": "khidma", "iat": 1_800_000_000, "nbf": 1_800_000_000,
        "exp": 1_800_000_600, "user": UserId::new(), "session": SessionId::new(), "roles": ["customer"] })
}

const SEED: [u8; 32] = [7; 32];

fn ours() -> Tokens {
    Tokens::from_seed(&SEED).unwrap()
}

/// A token of any header and payload, signed by our own key: only what it says can be wrong.
fn forged(header: &str, payload: &str) -> String {
    let pair = Ed25519KeyPair::from_seed_unchecked(&SEED).unwrap();
    let signed = format!(
        "{}.{}",
        jws::to_base64(header.as_bytes()),
        jws::to_base64(payload.as_bytes())
    );
    let signature = jws::to_base64(pair.sign(signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}

fn kid() -> String {
    ours().published(now()).keys.remove(0).kid
}

fn header() -> String {
    format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{}"}}"#, kid())
}

#[test]
fn a_token_tells_its_actor_until_it_ends() {
    let tokens = ours();
    let actor = Actor {
        scope: Scope {
            zones: Some(vec![kernel::Slug::parse("north").unwrap()]),
            ..Scope::default()
        },
        ..actor()
    };
    let (token, expires) = tokens.sign(&actor, now()).unwrap();
    assert_eq!(expires, now() + minutes(10));
    assert_eq!(tokens.open(&token, now()).unwrap().1, expires + seconds(60));
    // Clocks may differ by a minute, either way.
    for (at, found) in [
        (now() - seconds(60), Ok(actor.clone())),
        (now() - seconds(61), Err(BadToken::Invalid)),
        (expires + seconds(59), Ok(actor.clone())),
        (expires + seconds(60), Err(BadToken::Expired)),
    ] {
        // Known and unknown tokens are judged alike.
        assert_eq!(tokens.verify(&token, at), found, "{at}");
        assert_eq!(ours().verify(&token, at), found, "{at}");
    }
}

/// What we publish is enough for another's program.
#[test]
fn somebody_else_can_check_our_tokens() {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
    let tokens = ours();
    let actor = actor();
    let (token, _) = tokens.sign(&actor, now()).unwrap();
    let published = serde_json::to_value(tokens.published(now())).unwrap();
    let set: JwkSet = serde_json::from_value(published).unwrap();
    let kid = decode_header(&token).unwrap().kid.unwrap();
    let jwk = set.find(&kid).unwrap();
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.validate_exp = false;
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[ISSUER]);
    let read = decode::<Value>(&token, &DecodingKey::from_jwk(jwk).unwrap(), &rules).unwrap();
    assert_eq!(read.claims["user"], json!(actor.user));
    assert_eq!(read.claims["exp"], json!(1_800_000_600));
}

#[test]
fn a_header_that_is_not_ours_to_the_letter_is_refused() {
    let payload = good().to_string();
    let (kid, tokens) = (kid(), ours());
    assert!(tokens.verify(&forged(&header(), &payload), now()).is_ok());
    let x = tokens.published(now()).keys.remove(0).x;
    for wrong in [
        // RFC 7519 §6.1, and its other spellings.
        r#"{"alg":"none"}"#.to_owned(),
        format!(r#"{{"typ":"JWT","alg":"none","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"NoNe","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","kid":"{kid}"}}"#),
        // Another algorithm for our key.
        format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"RS256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"ES256","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"eddsa","kid":"{kid}"}}"#),
        // RFC 9864's name for it: a good header, but none that we write.
        format!(r#"{{"typ":"JWT","alg":"Ed25519","kid":"{kid}"}}"#),
        // No key, an unknown one, two of them, a way out of the folder.
        r#"{"typ":"JWT","alg":"EdDSA"}"#.to_owned(),
        r#"{"typ":"JWT","alg":"EdDSA","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}"#
            .to_owned(),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","kid":"other"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"other","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":["{kid}"]}}"#),
        r#"{"typ":"JWT","alg":"EdDSA","kid":"../../dev/null"}"#.to_owned(),
        // RFC 7515 §4.1.11: an extension that must be understood, and §4.1.2 to 4.1.5: keys that
        // come along.
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","crit":["exp"],"exp":0}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","crit":["b64"],"b64":false}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","crit":[]}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","jku":"https://evil.example/keys"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","jwk":{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","x5u":"https://evil.example/c"}}"#),
        // Another kind of token, or encrypted or packed.
        format!(r#"{{"typ":"at+jwt","alg":"EdDSA","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","cty":"JWT"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}","zip":"DEF"}}"#),
        // The same to JSON, but not to the letter.
        format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#),
        format!(r#"{{ "typ":"JWT","alg":"EdDSA","kid":"{kid}"}}"#),
        format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}"}} "#),
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
    ] {
        let token = forged(&wrong, &payload);
        assert_eq!(
            tokens.verify(&token, now()),
            Err(BadToken::Invalid),
            "{wrong}"
        );
        // RFC 7515 §7.1: unsecured, without a signature.
        let (signed, _) = token.rsplit_once('.').unwrap();
        let unsigned = format!("{signed}.");
        assert_eq!(
            tokens.verify(&unsigned, now()),
            Err(BadToken::Invalid),
            "{wrong}"
        );
    }
}

/// Known since RFC 7515 was young: the public key, which anybody has, taken as an HMAC secret.
#[test]
fn our_public_key_is_no_shared_secret() {
    use aws_lc_rs::hmac;
    let published = ours().published(now()).keys.remove(0);
    let payload = jws::to_base64(good().to_string().as_bytes());
    let raw = jws::from_base64(&published.x).unwrap();
    let jwk = serde_json::to_vec(&published).unwrap();
    for secret in [raw.as_slice(), published.x.as_bytes(), jwk.as_slice()] {
        for header in [
            format!(r#"{{"typ":"JWT","alg":"HS256","kid":"{}"}}"#, published.kid),
            header(),
        ] {
            let signed = format!("{}.{payload}", jws::to_base64(header.as_bytes()));
            let tag = hmac::sign(
                &hmac::Key::new(hmac::HMAC_SHA256, secret),
                signed.as_bytes(),
            );
            let token = format!("{signed}.{}", jws::to_base64(tag.as_ref()));
            assert_eq!(ours().verify(&token, now()), Err(BadToken::Invalid));
        }
    }
}

#[test]
fn a_well_signed_token_must_also_say_the_right_things() {
    let tokens = ours();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut claims = good();
        change(&mut claims);
        forged(&header(), &claims.to_string())
    };
    type Change = (&'static str, Value, BadToken);
    let changes: [Change; 24] = [
        ("iss", json!("somebody"), BadToken::Invalid),
        ("iss", json!(["khidma"]), BadToken::Invalid),
        ("iss", json!(""), BadToken::Invalid),
        ("aud", json!("another"), BadToken::Invalid),
        ("aud", json!(["khidma"]), BadToken::Invalid),
        ("aud", json!(["khidma", "another"]), BadToken::Invalid),
        ("aud", json!(null), BadToken::Invalid),
        ("exp", json!(1_799_999_940), BadToken::Expired),
        ("exp", json!(0), BadToken::Expired),
        ("exp", json!(i64::MIN), BadToken::Expired),
        ("exp", json!("1800000600"), BadToken::Invalid),
        ("exp", json!(1_800_000_600.5), BadToken::Invalid),
        ("exp", json!(1e300), BadToken::Invalid),
        ("exp", json!(null), BadToken::Invalid),
        ("nbf", json!(1_800_000_061), BadToken::Invalid),
        ("nbf", json!(i64::MAX), BadToken::Invalid),
        ("nbf", json!("0"), BadToken::Invalid),
        ("iat", json!(1_800_000_061), BadToken::Invalid),
        ("user", json!("usr_1"), BadToken::Invalid),
        ("user", json!(SessionId::new()), BadToken::Invalid),
        ("session", json!(null), BadToken::Invalid),
        ("roles", json!(["god"]), BadToken::Invalid),
        ("roles", json!("customer"), BadToken::Invalid),
        ("scope", json!({ "zones": "all" }), BadToken::Invalid),
    ];
    for (claim, value, bad) in changes {
        let token = with(&|claims| claims[claim] = value.clone());
        assert_eq!(tokens.verify(&token, now()), Err(bad), "{claim} {value}");
    }
    for claim in [
        "iss", "aud", "iat", "nbf", "exp", "user", "session", "roles",
    ] {
        let token = with(&|claims| {
            claims.as_object_mut().unwrap().remove(claim);
        });
        assert_eq!(
            tokens.verify(&token, now()),
            Err(BadToken::Invalid),
            "{claim}"
        );
    }
    // A claim twice, of which two readers might take different ones.
    let twice = good().to_string().replacen('{', r#"{"exp":9000000000,"#, 1);
    for payload in [twice.as_str(), "", "null", "[]", "{", "\u{feff}{}"] {
        let token = forged(&header(), payload);
        assert_eq!(
            tokens.verify(&token, now()),
            Err(BadToken::Invalid),
            "{payload}"
        );
    }
}

#[test]
fn a_token_of_another_key_is_refused_also_under_our_name() {
    let theirs = Tokens::from_seed(&[1; 32]).unwrap();
    let (token, _) = theirs.sign(&actor(), now()).unwrap();
    assert_eq!(ours().verify(&token, now()), Err(BadToken::Invalid));
    let (_, rest) = token.split_once('.').unwrap();
    let renamed = format!("{}.{rest}", jws::to_base64(header().as_bytes()));
    assert_eq!(ours().verify(&renamed, now()), Err(BadToken::Invalid));
}

#[test]
fn a_token_that_is_too_long_is_not_read() {
    let many = "x".repeat(3000);
    let mut claims = good();
    claims["note"] = json!(many);
    let token = forged(&header(), &claims.to_string());
    assert!(token.len() > MAX_LEN);
    assert_eq!(ours().verify(&token, now()), Err(BadToken::Invalid));
    assert_eq!(
        ours().verify(&"a".repeat(1 << 20), now()),
        Err(BadToken::Invalid)
    );
}

/// The largest that identity may ever make fits: every role, and many zones.
#[test]
fn the_longest_token_we_make_is_read() {
    let zone = |n: usize| kernel::Slug::parse(&format!("a-zone-with-a-long-name-{n}")).unwrap();
    let actor = Actor {
        roles: Role::ALL.to_vec(),
        scope: Scope {
            zones: Some((0..64).map(zone).collect()),
            ..Scope::default()
        },
        ..actor()
    };
    let (token, _) = ours().sign(&actor, now()).unwrap();
    assert!(token.len() < MAX_LEN, "{}", token.len());
    assert_eq!(ours().verify(&token, now()).unwrap(), actor);
}

#[tokio::test]
async fn an_ended_session_is_not_admitted_and_whoever_waits_hears_of_it() {
    let tokens = ours();
    let (here, there) = (actor(), actor());
    assert_eq!(tokens.admit(&here).await, Ok(()));
    let waiting = tokio::spawn({
        let (tokens, session) = (tokens.clone(), here.session);
        async move { tokens.when_ended(session).await }
    });
    tokens.heed(now(), &[here.session]);
    waiting.await.unwrap();
    assert_eq!(tokens.admit(&here).await, Err(NotAdmitted::Ended));
    assert_eq!(tokens.admit(&there).await, Ok(()));
}

/// Fuzz target: claims that are well signed, so that only what they say can be wrong.
#[test]
fn fuzz_claims() {
    let (tokens, header, now) = (ours(), header(), now());
    let read = |claims: &[u8]| {
        let claims = String::from_utf8_lossy(claims).into_owned();
        (tokens.open(&forged(&header, &claims), now), claims)
    };
    let target = ::fuzz::Target::of("claims");
    target.check(|claims| {
        let (opened, claims) = read(claims);
        let Ok((actor, until)) = opened else { return };
        let said: Value = serde_json::from_str(&claims).unwrap();
        assert_eq!(
            (&said["iss"], &said["aud"]),
            (&json!(ISSUER), &json!(ISSUER))
        );
        let (latest, seconds) = (now.as_seconds() + LEEWAY_S, now.as_seconds() - LEEWAY_S);
        assert!(said["nbf"].as_i64().unwrap() <= latest && said["iat"].as_i64().unwrap() <= latest);
        assert!(said["exp"].as_i64().unwrap() > seconds && until > now);
        assert_eq!(said["user"], json!(actor.user));
        assert_eq!(said["roles"], json!(actor.roles), "a role nobody gave");
    });
    target.is_linear(read);
}

proptest! {
    /// One letter changed anywhere, left out or doubled: refused, never a panic.
    #[test]
    fn no_letter_may_change(at in 0..700_usize, to in "[A-Za-z0-9._=+/ -]", how in 0..3_u8) {
        let (token, _) = ours().sign(&actor(), now()).unwrap();
        let at = at % token.len();
        let mut changed = token.clone();
        match how {
            0 => changed.replace_range(at..=at, &to),
            1 => changed.replace_range(at..=at, ""),
            _ => changed.insert_str(at, &to),
        }
        if changed != token {
            prop_assert_eq!(ours().verify(&changed, now()), Err(BadToken::Invalid));
        }
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,80}|[A-Za-z0-9._-]{0,200}") {
        prop_assert_eq!(ours().verify(&text, now()), Err(BadToken::Invalid));
    }
}
