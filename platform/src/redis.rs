//! Redis: what is volatile. Losing it loses nothing that can't be rebuilt. Every key goes
//! through [`Redis::key`], so that deployments and tests can share a server.

use ::redis::aio::{ConnectionManager, ConnectionManagerConfig};
use anyhow::Context;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone)]
pub struct Redis {
    client: ::redis::Client,
    manager: ConnectionManager,
    prefix: Arc<str>,
}

impl Redis {
    /// Connects and reconnects by itself; a command waits 2 s at most. Over TLS where the URL begins
    /// with `rediss`, trusting the authorities that the machine trusts.
    pub async fn connect(url: &str, prefix: &str) -> anyhow::Result<Self> {
        Self::connect_trusting(url, prefix, None).await
    }

    /// The same, trusting only the authority whose certificate (PEM) is given.
    pub async fn connect_trusting(
        url: &str,
        prefix: &str,
        authority: Option<Vec<u8>>,
    ) -> anyhow::Result<Self> {
        let redis = Self::open(url, prefix, authority)?;
        redis.ping().await.context("Redis did not answer")?;
        Ok(redis)
    }

    /// The same, but connects when first used.
    pub fn lazy(url: &str, prefix: &str) -> anyhow::Result<Self> {
        Self::open(url, prefix, None)
    }

    fn open(url: &str, prefix: &str, authority: Option<Vec<u8>>) -> anyhow::Result<Self> {
        // The client takes the process's provider of cryptography; more than one is compiled in.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = match authority {
            None => ::redis::Client::open(url),
            Some(root_cert) => {
                let certificates = ::redis::TlsCertificates {
                    client_tls: None,
                    root_cert: Some(root_cert),
                };
                ::redis::Client::build_with_tls(url, certificates)
            }
        }
        .context("REDIS_URL is not a Redis URL")?;
        Ok(Self {
            manager: manager(&client)?,
            client,
            prefix: prefix.into(),
        })
    }

    /// A connection of one's own, for commands that wait: on the shared one everybody would wait
    /// with them. They may wait for less than 2 s.
    pub fn dedicated(&self) -> ::redis::RedisResult<ConnectionManager> {
        manager(&self.client)
    }

    /// The key as it stands in Redis.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A handle to the shared, multiplexed connection.
    pub fn conn(&self) -> ConnectionManager {
        self.manager.clone()
    }

    pub async fn ping(&self) -> anyhow::Result<()> {
        let mut conn = self.conn();
        ::redis::cmd("PING").query_async::<()>(&mut conn).await?;
        Ok(())
    }
}

fn manager(client: &::redis::Client) -> ::redis::RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(Duration::from_secs(2)))
        .set_response_timeout(Some(Duration::from_secs(2)))
        .set_number_of_retries(2);
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}
