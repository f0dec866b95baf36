//! Finding the servers' programs.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

/// The folder that holds `initdb` and `postgres`, and their major version.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PostgresTools {
    pub(crate) bin: PathBuf,
    pub(crate) major: u32,
}

const POSTGRES_MISSING: &str = "PostgreSQL's server is not installed (no `initdb` and `postgres` \
    in /usr/lib/postgresql/*/bin or on PATH). On Debian or Ubuntu: \
    apt-get install -y --no-install-recommends postgresql";

/// Finds the newest PostgreSQL, or version `major` if an existing cluster needs that one.
pub(crate) fn postgres(major: Option<u32>) -> anyhow::Result<PostgresTools> {
    let found = candidates(Path::new("/usr/lib/postgresql"), &path_dirs());
    let Some(major) = major else {
        return found.into_iter().next().context(POSTGRES_MISSING);
    };
    let installed: Vec<String> = found.iter().map(|tools| tools.major.to_string()).collect();
    match found.into_iter().find(|tools| tools.major == major) {
        Some(tools) => Ok(tools),
        None if installed.is_empty() => bail!(POSTGRES_MISSING),
        None => bail!(
            "the data was written by PostgreSQL {major}, but only {} is installed: install \
             postgresql-{major}, or begin anew with --fresh",
            installed.join(", ")
        ),
    }
}

/// Newest first: Debian's folder per version, then `PATH`.
fn candidates(debian: &Path, path: &[PathBuf]) -> Vec<PostgresTools> {
    let mut found: Vec<PostgresTools> = std::fs::read_dir(debian)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let dir = entry.ok()?.path();
            let major = dir.file_name()?.to_str()?.parse().ok()?;
            let bin = dir.join("bin");
            complete(&bin).then_some(PostgresTools { bin, major })
        })
        .collect();
    found.sort_by_key(|tools| std::cmp::Reverse(tools.major));
    let on_path = path.iter().filter(|dir| complete(dir)).filter_map(|dir| {
        let major = version_of(&dir.join("postgres"))?;
        let bin = dir.clone();
        Some(PostgresTools { bin, major })
    });
    found.extend(on_path);
    found
}

fn complete(bin: &Path) -> bool {
    bin.join("initdb").is_file() && bin.join("postgres").is_file()
}

fn version_of(postgres: &Path) -> Option<u32> {
    let output = std::process::Command::new(postgres)
        .arg("--version")
        .output()
        .ok()?;
    major_in(&String::from_utf8_lossy(&output.stdout))
}

/// `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` is 15.
fn major_in(version: &str) -> Option<u32> {
    let number = version.split(") ").nth(1)?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// Finds Redis, or Valkey, which speaks the same protocol.
pub(crate) fn redis() -> anyhow::Result<PathBuf> {
    first_of(&["redis-server", "valkey-server"], &path_dirs()).context(
        "Redis is not installed (no `redis-server` or `valkey-server` on PATH). On Debian or \
         Ubuntu: apt-get install -y --no-install-recommends redis-server",
    )
}

fn first_of(names: &[&str], path: &[PathBuf]) -> Option<PathBuf> {
    names
        .iter()
        .flat_map(|name| path.iter().map(move |dir| dir.join(name)))
        .find(|file| file.is_file())
}

fn path_dirs() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers in folders that an ordinary user's PATH may lack.
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"].map(PathBuf::from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools_in(dir: &Path) {
        std::fs::create_dir_all(dir).unwrap();
        for name in ["initdb", "postgres"] {
            std::fs::write(dir.join(name), "").unwrap();
        }
    }

    #[test]
    fn the_newest_complete_version_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17"] {
            tools_in(&root.path().join(version).join("bin"));
        }
        std::fs::create_dir_all(root.path().join("18/bin")).unwrap();
        let majors: Vec<u32> = candidates(root.path(), &[])
            .iter()
            .map(|tools| tools.major)
            .collect();
        assert_eq!(majors, [17, 15, 9]);
    }

    #[test]
    fn nothing_installed_is_nothing_found() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(candidates(&root.path().join("none"), &[]), []);
        assert_eq!(first_of(&["redis-server"], &[root.path().into()]), None);
    }

    #[test]
    fn valkey_stands_in_for_redis() {
        let root = tempfile::tempdir().unwrap();
        let valkey = root.path().join("valkey-server");
        std::fs::write(&valkey, "").unwrap();
        let names = ["redis-server", "valkey-server"];
        assert_eq!(first_of(&names, &[root.path().into()]), Some(valkey));
    }

    #[test]
    fn the_major_version_is_read_from_the_programs_own_words() {
        for (words, major) in [
            (
                "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)",
                Some(15),
            ),
            ("postgres (PostgreSQL) 18beta1", Some(18)),
            ("something else", None),
        ] {
            assert_eq!(major_in(words), major, "{words}");
        }
    }
}
