//! An authenticator in software: makes P-256 keys and signs as WebAuthn Level 3 says, with the faults
//! that a test wants of it.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const WITH_KEY: u8 = 0x40;

pub struct Authenticator {
    pair: EcdsaKeyPair,
    pub id: Vec<u8>,
    /// Where its browser thinks it is.
    pub origin: String,
    pub rp_id: String,
    /// The account it was made for, once it was.
    pub holder: Option<String>,
    pub count: u32,
    /// One that is kept in step on several devices does not.
    pub counts: bool,
    /// Asks its holder for a finger or a number.
    pub verifies: bool,
}

impl Authenticator {
    pub fn new() -> Self {
        Self {
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            id: Uuid::new_v4().as_bytes().to_vec(),
            origin: "http://localhost".to_owned(),
            rp_id: "localhost".to_owned(),
            holder: None,
            count: 0,
            counts: true,
            verifies: true,
        }
    }

    /// Another key that goes by the same name.
    pub fn named(mut self, other: &Self) -> Self {
        self.id.clone_from(&other.id);
        self
    }

    /// Its answer to `navigator.credentials.create(options)`.
    pub fn create(&mut self, options: &Value) -> Value {
        self.holder = options["user"]["id"].as_str().map(str::to_owned);
        let data = self.authenticator_data(WITH_KEY);
        let mut object = vec![0xa3];
        text(&mut object, "fmt");
        text(&mut object, "none");
        text(&mut object, "attStmt");
        object.push(0xa0);
        text(&mut object, "authData");
        bytes(&mut object, &data);
        json!({
            "id": b64(&self.id),
            "rawId": b64(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": { "credProps": { "rk": true } },
            "response": {
                "attestationObject": b64(&object),
                "clientDataJSON": b64(&self.client_data("webauthn.create", options)),
                "authenticatorData": b64(&data),
                "publicKeyAlgorithm": -7,
                "transports": ["internal"],
            },
        })
    }

    /// Its answer to `navigator.credentials.get(options)`.
    pub fn get(&mut self, options: &Value) -> Value {
        if self.counts {
            self.count += 1;
        }
        let data = self.authenticator_data(0);
        let client_data = self.client_data("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, &client_data).as_ref());
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": b64(&self.id),
            "rawId": b64(&self.id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": {
                "authenticatorData": b64(&data),
                "clientDataJSON": b64(&client_data),
                "signature": b64(signature.as_ref()),
                "userHandle": self.holder,
            },
        })
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let said = json!({
            "type": kind,
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        });
        said.to_string().into_bytes()
    }

    fn authenticator_data(&self, with_key: u8) -> Vec<u8> {
        let verified = if self.verifies { VERIFIED } else { 0 };
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(PRESENT | verified | with_key);
        data.extend(self.count.to_be_bytes());
        if with_key != 0 {
            data.extend([0; 16]);
            data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
            data.extend(&self.id);
            data.extend(self.cose_key());
        }
        data
    }

    /// EC2, ES256, P-256 (RFC 9053, 7.1).
    fn cose_key(&self) -> Vec<u8> {
        let point = self.pair.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21];
        bytes(&mut key, &point[1..33]);
        key.push(0x22);
        bytes(&mut key, &point[33..65]);
        key
    }
}

pub fn b64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// CBOR (RFC 8949): the few forms that are needed.
fn text(out: &mut Vec<u8>, text: &str) {
    head(out, 0x60, text.len());
    out.extend(text.as_bytes());
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    head(out, 0x40, bytes.len());
    out.extend(bytes);
}

fn head(out: &mut Vec<u8>, kind: u8, length: usize) {
    match length {
        0..24 => out.push(kind | length as u8),
        24..256 => out.extend([kind | 24, length as u8]),
        _ => {
            out.push(kind | 25);
            out.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
}
