//! Object storage (S3 and its kin): private, reached by people only through signed links that
//! expire.

use anyhow::Context;
use bytes::Bytes;
use http::Method;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{Attribute, Attributes, ObjectStore, ObjectStoreExt, PutOptions, PutPayload};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Serialize, Deserialize)]
pub struct ObjectSettings {
    pub endpoint: String,
    pub bucket: String,
    #[serde(default = "default_region")]
    pub region: String,
    pub access_key: String,
    pub secret_key: String,
}

fn default_region() -> String {
    "us-east-1".into()
}

#[derive(Clone)]
pub struct Objects {
    store: Arc<AmazonS3>,
    prefix: Arc<str>,
}

impl Objects {
    pub fn open(settings: &ObjectSettings, prefix: &str) -> anyhow::Result<Self> {
        let store = AmazonS3Builder::new()
            .with_endpoint(&settings.endpoint)
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.access_key)
            .with_secret_access_key(&settings.secret_key)
            .with_allow_http(settings.endpoint.starts_with("http://"))
            .build()
            .context("object storage settings")?;
        Ok(Self {
            store: Arc::new(store),
            prefix: prefix.into(),
        })
    }

    fn path(&self, key: &str) -> Path {
        Path::from(format!("{}{key}", self.prefix))
    }

    pub async fn put(
        &self,
        key: &str,
        bytes: Bytes,
        content_type: &'static str,
    ) -> anyhow::Result<()> {
        let mut attributes = Attributes::new();
        attributes.insert(Attribute::ContentType, content_type.into());
        let options = PutOptions {
            attributes,
            ..PutOptions::default()
        };
        self.store
            .put_opts(&self.path(key), PutPayload::from_bytes(bytes), options)
            .await
            .context("object storage refused a write")?;
        Ok(())
    }

    pub async fn get(&self, key: &str) -> anyhow::Result<Bytes> {
        let object = self.store.get(&self.path(key)).await?;
        Ok(object.bytes().await?)
    }

    pub async fn delete(&self, key: &str) -> anyhow::Result<()> {
        self.store.delete(&self.path(key)).await?;
        Ok(())
    }

    /// A link anyone may follow until it expires.
    pub async fn signed_get(&self, key: &str, life: Duration) -> anyhow::Result<url::Url> {
        Ok(self
            .store
            .signed_url(Method::GET, &self.path(key), life)
            .await?)
    }

    /// Whether the store answers: asks for an object that need not exist.
    pub async fn ping(&self) -> anyhow::Result<()> {
        match self.store.head(&self.path("health")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}
