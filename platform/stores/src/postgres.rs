//! PostgreSQL as a private child process.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::Signal;

use crate::child::Keeper;
use crate::place::{self, Account};
use crate::tools::{self, PostgresTools};
use crate::wire::{Session, identifier, literal};

const USER: &str = "postgres";
/// The database that [`Postgres::url`] names.
const DATABASE: &str = "khidma";
/// The port only names the socket file; nothing listens on TCP.
const SOCKET: &str = ".s.PGSQL.5432";
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// How to run PostgreSQL.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// Folder for everything: the cluster, its log and, if the path is short enough, its socket.
    /// Made (0700) if missing.
    pub data_dir: PathBuf,
    /// Whether a commit survives a power cut. Without it, only a crash of the server itself.
    pub durable: bool,
    /// Connections at most.
    pub max_connections: u16,
    /// Memory for the page cache, in MB.
    pub shared_buffers_mb: u32,
}

impl PostgresOptions {
    /// For data that somebody wants back: durable, sized for a small machine.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            durable: true,
            max_connections: 200,
            shared_buffers_mb: 128,
        }
    }

    /// For data thrown away at the end: no waiting for the disk, and enough connections for many
    /// test processes at once.
    pub fn throwaway(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            durable: false,
            max_connections: 500,
            ..Self::new(data_dir)
        }
    }
}

/// A running PostgreSQL of our own; dropping it stops it.
pub struct Postgres {
    server: Keeper,
    socket_dir: PathBuf,
    /// Outside the data folder if that one's path is too long for a socket: then ours to remove.
    socket_dir_is_apart: bool,
    _lock: File,
}

impl Postgres {
    /// Starts PostgreSQL, making the cluster and the database `khidma` first if they are missing.
    ///
    /// Takes 0.1 s, or 1 to 4 s the first time. As root the server runs as `postgres` or `nobody`.
    /// Fails if the programs are missing (naming the package), if another process uses the folder,
    /// or if the server doesn't come up (with the end of its log).
    pub fn start(options: PostgresOptions) -> anyhow::Result<Postgres> {
        let known = place::home_of(&options.data_dir).join("cluster");
        let account = Account::for_postgres(&known)?;
        let home = place::home(&options.data_dir, account)?;
        let lock = place::lock(&home, "PostgreSQL's data")?;
        let cluster = home.join("cluster");
        let tools = tools::postgres(major_of(&cluster)?)?;
        if !cluster.join("PG_VERSION").exists() {
            create_cluster(&tools, &home, &cluster, account, options.durable)?;
        }
        remove_stale_pid(&cluster)?;
        let socket_dir = place::socket_dir(&home, SOCKET, account)?;
        let server = launch(&tools, &options, &home, &cluster, &socket_dir, account)?;
        let postgres = Postgres {
            server,
            socket_dir_is_apart: !socket_dir.starts_with(&home),
            socket_dir,
            _lock: lock,
        };
        postgres.create_missing(DATABASE)?;
        Ok(postgres)
    }

    /// The address of the database `khidma`, as sqlx and libpq read it.
    pub fn url(&self) -> String {
        self.database_url(DATABASE)
    }

    /// The address of another database of this server.
    pub fn database_url(&self, name: &str) -> String {
        format!(
            "postgres://{USER}@localhost/{}?host={}",
            place::percent_encoded(Path::new(name)),
            place::percent_encoded(&self.socket_dir)
        )
    }

    /// Creates a database and gives its address. Fails if it exists.
    pub fn create_database(&self, name: &str) -> anyhow::Result<String> {
        self.session("postgres")?
            .query(&format!("CREATE DATABASE {}", identifier(name)))
            .with_context(|| format!("cannot create database {name}"))?;
        Ok(self.database_url(name))
    }

    /// Whether the server process is still there.
    pub fn running(&self) -> bool {
        self.server.running()
    }

    /// The server's process id.
    pub fn pid(&self) -> i32 {
        self.server.pid()
    }

    /// Stops the server: open transactions are rolled back, everything committed is written out.
    /// Usually takes less than 0.2 s; after 30 s the server is killed.
    pub fn stop(self) {
        drop(self);
    }

    fn session(&self, database: &str) -> anyhow::Result<Session> {
        Session::connect(&self.socket_dir.join(SOCKET), USER, database)
    }

    fn create_missing(&self, name: &str) -> anyhow::Result<()> {
        let exists = format!(
            "SELECT 1 FROM pg_database WHERE datname = {}",
            literal(name)
        );
        if self.session("postgres")?.query(&exists)?.is_empty() {
            self.create_database(name)?;
        }
        Ok(())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is "fast shutdown".
        self.server.stop(Signal::INT, STOP_LIMIT);
        if self.socket_dir_is_apart {
            let _ = fs::remove_dir_all(&self.socket_dir);
        }
    }
}

fn major_of(cluster: &Path) -> anyhow::Result<Option<u32>> {
    match fs::read_to_string(cluster.join("PG_VERSION")) {
        Ok(version) => {
            let major = version.trim().parse();
            Ok(Some(major.with_context(|| {
                format!("{} has no readable PG_VERSION", cluster.display())
            })?))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", cluster.display())),
    }
}

/// Runs a PostgreSQL program as `account`, in a folder it may be in.
fn command(program: &Path, home: &Path, account: Option<Account>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(home).env_clear();
    for name in ["PATH", "TZ"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("LC_ALL", "C");
    if let Some(account) = account {
        command.gid(account.gid).uid(account.uid);
    }
    command
}

/// `initdb` into a folder that gets its name only once it is whole, so that being interrupted
/// leaves nothing that looks like a cluster.
fn create_cluster(
    tools: &PostgresTools,
    home: &Path,
    cluster: &Path,
    account: Option<Account>,
    durable: bool,
) -> anyhow::Result<()> {
    tracing::info!(folder = %cluster.display(), "creating a PostgreSQL cluster");
    let draft = home.join("cluster.draft");
    let log_path = home.join("initdb.log");
    // C.UTF-8 knows which Arabic characters are letters (trigram search needs that); the plain C
    // locale, which every machine has, doesn't.
    for locale in ["C.UTF-8", "C"] {
        if draft.exists() {
            fs::remove_dir_all(&draft)
                .with_context(|| format!("cannot clear {}", draft.display()))?;
        }
        let log = File::create(&log_path)?;
        let mut initdb = command(&tools.bin.join("initdb"), home, account);
        initdb
            .arg("--pgdata")
            .arg(&draft)
            .args(["--username", USER, "--auth", "trust", "--encoding", "UTF8"])
            .args(["--locale", locale])
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        if !durable {
            initdb.arg("--no-sync");
        }
        let run = Keeper::spawn(initdb, "initdb", Signal::KILL)?;
        match run.wait(Duration::from_secs(180)) {
            Some(status) if status.success() => {
                return fs::rename(&draft, cluster)
                    .with_context(|| format!("cannot name {}", cluster.display()));
            }
            Some(_) if locale != "C" && place::tail(&log_path).contains("locale") => {}
            Some(_) => break,
            None => {
                run.signal(Signal::KILL);
                bail!("initdb took more than 3 minutes: is the disk stuck?");
            }
        }
    }
    bail!("initdb failed:\n{}", place::tail(&log_path))
}

/// After a hard kill, `postmaster.pid` stays behind. The server itself refuses to start while any
/// process has that number, even a stranger (after a restart of the machine numbers begin anew).
fn remove_stale_pid(cluster: &Path) -> anyhow::Result<()> {
    let file = cluster.join("postmaster.pid");
    // One that was told to end with its parent may still be writing out its data.
    let deadline = Instant::now() + STOP_LIMIT;
    loop {
        let Ok(text) = fs::read_to_string(&file) else {
            return Ok(());
        };
        let pid = text.lines().next().unwrap_or_default().trim().to_owned();
        if !is_server_of(&pid, cluster) {
            tracing::info!(pid, "removing the process id of a PostgreSQL that is gone");
            return fs::remove_file(&file).context("cannot remove a stale postmaster.pid");
        }
        if Instant::now() > deadline {
            bail!(
                "PostgreSQL process {pid} still uses {}: stop it first",
                cluster.display()
            );
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether process `pid` exists and was started for `cluster`.
fn is_server_of(pid: &str, cluster: &Path) -> bool {
    match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(words) => words
            .split(|byte| *byte == 0)
            .any(|word| word == cluster.as_os_str().as_encoded_bytes()),
        Err(error) => error.kind() != ErrorKind::NotFound && Path::new("/proc").join(pid).exists(),
    }
}

fn launch(
    tools: &PostgresTools,
    options: &PostgresOptions,
    home: &Path,
    cluster: &Path,
    socket_dir: &Path,
    account: Option<Account>,
) -> anyhow::Result<Keeper> {
    let log_path = home.join("postgres.log");
    let deadline = Instant::now() + START_LIMIT;
    loop {
        let log = File::create(&log_path)
            .with_context(|| format!("cannot write {}", log_path.display()))?;
        let mut postgres = command(&tools.bin.join("postgres"), home, account);
        postgres
            .arg("-D")
            .arg(cluster)
            .arg("-k")
            .arg(socket_dir)
            .stdin(std::process::Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        for setting in settings(options) {
            postgres.args(["-c", &setting]);
        }
        let server = Keeper::spawn(postgres, "postgres", Signal::INT)?;
        match until_ready(&server, cluster, socket_dir, deadline) {
            Ok(()) => return Ok(server),
            Err(error) => {
                server.stop(Signal::QUIT, Duration::from_secs(5));
                let log = place::tail(&log_path);
                // The workers of a server that was killed notice a moment later, and the memory
                // they share with it is in use until then.
                if !(log.contains("is still in use") && Instant::now() < deadline) {
                    return Err(error.context(format!("PostgreSQL did not start:\n{log}")));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
    }
}

fn settings(options: &PostgresOptions) -> Vec<String> {
    let mut settings = vec![
        "listen_addresses=".to_owned(),
        "port=5432".to_owned(),
        "unix_socket_permissions=0700".to_owned(),
        format!("max_connections={}", options.max_connections),
        format!("shared_buffers={}MB", options.shared_buffers_mb),
        "timezone=UTC".to_owned(),
        "log_timezone=UTC".to_owned(),
        "log_checkpoints=off".to_owned(),
        "jit=off".to_owned(),
        "random_page_cost=1.1".to_owned(),
        "max_wal_size=512MB".to_owned(),
    ];
    if !options.durable {
        settings.extend(
            [
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
            ]
            .map(str::to_owned),
        );
    }
    settings
}

/// Ready is: our own child says so in `postmaster.pid`, and a connection is accepted. A log line or
/// an open socket could be another server's.
fn until_ready(
    server: &Keeper,
    cluster: &Path,
    socket_dir: &Path,
    deadline: Instant,
) -> anyhow::Result<()> {
    let own = server.pid().to_string();
    loop {
        if let Some(status) = server.wait(Duration::from_millis(10)) {
            bail!("the server ended: {status}");
        }
        let text = fs::read_to_string(cluster.join("postmaster.pid")).unwrap_or_default();
        let mut lines = text.lines();
        let ours = lines.next().is_some_and(|pid| pid.trim() == own);
        // Line 8 is the state.
        let ready = lines.nth(6).is_some_and(|state| state.trim() == "ready");
        if ours && ready && Session::connect(&socket_dir.join(SOCKET), USER, "postgres").is_ok() {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "the server was not ready within {} s",
                START_LIMIT.as_secs()
            );
        }
    }
}
