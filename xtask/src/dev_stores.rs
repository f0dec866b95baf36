//! Stores for working on the code: they keep their data and stay until Ctrl-C.

use std::path::Path;

use stores::{ObjectStore, ObjectStoreOptions, Postgres, PostgresOptions, Redis, RedisOptions};
use tokio::signal::unix::{SignalKind, signal};

use crate::migrate;

pub(crate) fn command(root: &Path, dir: &Path) -> anyhow::Result<()> {
    let dir = root.join(dir);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let postgres = Postgres::start(PostgresOptions::new(dir.join("postgres")))?;
    let redis = Redis::start(RedisOptions::new(dir.join("redis")))?;
    let objects = ObjectStore::start(ObjectStoreOptions {
        dir: dir.join("objects"),
        bucket: "khidma".to_owned(),
        access_key: "khidma-dev".to_owned(),
        secret_key: "khidma-dev-secret".to_owned(),
        port: 0,
    })?;
    runtime.block_on(async {
        migrate::apply_all(root, &postgres.url()).await?;
        eprintln!("# Ctrl-C stops them; the data stays in {}", dir.display());
        for (name, value) in [
            ("DATABASE_URL", postgres.url().as_str()),
            ("REDIS_URL", redis.url().as_str()),
            ("S3_ENDPOINT", objects.endpoint().as_str()),
            ("S3_BUCKET", "khidma"),
            ("S3_ACCESS_KEY", "khidma-dev"),
            ("S3_SECRET_KEY", "khidma-dev-secret"),
        ] {
            eprintln!("export {name}='{value}'");
        }
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        anyhow::Ok(())
    })
}
