//! Redis as a private child process.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::Signal;

use crate::child::Keeper;
use crate::{place, tools};

const SOCKET: &str = "redis.sock";
const START_LIMIT: Duration = Duration::from_secs(20);
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// How to run Redis.
#[derive(Debug, Clone)]
pub struct RedisOptions {
    /// Folder for the log, the snapshot and, if the path is short enough, the socket. Made (0700)
    /// if missing.
    pub dir: PathBuf,
    /// Whether a clean stop writes a snapshot that the next start reads. Redis never holds the only
    /// copy of anything here, so nothing is written while it runs.
    pub keep: bool,
    /// Logical databases; tests take one each.
    pub databases: u32,
    /// More of the server's own options: `--tls-port 6380`, say.
    pub more: Vec<String>,
}

impl RedisOptions {
    /// Keeps its content between runs.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            keep: true,
            databases: 16,
            more: Vec::new(),
        }
    }

    /// Forgets everything at the end; a database for every test.
    pub fn throwaway(dir: impl Into<PathBuf>) -> Self {
        Self {
            keep: false,
            databases: 10_000,
            ..Self::new(dir)
        }
    }
}

/// A running Redis of our own; dropping it stops it.
pub struct Redis {
    server: Keeper,
    socket_dir: PathBuf,
    socket_dir_is_apart: bool,
    _lock: File,
}

impl Redis {
    /// Starts Redis (or Valkey) on a private socket. Takes about 50 ms.
    ///
    /// Fails if the program is missing (naming the package), if another process uses the folder, or
    /// if the server doesn't come up (with the end of its log).
    pub fn start(options: RedisOptions) -> anyhow::Result<Redis> {
        let program = tools::redis()?;
        let home = place::home(&options.dir, None)?;
        let lock = place::lock(&home, "Redis's data")?;
        let socket_dir = place::socket_dir(&home, SOCKET, None)?;
        let log_path = home.join("redis.log");
        let log = File::create(&log_path)
            .with_context(|| format!("cannot write {}", log_path.display()))?;
        let mut command = Command::new(program);
        command
            .current_dir(&home)
            .args(["--port", "0", "--unixsocketperm", "700", "--unixsocket"])
            .arg(socket_dir.join(SOCKET))
            .arg("--dir")
            .arg(&home)
            .args(["--appendonly", "no", "--daemonize", "no"])
            .args(["--maxmemory-policy", "noeviction"])
            .args(["--databases", &options.databases.to_string()])
            .args(&options.more)
            // A save point makes a clean stop write a snapshot; this one (in a year, if 2 billion
            // keys changed) never triggers by itself.
            .args([
                "--save",
                if options.keep {
                    "31536000 2000000000"
                } else {
                    ""
                },
            ])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let redis = Redis {
            server: Keeper::spawn(command, "redis", Signal::TERM)?,
            socket_dir_is_apart: !socket_dir.starts_with(&home),
            socket_dir,
            _lock: lock,
        };
        redis
            .until_ready()
            .with_context(|| format!("Redis did not start:\n{}", place::tail(&log_path)))?;
        Ok(redis)
    }

    /// The address of database 0, as the `redis` crate reads it.
    pub fn url(&self) -> String {
        let socket = self.socket_dir.join(SOCKET);
        format!("redis+unix://{}", place::percent_encoded(&socket))
    }

    /// Whether the server process is still there.
    pub fn running(&self) -> bool {
        self.server.running()
    }

    /// The server's process id.
    pub fn pid(&self) -> i32 {
        self.server.pid()
    }

    /// Stops the server, writing the snapshot first if it keeps one.
    pub fn stop(self) {
        drop(self);
    }

    fn until_ready(&self) -> anyhow::Result<()> {
        let socket = self.socket_dir.join(SOCKET);
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Some(status) = self.server.wait(Duration::from_millis(10)) {
                bail!("the server ended: {status}");
            }
            // While it reads a snapshot it answers LOADING.
            if ask(&socket, "PING").is_ok_and(|answer| answer == "+PONG") {
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
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.server.stop(Signal::TERM, STOP_LIMIT);
        if self.socket_dir_is_apart {
            let _ = fs::remove_dir_all(&self.socket_dir);
        }
    }
}

/// Sends one inline command and gives the first line of the answer.
pub(crate) fn ask(socket: &Path, command: &str) -> anyhow::Result<String> {
    let mut stream = UnixStream::connect(socket)
        .with_context(|| format!("cannot connect to {}", socket.display()))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer)?;
    Ok(answer.trim_end().to_owned())
}
