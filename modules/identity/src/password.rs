//! Argon2id off the async threads, a bounded number at a time: each hash takes memory and a
//! core, and a crowd at the door must not take them all.

use crate::settings::PasswordCost;
use anyhow::{Context, anyhow};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

pub(crate) struct Passwords {
    hasher: Argon2<'static>,
    room: Arc<Semaphore>,
    /// Compared with when the account is unknown, so that the answer takes as long.
    nobody: String,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> anyhow::Result<Self> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None)
            .map_err(|e| anyhow!("password cost: {e}"))?;
        let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash_now(&hasher, &hex::encode(crate::secrets::random_bytes::<16>()))?;
        Ok(Self {
            hasher,
            room: Arc::new(Semaphore::new(cost.at_once.max(1))),
            nobody,
        })
    }

    /// A PHC string.
    pub(crate) async fn hash(&self, password: String) -> anyhow::Result<String> {
        let hasher = self.hasher.clone();
        self.run(move || hash_now(&hasher, &password)).await?
    }

    /// Takes the same time whether or not there is a hash to compare with.
    pub(crate) async fn matches(
        &self,
        password: String,
        hash: Option<String>,
    ) -> anyhow::Result<bool> {
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
    ) -> anyhow::Result<T> {
        let permit = self.room.clone().acquire_owned().await?;
        tokio::task::spawn_blocking(move || {
            let _until_done = permit;
            work()
        })
        .await
        .context("hashing")
    }
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
