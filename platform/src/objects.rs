//! Object storage (S3 and its kin): private, reached by people only through signed links that
//! expire.

use anyhow::Context;
use bytes::Bytes;
use http::Method;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::signer::Signer;
use object_store::{
    Attribute, Attributes, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions,
    PutPayload, WriteMultipart,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// Of a large object: S3 takes no smaller part than 5 MiB, but the last.
const PART: usize = 8 * 1024 * 1024;
const PARTS_AT_ONCE: usize = 2;

fn of_type(content_type: &'static str) -> Attributes {
    let mut attributes = Attributes::new();
    attributes.insert(Attribute::ContentType, content_type.into());
    attributes
}

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
        let options = PutOptions {
            attributes: of_type(content_type),
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

    /// Nothing where there is no such object.
    pub async fn find(&self, key: &str) -> anyhow::Result<Option<Bytes>> {
        match self.store.get(&self.path(key)).await {
            Ok(object) => Ok(Some(object.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The `bytes` of a file from its beginning, some at a time.
    pub async fn put_file(
        &self,
        key: &str,
        file: std::fs::File,
        bytes: u64,
        content_type: &'static str,
    ) -> anyhow::Result<()> {
        let mut file = tokio::fs::File::from_std(file);
        if bytes <= PART as u64 {
            let mut whole = Vec::with_capacity(PART.min(bytes as usize));
            file.read_to_end(&mut whole).await?;
            return self.put(key, whole.into(), content_type).await;
        }
        let options = PutMultipartOptions {
            attributes: of_type(content_type),
            ..PutMultipartOptions::default()
        };
        let path = self.path(key);
        let upload = self.store.put_multipart_opts(&path, options).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
        let mut part = vec![0; PART];
        loop {
            let read = file.read(&mut part).await?;
            if read == 0 {
                break;
            }
            upload.wait_for_capacity(PARTS_AT_ONCE).await?;
            upload.write(part.get(..read).unwrap_or_default());
        }
        let finished = upload.finish().await;
        finished.context("object storage refused a file")?;
        Ok(())
    }

    /// Nothing happens where there is no such object.
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
