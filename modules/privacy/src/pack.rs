//! The archive: one folder for each part of the platform, its tables as JSON and its files beside
//! them, and a page that says what is where. Written to a file that has no name, one entry after the
//! other: however much there is, little of it is in memory.

use kernel::{PrivacyRequestId, Time};
use platform::Objects;
use platform::personal::Copied;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

pub(crate) struct Packed {
    pub(crate) file: File,
    pub(crate) bytes: u64,
}

const README: &str = "\
بياناتك لدى خدمة
================
لكل قسم من المنصة مجلد، وفيه جدول لكل نوع من السجلات بصيغة JSON (ترميز UTF-8)، وملفاتك كما رُفعت
في مجلد files. الأوقات بالتوقيت العالمي المنسق (UTC)، والمبالغ بالهللات: 100 هللة ريال واحد.
قائمة كل ما في هذه النسخة في manifest.json.

Your data at Khidma
===================
Each part of the platform has a folder with one table for each kind of record, as JSON (UTF-8), and
your files as they were uploaded in a folder called files. Times are UTC; amounts are in halalas, of
which 100 are one riyal. manifest.json lists everything in this copy.
";

/// An archive that would be larger than allowed: no other run makes it smaller.
#[derive(Debug, thiserror::Error)]
#[error("an archive of more than {0} bytes")]
pub(crate) struct TooLarge(u64);

/// An archive that is being made. Of what goes into it, one part is in memory at a time.
pub(crate) struct Packing {
    zip: Zip,
    /// What is in it, a part each.
    listed: Vec<Value>,
}

impl Packing {
    /// Of `most` bytes at most, but for its last page.
    pub(crate) async fn begin(most: u64) -> anyhow::Result<Self> {
        let file = tempfile::tempfile()?;
        let zip = Zip {
            size: file.try_clone()?,
            writer: ZipWriter::new(file),
            most,
        };
        Ok(Self {
            zip: zip.add("README.txt", README.into(), Kind::Text).await?,
            listed: Vec::new(),
        })
    }

    /// One holder's part: its tables, and its files from object storage.
    pub(crate) async fn add(
        mut self,
        objects: &Objects,
        name: &'static str,
        copied: Copied,
    ) -> anyhow::Result<Self> {
        let mut tables = serde_json::Map::new();
        for table in copied.tables {
            let path = format!("{name}/{}.json", table.name);
            tables.insert(table.name, table.rows.len().into());
            let text = serde_json::to_vec_pretty(&Value::Array(table.rows))?;
            self.zip = self.zip.add(&path, text, Kind::Text).await?;
        }
        let (mut files, mut missing) = (Vec::new(), Vec::new());
        for file in copied.files {
            // A row may outlive its object; the rest of the copy is owed all the same.
            match objects.find(&file.object_key).await? {
                Some(bytes) => {
                    let path = format!("{name}/files/{}", file.name);
                    self.zip = self.zip.add(&path, bytes.into(), Kind::Packed).await?;
                    files.push(file.name);
                }
                None => missing.push(file.name),
            }
        }
        self.listed.push(json!({
            "part": name, "tables": tables, "files": files, "files_no_longer_there": missing,
        }));
        Ok(self)
    }

    pub(crate) async fn finish(
        self,
        request: PrivacyRequestId,
        now: Time,
    ) -> anyhow::Result<Packed> {
        let manifest = json!({ "request": request, "made_at": now, "parts": self.listed });
        let manifest = serde_json::to_vec_pretty(&manifest)?;
        let zip = self.zip.add("manifest.json", manifest, Kind::Text).await?;
        zip.close().await
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// A photo: squeezing it again saves nothing.
    Packed,
}

struct Zip {
    writer: ZipWriter<File>,
    /// The same file: how much is written.
    size: File,
    most: u64,
}

impl Zip {
    /// Squeezing and writing block: they are done beside the runtime's own threads.
    async fn add(mut self, path: &str, bytes: Vec<u8>, kind: Kind) -> anyhow::Result<Self> {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || {
            let method = match kind {
                Kind::Text => CompressionMethod::Deflated,
                Kind::Packed => CompressionMethod::Stored,
            };
            let options = SimpleFileOptions::default().compression_method(method);
            self.writer.start_file(path, options)?;
            self.writer.write_all(&bytes)?;
            if self.size.metadata()?.len() > self.most {
                return Err(TooLarge(self.most).into());
            }
            Ok(self)
        })
        .await?
    }

    async fn close(self) -> anyhow::Result<Packed> {
        tokio::task::spawn_blocking(move || {
            let mut file = self.writer.finish()?;
            let bytes = file.seek(SeekFrom::End(0))?;
            file.rewind()?;
            Ok(Packed { file, bytes })
        })
        .await?
    }
}
