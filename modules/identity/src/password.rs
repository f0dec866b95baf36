//! Argon2id off the async threads, a bounded number at a time: each hash takes memory and a
//! core, and a crowd at the door must not take them all. A bounded number waits; whoever comes after
//! them is told to come back.

use crate::settings::PasswordCost;
use anyhow::anyhow;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use contract_identity::IdentityFault;
use kernel::{Failure, Outcome};
use std::sync::Arc;
use tokio::sync::Semaphore;

pub(crate) struct Passwords {
    hasher: Argon2<'static>,
    room: Arc<Semaphore>,
    /// Those who compute and those who wait.
    queue: Arc<Semaphore>,
    /// How a hash of today's cost begins.
    today: String,
    /// Compared with when the account is unknown, so that the answer takes as long.
    nobody: String,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> anyhow::Result<Self> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|e| anyhow!("password cost: {e}"))?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash_now(&hasher, &hex::encode(crate::secrets::random_bytes::<16>()))?;
        let at_once = cost.at_once.max(1);
        Ok(Self {
            hasher,
            room: Arc::new(Semaphore::new(at_once)),
            queue: Arc::new(Semaphore::new(at_once + cost.waiting)),
            today: cost_of(&nobody).to_owned(),
            nobody,
        })
    }

    /// A PHC string.
    pub(crate) async fn hash(&self, password: String) -> Outcome<String, IdentityFault> {
        let hasher = self.hasher.clone();
        self.run(move || hash_now(&hasher, &password))
            .await?
            .map_err(Failure::internal)
    }

    /// Whether a hash was made at another cost than today's.
    pub(crate) fn is_stale(&self, hash: &str) -> bool {
        cost_of(hash) != self.today
    }

    /// Takes the same time whether or not there is a hash to compare with.
    pub(crate) async fn matches(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Outcome<bool, IdentityFault> {
        let hasher = self.hasher.clone();
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let same = self
            .run(move || {
                hasher
                    .verify_password(password.as_bytes(), hash.as_str())
                    .is_ok()
            })
            .await?;
        Ok(same && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Outcome<T, IdentityFault> {
        let Ok(place) = self.queue.clone().try_acquire_owned() else {
            metrics::counter!("khidma_identity_passwords_turned_away_total").increment(1);
            return Err(IdentityFault::Crowded { retry_after_s: 2 }.into());
        };
        let room = self.room.clone().acquire_owned().await;
        let room = room.map_err(Failure::<IdentityFault>::internal)?;
        tokio::task::spawn_blocking(move || {
            let _until_done = (place, room);
            work()
        })
        .await
        .map_err(Failure::internal)
    }
}

/// `$argon2id$v=19$m=65536,t=2,p=1` of a PHC string.
fn cost_of(hash: &str) -> &str {
    let end = hash.match_indices('$').nth(3).map(|(at, _)| at);
    &hash[..end.unwrap_or(hash.len())]
}

fn hash_now(hasher: &Argon2<'_>, password: &str) -> anyhow::Result<String> {
    hasher
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|e| anyhow!("hashing: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_crowd_waits_in_a_short_queue_and_the_rest_is_turned_away() {
        let passwords = Arc::new(
            Passwords::new(PasswordCost {
                at_once: 2,
                waiting: 3,
                ..PasswordCost::CHEAP
            })
            .unwrap(),
        );
        // Nobody gets through until all have come.
        let room = passwords.room.clone().acquire_many_owned(2).await.unwrap();
        let all: Vec<_> = (0..9)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.matches("guess".into(), None).await })
            })
            .collect();
        while !all.iter().filter(|one| one.is_finished()).count().eq(&4) {
            tokio::task::yield_now().await;
        }
        drop(room);
        let (mut answered, mut turned_away) = (0, 0);
        for one in all {
            match one.await.unwrap() {
                Ok(false) => answered += 1,
                Err(Failure::Refused(IdentityFault::Crowded { .. })) => turned_away += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((answered, turned_away), (5, 4));
        // There is room again.
        assert!(passwords.matches("guess".into(), None).await.is_ok());
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_is_stale() {
        let cheap = Passwords::new(PasswordCost::CHEAP).unwrap();
        let dearer = Passwords::new(PasswordCost {
            passes: 2,
            ..PasswordCost::CHEAP
        })
        .unwrap();
        let hash = cheap.hash("correct horse battery".into()).await.unwrap();
        assert!(!cheap.is_stale(&hash) && dearer.is_stale(&hash));
        // It is still checked by its own cost.
        let right = dearer.matches("correct horse battery".into(), Some(hash));
        assert!(right.await.unwrap());
        assert!(cheap.is_stale("$2b$10$of.another.kind"));
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new(PasswordCost::CHEAP).unwrap();
        let hash = passwords
            .hash("correct horse battery".into())
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{hash}");
        let right = passwords.matches("correct horse battery".into(), Some(hash.clone()));
        assert!(right.await.unwrap());
        assert!(!passwords.matches("wrong".into(), Some(hash)).await.unwrap());
        assert!(!passwords.matches("anything".into(), None).await.unwrap());
    }
}
