//! Where a store's files may live, and as whom it runs.

use std::fs::{self, DirBuilder, File, Metadata, Permissions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// Longest path of a Unix socket: `sun_path` holds 108 bytes, the last of them zero.
const SOCKET_PATH_LIMIT: usize = 107;
/// Where root keeps a cluster whose own folder PostgreSQL's user can't reach.
const RELOCATED: &str = "/var/lib/khidma";

/// An operating-system account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

impl Account {
    /// PostgreSQL refuses to run as root. Root runs it as `postgres`, else as `nobody`; anybody
    /// else runs it as themselves (`None`). A cluster that exists decides by its owner.
    pub(crate) fn for_postgres(cluster: &Path) -> anyhow::Result<Option<Account>> {
        let me = rustix::process::geteuid();
        let owner = fs::metadata(cluster.join("PG_VERSION"))
            .ok()
            .map(|meta| (meta.uid(), meta.gid()));
        if !me.is_root() {
            return match owner {
                Some((uid, _)) if uid != me.as_raw() => bail!(
                    "{} belongs to another user (uid {uid}): run as that user or choose another \
                     folder with --data",
                    cluster.display()
                ),
                _ => Ok(None),
            };
        }
        if let Some((uid, gid)) = owner
            && uid != 0
        {
            return Ok(Some(Account { uid, gid }));
        }
        let passwd = fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let found = ["postgres", "nobody"]
            .iter()
            .find_map(|name| account_in(&passwd, name));
        match found {
            Some(account) => Ok(Some(account)),
            None => bail!(
                "PostgreSQL can't run as root, and this machine has no user `postgres` or \
                 `nobody` to run it as"
            ),
        }
    }

    fn can_enter(self, dir: &Metadata) -> bool {
        let bit = if dir.uid() == self.uid {
            0o100
        } else if dir.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        dir.mode() & bit != 0
    }
}

fn account_in(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        Some(Account {
            uid: fields.nth(1)?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    })
}

/// Creates `dir` (0700) where `account` can work, and gives its absolute path.
///
/// Root may well keep the project in its home, which nobody else can enter. Then the files go to a
/// folder under `/var/lib/khidma` named after `dir`, and `dir/moved` says so.
pub(crate) fn home(dir: &Path, account: Option<Account>) -> anyhow::Result<PathBuf> {
    let dir = std::path::absolute(dir)?;
    private_dir(&dir)?;
    let dir = dir.canonicalize()?;
    let Some(account) = account else {
        return Ok(dir);
    };
    let moved = Path::new(RELOCATED).join(format!("{:016x}", fingerprint(&dir)));
    let note = dir.join("moved");
    if !note.exists() && first_closed_parent(&dir, account)?.is_none() {
        give(&dir, account)?;
        return Ok(dir);
    }
    if !note.exists() && moved.exists() {
        // The project's folder was removed to begin anew; what it left behind goes too.
        fs::remove_dir_all(&moved).with_context(|| format!("cannot clear {}", moved.display()))?;
    }
    tracing::info!(
        wanted = %dir.display(), used = %moved.display(),
        "PostgreSQL's user can't enter the data folder: its files are kept elsewhere"
    );
    fs::create_dir_all(RELOCATED)
        .and_then(|()| fs::set_permissions(RELOCATED, Permissions::from_mode(0o711)))
        .with_context(|| {
            format!(
                "PostgreSQL's user can't enter {}, and {RELOCATED} can't be made: choose another \
                 folder with --data",
                dir.display()
            )
        })?;
    if let Some(closed) = first_closed_parent(&moved, account)? {
        bail!(
            "PostgreSQL's user (uid {}) can enter neither {} nor {}: choose another folder with --data",
            account.uid,
            dir.display(),
            closed.display()
        );
    }
    private_dir(&moved)?;
    give(&moved, account)?;
    fs::write(&note, format!("{}\n", moved.display()))?;
    Ok(moved)
}

/// Where [`home`] put or would put the files of `dir`, without making anything.
pub(crate) fn home_of(dir: &Path) -> PathBuf {
    fs::read_to_string(dir.join("moved"))
        .map_or_else(|_| dir.to_owned(), |moved| PathBuf::from(moved.trim_end()))
}

fn first_closed_parent(dir: &Path, account: Account) -> anyhow::Result<Option<PathBuf>> {
    for parent in dir.ancestors().skip(1) {
        let meta =
            fs::metadata(parent).with_context(|| format!("cannot look at {}", parent.display()))?;
        if !account.can_enter(&meta) {
            return Ok(Some(parent.to_owned()));
        }
    }
    Ok(None)
}

/// Makes a folder that only its owner may enter; one that exists is made so.
pub(crate) fn private_dir(dir: &Path) -> anyhow::Result<()> {
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && dir.is_dir() => {
            let mode = fs::metadata(dir)?.mode() & 0o777;
            if mode != 0o700 {
                fs::set_permissions(dir, Permissions::from_mode(0o700))
                    .with_context(|| format!("cannot close {} to others", dir.display()))?;
            }
        }
        Err(error) => return Err(error).with_context(|| format!("cannot make {}", dir.display())),
    }
    Ok(())
}

/// Hands a file or folder to `account`.
pub(crate) fn give(path: &Path, account: Account) -> anyhow::Result<()> {
    std::os::unix::fs::chown(path, Some(account.uid), Some(account.gid))
        .with_context(|| format!("cannot hand {} to uid {}", path.display(), account.uid))
}

/// A private folder for a socket called `name`, short enough for the kernel.
///
/// `home/socket` where that fits, else a folder in `$XDG_RUNTIME_DIR` or the temporary folder,
/// whose name is derived from `home`.
pub(crate) fn socket_dir(
    home: &Path,
    name: &str,
    account: Option<Account>,
) -> anyhow::Result<PathBuf> {
    let near = home.join("socket");
    let fits = |dir: &Path| dir.as_os_str().len() + 1 + name.len() <= SOCKET_PATH_LIMIT;
    let dir = if fits(&near) {
        near
    } else {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR")
            .map(PathBuf::from)
            .filter(|dir| account.is_none() && dir.is_dir());
        let folder = format!("khidma-{:016x}", fingerprint(home));
        let far = runtime.unwrap_or_else(std::env::temp_dir).join(folder);
        if !fits(&far) {
            bail!("{} is too long a path for a Unix socket", far.display());
        }
        far
    };
    // In a folder shared with others, somebody else may have made this one to listen in.
    if let Ok(meta) = fs::symlink_metadata(&dir) {
        let owner = account.map_or(rustix::process::geteuid().as_raw(), |account| account.uid);
        if !meta.is_dir() || (meta.uid() != owner && meta.uid() != 0) {
            bail!("{} belongs to somebody else: remove it", dir.display());
        }
        // Whoever calls holds the lock on `home`, so a socket in here has no server.
        fs::remove_dir_all(&dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    private_dir(&dir)?;
    if let Some(account) = account {
        give(&dir, account)?;
    }
    Ok(dir)
}

/// The right to use `home`, held until dropped: one process per data folder.
pub(crate) fn lock(home: &Path, what: &str) -> anyhow::Result<File> {
    let path = home.join("lock");
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    // A predecessor that was told to stop may need a moment to let go.
    let deadline = Instant::now() + Duration::from_secs(3);
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                bail!(
                    "{what} in {} is in use by process {}: stop that first, or choose another \
                     folder with --data",
                    home.display(),
                    holder.trim()
                );
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(std::process::id().to_string().as_bytes())?;
    Ok(file)
}

/// A temporary folder, removed on drop, that every user can pass through (not read): root's
/// PostgreSQL, which runs as another user, can keep its cluster in there.
pub fn scratch_dir(prefix: &str) -> anyhow::Result<tempfile::TempDir> {
    tempfile::Builder::new()
        .prefix(prefix)
        .permissions(Permissions::from_mode(0o711))
        .tempdir()
        .context("cannot make a temporary folder")
}

/// The end of a server's log, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

/// Percent-encodes a path for use inside a URL.
pub(crate) fn percent_encoded(path: &Path) -> String {
    path.as_os_str()
        .as_bytes()
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'~' => {
                char::from(*byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// FNV-1a: short, stable between builds, and nothing here depends on its strength.
fn fingerprint(path: &Path) -> u64 {
    path.as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_passwd() {
        let passwd = "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65533:nobody:/:/usr/sbin/nologin\n";
        let nobody = Account {
            uid: 65534,
            gid: 65533,
        };
        assert_eq!(account_in(passwd, "nobody"), Some(nobody));
        assert_eq!(account_in(passwd, "postgres"), None);
    }

    #[test]
    fn a_long_path_gets_a_short_socket_folder() {
        let scratch = scratch_dir("khidma-place-").unwrap();
        let short = socket_dir(scratch.path(), "s", None).unwrap();
        assert_eq!(short, scratch.path().join("socket"));
        let long = scratch.path().join("x".repeat(90));
        private_dir(&long).unwrap();
        let moved = socket_dir(&long, ".s.PGSQL.5432", None).unwrap();
        assert!(moved.as_os_str().len() + 14 <= SOCKET_PATH_LIMIT);
        assert_eq!(fs::metadata(&moved).unwrap().mode() & 0o777, 0o700);
        fs::remove_dir(moved).unwrap();
    }

    #[test]
    fn a_parent_closed_to_the_account_is_found() {
        let scratch = scratch_dir("khidma-place-").unwrap();
        let closed = scratch.path().join("closed");
        private_dir(&closed).unwrap();
        let stranger = Account {
            uid: 4242,
            gid: 4242,
        };
        let found = first_closed_parent(&closed.join("data"), stranger).unwrap();
        assert_eq!(found, Some(closed));
        let open = first_closed_parent(&scratch.path().join("data"), stranger).unwrap();
        assert_eq!(open, None);
    }

    #[test]
    fn a_folder_is_used_by_one_process_at_a_time() {
        let scratch = scratch_dir("khidma-place-").unwrap();
        let held = lock(scratch.path(), "Redis").unwrap();
        let error = lock(scratch.path(), "Redis").unwrap_err().to_string();
        assert!(error.contains("is in use by process"), "{error}");
        drop(held);
        lock(scratch.path(), "Redis").unwrap();
    }

    #[test]
    fn paths_are_encoded_for_urls() {
        assert_eq!(percent_encoded(Path::new("/a b/ü")), "/a%20b/%C3%BC");
    }
}
