//! Tokens whose signature was found good. A token comes back with every request of its ten
//! minutes, and checking a signature costs more than all the rest of letting somebody in. Only
//! good tokens are kept, and what they say of time, key and session is judged anew each time.

use super::Claims;
use aws_lc_rs::digest::{SHA256, digest};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Of a generation: the young become the old when they are so many, and the old are forgotten
/// unless they were seen again. Twice as many tokens take about 4 MB.
const MOST: usize = 4096;

#[derive(Default)]
pub(super) struct Seen(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<[u8; 32], Arc<Claims>>,
    old: HashMap<[u8; 32], Arc<Claims>>,
}

impl Seen {
    /// What the token says; `check` where it is new.
    pub(super) fn get_or(
        &self,
        token: &str,
        check: impl FnOnce() -> Option<Claims>,
    ) -> Option<Arc<Claims>> {
        let name = name(token)?;
        if let Some(claims) = self.generations(|seen| seen.find(&name)) {
            return Some(claims);
        }
        let claims = Arc::new(check()?);
        self.generations(|seen| seen.put(name, claims.clone()));
        Some(claims)
    }

    /// A token that was signed here a moment ago: its signature is known to be good.
    pub(super) fn remember(&self, token: &str, claims: Claims) {
        if let Some(name) = name(token) {
            self.generations(|seen| seen.put(name, Arc::new(claims)));
        }
    }

    fn generations<T>(&self, work: impl FnOnce(&mut Generations) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn name(token: &str) -> Option<[u8; 32]> {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()
}

impl Generations {
    fn find(&mut self, name: &[u8; 32]) -> Option<Arc<Claims>> {
        if let Some(claims) = self.young.get(name) {
            return Some(claims.clone());
        }
        let claims = self.old.remove(name)?;
        self.put(*name, claims.clone());
        Some(claims)
    }

    fn put(&mut self, name: [u8; 32], claims: Arc<Claims>) {
        if self.young.len() >= MOST {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, claims);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tests::claims;
    use std::cell::Cell;

    #[test]
    fn a_good_token_is_checked_once_a_bad_one_each_time_and_not_all_are_kept() {
        let seen = Seen::default();
        let checks = Cell::new(0);
        let ask = |token: &str, good: bool| {
            seen.get_or(token, || {
                checks.set(checks.get() + 1);
                good.then(claims)
            })
            .is_some()
        };
        assert!(ask("good", true) && ask("good", false));
        assert_eq!(checks.get(), 1);
        assert!(!ask("bad", false) && !ask("bad", false));
        assert_eq!(checks.get(), 3);
        // One that is used stays while many pass by; the memory is bounded.
        for other in 0..3 * MOST {
            assert!(ask(&other.to_string(), true));
            if other % 1000 == 0 {
                assert!(ask("good", false));
            }
        }
        let kept = seen.generations(|seen| seen.young.len() + seen.old.len());
        assert!(kept <= 2 * MOST, "{kept}");
        assert!(!ask("0", false), "forgotten");
    }
}
