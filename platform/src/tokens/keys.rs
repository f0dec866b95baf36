//! The keys that sign access tokens. A key is a row: its public half, and a salt from which the
//! deployment's secret makes the private half, so that a copy of the database signs nothing and
//! every process can verify what any other signed. NOTIFY tells the processes of a change.

use super::jws::{PublicKey, to_base64};
use super::{CHANNEL, LEEWAY_S, LIFE_MINUTES};
use anyhow::Context;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::signature::Ed25519KeyPair;
use jiff::SignedDuration;
use kernel::{Time, days, minutes, seconds};
use rand::{RngCore, TryRngCore, rngs::OsRng};
use serde::Serialize;
use sqlx::PgConnection;

/// Between a key's publication and its first signature: processes hear of it at once, those who
/// read the published keys within a minute.
pub(super) const PUBLISHED_BEFORE: SignedDuration = minutes(2);
/// How long the key before is accepted after it signed its last: a token's life, and what clocks
/// may differ by, on the machine that signs and on the one that verifies.
const KEPT_AFTER: SignedDuration = seconds(LIFE_MINUTES * 60 + 2 * LEEWAY_S);

pub(super) struct Key {
    pub(super) public: PublicKey,
    /// Absent where our secret does not make it: it verifies only.
    pub(super) pair: Option<Ed25519KeyPair>,
    pub(super) signs_from: Time,
    pub(super) ends_at: Option<Time>,
}

impl Key {
    pub(super) fn is_live(&self, now: Time) -> bool {
        self.ends_at.is_none_or(|end| now < end)
    }

    pub(super) fn signs(&self, now: Time) -> bool {
        self.pair.is_some() && self.signs_from <= now && self.is_live(now)
    }

    /// From a seed, for ever.
    pub(super) fn alone(seed: &[u8; 32]) -> anyhow::Result<Self> {
        let pair = pair(seed)?;
        Ok(Self {
            public: PublicKey::of(&pair).context("an Ed25519 key")?,
            pair: Some(pair),
            signs_from: Time::UNIX_EPOCH,
            ends_at: None,
        })
    }
}

fn pair(seed: &[u8; 32]) -> anyhow::Result<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed)
        .ok()
        .context("not an Ed25519 seed")
}

/// HKDF-SHA-256 (RFC 5869) of the deployment's secret.
fn derive(secret: &[u8; 32], salt: &[u8]) -> anyhow::Result<Ed25519KeyPair> {
    let mut seed = [0; 32];
    Salt::new(HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[b"khidma access token key"], HKDF_SHA256)
        .and_then(|okm| okm.fill(&mut seed))
        .ok()
        .context("HKDF gives 32 bytes")?;
    pair(&seed)
}

/// Newest first. A deployment without a key that its secret makes gets one, which signs at once:
/// a new deployment, or one whose secret was changed.
pub(super) async fn load(db: &sqlx::PgPool, secret: &[u8; 32]) -> anyhow::Result<Vec<Key>> {
    let mut conn = db.acquire().await?;
    let keys = read(&mut conn, secret).await?;
    if usable(&keys) {
        return Ok(keys);
    }
    drop(conn);
    let mut tx = db.begin().await?;
    lock(&mut tx).await?;
    let keys = read(&mut tx, secret).await?;
    if usable(&keys) {
        return Ok(keys);
    }
    // From the beginning of time: whatever the clock is moved to, somebody can sign in.
    let kid = add(&mut tx, secret, Time::UNIX_EPOCH).await?;
    tell(&mut tx).await?;
    let keys = read(&mut tx, secret).await?;
    tx.commit().await?;
    tracing::info!(kid, "a first key for access tokens was made");
    Ok(keys)
}

fn usable(keys: &[Key]) -> bool {
    keys.iter()
        .any(|key| key.pair.is_some() && key.ends_at.is_none())
}

async fn read(conn: &mut PgConnection, secret: &[u8; 32]) -> anyhow::Result<Vec<Key>> {
    let rows = sqlx::query!(
        "select public_key, salt, signs_from, ends_at from platform.token_keys order by seq desc"
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let bytes: [u8; 32] = row.public_key.try_into().ok().context("a public key")?;
            let public = PublicKey::new(bytes).context("a public key")?;
            let pair = derive(secret, &row.salt)?;
            let ours = PublicKey::of(&pair).is_some_and(|made| made.bytes == bytes);
            Ok(Key {
                public,
                pair: ours.then_some(pair),
                signs_from: row.signs_from,
                ends_at: row.ends_at,
            })
        })
        .collect()
}

async fn lock(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("lock table platform.token_keys in share row exclusive mode")
        .execute(conn)
        .await?;
    Ok(())
}

async fn add(
    conn: &mut PgConnection,
    secret: &[u8; 32],
    signs_from: Time,
) -> anyhow::Result<String> {
    let mut salt = [0; 32];
    OsRng.unwrap_err().fill_bytes(&mut salt);
    let public = PublicKey::of(&derive(secret, &salt)?).context("an Ed25519 key")?;
    sqlx::query!(
        "insert into platform.token_keys (kid, public_key, salt, signs_from) values ($1, $2, $3, $4)",
        public.kid,
        &public.bytes[..],
        &salt[..],
        signs_from
    )
    .execute(conn)
    .await?;
    Ok(public.kid)
}

async fn tell(conn: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("select pg_notify($1, 'keys') as n", CHANNEL)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    pub kid: String,
    pub signs_from: Time,
    /// When tokens of the key before are refused.
    pub before_ends: Time,
}

/// Makes a new key. It is published at once, signs after two minutes, and the one before is
/// accepted until its last token has ended: nobody notices. `at_once` is for a key that leaked:
/// the new one signs now and all others are refused, so everybody refreshes.
///
/// Fails while the rotation before is not over, unless `at_once`.
pub async fn rotate(
    db: &sqlx::PgPool,
    secret: &[u8; 32],
    now: Time,
    at_once: bool,
) -> anyhow::Result<Rotated> {
    let mut tx = db.begin().await?;
    lock(&mut tx).await?;
    let under_way = sqlx::query_scalar!(
        r#"select max(greatest(ends_at, case when signs_from > $1 then signs_from end)) as "until: Time"
           from platform.token_keys where ends_at > $1 or signs_from > $1"#,
        now
    )
    .fetch_one(&mut *tx)
    .await?;
    if let (Some(until), false) = (under_way, at_once) {
        anyhow::bail!("the rotation before this one is not over until {until}");
    }
    let (signs_from, before_ends) = if at_once {
        (now, now)
    } else {
        let from = now + PUBLISHED_BEFORE;
        (from, from + KEPT_AFTER)
    };
    sqlx::query!(
        "update platform.token_keys set ends_at = $1 where ends_at is null or ends_at > $1",
        before_ends
    )
    .execute(&mut *tx)
    .await?;
    let long_ended = now - days(1);
    sqlx::query!(
        "delete from platform.token_keys where ends_at < $1",
        long_ended
    )
    .execute(&mut *tx)
    .await?;
    let kid = add(&mut tx, secret, signs_from).await?;
    tell(&mut tx).await?;
    tx.commit().await?;
    Ok(Rotated {
        kid,
        signs_from,
        before_ends,
    })
}

/// A key as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub kid: String,
    pub state: &'static str,
    pub signs_from: Time,
    pub ends_at: Option<Time>,
}

/// Newest first; keys that have ended are listed for a while.
pub async fn list(db: &sqlx::PgPool, secret: &[u8; 32], now: Time) -> anyhow::Result<Vec<KeyLine>> {
    let keys = read(&mut *db.acquire().await?, secret).await?;
    let signing = keys.iter().position(|key| key.signs(now));
    Ok(keys
        .iter()
        .enumerate()
        .map(|(index, key)| KeyLine {
            kid: key.public.kid.clone(),
            state: state(key, signing == Some(index), now),
            signs_from: key.signs_from,
            ends_at: key.ends_at,
        })
        .collect())
}

fn state(key: &Key, signing: bool, now: Time) -> &'static str {
    if !key.is_live(now) {
        "ended"
    } else if signing {
        "signs"
    } else if key.pair.is_none() {
        "verifies; made under another secret"
    } else if key.signs_from > now {
        "published"
    } else {
        "verifies"
    }
}

/// A JWK set (RFC 7517) of Ed25519 keys (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct KeySet {
    pub keys: Vec<PublishedKey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PublishedKey {
    /// `OKP`
    pub kty: String,
    /// `Ed25519`
    pub crv: String,
    /// The public key, base64url.
    pub x: String,
    pub kid: String,
    /// `EdDSA`
    pub alg: String,
    /// `sig`
    #[serde(rename = "use")]
    pub usage: String,
}

pub(super) fn published(keys: &[Key], now: Time) -> KeySet {
    let keys = keys.iter().filter(|key| key.is_live(now));
    KeySet {
        keys: keys
            .map(|key| PublishedKey {
                kty: "OKP".into(),
                crv: "Ed25519".into(),
                x: to_base64(&key.public.bytes),
                kid: key.public.kid.clone(),
                alg: "EdDSA".into(),
                usage: "sig".into(),
            })
            .collect(),
    }
}
