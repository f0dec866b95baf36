//! Commands beside a running `up`: they find its stores by themselves.
//!
//! While it runs, `up` leaves a note in its data folder, for its owner's eyes only, and holds the note's
//! lock. A note that nobody holds was left by a process that is gone, and says nothing.

use crate::app::{self, App, Placement};
use crate::config::{Config, Source};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const NOTE: &str = "running.json";

/// What a running platform says of itself.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    /// The configuration it was started with.
    file: Option<PathBuf>,
    set: Vec<String>,
    /// What it decided itself, such as where its stores are; dotted keys.
    settings: BTreeMap<String, String>,
}

/// The note of a platform that runs; dropping it takes the note away.
pub struct Left {
    path: PathBuf,
    _held: File,
}

/// Says in `data` what a platform of `config` was started with and what it `decided` besides.
pub fn leave(
    data: &Path,
    source: &Source,
    decided: &[(&str, String)],
    config: &Config,
) -> anyhow::Result<Left> {
    let stores = [
        ("database.url", config.database.url.as_str()),
        ("redis.url", config.redis.url.as_str()),
        ("redis.prefix", config.redis.prefix.as_str()),
        ("objects.endpoint", config.objects.endpoint.as_str()),
        ("objects.bucket", config.objects.bucket.as_str()),
        ("objects.region", config.objects.region.as_str()),
        ("objects.access_key", config.objects.access_key.as_str()),
        ("objects.secret_key", config.objects.secret_key.expose()),
    ];
    let decided = decided.iter().map(|(key, value)| (*key, value.as_str()));
    let settings = decided.chain(stores);
    let note = Note {
        file: source.file.as_ref().map(fs::canonicalize).transpose()?,
        set: source.set.clone(),
        settings: settings
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
    };
    let (path, unread) = (data.join(NOTE), data.join(format!("{NOTE}.new")));
    let held = write(&note, &unread, &path).with_context(|| path.display().to_string())?;
    Ok(Left { path, _held: held })
}

/// It is held and whole before anybody can find it.
fn write(note: &Note, unread: &Path, path: &Path) -> anyhow::Result<File> {
    match fs::remove_file(unread) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut file = File::options()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(unread)?;
    file.lock()?;
    serde_json::to_writer(&mut file, note)?;
    fs::rename(unread, path)?;
    Ok(file)
}

impl Drop for Left {
    fn drop(&mut self) {
        // Should that fail it says nothing all the same: nobody holds it any more.
        let _ = fs::remove_file(&self.path);
    }
}

/// The note of the platform that runs in `data`, if one does.
fn look(data: &Path) -> anyhow::Result<Option<Note>> {
    let path = data.join(NOTE);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => {
            let note = serde_json::from_reader(file);
            Ok(Some(note.with_context(|| path.display().to_string())?))
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// The platform that a command is about: the one whose stores are named, else the one that runs beside
/// it, else that of the defaults.
pub struct Aim {
    pub config: Config,
    /// Where neither is: said when nothing answers.
    nothing_runs: Option<String>,
}

impl Aim {
    /// `data`: where a platform that runs beside would keep its files.
    pub fn take(source: &Source, data: &Path) -> anyhow::Result<Self> {
        let named = Config::names_stores(source)?;
        let beside = if named { None } else { look(data)? };
        let nothing_runs = (!named && beside.is_none()).then(|| {
            format!(
                "no platform runs in {}, and no other is named: start `khidma up`, say where it keeps \
                 its files (--data), or where its stores are (DATABASE_URL, …)",
                data.display()
            )
        });
        let config = match beside {
            Some(note) => {
                let settings = note.settings.iter();
                let settings: Vec<_> = settings
                    .map(|(key, value)| (key.as_str(), value.clone()))
                    .collect();
                let source = Source {
                    file: source.file.clone().or(note.file),
                    set: [note.set, source.set.clone()].concat(),
                };
                Config::checked(&source, &settings)?
            }
            None => Config::checked(source, &[])?,
        };
        Ok(Self {
            config,
            nothing_runs,
        })
    }

    /// A few connections to its database.
    pub async fn db(&self) -> anyhow::Result<sqlx::PgPool> {
        self.explained(platform::db::connect(&self.config.database.url, 4).await)
    }

    /// All of it, at its time.
    pub async fn app(&self) -> anyhow::Result<App> {
        let platform = self.explained(app::connect(&self.config).await)?;
        platform
            .clock
            .set_anchor(platform::clock::load(&platform.db).await?);
        let app = app::build(&self.config, platform, Placement::All).await?;
        app.registry.subscribe(&app.platform.db).await?;
        Ok(app)
    }

    fn explained<T>(&self, answer: anyhow::Result<T>) -> anyhow::Result<T> {
        match &self.nothing_runs {
            Some(sentence) => answer.with_context(|| sentence.clone()),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn source(set: &[&str]) -> Source {
        Source {
            file: None,
            set: set.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn a_note_is_believed_while_its_platform_runs() {
        let data = tempfile::tempdir().unwrap();
        let url = "postgres://postgres@localhost/beside";
        let decided = [
            ("database.url", url.to_owned()),
            ("public_url", "http://127.0.0.1:9/".to_owned()),
        ];
        let started = source(&["worker.concurrency=3"]);
        let config = Config::load(&started, &decided).unwrap();
        let nothing = Aim::take(&source(&[]), data.path()).unwrap();
        assert!(nothing.nothing_runs.is_some());

        let left = leave(data.path(), &started, &decided, &config).unwrap();
        let path = data.path().join(NOTE);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let beside = Aim::take(&source(&[]), data.path()).unwrap();
        assert_eq!(beside.nothing_runs, None);
        assert_eq!(beside.config.database.url, url);
        assert_eq!(beside.config.public_url.as_str(), "http://127.0.0.1:9/");
        assert_eq!(beside.config.worker.concurrency, 3);

        // Whoever names stores means those; what is no development looks at none beside it.
        let other = "database.url=postgres://postgres@localhost/other";
        let other = Aim::take(&source(&[other]), data.path()).unwrap();
        assert!(other.config.database.url.ends_with("/other"));
        assert_eq!(other.config.worker.concurrency, config_default());
        assert!(Config::names_stores(&source(&["env=production"])).unwrap());

        let words = fs::read(&path).unwrap();
        drop(left);
        assert!(!path.exists());
        // Left by one that was killed.
        fs::write(&path, words).unwrap();
        assert!(look(data.path()).unwrap().is_none());
    }

    fn config_default() -> usize {
        Config::load(&Source::default(), &[])
            .unwrap()
            .worker
            .concurrency
    }
}
