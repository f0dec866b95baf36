//! Stores for tests.
//!
//! A test asks [`TestStores::get`]. Where the stores come from depends on how it was started:
//!
//! - `./khidma test` and `cargo nextest run` start one set for the whole run and name it in the
//!   environment (`KHIDMA_TEST_*`); it ends with the run, even if that is killed.
//! - `cargo test` has no such hook: each test program starts a private set (about 1 s), which ends
//!   with that program.
//!
//! Tests share the servers, never their content:
//!
//! - PostgreSQL: make a database of your own (`CREATE DATABASE … TEMPLATE …`) next to the one that
//!   `database_url` names, and drop it when the test has passed.
//! - Redis: [`TestStores::fresh_redis_url`] is a logical database that nobody else was given. Use
//!   `FLUSHDB`, never `FLUSHALL`; channels of PUBLISH are shared by all databases.
//! - Objects: put a unique prefix in front of your keys.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use anyhow::Context;

use crate::{
    ObjectStore, ObjectStoreOptions, Postgres, PostgresOptions, Redis, RedisOptions, place, redis,
};

const DATABASE_URL: &str = "KHIDMA_TEST_DATABASE_URL";
const REDIS_URL: &str = "KHIDMA_TEST_REDIS_URL";
const S3_ENDPOINT: &str = "KHIDMA_TEST_S3_ENDPOINT";
const S3_BUCKET: &str = "KHIDMA_TEST_S3_BUCKET";
const S3_ACCESS_KEY: &str = "KHIDMA_TEST_S3_ACCESS_KEY";
const S3_SECRET_KEY: &str = "KHIDMA_TEST_S3_SECRET_KEY";

/// Where a test finds its stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestStores {
    /// A superuser's address of the database `khidma`, which is empty.
    pub database_url: String,
    /// Redis database 0, which only hands out numbers: see [`TestStores::fresh_redis_url`].
    pub redis_url: String,
    /// `http://127.0.0.1:port`, path-style.
    pub s3_endpoint: String,
    /// A bucket that exists.
    pub s3_bucket: String,
    /// Access key of the pair that must sign requests.
    pub s3_access_key: String,
    /// Secret key of the pair.
    pub s3_secret_key: String,
}

impl TestStores {
    /// The stores of this test run; the first call of a process may start them.
    ///
    /// # Panics
    /// If they can't be started: there is no test without them.
    pub fn get() -> &'static TestStores {
        static STORES: OnceLock<(TestStores, Option<TestServers>)> = OnceLock::new();
        let (stores, _servers) = STORES.get_or_init(|| match TestStores::from_env() {
            Some(stores) => (stores, None),
            None => match TestServers::start() {
                Ok(servers) => (servers.stores.clone(), Some(servers)),
                Err(error) => panic!("cannot start stores for tests: {error:?}"),
            },
        });
        stores
    }

    /// The address of a Redis database that no other test of this run was given.
    pub fn fresh_redis_url(&self) -> anyhow::Result<String> {
        let socket = self
            .redis_url
            .strip_prefix("redis+unix://")
            .with_context(|| format!("{REDIS_URL} must be a redis+unix:// address"))?;
        let answer = redis::ask(Path::new(socket), "INCR khidma:test:databases")?;
        let number: u32 = answer
            .strip_prefix(':')
            .and_then(|number| number.parse().ok())
            .with_context(|| format!("Redis gave no number but {answer}"))?;
        Ok(format!("{}?db={number}", self.redis_url))
    }

    fn from_env() -> Option<TestStores> {
        let var = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        Some(TestStores {
            database_url: var(DATABASE_URL)?,
            redis_url: var(REDIS_URL)?,
            s3_endpoint: var(S3_ENDPOINT)?,
            s3_bucket: var(S3_BUCKET)?,
            s3_access_key: var(S3_ACCESS_KEY)?,
            s3_secret_key: var(S3_SECRET_KEY)?,
        })
    }

    /// The variables that tell test processes about these stores.
    pub fn env(&self) -> [(&'static str, &str); 6] {
        [
            (DATABASE_URL, &self.database_url),
            (REDIS_URL, &self.redis_url),
            (S3_ENDPOINT, &self.s3_endpoint),
            (S3_BUCKET, &self.s3_bucket),
            (S3_ACCESS_KEY, &self.s3_access_key),
            (S3_SECRET_KEY, &self.s3_secret_key),
        ]
    }
}

/// One throwaway set of servers in a temporary folder.
pub struct TestServers {
    stores: TestStores,
    _postgres: Postgres,
    _redis: Redis,
    _objects: ObjectStore,
    janitor: Child,
}

impl TestServers {
    /// Starts all three with nothing durable. Takes about 1 s.
    pub fn start() -> anyhow::Result<TestServers> {
        let dir = place::scratch_dir("khidma-test-")?.keep();
        // From here on the janitor owns the folder, whatever becomes of us.
        let janitor = janitor(&dir)?;
        let postgres = Postgres::start(PostgresOptions::throwaway(dir.join("postgres")))?;
        let redis = Redis::start(RedisOptions::throwaway(dir.join("redis")))?;
        let (bucket, access_key, secret_key) = ("khidma-test", "khidma-test", "khidma-test-secret");
        let objects = ObjectStore::start(ObjectStoreOptions {
            dir: dir.join("objects"),
            bucket: bucket.to_owned(),
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            port: 0,
        })?;
        let stores = TestStores {
            database_url: postgres.url(),
            redis_url: redis.url(),
            s3_endpoint: objects.endpoint(),
            s3_bucket: bucket.to_owned(),
            s3_access_key: access_key.to_owned(),
            s3_secret_key: secret_key.to_owned(),
        };
        Ok(TestServers {
            stores,
            _postgres: postgres,
            _redis: redis,
            _objects: objects,
            janitor,
        })
    }

    /// Where they are.
    pub fn stores(&self) -> &TestStores {
        &self.stores
    }

    /// Stops the servers and removes their folder.
    pub fn stop(self) {
        let TestServers {
            _postgres,
            _redis,
            _objects,
            mut janitor,
            stores: _,
        } = self;
        drop((_postgres, _redis, _objects));
        // Closes its input: its sign to begin.
        if let Err(error) = janitor.wait() {
            tracing::warn!(%error, "cannot wait for the folder of the test stores to be removed");
        }
    }
}

/// A shell that removes `dir` once this process has ended, however it ended.
///
/// It reads from a pipe whose other end only we hold; when that closes, it waits until PostgreSQL
/// (which ends with us, but writes out its data first) has removed its process id, at most 10 s.
fn janitor(dir: &PathBuf) -> anyhow::Result<Child> {
    use std::os::unix::process::CommandExt;
    Command::new("/bin/sh")
        .arg("-c")
        .arg(
            "read _; n=0; \
             while [ -e \"$1/postgres/cluster/postmaster.pid\" ] && [ $n -lt 100 ]; \
             do sleep 0.1; n=$((n+1)); done; rm -rf -- \"$1\"",
        )
        .arg("janitor")
        .arg(dir)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start a shell")
}
