//! The stores as their users meet them: kept data, hard kills, one owner per folder.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use object_store::ObjectStoreExt as _;
use stores::{
    ObjectStore, ObjectStoreOptions, Postgres, PostgresOptions, Redis, RedisOptions, scratch_dir,
};

/// Runs SQL through PostgreSQL's own client and gives its unaligned output.
fn psql(url: &str, sql: &str) -> String {
    let output = Command::new("psql")
        .args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-qtAc", sql, url])
        .output()
        .expect("psql comes with the server");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn redis_cli(url: &str, words: &[&str]) -> String {
    let socket = url.strip_prefix("redis+unix://").unwrap();
    let output = Command::new("redis-cli")
        .args(["-s", socket])
        .args(words)
        .output()
        .expect("redis-cli comes with the server");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "not within 20 s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn alive(pid: i32) -> bool {
    // A zombie that init has not collected yet is dead.
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap().starts_with(" Z"))
}

#[test]
fn postgres_keeps_its_data_and_its_folder_private() {
    let scratch = scratch_dir("khidma-pg-").unwrap();
    let data = scratch.path().join("a data folder");
    let postgres = Postgres::start(PostgresOptions::new(&data)).unwrap();
    assert!(postgres.running());
    psql(&postgres.url(), "CREATE TABLE kept AS SELECT 'نعم' AS word");
    let other = postgres.create_database("other").unwrap();
    assert_eq!(psql(&other, "SELECT current_database()"), "other");
    assert!(postgres.create_database("other").is_err());
    assert_eq!(psql(&other, "SHOW listen_addresses"), "");
    assert_eq!(psql(&other, "SHOW fsync"), "on");
    // Arabic letters are letters: the folder's name says nothing, the locale does.
    assert_eq!(psql(&other, "SELECT 'سباكة' ~ '^[[:alpha:]]+$'"), "t");
    postgres.stop();

    use std::os::unix::fs::PermissionsExt;
    assert_eq!(
        fs::metadata(&data).unwrap().permissions().mode() & 0o777,
        0o700
    );
    let again = Postgres::start(PostgresOptions::new(&data)).unwrap();
    assert_eq!(psql(&again.url(), "SELECT word FROM kept"), "نعم");
}

#[test]
fn postgres_starts_after_its_server_was_killed() {
    let scratch = scratch_dir("khidma-pg-").unwrap();
    let options = || PostgresOptions {
        durable: true,
        ..PostgresOptions::throwaway(scratch.path().join("data"))
    };
    let postgres = Postgres::start(options()).unwrap();
    psql(
        &postgres.url(),
        "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)",
    );
    kill(postgres.pid());
    until("the keeper sees it", || !postgres.running());
    assert!(scratch.path().join("data/cluster/postmaster.pid").exists());
    drop(postgres);

    let again = Postgres::start(options()).unwrap();
    assert_eq!(psql(&again.url(), "SELECT n FROM kept"), "7");
}

#[test]
fn a_stale_pid_that_now_belongs_to_a_stranger_is_no_obstacle() {
    let scratch = scratch_dir("khidma-pg-").unwrap();
    let data = scratch.path().join("data");
    Postgres::start(PostgresOptions::throwaway(&data))
        .unwrap()
        .stop();
    // A process that surely exists and surely is no PostgreSQL: init.
    let pid_file = data.join("cluster/postmaster.pid");
    fs::write(pid_file, format!("1\n{}\n", data.join("cluster").display())).unwrap();
    assert!(
        Postgres::start(PostgresOptions::throwaway(&data))
            .unwrap()
            .running()
    );
}

#[test]
fn a_second_postgres_in_the_same_folder_is_refused() {
    let scratch = scratch_dir("khidma-pg-").unwrap();
    let first = Postgres::start(PostgresOptions::throwaway(scratch.path().join("data"))).unwrap();
    let second = Postgres::start(PostgresOptions::throwaway(scratch.path().join("data")));
    let error = format!("{:#}", second.err().expect("refused"));
    assert!(error.contains("is in use by process"), "{error}");
    assert_eq!(psql(&first.url(), "SELECT 1"), "1");
}

#[test]
fn a_folder_too_deep_for_a_socket_works() {
    let scratch = scratch_dir("khidma-pg-").unwrap();
    let deep = scratch.path().join("d".repeat(120));
    let postgres = Postgres::start(PostgresOptions::throwaway(deep.join("pg"))).unwrap();
    assert_eq!(psql(&postgres.url(), "SELECT 1"), "1");
    let redis = Redis::start(RedisOptions::throwaway(deep.join("redis"))).unwrap();
    assert_eq!(redis_cli(&redis.url(), &["PING"]), "PONG");
}

#[test]
fn root_can_keep_its_data_where_nobody_else_can_go() {
    if !rustix::process::geteuid().is_root() {
        return; // An ordinary user's PostgreSQL runs as that user and can go wherever they can.
    }
    // Like a project in root's home: a parent of 0700.
    use std::os::unix::fs::PermissionsExt;
    let closed = scratch_dir("khidma-closed-").unwrap();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let data = closed.path().join("data");
    let postgres = Postgres::start(PostgresOptions::throwaway(&data)).unwrap();
    psql(&postgres.url(), "CREATE TABLE kept (n int)");
    postgres.stop();
    let again = Postgres::start(PostgresOptions::throwaway(&data)).unwrap();
    assert_eq!(psql(&again.url(), "SELECT count(*) FROM kept"), "0");
    again.stop();

    // Removing the folder begins anew, although the files are elsewhere.
    let moved = fs::read_to_string(data.join("moved")).unwrap();
    fs::remove_dir_all(&data).unwrap();
    let anew = Postgres::start(PostgresOptions::throwaway(&data)).unwrap();
    assert_eq!(psql(&anew.url(), "SELECT to_regclass('kept') IS NULL"), "t");
    anew.stop();
    fs::remove_dir_all(moved.trim()).unwrap();
}

#[test]
fn redis_keeps_its_data_only_when_asked() {
    let scratch = scratch_dir("khidma-redis-").unwrap();
    for (keep, after) in [(true, "here"), (false, "")] {
        let options = || RedisOptions {
            keep,
            ..RedisOptions::new(scratch.path().join(keep.to_string()))
        };
        let redis = Redis::start(options()).unwrap();
        redis_cli(&redis.url(), &["SET", "k", "here"]);
        redis.stop();
        let again = Redis::start(options()).unwrap();
        assert_eq!(redis_cli(&again.url(), &["GET", "k"]), after);
    }
}

#[test]
fn redis_starts_after_its_server_was_killed() {
    let scratch = scratch_dir("khidma-redis-").unwrap();
    let redis = Redis::start(RedisOptions::new(scratch.path())).unwrap();
    kill(redis.pid());
    until("the keeper sees it", || !redis.running());
    drop(redis);
    let again = Redis::start(RedisOptions::new(scratch.path())).unwrap();
    assert_eq!(redis_cli(&again.url(), &["PING"]), "PONG");
}

#[tokio::test]
async fn objects_are_kept_and_only_given_to_the_right_key() {
    let scratch = scratch_dir("khidma-s3-").unwrap();
    let start = || {
        ObjectStore::start(ObjectStoreOptions {
            dir: scratch.path().join("objects"),
            bucket: "photos".to_owned(),
            access_key: "key".to_owned(),
            secret_key: "secret".to_owned(),
            port: 0,
        })
        .unwrap()
    };
    let client = |server: &ObjectStore, secret: &str| {
        object_store::aws::AmazonS3Builder::new()
            .with_endpoint(server.endpoint())
            .with_allow_http(true)
            .with_region("us-east-1")
            .with_bucket_name("photos")
            .with_access_key_id("key")
            .with_secret_access_key(secret)
            .build()
            .unwrap()
    };
    let path = object_store::path::Path::from("receipts/1.jpg");
    let server = start();
    let body = bytes::Bytes::from_static(b"jpeg");
    client(&server, "secret")
        .put(&path, body.clone().into())
        .await
        .unwrap();
    let stranger = client(&server, "wrong").get(&path).await;
    assert!(stranger.is_err());
    server.stop();

    let server = start();
    let got = client(&server, "secret").get(&path).await.unwrap();
    assert_eq!(got.bytes().await.unwrap(), body);
}

/// Starts `examples/holder` as `uid` (0: as we are), kills it hard, and sees its servers end.
fn servers_end_with_a_killed_process(uid: u32) {
    let scratch = scratch_dir("khidma-orphan-").unwrap();
    let data = scratch.path().join("data");
    fs::create_dir(&data).unwrap();
    // Cargo puts examples next to the test programs' folder.
    let built = std::env::current_exe().unwrap();
    let built = built.ancestors().nth(2).unwrap().join("examples/holder");
    // An ordinary user can't enter the build folder of root: run a copy.
    let program = scratch.path().join("holder");
    fs::copy(&built, &program).expect("cargo builds examples with the tests");
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(&program);
    if uid != 0 {
        std::os::unix::fs::chown(&data, Some(uid), Some(uid)).unwrap();
        command.uid(uid).gid(uid);
    }
    let mut holder = command
        .arg(&data)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let lines = std::io::BufReader::new(holder.stdout.take().unwrap());
    let pids: Vec<i32> = std::io::BufRead::lines(lines)
        .take(2)
        .map(|line| line.unwrap().parse().unwrap())
        .collect();
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| alive(*pid)));

    holder.kill().unwrap();
    holder.wait().unwrap();
    for pid in pids {
        until("the server ends with its owner", || !alive(pid));
    }
    assert!(
        !Path::new(&data)
            .join("postgres/cluster/postmaster.pid")
            .exists()
    );
}

#[test]
fn no_orphans_after_a_hard_kill() {
    servers_end_with_a_killed_process(0);
}

#[test]
fn no_orphans_after_a_hard_kill_as_an_ordinary_user() {
    if rustix::process::geteuid().is_root() {
        servers_end_with_a_killed_process(65534);
    }
}

fn kill(pid: i32) {
    let pid = rustix::process::Pid::from_raw(pid).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}
