//! TLS 1.2 and 1.3 in the binary. The certificate and its key are read again when their files
//! change; new connections get the new one, and a pair that doesn't fit together is not taken.

use anyhow::Context;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
pub const LOOK: Duration = Duration::from_secs(10);

/// Where certificate and key are, as PEM.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// Ours first, then those between it and the authority.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    current: Arc<RwLock<Current>>,
}

struct Current {
    config: Arc<ServerConfig>,
    read: Read,
}

#[derive(PartialEq, Eq)]
struct Read {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Tls {
    /// Fails, naming the file, where one can't be read, or where the two don't fit together.
    pub fn load(files: &TlsFiles) -> anyhow::Result<Self> {
        let read = read(files)?;
        Ok(Self {
            files: files.clone(),
            current: Arc::new(RwLock::new(Current {
                config: config(&read)?,
                read,
            })),
        })
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(current.config.clone())
    }

    /// Takes what the files hold now; true if it is new.
    pub fn reload(&self) -> anyhow::Result<bool> {
        let read = read(&self.files)?;
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner);
        if known.read == read {
            return Ok(false);
        }
        drop(known);
        let config = config(&read)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Current { config, read };
        Ok(true)
    }

    /// Looks at the files for ever. What can't be used is told once, and the old stays in use.
    pub async fn follow(self, every: Duration) {
        let mut told = String::new();
        loop {
            tokio::time::sleep(every).await;
            let this = self.clone();
            let looked = tokio::task::spawn_blocking(move || this.reload()).await;
            match looked {
                Ok(Ok(true)) => tracing::info!("a new certificate is in use"),
                Ok(Ok(false)) => told.clear(),
                Ok(Err(e)) => {
                    let cause = format!("{e:#}");
                    if cause != told {
                        tracing::error!(%cause, "the new certificate can't be used; the old one stays");
                        told = cause;
                    }
                }
                Err(e) => tracing::error!(cause = %e, "the certificate can't be looked at"),
            }
        }
    }
}

fn read(files: &TlsFiles) -> anyhow::Result<Read> {
    let read = |path: &Path| std::fs::read(path).with_context(|| path.display().to_string());
    Ok(Read {
        certificate: read(&files.certificate)?,
        key: read(&files.key)?,
    })
}

fn config(read: &Read) -> anyhow::Result<Arc<ServerConfig>> {
    let chain = CertificateDer::pem_slice_iter(&read.certificate)
        .collect::<Result<Vec<_>, _>>()
        .ok()
        .context("the certificate is not PEM")?;
    anyhow::ensure!(!chain.is_empty(), "there is no certificate in its file");
    let key = PrivateKeyDer::from_pem_slice(&read.key)
        .ok()
        .context("the key is not PEM")?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .context("TLS 1.2 and 1.3")?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .context("certificate and key")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
