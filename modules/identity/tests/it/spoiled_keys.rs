//! Credentials of passkeys with every byte changed.

use crate::authenticator::{Authenticator, b64, unb64};
use crate::staff::EMAIL;
use serde_json::{Value, json};
use webauthn_rs::prelude::{Passkey, Url, Uuid, Webauthn, WebauthnBuilder};

/// Every byte of the parts of a credential changed, and every length it can be cut to.
fn made_worse(credential: &Value, part: &str) -> Vec<Value> {
    let path = format!("/response/{part}");
    let whole = credential.pointer(&path).unwrap().as_str().unwrap();
    let whole = unb64(whole);
    let flipped = (0..whole.len()).flat_map(|at| [0x01, 0x20, 0x80].map(|bit| (at, bit)));
    let flipped = flipped.map(|(at, bit)| {
        let mut bytes = whole.clone();
        bytes[at] ^= bit;
        bytes
    });
    let cut = (0..whole.len()).map(|length| whole[..length].to_vec());
    flipped
        .chain(cut)
        .map(|bytes| {
            let mut worse = credential.clone();
            *worse.pointer_mut(&path).unwrap() = json!(b64(&bytes));
            worse
        })
        .collect()
}

fn us() -> Webauthn {
    let origin = Url::parse("http://localhost/").unwrap();
    let builder = WebauthnBuilder::new("localhost", &origin).unwrap();
    builder.build().unwrap()
}

#[test]
fn an_answer_made_worse_in_any_byte_is_refused_and_a_new_key_made_worse_breaks_nothing() {
    let us = us();
    let mut key = Authenticator::new();
    let (asked, state) = us
        .start_passkey_registration(Uuid::nil(), EMAIL, "نورة", None)
        .unwrap();
    let made = key.create(&serde_json::to_value(&asked.public_key).unwrap());
    let read = |made: &Value| serde_json::from_value(made.clone()).unwrap();
    let passkey = us
        .finish_passkey_registration(&read(&made), &state)
        .unwrap();
    // A changed key is another key: what counts is that nothing panics.
    for worse in made_worse(&made, "attestationObject") {
        let _ = us.finish_passkey_registration(&read(&worse), &state);
    }
    for worse in made_worse(&made, "clientDataJSON") {
        let _ = us.finish_passkey_registration(&read(&worse), &state);
    }

    let (asked, state) = us.start_discoverable_authentication().unwrap();
    let given = key.get(&serde_json::to_value(&asked.public_key).unwrap());
    let judge = |given: &Value, key: &Passkey| {
        let answer = serde_json::from_value(given.clone()).unwrap();
        us.finish_discoverable_authentication_v2(&answer, state.clone(), key)
    };
    judge(&given, &passkey).unwrap();
    for part in ["authenticatorData", "clientDataJSON", "signature"] {
        for worse in made_worse(&given, part) {
            assert!(judge(&worse, &passkey).is_err(), "{part}: {worse}");
        }
    }
}
