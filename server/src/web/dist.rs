//! The folder `xtask web` made: its manifest, its files with their compressed twins. A file is
//! read when it is first asked for and then kept.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Manifest {
    pub version: String,
    pub apps: BTreeMap<String, AppFiles>,
    pub shared: Shared,
    pub files: BTreeMap<String, FileKind>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct AppFiles {
    pub boot: String,
    pub js: String,
    pub wasm: String,
    pub css: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Shared {
    pub icons: String,
    pub map: String,
    pub map_css: String,
    pub fonts: Vec<String>,
    pub licences: String,
    pub favicon: String,
    pub icon180: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FileKind {
    #[serde(rename = "type")]
    pub content_type: String,
}

/// The apps as built at one moment.
pub(super) struct Dist {
    pub manifest: Manifest,
    folder: PathBuf,
    read: Mutex<HashMap<(String, Coding), Option<Bytes>>>,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
    const fn token(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }
}

/// The codings an `Accept-Encoding` takes, best first; plain always last (RFC 9110 §12.5.3).
fn codings(accept: &str) -> Vec<Coding> {
    let quality = |token: &str| {
        let mut any = 0.0;
        for item in accept.split(',') {
            let mut parts = item.split(';');
            let name = parts.next().unwrap_or_default().trim();
            let q = parts
                .find_map(|p| p.trim().strip_prefix("q=")?.trim().parse::<f32>().ok())
                .unwrap_or(1.0);
            if name.eq_ignore_ascii_case(token) {
                return q;
            }
            if name == "*" {
                any = q;
            }
        }
        any
    };
    let (brotli, gzip) = (quality("br"), quality("gzip"));
    let mut list = Vec::new();
    if brotli > 0.0 {
        list.push(Coding::Brotli);
    }
    if gzip > 0.0 {
        list.push(Coding::Gzip);
    }
    if gzip > brotli {
        list.reverse();
    }
    list.push(Coding::Identity);
    list
}

/// A file ready to be sent.
pub(super) struct Packed {
    bytes: Bytes,
    coding: Coding,
    content_type: String,
    etag: String,
}

impl Packed {
    /// The file, or that the asker has it.
    pub(super) fn answer(self, asked: &HeaderMap) -> Response {
        let known = asked
            .get(header::IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|tags| {
                tags.split(',').any(|tag| {
                    tag.trim().trim_start_matches("W/") == self.etag || tag.trim() == "*"
                })
            });
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.bytes.into_response()
        };
        let headers = response.headers_mut();
        if !known {
            if let Ok(value) = HeaderValue::from_str(&self.content_type) {
                headers.insert(header::CONTENT_TYPE, value);
            }
            if let Some(token) = self.coding.token() {
                headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(token));
            }
        }
        if let Ok(value) = HeaderValue::from_str(&self.etag) {
            headers.insert(header::ETAG, value);
        }
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        response
    }
}

impl Dist {
    fn open(folder: &Path) -> anyhow::Result<Self> {
        let manifest: Manifest =
            serde_json::from_slice(&std::fs::read(folder.join("manifest.json"))?)?;
        Ok(Self {
            manifest,
            folder: folder.to_owned(),
            read: Mutex::default(),
        })
    }

    /// A hashed file of the manifest; other names lead nowhere, so no path can leave the folder.
    pub(super) async fn asset(&self, name: &str, accept: &str) -> Option<Packed> {
        let kind = self.manifest.files.get(name)?;
        for coding in codings(accept) {
            let file = format!("assets/{name}{}", coding.suffix());
            if let Some(bytes) = self.bytes(file, coding).await {
                let tail = coding.token().map(|t| format!("-{t}")).unwrap_or_default();
                return Some(Packed {
                    bytes,
                    coding,
                    content_type: kind.content_type.clone(),
                    etag: format!("\"{name}{tail}\""),
                });
            }
        }
        None
    }

    pub(super) async fn icon(&self, accept: &str) -> Option<Packed> {
        self.asset(&self.manifest.shared.favicon, accept).await
    }

    /// A file beside the manifest.
    pub(super) async fn loose(&self, name: &str) -> Option<Bytes> {
        self.bytes(name.to_owned(), Coding::Identity).await
    }

    async fn bytes(&self, file: String, coding: Coding) -> Option<Bytes> {
        let key = (file, coding);
        if let Some(known) = self.kept().get(&key) {
            return known.clone();
        }
        let read = tokio::fs::read(self.folder.join(&key.0)).await;
        let bytes = match read {
            Ok(bytes) => Some(Bytes::from(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => {
                tracing::warn!(file = %key.0, cause = %e, "a file of the web apps can't be read");
                return None;
            }
        };
        self.kept().insert(key, bytes.clone());
        bytes
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<(String, Coding), Option<Bytes>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The present [`Dist`]; in development, the newest.
pub(super) struct Store {
    folder: Option<PathBuf>,
    watching: bool,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    made: Option<SystemTime>,
    dist: Option<Arc<Dist>>,
}

impl Store {
    pub(super) fn new(folder: Option<PathBuf>, watching: bool) -> Self {
        let store = Self {
            folder,
            watching,
            known: RwLock::default(),
        };
        store.load();
        store
    }

    /// None: the apps were not built.
    pub(super) fn get(&self) -> Option<Arc<Dist>> {
        if self.watching {
            self.load();
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.dist.clone()
    }

    fn load(&self) {
        let Some(folder) = &self.folder else { return };
        let made = std::fs::metadata(folder.join("manifest.json"))
            .and_then(|meta| meta.modified())
            .ok();
        let same = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            known.made == made
        };
        if same {
            return;
        }
        let dist = match Dist::open(folder) {
            Ok(dist) => Some(Arc::new(dist)),
            Err(e) => {
                tracing::warn!(cause = %format!("{e:#}"), "the web apps' manifest can't be read");
                None
            }
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // A half-written manifest is read again; what was there goes on until then.
        if dist.is_some() || made.is_none() {
            *known = Known { made, dist };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_coding_that_is_taken_comes_first() {
        use Coding::{Brotli, Gzip, Identity};
        for (accept, expected) in [
            ("", vec![Identity]),
            ("gzip, deflate, br, zstd", vec![Brotli, Gzip, Identity]),
            ("gzip", vec![Gzip, Identity]),
            ("br;q=0, gzip;q=0.5", vec![Gzip, Identity]),
            ("br;q=0.1, gzip;q=0.5", vec![Gzip, Brotli, Identity]),
            ("*", vec![Brotli, Gzip, Identity]),
            ("*;q=0", vec![Identity]),
        ] {
            assert_eq!(codings(accept), expected, "{accept}");
        }
    }
}
