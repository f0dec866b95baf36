//! Which passwords are taken: long ones that are not among the first that are tried (NIST SP
//! 800-63B §3.1.1.2). No rule says what characters they are made of.

use contract_identity::IdentityFault;
use std::collections::HashSet;
use std::sync::LazyLock;

const SHORTEST: usize = 12;
/// Longer ones are cut off by nobody's memory but an attacker's.
pub(crate) const LONGEST: usize = 1024;
/// An email's name of so many characters is no part of a password.
const TELLING: usize = 4;

static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    include_str!("../data/common_passwords.txt")
        .lines()
        .collect()
});

/// Characters are counted, not bytes.
pub(crate) fn check(password: &str, email: Option<&str>) -> Result<(), IdentityFault> {
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return Err(IdentityFault::WeakPassword);
    }
    let lower = password.to_lowercase();
    let name = email
        .and_then(|email| email.split('@').next())
        .filter(|name| name.chars().count() >= TELLING);
    let without_name = match name {
        Some(name) => lower.replace(name, ""),
        None => lower.clone(),
    };
    if is_common(&lower) || without_name.chars().count() < SHORTEST / 2 {
        return Err(IdentityFault::CommonPassword);
    }
    Ok(())
}

/// On the list as it is or but for digits and signs at its ends, or one piece over and over.
fn is_common(lower: &str) -> bool {
    let core = lower.trim_matches(|c: char| !c.is_alphabetic());
    COMMON.contains(lower) || COMMON.contains(core) || is_repeated(lower) || is_a_run(lower)
}

/// `passwordpassword`, `121212121212`, `aaaaaaaaaaaa`; the last piece may be cut off.
fn is_repeated(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 2).any(|piece| chars[piece..].iter().zip(&chars).all(|(a, b)| a == b))
}

/// `abcdefghijkl`, `987654321098`.
fn is_a_run(text: &str) -> bool {
    let steps = |step: i64| {
        let mut pairs = text.chars().zip(text.chars().skip(1));
        pairs.all(|(a, b)| {
            i64::from(u32::from(b)) - i64::from(u32::from(a)) == step
                || matches!((a, b, step), ('9', '0', 1) | ('0', '9', -1))
        })
    };
    steps(1) || steps(-1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn length_counts_and_what_everybody_uses_does_not() {
        use IdentityFault::{CommonPassword, WeakPassword};
        for (password, wanted) in [
            ("elevenchars", Err(WeakPassword)),
            ("twelve chars", Ok(())),
            ("كلمة مرور طويلة", Ok(())),
            // Eleven letters, twenty-two bytes.
            ("كلماتطويلةج", Err(WeakPassword)),
            ("correct horse battery staple", Ok(())),
            ("no Capitals or digits", Ok(())),
            ("BusinessBabe", Err(CommonPassword)),
            ("Password!2024", Err(CommonPassword)),
            ("123dragon123456", Err(CommonPassword)),
            ("passwordpassword", Err(CommonPassword)),
            ("PasswordPasswordPass", Err(CommonPassword)),
            ("aaaaaaaaaaaaaaaa", Err(CommonPassword)),
            ("121212121212", Err(CommonPassword)),
            ("123456789012", Err(CommonPassword)),
            ("mnlkjihgfedcb", Ok(())),
            ("nmlkjihgfedcb", Err(CommonPassword)),
            ("noura.q noura.q.", Err(CommonPassword)),
            ("noura.q is somebody else", Ok(())),
        ] {
            assert_eq!(
                check(password, Some("noura.q@khidma.sa")),
                wanted,
                "{password}"
            );
        }
        assert_eq!(check(&"ab c".repeat(257), None), Err(WeakPassword));
    }

    #[test]
    fn the_list_is_whole() {
        assert!(COMMON.len() > 9_000);
        assert!(COMMON.iter().all(|word| *word == word.to_lowercase()));
    }

    proptest! {
        #[test]
        fn a_random_password_is_taken_and_any_text_is_answered(
            random in "[a-z0-9]{20}", any in "\\PC{0,40}",
        ) {
            prop_assert_eq!(check(&random, None), Ok(()));
            let _ = check(&any, Some(&any));
        }
    }
}
