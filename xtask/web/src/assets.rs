//! The files to be served: named by their content, compressed, listed in the manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{Profile, write};

/// What the server reads.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// Changes with any file.
    pub(crate) version: String,
    pub(crate) apps: BTreeMap<String, AppFiles>,
    pub(crate) shared: Shared,
    /// Every file in `assets/`.
    pub(crate) files: BTreeMap<String, File>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AppFiles {
    pub(crate) boot: String,
    pub(crate) js: String,
    pub(crate) wasm: String,
    pub(crate) css: String,
    /// WebAssembly that is loaded when a screen needs it.
    #[serde(default)]
    pub(crate) parts: Vec<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Shared {
    pub(crate) icons: String,
    pub(crate) map: String,
    pub(crate) map_css: String,
    /// The library behind `map` and its worker, which it loads by itself.
    pub(crate) map_parts: Vec<String>,
    pub(crate) fonts: Vec<String>,
    /// Whose the fonts, the icons and the map are, and on which terms.
    pub(crate) licences: String,
    pub(crate) favicon: String,
    pub(crate) icon180: String,
    pub(crate) icon192: String,
    pub(crate) icon512: String,
    pub(crate) maskable: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct File {
    /// Its `Content-Type`.
    pub(crate) r#type: String,
}

impl Manifest {
    /// The one of the last build, if there is one that this version understands.
    pub(crate) fn read(dir: &Path) -> Option<Manifest> {
        let text = std::fs::read(dir.join("manifest.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }
}

/// `assets/` while it is being filled.
pub(crate) struct Assets {
    dir: PathBuf,
    profile: Profile,
    pub(crate) files: BTreeMap<String, File>,
    /// How many files were not there before.
    pub(crate) written: usize,
}

impl Assets {
    pub(crate) fn open(dir: PathBuf, profile: Profile) -> anyhow::Result<Assets> {
        std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Assets {
            dir,
            profile,
            files: BTreeMap::new(),
            written: 0,
        })
    }

    /// Adds a file and returns its name: `customer-1f0c….css` for `customer.css`.
    pub(crate) fn add(&mut self, name: &str, content: &[u8]) -> anyhow::Result<String> {
        let (stem, extension) = name.rsplit_once('.').context("a file without extension")?;
        let (r#type, compressible) = kind(extension)
            .with_context(|| format!("{name}: no content type is known for .{extension}"))?;
        let hashed = format!("{stem}-{}.{extension}", fingerprint(&[content]));
        let path = self.dir.join(&hashed);
        // Written last, so its presence says that its compressed forms are there too.
        if !path.exists() {
            if compressible {
                self.compress(&path, content)?;
            }
            write(&path, content)?;
            self.written += 1;
        }
        let file = File {
            r#type: r#type.to_owned(),
        };
        self.files.insert(hashed.clone(), file);
        Ok(hashed)
    }

    /// Takes over a file of an earlier build.
    pub(crate) fn keep(&mut self, name: &str) {
        if let Some((r#type, _)) = name.rsplit_once('.').and_then(|(_, end)| kind(end)) {
            let r#type = r#type.to_owned();
            self.files.insert(name.to_owned(), File { r#type });
        }
    }

    fn compress(&self, path: &Path, content: &[u8]) -> anyhow::Result<()> {
        let (brotli, gzip) = match self.profile {
            Profile::Test => (4, Compression::fast()),
            Profile::Release => (11, Compression::best()),
        };
        for (ending, small) in [
            (".br", brotlied(content, brotli)?),
            (".gz", gzipped(content, gzip)?),
        ] {
            // A few bytes less are not worth the header.
            if small.len() + 64 < content.len() {
                write(&with_ending(path, ending), &small)?;
            }
        }
        Ok(())
    }

    /// Bytes of a file as brotli sends it.
    pub(crate) fn brotli_len(&self, name: &str) -> anyhow::Result<u64> {
        let path = self.dir.join(name);
        let compressed = with_ending(&path, ".br");
        let path = if compressed.exists() {
            compressed
        } else {
            path
        };
        Ok(std::fs::metadata(path)?.len())
    }

    /// Removes what neither this build nor the one before it (whose pages may still be open) uses.
    pub(crate) fn sweep(&self, before: Option<&Manifest>) -> anyhow::Result<()> {
        let kept: BTreeSet<&str> = self
            .files
            .keys()
            .chain(before.iter().flat_map(|manifest| manifest.files.keys()))
            .map(String::as_str)
            .collect();
        for file in std::fs::read_dir(&self.dir)? {
            let file = file?;
            let name = file.file_name();
            let name = name.to_string_lossy();
            let of = name.trim_end_matches(".br").trim_end_matches(".gz");
            if !kept.contains(of) {
                std::fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }
}

fn kind(extension: &str) -> Option<(&'static str, bool)> {
    Some(match extension {
        "js" => ("text/javascript; charset=utf-8", true),
        "wasm" => ("application/wasm", true),
        "css" => ("text/css; charset=utf-8", true),
        "svg" => ("image/svg+xml", true),
        "txt" => ("text/plain; charset=utf-8", true),
        "png" => ("image/png", false),
        "woff2" => ("font/woff2", false),
        _ => return None,
    })
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

fn brotlied(content: &[u8], quality: u32) -> anyhow::Result<Vec<u8>> {
    let mut small = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut small, 64 * 1024, quality, 24);
    encoder.write_all(content)?;
    drop(encoder);
    Ok(small)
}

fn gzipped(content: &[u8], level: Compression) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

/// Sixteen hexadecimal digits that stand for these contents.
pub(crate) fn fingerprint(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize()[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(dir: &Path) -> Assets {
        Assets::open(dir.to_owned(), Profile::Test).unwrap()
    }

    #[test]
    fn a_file_is_named_by_its_content_and_written_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut first = assets(dir.path());
        let style = "a { color: red }\n".repeat(100);
        let name = first.add("app.css", style.as_bytes()).unwrap();
        assert!(name.starts_with("app-") && name.ends_with(".css"));
        assert!(first.brotli_len(&name).unwrap() < 100);
        assert!(dir.path().join(format!("{name}.gz")).exists());
        assert_eq!(first.files[&name].r#type, "text/css; charset=utf-8");

        let mut second = assets(dir.path());
        assert_eq!(second.add("app.css", style.as_bytes()).unwrap(), name);
        assert_eq!((first.written, second.written), (1, 0));
        assert_ne!(second.add("app.css", b"b {}").unwrap(), name);
    }

    #[test]
    fn what_is_compressed_already_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mut assets = assets(dir.path());
        let name = assets.add("a.woff2", &[7; 4096]).unwrap();
        assert!(!dir.path().join(format!("{name}.br")).exists());
        assert_eq!(assets.brotli_len(&name).unwrap(), 4096);
        assert!(assets.add("a.exe", b"").is_err());
    }

    #[test]
    fn a_manifest_from_before_there_were_parts_is_read() {
        let files = r#"{ "boot": "b.js", "js": "a.js", "wasm": "a.wasm", "css": "a.css" }"#;
        let mut files: AppFiles = serde_json::from_str(files).unwrap();
        assert_eq!(files.parts, Vec::<String>::new());
        files.parts.push("a-later.wasm".to_owned());
        let text = serde_json::to_string(&files).unwrap();
        assert_eq!(serde_json::from_str::<AppFiles>(&text).unwrap(), files);
    }

    #[test]
    fn files_outlive_one_build_and_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let mut builds = Vec::new();
        for text in ["1", "2", "3"] {
            let mut assets = assets(dir.path());
            assets.add("a.js", text.repeat(999).as_bytes()).unwrap();
            assets.sweep(builds.last()).unwrap();
            builds.push(Manifest {
                files: assets.files,
                ..Manifest::default()
            });
        }
        let there = |build: &Manifest| {
            let name = build.files.keys().next().unwrap();
            ["", ".br", ".gz"].map(|ending| dir.path().join(format!("{name}{ending}")).exists())
        };
        assert_eq!(there(&builds[0]), [false; 3]);
        assert_eq!(there(&builds[1]), [true; 3]);
        assert_eq!(there(&builds[2]), [true; 3]);
    }
}
