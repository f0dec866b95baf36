//! Access tokens: JWT signed with Ed25519 (RFC 8037). Time comes from the platform's clock, so
//! that a token lives ten platform minutes however fast they pass.

use anyhow::Context;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::access::Actor;
use kernel::{Time, minutes};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const ISSUER: &str = "khidma";
const LIFE_MINUTES: i64 = 10;
/// How far two machines' clocks may differ.
const LEEWAY_S: i64 = 60;
/// Longer than any token we make; longer ones are refused unread.
const MAX_LEN: usize = 4096;
/// PKCS#8 v1 of an Ed25519 seed (RFC 8410 §7) up to the 32 seed bytes.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    #[serde(flatten)]
    actor: Actor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    #[error("not a token of ours")]
    Invalid,
    #[error("the token has expired")]
    Expired,
}

#[derive(Clone)]
pub struct Tokens {
    keys: Arc<Keys>,
}

struct Keys {
    kid: String,
    encode: EncodingKey,
    decode: DecodingKey,
}

impl Tokens {
    /// `seed`: 32 secret bytes.
    pub fn from_seed(seed: &[u8; 32]) -> anyhow::Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed)
            .ok()
            .context("the token key is not an Ed25519 seed")?;
        let public = pair.public_key().as_ref();
        let mut pkcs8 = PKCS8_PREFIX.to_vec();
        pkcs8.extend_from_slice(seed);
        Ok(Self {
            keys: Arc::new(Keys {
                kid: hex::encode(&public[..8]),
                encode: EncodingKey::from_ed_der(&pkcs8),
                decode: DecodingKey::from_ed_der(public),
            }),
        })
    }

    /// A token for `actor` and the moment it ends.
    pub fn sign(&self, actor: &Actor, now: Time) -> (String, Time) {
        let expires = now + minutes(LIFE_MINUTES);
        let claims = Claims {
            iss: ISSUER.into(),
            aud: ISSUER.into(),
            iat: now.as_seconds(),
            nbf: now.as_seconds(),
            exp: expires.as_seconds(),
            actor: actor.clone(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(self.keys.kid.clone());
        let token = jsonwebtoken::encode(&header, &claims, &self.keys.encode).expect(
            "claims of strings and numbers always serialise and the key was checked when loaded",
        );
        (token, expires)
    }

    pub fn verify(&self, token: &str, now: Time) -> Result<Actor, BadToken> {
        Ok(self.open(token, now)?.0)
    }

    /// The actor, and from when on the token is refused.
    pub fn open(&self, token: &str, now: Time) -> Result<(Actor, Time), BadToken> {
        if token.len() > MAX_LEN {
            return Err(BadToken::Invalid);
        }
        let mut rules = Validation::new(Algorithm::EdDSA);
        // The library would compare with the machine's clock; the platform's is compared below.
        rules.validate_exp = false;
        rules.validate_nbf = false;
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[ISSUER]);
        let token = jsonwebtoken::decode::<Claims>(token, &self.keys.decode, &rules)
            .map_err(|_| BadToken::Invalid)?;
        let now = now.as_seconds();
        if token.claims.nbf > now + LEEWAY_S {
            return Err(BadToken::Invalid);
        }
        if token.claims.exp + LEEWAY_S <= now {
            return Err(BadToken::Expired);
        }
        let until = Time::from_millis((token.claims.exp + LEEWAY_S).saturating_mul(1000));
        Ok((token.claims.actor, until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::access::{Role, Scope};
    use kernel::{SessionId, UserId, seconds};

    fn actor() -> Actor {
        Actor {
            user: UserId::new(),
            session: SessionId::new(),
            roles: vec![Role::Customer],
            scope: Scope::default(),
            second_factor_at: Some(Time::from_millis(1_800_000_000_123)),
        }
    }

    #[test]
    fn a_token_tells_its_actor_until_it_ends() {
        let tokens = Tokens::from_seed(&[7; 32]).unwrap();
        let now = Time::from_millis(1_800_000_000_000);
        let actor = actor();
        let (token, expires) = tokens.sign(&actor, now);
        assert_eq!(tokens.verify(&token, now).unwrap(), actor);
        assert_eq!(tokens.open(&token, now).unwrap().1, expires + seconds(60));
        assert_eq!(tokens.verify(&token, expires + seconds(59)).unwrap(), actor);
        assert_eq!(
            tokens.verify(&token, expires + seconds(61)),
            Err(BadToken::Expired)
        );
        assert_eq!(
            tokens.verify(&token, now - seconds(61)),
            Err(BadToken::Invalid)
        );
    }

    #[test]
    fn a_token_of_another_key_or_none_is_refused() {
        let now = Time::from_millis(1_800_000_000_000);
        let (token, _) = Tokens::from_seed(&[1; 32]).unwrap().sign(&actor(), now);
        let ours = Tokens::from_seed(&[2; 32]).unwrap();
        assert_eq!(ours.verify(&token, now), Err(BadToken::Invalid));
        let body = token.split('.').nth(1).unwrap();
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        assert_eq!(ours.verify(&none, now), Err(BadToken::Invalid));
        assert_eq!(ours.verify(&"a".repeat(5000), now), Err(BadToken::Invalid));
        assert_eq!(ours.verify("", now), Err(BadToken::Invalid));
    }
}
