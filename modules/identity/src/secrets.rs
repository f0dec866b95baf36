//! Codes, tokens and their hashes: pure but for the operating system's randomness.

use hmac::{Hmac, Mac};
use kernel::UserId;
use rand::{Rng, RngCore, TryRngCore, rngs::OsRng};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

const CODES: u32 = 1_000_000;

/// Six digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct OneTimeCode(u32);

impl OneTimeCode {
    /// Uniform, from the operating system's generator.
    pub(crate) fn draw() -> Self {
        Self(OsRng.unwrap_err().random_range(0..CODES))
    }
    pub(crate) fn digits(self) -> String {
        format!("{:06}", self.0)
    }
}

/// What people type: Arabic-Indic digits and spaces count.
pub(crate) fn typed_digits(text: &str) -> String {
    text.chars()
        .take(32)
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            '٠'..='٩' => char::from_digit(c as u32 - '٠' as u32, 10),
            '۰'..='۹' => char::from_digit(c as u32 - '۰' as u32, 10),
            ' ' | '-' => None,
            other => Some(other),
        })
        .collect()
}

pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    OsRng.unwrap_err().fill_bytes(&mut bytes);
    bytes
}

/// The deployment's secret under which short secrets are hashed.
#[derive(Clone)]
pub(crate) struct Pepper(Vec<u8>);

impl Pepper {
    pub(crate) fn new(secret: &str) -> Self {
        Self(secret.as_bytes().to_vec())
    }

    fn mac(&self, purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(purpose);
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// What is stored of a code: it is worth nothing in another device's hands.
    pub(crate) fn code_hash(
        &self,
        challenge: Uuid,
        salt: &[u8],
        device: Uuid,
        digits: &str,
    ) -> [u8; 32] {
        let parts: [&[u8]; 4] = [
            challenge.as_bytes(),
            salt,
            device.as_bytes(),
            digits.as_bytes(),
        ];
        self.mac(b"code", &parts)
    }

    pub(crate) fn code_matches(
        &self,
        challenge: Uuid,
        salt: &[u8],
        device: Uuid,
        digits: &str,
        hash: &[u8],
    ) -> bool {
        self.code_hash(challenge, salt, device, digits)
            .ct_eq(hash)
            .into()
    }

    /// The code as it may stand in the queue: shifted by an amount only this deployment knows,
    /// another for each challenge.
    pub(crate) fn seal(&self, challenge: Uuid, code: OneTimeCode) -> u32 {
        (code.0 + self.pad(challenge)) % CODES
    }
    pub(crate) fn unseal(&self, challenge: Uuid, sealed: u32) -> OneTimeCode {
        OneTimeCode((sealed % CODES + CODES - self.pad(challenge)) % CODES)
    }
    fn pad(&self, challenge: Uuid) -> u32 {
        let mac = self.mac(b"seal", &[challenge.as_bytes()]);
        let wide = u64::from_be_bytes([
            mac[0], mac[1], mac[2], mac[3], mac[4], mac[5], mac[6], mac[7],
        ]);
        (wide % u64::from(CODES)) as u32
    }

    /// Stands for `text` in a key.
    pub(crate) fn digest(&self, text: &str) -> String {
        hex::encode(&self.mac(b"key", &[text.as_bytes()])[..16])
    }
}

/// A refresh token: 256 random bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefreshToken([u8; 32]);

impl RefreshToken {
    pub(crate) fn draw() -> Self {
        Self(random_bytes())
    }

    /// As its owner holds it.
    pub(crate) fn text(&self) -> String {
        use base64::Engine;
        format!(
            "rft_{}",
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.0)
        )
    }

    /// What may be stored beside the token before it: only whoever holds that one can read it. A
    /// pad from 256 random bits that is used for one message hides it perfectly.
    pub(crate) fn seal(&self, before: &str) -> [u8; 32] {
        let pad = pad(before);
        std::array::from_fn(|i| self.0[i] ^ pad[i])
    }

    /// `sealed`: 32 bytes, as the column's check wants.
    pub(crate) fn unseal(sealed: &[u8], before: &str) -> Self {
        let pad = pad(before);
        Self(std::array::from_fn(|i| {
            sealed.get(i).copied().unwrap_or_default() ^ pad[i]
        }))
    }
}

fn pad(before: &str) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"khidma refresh successor\0")
        .chain_update(before)
        .finalize()
        .into()
}

/// The secret inside a link: 256 random bits. The prefix says what it is for.
pub(crate) fn draw_token(prefix: &str) -> String {
    use base64::Engine;
    format!(
        "{prefix}_{}",
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random_bytes::<32>())
    )
}

/// Crockford's: no letter looks like another or like a digit.
const RECOVERY_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RECOVERY_LENGTH: usize = 16;

/// A recovery code as it is shown: 80 random bits, `7Q2M-…` in four groups.
pub(crate) fn draw_recovery() -> String {
    let letters: Vec<u8> = random_bytes::<RECOVERY_LENGTH>()
        .iter()
        .map(|byte| RECOVERY_LETTERS[usize::from(byte % 32)])
        .collect();
    let groups: Vec<_> = letters
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    groups.join("-")
}

/// A recovery code as it was meant, if what was typed may be one.
pub(crate) fn typed_recovery(text: &str) -> Option<String> {
    let code: String = text
        .chars()
        .take(64)
        .filter(|c| !matches!(c, ' ' | '-'))
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    let is_one =
        code.len() == RECOVERY_LENGTH && code.bytes().all(|byte| RECOVERY_LETTERS.contains(&byte));
    is_one.then_some(code)
}

/// What is stored of it.
pub(crate) fn recovery_hash(user: UserId, code: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(user.uuid().as_bytes());
    hash.update(code.as_bytes());
    hash.finalize().into()
}

/// What is stored of it.
pub(crate) fn token_hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sealed_code_opens_with_its_own_pepper_and_challenge(code in 0..CODES, id: u128) {
            let pepper = Pepper::new("a pepper of sixteen");
            let challenge = Uuid::from_u128(id);
            let sealed = pepper.seal(challenge, OneTimeCode(code));
            prop_assert!(sealed < CODES);
            prop_assert_eq!(pepper.unseal(challenge, sealed).0, code);
        }

        #[test]
        fn only_the_right_code_of_the_right_device_matches(
            code in 0..CODES, other in 0..CODES, id: u128, salt: [u8; 16], device: u128,
        ) {
            let pepper = Pepper::new("a pepper of sixteen");
            let (challenge, mine) = (Uuid::from_u128(id), Uuid::from_u128(device));
            let digits = OneTimeCode(code).digits();
            let hash = pepper.code_hash(challenge, &salt, mine, &digits);
            let tried = OneTimeCode(other).digits();
            prop_assert_eq!(pepper.code_matches(challenge, &salt, mine, &tried, &hash), code == other);
            let another = Uuid::from_u128(device ^ 1);
            prop_assert!(!pepper.code_matches(challenge, &salt, another, &digits, &hash));
            let elsewhere = Pepper::new("some other pepper");
            prop_assert!(!elsewhere.code_matches(challenge, &salt, mine, &digits, &hash));
        }
    }

    #[test]
    fn a_code_has_six_digits_and_is_typed_in_either_script() {
        assert_eq!(OneTimeCode(42).digits(), "000042");
        assert_eq!(typed_digits("٠٤٢ ١٢٣"), "042123");
        assert_eq!(typed_digits("042-123"), "042123");
        assert_eq!(typed_digits("o42123"), "o42123");
    }

    #[test]
    fn a_recovery_code_is_typed_as_people_do() {
        let shown = draw_recovery();
        assert_eq!(shown.len(), 19);
        let meant = typed_recovery(&shown).unwrap();
        assert_eq!(meant, shown.replace('-', ""));
        let sloppy = shown.to_lowercase().replace('1', "l").replace('0', "o");
        assert_eq!(typed_recovery(&sloppy), Some(meant.clone()));
        let (one, other) = (UserId::new(), UserId::new());
        assert_ne!(recovery_hash(one, &meant), recovery_hash(other, &meant));
        for none in ["", "123456", "7Q2M-7Q2M-7Q2M-7Q2", "7Q2M-7Q2M-7Q2M-7Q2U"] {
            assert_eq!(typed_recovery(none), None, "{none}");
        }
    }

    #[test]
    fn codes_and_tokens_differ() {
        let codes: std::collections::BTreeSet<_> =
            (0..64).map(|_| OneTimeCode::draw().digits()).collect();
        assert!(codes.len() > 32 && codes.iter().all(|c| c.len() == 6));
        let (a, b) = (RefreshToken::draw().text(), RefreshToken::draw().text());
        assert_ne!(a, b);
        assert_eq!(a.len(), 47);
        assert_ne!(token_hash(&a), token_hash(&b));
    }

    #[test]
    fn a_successor_is_read_with_the_token_before_it_and_with_no_other() {
        let (before, next) = (RefreshToken::draw(), RefreshToken::draw());
        let sealed = next.seal(&before.text());
        assert!(RefreshToken::unseal(&sealed, &before.text()) == next);
        assert!(RefreshToken::unseal(&sealed, &next.text()) != next);
        assert!(sealed != next.0 && sealed != token_hash(&before.text()));
    }
}
