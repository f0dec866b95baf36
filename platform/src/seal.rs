//! Columns that a stolen database or backup must not tell: bank accounts, identity numbers, seeds of
//! second factors. Envelope encryption: each value has a data key of its own, which is wrapped by a
//! key from the configuration, named by its `kid`. The place (column and row) is authenticated with
//! both, so that a value put into another row, or wrapped by another key, does not open.
//!
//! A sealed value is text: `sealed:1:<kid>:<base64>`. What was stored before there were keys is read
//! as it is, until `khidma secrets reseal` has sealed it.

use crate::Tx;
use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

const MARK: &str = "sealed:1:";
const KEY: usize = 32;
const NONCE: usize = 12;
const TAG: usize = 16;
/// Nonce, data key, tag.
const WRAPPED: usize = NONCE + KEY + TAG;

/// Where a value stands: `schema.table.column`, and its row.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub column: &'static str,
    pub row: Uuid,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.column, self.row)
    }
}

/// Why a stored value does not open. Says nothing of the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSeal {
    #[error("{place}: sealed under {kid}, a key that is not configured")]
    UnknownKey { place: String, kid: String },
    #[error("{place}: altered, or from another place")]
    Altered { place: String },
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    #[error("{0}: a key's name is 1 to 32 of a-z, 0-9 and -")]
    Name(String),
    #[error("{0}: 64 hexadecimal digits are wanted, and not all alike")]
    Weak(String),
    #[error("{0}: there is no such key")]
    Missing(String),
}

/// The keys of the configuration. Cloning shares them; `Debug` shows their names only.
#[derive(Clone)]
pub struct Sealer {
    keys: Arc<Keys>,
}

struct Keys {
    current: String,
    all: BTreeMap<String, RandomizedNonceKey>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("current", &self.keys.current)
            .field("keys", &self.keys.all.keys())
            .finish_non_exhaustive()
    }
}

impl Sealer {
    /// `keys`: name and 64 hexadecimal digits. New values are sealed under `current`.
    pub fn new<'a>(
        current: &str,
        keys: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, BadKey> {
        let mut all = BTreeMap::new();
        for (kid, text) in keys {
            let named = (1..=32).contains(&kid.len())
                && kid
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            if !named {
                return Err(BadKey::Name(kid.to_owned()));
            }
            let weak = || BadKey::Weak(kid.to_owned());
            let bytes = hex::decode(text).map_err(|_| weak())?;
            // 32 random bytes have some 30 values; a typed one has few.
            let mut values = bytes.clone();
            values.sort_unstable();
            values.dedup();
            if bytes.len() != KEY || values.len() < 16 {
                return Err(weak());
            }
            let key = RandomizedNonceKey::new(&AES_256_GCM, &bytes).map_err(|_| weak())?;
            all.insert(kid.to_owned(), key);
        }
        if !all.contains_key(current) {
            return Err(BadKey::Missing(current.to_owned()));
        }
        Ok(Self {
            keys: Arc::new(Keys {
                current: current.to_owned(),
                all,
            }),
        })
    }

    /// The name of the key that new values are sealed under.
    pub fn current(&self) -> &str {
        &self.keys.current
    }

    /// How every value sealed under the current key begins.
    pub fn prefix(&self) -> String {
        format!("{MARK}{}:", self.keys.current)
    }

    pub fn seal(&self, place: Place, text: &str) -> String {
        let current = &self.keys.current;
        let key = &self.keys.all[current];
        let mut data_key = [0; KEY];
        aws_lc_rs::rand::fill(&mut data_key).expect("the operating system gives random bytes");
        let mut sealed = encrypt(key, &about(place, current), &data_key);
        let key = RandomizedNonceKey::new(&AES_256_GCM, &data_key)
            .expect("a key of 32 bytes is one of AES-256");
        sealed.extend(encrypt(&key, &place.to_string(), text.as_bytes()));
        format!("{MARK}{current}:{}", URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The value of a column. One that was never sealed is returned as it is.
    pub fn open(&self, place: Place, stored: &str) -> Result<String, BadSeal> {
        let Some(rest) = stored.strip_prefix(MARK) else {
            return Ok(stored.to_owned());
        };
        let altered = || BadSeal::Altered {
            place: place.to_string(),
        };
        let (kid, sealed) = rest.split_once(':').ok_or_else(altered)?;
        let key = self.keys.all.get(kid).ok_or_else(|| BadSeal::UnknownKey {
            place: place.to_string(),
            kid: kid.to_owned(),
        })?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| altered())?;
        let (wrapped, value) = sealed.split_at_checked(WRAPPED).ok_or_else(altered)?;
        let data_key = decrypt(key, &about(place, kid), wrapped).ok_or_else(altered)?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &data_key).map_err(|_| altered())?;
        let text = decrypt(&key, &place.to_string(), value).ok_or_else(altered)?;
        String::from_utf8(text).map_err(|_| altered())
    }
}

/// Rows of one transaction.
const A_ROUND: i64 = 100;

/// A sealed column, where it is stored.
pub trait SealedColumn {
    /// The next rows whose value does not begin with `prefix`, at most `most` of them, locked: where
    /// each stands, and its value.
    fn not_under(
        &self,
        tx: &mut Tx,
        prefix: &str,
        most: i64,
    ) -> impl Future<Output = sqlx::Result<Vec<(Place, String)>>>;
    fn put(&self, tx: &mut Tx, row: Uuid, sealed: &str) -> impl Future<Output = sqlx::Result<()>>;
}

/// Seals what is plain, and seals anew what is under an older key. Gives the number of values.
pub async fn reseal(
    db: &sqlx::PgPool,
    sealer: &Sealer,
    column: &impl SealedColumn,
) -> anyhow::Result<u64> {
    let (prefix, mut done) = (sealer.prefix(), 0);
    loop {
        let mut tx = db.begin().await?;
        let rows = column.not_under(&mut tx, &prefix, A_ROUND).await?;
        if rows.is_empty() {
            return Ok(done);
        }
        for (place, stored) in rows {
            let text = sealer.open(place, &stored)?;
            let sealed = sealer.seal(place, &text);
            column.put(&mut tx, place.row, &sealed).await?;
            done += 1;
        }
        tx.commit().await?;
    }
}

/// What is authenticated with a wrapped data key.
fn about(place: Place, kid: &str) -> String {
    format!("{kid}:{place}")
}

/// Nonce, then the encrypted bytes and their tag.
fn encrypt(key: &RandomizedNonceKey, about: &str, bytes: &[u8]) -> Vec<u8> {
    let mut sealed = bytes.to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(about.as_bytes()), &mut sealed)
        .expect("AES-GCM seals anything shorter than 64 GiB");
    let mut out = nonce.as_ref().to_vec();
    out.append(&mut sealed);
    out
}

fn decrypt(key: &RandomizedNonceKey, about: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut sealed = sealed.to_vec();
    let open = key
        .open_in_place(nonce, Aad::from(about.as_bytes()), &mut sealed)
        .ok()?
        .len();
    sealed.truncate(open);
    Some(sealed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OLD: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const NEW: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeffe0e1e2e3e4e5e6e7e8e9eaebecedeeef";
    const PLACE: Place = Place {
        column: "settlement.payees.iban",
        row: Uuid::from_u128(7),
    };

    fn old() -> Sealer {
        Sealer::new("k1", [("k1", OLD)]).unwrap()
    }
    fn rotated() -> Sealer {
        Sealer::new("k2", [("k1", OLD), ("k2", NEW)]).unwrap()
    }
    fn altered(sealer: &Sealer, place: Place, stored: &str) {
        let wanted = BadSeal::Altered {
            place: place.to_string(),
        };
        assert_eq!(sealer.open(place, stored), Err(wanted), "{stored}");
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_in_its_place(text in ".{0,80}", row: u128) {
            let place = Place { row: Uuid::from_u128(row), ..PLACE };
            let sealed = old().seal(place, &text);
            prop_assert!(sealed.starts_with(&old().prefix()));
            prop_assert_eq!(old().open(place, &sealed).unwrap(), text.clone());
            prop_assert_eq!(rotated().open(place, &sealed).unwrap(), text);
        }

        #[test]
        fn any_changed_byte_is_refused(at in 0_usize..110, bit in 0_u8..8) {
            let sealed = old().seal(PLACE, "SA0380000000608010167519");
            let (head, body) = sealed.rsplit_once(':').unwrap();
            let mut bytes = URL_SAFE_NO_PAD.decode(body).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let changed = format!("{head}:{}", URL_SAFE_NO_PAD.encode(bytes));
            prop_assert!(old().open(PLACE, &changed).is_err());
        }
    }

    #[test]
    fn a_value_of_another_row_or_column_is_refused() {
        let sealed = old().seal(PLACE, "SA0380000000608010167519");
        let row = Place {
            row: Uuid::from_u128(8),
            ..PLACE
        };
        let column = Place {
            column: "settlement.payouts.iban",
            ..PLACE
        };
        altered(&old(), row, &sealed);
        altered(&old(), column, &sealed);
    }

    #[test]
    fn another_key_is_refused_by_its_name_and_by_its_bytes() {
        let sealed = rotated().seal(PLACE, "secret");
        assert_eq!(
            old().open(PLACE, &sealed),
            Err(BadSeal::UnknownKey {
                place: PLACE.to_string(),
                kid: "k2".into()
            })
        );
        // The same name, other bytes; and the same bytes under another name.
        altered(&Sealer::new("k2", [("k2", OLD)]).unwrap(), PLACE, &sealed);
        let renamed = sealed.replace(":k2:", ":k1:");
        altered(&Sealer::new("k1", [("k1", NEW)]).unwrap(), PLACE, &renamed);
    }

    #[test]
    fn a_cut_value_is_refused_and_a_plain_one_is_read() {
        let sealed = old().seal(PLACE, "");
        for end in [MARK.len(), MARK.len() + 3, 40, sealed.len() - 4] {
            assert!(old().open(PLACE, &sealed[..end]).is_err(), "{end}");
        }
        assert_eq!(old().open(PLACE, "SA03").unwrap(), "SA03");
    }

    #[test]
    fn one_value_sealed_twice_reads_differently() {
        assert_ne!(old().seal(PLACE, "x"), old().seal(PLACE, "x"));
    }

    #[test]
    fn weak_and_misnamed_keys_are_refused_and_none_is_shown() {
        let zeros = "0".repeat(64);
        let few = "0123".repeat(16);
        for (current, kid, text, wanted) in [
            ("k1", "k1", &zeros[..], BadKey::Weak("k1".into())),
            ("k1", "k1", &few, BadKey::Weak("k1".into())),
            ("k1", "k1", &OLD[2..], BadKey::Weak("k1".into())),
            ("k1", "k1", "password", BadKey::Weak("k1".into())),
            ("a:b", "a:b", OLD, BadKey::Name("a:b".into())),
            ("", "", OLD, BadKey::Name(String::new())),
            ("k2", "k1", OLD, BadKey::Missing("k2".into())),
        ] {
            assert_eq!(Sealer::new(current, [(kid, text)]).unwrap_err(), wanted);
        }
        let shown = format!("{:?}", rotated());
        assert!(shown.contains("k2") && !shown.contains("f0f1"), "{shown}");
    }
}
