//! Applies every crate's migrations, read from their folders at run time.
//!
//! The same table, schema and checksums as `sqlx::migrate!()` inside each crate: both read the
//! crate's `sqlx.toml` and hash the files with the same code, so either can continue where the
//! other stopped.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};

/// A crate that owns a schema.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Relative to the root: `platform` or `modules/bookings`.
    pub(crate) folder: PathBuf,
    pub(crate) schemas: Vec<String>,
    pub(crate) table: String,
    pub(crate) migrations: PathBuf,
}

pub(crate) fn command(root: &Path, database_url: &str) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for (folder, version) in runtime.block_on(apply_all(root, database_url))? {
        eprintln!("{} is at migration {version}", folder.display());
    }
    Ok(())
}

/// Applies what is missing; gives each crate that has migrations with its newest version.
pub(crate) async fn apply_all(
    root: &Path,
    database_url: &str,
) -> anyhow::Result<Vec<(PathBuf, i64)>> {
    let mut connection = PgConnection::connect(database_url)
        .await
        .context("cannot connect to the database")?;
    let mut applied = Vec::new();
    for owner in owners(root)? {
        let mut migrator = Migrator::new(owner.migrations.as_path())
            .await
            .with_context(|| format!("cannot read {}", owner.migrations.display()))?;
        let Some(newest) = migrator.iter().map(|migration| migration.version).max() else {
            continue;
        };
        for schema in owner.schemas {
            migrator.create_schema(schema);
        }
        migrator.dangerous_set_table_name(owner.table);
        migrator
            .run(&mut connection)
            .await
            .with_context(|| format!("migrations of {} failed", owner.folder.display()))?;
        applied.push((owner.folder, newest));
    }
    connection.close().await?;
    Ok(applied)
}

/// The platform, then the modules by name (their schemas know nothing of each other). A crate
/// without a `migrations` folder has nothing to apply yet.
pub(crate) fn owners(root: &Path) -> anyhow::Result<Vec<Owner>> {
    let mut folders = vec![PathBuf::from("platform")];
    if let Ok(modules) = std::fs::read_dir(root.join("modules")) {
        let mut names: Vec<PathBuf> = modules
            .map(|entry| Ok(Path::new("modules").join(entry?.file_name())))
            .collect::<std::io::Result<_>>()?;
        names.sort();
        folders.extend(names);
    }
    let mut owners = Vec::new();
    for folder in folders {
        let owner = owner(root, folder)?;
        if owner.migrations.is_dir() {
            owners.push(owner);
        }
    }
    Ok(owners)
}

fn owner(root: &Path, folder: PathBuf) -> anyhow::Result<Owner> {
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .with_context(|| format!("{} has no readable name", folder.display()))?;
    let mut owner = Owner {
        schemas: vec![name.to_owned()],
        table: format!("{name}._migrations"),
        migrations: root.join(&folder).join("migrations"),
        folder: folder.clone(),
    };
    let path = root.join(&folder).join("sqlx.toml");
    let Ok(text) = std::fs::read_to_string(&path) else {
        return Ok(owner);
    };
    let config: toml::Table = text
        .parse()
        .with_context(|| format!("{} is not readable", path.display()))?;
    let Some(migrate) = config.get("migrate").and_then(toml::Value::as_table) else {
        return Ok(owner);
    };
    for (key, value) in migrate {
        match (key.as_str(), value) {
            ("table-name", toml::Value::String(table)) => owner.table.clone_from(table),
            ("migrations-dir", toml::Value::String(dir)) => {
                owner.migrations = root.join(&folder).join(dir);
            }
            ("create-schemas", toml::Value::Array(schemas)) => {
                owner.schemas = schemas
                    .iter()
                    .map(|schema| schema.as_str().map(str::to_owned))
                    .collect::<Option<_>>()
                    .with_context(|| format!("{}: create-schemas holds names", path.display()))?;
            }
            _ => bail!("{}: `{key}` is not understood by xtask", path.display()),
        }
    }
    Ok(owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn crates_without_migrations_are_passed_over() {
        let root = tempfile::tempdir().unwrap();
        file(root.path(), "modules/empty/Cargo.toml", "");
        file(root.path(), "modules/sla/migrations/1_a.sql", "");
        let owners = owners(root.path()).unwrap();
        assert_eq!(owners.len(), 1);
        assert_eq!(owners[0].table, "sla._migrations");
    }

    #[test]
    fn sqlx_toml_decides() {
        let root = tempfile::tempdir().unwrap();
        file(
            root.path(),
            "platform/sqlx.toml",
            "[migrate]\ntable-name = \"p.m\"\ncreate-schemas = [\"p\", \"q\"]\nmigrations-dir = \"sql\"\n",
        );
        let owner = owner(root.path(), PathBuf::from("platform")).unwrap();
        assert_eq!((owner.table.as_str(), owner.schemas.len()), ("p.m", 2));
        assert!(owner.migrations.ends_with("platform/sql"));
        file(
            root.path(),
            "platform/sqlx.toml",
            "[migrate]\nsurprise = 1\n",
        );
        assert!(super::owner(root.path(), PathBuf::from("platform")).is_err());
    }

    #[tokio::test]
    async fn migrations_are_applied_once_and_recorded_in_their_own_schema() {
        let root = tempfile::tempdir().unwrap();
        let sql = "CREATE TABLE sla.clocks (n int)";
        file(root.path(), "modules/sla/migrations/0001_clocks.sql", sql);
        let shared = &stores::testing::TestStores::get().database_url;
        let mut admin = PgConnection::connect(shared).await.unwrap();
        for sql in [
            "DROP DATABASE IF EXISTS xtask_migrate",
            "CREATE DATABASE xtask_migrate",
        ] {
            sqlx::raw_sql(sql).execute(&mut admin).await.unwrap();
        }
        let url = &shared.replace("/khidma?", "/xtask_migrate?");
        let expected = vec![(PathBuf::from("modules/sla"), 1)];
        assert_eq!(apply_all(root.path(), url).await.unwrap(), expected);
        assert_eq!(apply_all(root.path(), url).await.unwrap(), expected);
        let mut connection = PgConnection::connect(url).await.unwrap();
        let recorded: i64 = sqlx::query_scalar("SELECT count(*) FROM sla._migrations")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(recorded, 1);
        file(
            root.path(),
            "modules/sla/migrations/0001_clocks.sql",
            "SELECT 1",
        );
        let changed = apply_all(root.path(), url).await.unwrap_err();
        assert!(format!("{changed:#}").contains("modified"), "{changed:#}");
    }
}
