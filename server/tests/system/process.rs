//! Real processes of the binary, which end with the test.

use crate::net::until;
use crate::world::addresses;
use server::config::Config;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};

/// Settings of a process, as its environment.
pub type Environment = Vec<(String, String)>;

/// An address that was free a moment ago: a process that is killed comes back at the same.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// The stores of `config`, with `api` and `sandbox` where they are.
pub fn environment(config: &Config, api: &str, sandbox: &str) -> Environment {
    let mut environment: Environment = [
        ("KHIDMA_ENV", "development"),
        ("DATABASE_URL", config.database.url.as_str()),
        ("REDIS_URL", config.redis.url.as_str()),
        ("KHIDMA_REDIS__PREFIX", config.redis.prefix.as_str()),
        ("S3_ENDPOINT", config.objects.endpoint.as_str()),
        ("S3_BUCKET", config.objects.bucket.as_str()),
        ("S3_REGION", config.objects.region.as_str()),
        ("S3_ACCESS_KEY", config.objects.access_key.as_str()),
        ("S3_SECRET_KEY", config.objects.secret_key.expose()),
        // Fewer than there are people who ask at once.
        ("KHIDMA_DATABASE__CONNECTIONS", "10"),
        ("KHIDMA_WORKER__CONCURRENCY", "4"),
        // A worker that was killed is missed soon.
        ("KHIDMA_WORKER__LEASE_S", "2"),
        ("KHIDMA_LOG__FORMAT", "text"),
        ("RUST_LOG", "warn"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (key, value) in addresses(api, sandbox) {
        environment.push((
            format!("KHIDMA_{}", key.to_uppercase().replace('.', "__")),
            value,
        ));
    }
    environment
}

pub struct Process(Child);

fn command(args: &[&str], environment: &Environment) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_khidma"));
    command
        .args(args)
        .envs(environment.iter().cloned())
        .stdin(Stdio::null());
    command
}

impl Process {
    /// `khidma ARGS`; it writes where the test writes.
    pub fn start(args: &[&str], environment: &Environment) -> Self {
        Self(command(args, environment).spawn().unwrap())
    }

    /// The same for one that ends by itself, and well.
    pub fn run(args: &[&str], environment: &Environment) {
        let status = command(args, environment).status().unwrap();
        assert!(status.success(), "{args:?}: {status}");
    }

    /// The same for one whose words count.
    pub fn writing(args: &[&str], environment: &Environment, to: File) -> Self {
        Self(command(args, environment).stdout(to).spawn().unwrap())
    }

    /// How it ended by itself; `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }

    /// The same for one that serves at `address`; waits until it is ready.
    pub async fn serving(args: &[&str], environment: &Environment, address: SocketAddr) -> Self {
        let mut environment = environment.clone();
        environment.push(("KHIDMA_LISTEN".into(), address.to_string()));
        let mut process = Self::start(args, &environment);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        until("the API to be ready", async || {
            assert!(process.ended().is_none(), "the process ended by itself");
            let answer = client
                .get(format!("http://{address}/health/ready"))
                .send()
                .await
                .ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        process
    }

    /// kill -9
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Refused only where it has ended already.
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
