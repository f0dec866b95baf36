//! One seeded database a test run, of which every test gets a copy: seeding takes seconds,
//! copying a fraction of one.

use kernel::Clock;
use platform::testing::{START, object_settings, with_database_name};
use server::app::{self, Placement};
use server::config::{Config, Source};
use server::seed;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use stores::testing::TestStores;
use uuid::Uuid;

/// Whoever comes first makes the template; the others wait for it.
const LOCK: i64 = 0x6b68_6964_6d61;

/// What the content of the template depends on.
const SEED_FILES: [&str; 4] = [
    include_str!("../../seed/catalog.toml"),
    include_str!("../../seed/sectors.toml"),
    include_str!("../../seed/sla.toml"),
    include_str!("../../seed/people.toml"),
];

fn name() -> String {
    let mut hash = Sha256::new();
    for migrator in app::migrators() {
        for migration in migrator.iter() {
            hash.update(&*migration.checksum);
        }
    }
    for file in SEED_FILES {
        hash.update(file);
    }
    format!("system_{}", hex::encode(&hash.finalize()[..8]))
}

/// A new database with everything seeded: its URL.
pub async fn copy(stores: &TestStores) -> String {
    let template = name();
    let mut admin = PgConnection::connect(&stores.database_url).await.unwrap();
    sqlx::query("select pg_advisory_lock($1)")
        .bind(LOCK)
        .execute(&mut admin)
        .await
        .unwrap();
    let there: bool =
        sqlx::query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(&template)
            .fetch_one(&mut admin)
            .await
            .unwrap();
    if !there {
        make(stores, &mut admin, &template).await;
    }
    sqlx::query("select pg_advisory_unlock($1)")
        .bind(LOCK)
        .execute(&mut admin)
        .await
        .unwrap();
    admin.close().await.unwrap();
    platform::testing::database_from_template(&stores.database_url, &template).await
}

async fn make(stores: &TestStores, admin: &mut PgConnection, template: &str) {
    let unfinished = format!("making_{}", Uuid::now_v7().simple());
    run(admin, format!("create database {unfinished}")).await;
    let config = config(
        stores,
        &with_database_name(&stores.database_url, &unfinished),
        &[],
    );
    let mut platform = app::connect(&config).await.unwrap();
    platform.clock = Clock::standing(START.parse().unwrap());
    app::migrate(&platform.db).await.unwrap();
    platform::clock::set(&platform.db, &platform.clock, START.parse().unwrap(), 0.0)
        .await
        .unwrap();
    let app = app::build(&config, platform, Placement::All).await.unwrap();
    app.registry.subscribe(&app.platform.db).await.unwrap();
    seed::all(&app, |_| {}).await.unwrap();
    app.platform.db.close().await;
    run(
        admin,
        format!("alter database {unfinished} rename to {template}"),
    )
    .await;
}

/// The names in it are made here; no input reaches this text.
async fn run(admin: &mut PgConnection, sql: String) {
    admin.execute(AssertSqlSafe(sql)).await.unwrap();
}

/// Development, over the test stores, with `more` on top.
pub fn config(stores: &TestStores, database_url: &str, more: &[(&str, String)]) -> Config {
    let objects = object_settings(stores);
    let mut overrides = vec![
        ("database.url", database_url.to_owned()),
        ("redis.url", stores.redis_url.clone()),
        (
            "redis.prefix",
            format!("system:{}:", Uuid::now_v7().simple()),
        ),
        ("objects.endpoint", objects.endpoint),
        ("objects.bucket", objects.bucket),
        ("objects.region", objects.region),
        ("objects.access_key", objects.access_key),
        ("objects.secret_key", objects.secret_key),
    ];
    overrides.extend(more.iter().cloned());
    Config::load(&Source::default(), &overrides).unwrap()
}
