//! The command line.

use crate::app::{self, Placement};
use crate::beside::Aim;
use crate::config::{Config, Source};
use crate::up::{self, UpOptions};
use crate::{demo, run, seed, zones};
use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use platform::audit;
use platform::telemetry::{LogFormat, Telemetry};
use platform::tokens::keys;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs a home-services business under service-level agreements.
#[derive(Debug, Parser)]
#[command(name = "khidma", version, max_term_width = 100)]
pub struct Cli {
    /// Settings that differ from the defaults (see deploy/khidma.development.toml for all of them)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, over file and environment: --set worker.concurrency=4
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Where `up` keeps its files; other commands find there the platform that runs, where they are
    /// told of no other
    #[arg(long, global = true, value_name = "FOLDER", default_value = ".khidma")]
    data: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything on this machine: stores, sandbox gateways, API, workers. Ctrl-C ends it
    Up(Up),
    /// The API, with the stores and gateways of the configuration
    Serve(Serve),
    /// The workers, with the stores and gateways of the configuration
    Work,
    /// Brings every schema up to date
    Migrate,
    /// Fills an empty platform with Riyadh, a catalog, staff, vendors and technicians
    Seed,
    /// A simulated Riyadh that uses a platform through its public API
    Demo(Demo),
    /// Prints the description of the API (OpenAPI 3.1)
    Openapi,
    /// Looks at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The keys that sign access tokens
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Districts and their boundaries
    #[command(subcommand)]
    Zones(ZonesCommand),
    /// Work that failed for good
    #[command(subcommand)]
    Queue(QueueCommand),
    /// Columns that are stored sealed
    #[command(subcommand)]
    Secrets(SecretsCommand),
    /// What staff did
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Accounts of staff
    #[command(subcommand)]
    Staff(StaffCommand),
    /// Prints a staff member's second factor, at the time of a development platform
    Totp {
        /// The base32 secret, or the email of a member of the demo's staff
        who: String,
        /// The platform whose clock counts
        #[arg(long, default_value = "http://127.0.0.1:8080")]
        url: String,
    },
}

#[derive(Debug, clap::Args)]
pub struct Up {
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// The API's port; the sandbox gets the next one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Begin anew: the data folder is removed
    #[arg(long)]
    fresh: bool,
    /// Platform seconds per real second
    #[arg(long)]
    speed: Option<f64>,
    /// A simulated city keeps it busy
    #[arg(long)]
    demo: bool,
}

#[derive(Debug, clap::Args)]
struct Serve {
    /// Host only this module, for a platform in another process to call
    #[arg(long)]
    only: Option<Only>,
}

#[derive(Debug, Subcommand)]
enum StaffCommand {
    /// A link for the first administrator, who invites the others; refused while there is one
    InviteAdministrator {
        #[arg(long)]
        name: String,
        #[arg(long)]
        email: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Only {
    Location,
}

#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Platform hours in which customers come
    #[arg(long, default_value_t = 4.0)]
    pub hours: f64,
    /// At most so many platform seconds per real second; 0: as fast as it goes
    #[arg(long, default_value_t = 60.0)]
    pub speed: f64,
    /// The same seed makes the same world
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// A running development platform; absent: one is started for the demo and stopped after
    #[arg(long)]
    pub url: Option<String>,
    /// Its sandbox; absent: the next port
    #[arg(long)]
    pub sandbox_url: Option<String>,
    /// Only the table and the last line
    #[arg(long)]
    pub quiet: bool,
}

#[derive(Debug, Subcommand)]
enum QueueCommand {
    /// Lists the latest dead jobs
    Dead,
    /// Puts one back into the queue, as new
    Revive { id: uuid::Uuid },
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Lists them, the newest first
    List,
    /// Makes a new one. The one before is accepted until its last token has ended: nobody notices
    Rotate {
        /// For a key or a secret that leaked: all others are refused at once, everybody refreshes
        #[arg(long)]
        now: bool,
    },
}

#[derive(Debug, Subcommand)]
enum SecretsCommand {
    /// Brings every sealed column under `secrets.column_key`: after that key has changed, and once
    /// after an upgrade from a version that did not seal
    Reseal,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Finds every row that was altered, removed or put in, and prints the chain's head
    Verify {
        /// A head that was printed another day, and must still be in the chain
        #[arg(long, value_name = "POSITION:HASH")]
        expect: Option<audit::Head>,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Names everything that is wrong, and where
    Check,
}

#[derive(Debug, Subcommand)]
enum ZonesCommand {
    /// Takes real boundaries from a GeoJSON file
    Import { file: PathBuf },
}

impl Cli {
    pub fn run(self) -> ExitCode {
        let runtime = match tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(e) => return fail(&anyhow::Error::new(e)),
        };
        match runtime.block_on(self.command()) {
            Ok(code) => code,
            Err(e) => fail(&e),
        }
    }

    async fn command(self) -> anyhow::Result<ExitCode> {
        let source = Source {
            file: self.config,
            set: self.set,
        };
        let settings = &source;
        let aim = || Aim::take(&source, &self.data);
        match self.command {
            Command::Up(up) => up_command(source, up, self.data).await?,
            Command::Demo(options) => return demo::command(source, options).await,
            Command::Serve(serve) => {
                let config = Config::checked(settings, &[])?;
                let _telemetry = telemetry(&config, None)?;
                let placement = match serve.only {
                    None => Placement::All,
                    Some(Only::Location) => Placement::OnlyLocation,
                };
                run::serve_command(&config, placement).await?;
            }
            Command::Work => {
                let config = Config::checked(settings, &[])?;
                let _telemetry = telemetry(&config, None)?;
                run::work_command(&config).await?;
            }
            Command::Migrate => {
                app::migrate(&aim()?.db().await?).await?;
                say("every schema is up to date");
            }
            Command::Seed => {
                let app = aim()?.app().await?;
                seed::all(&app, |what| say(&format!("seeding {what}"))).await?;
            }
            Command::Queue(command) => queue_command(&aim()?, command).await?,
            Command::Keys(command) => keys_command(&aim()?, command).await?,
            Command::Secrets(SecretsCommand::Reseal) => {
                let app = aim()?.app().await?;
                let modules = app.modules.as_ref().context("all modules are here")?;
                let seeds = modules.identity.reseal().await?;
                let accounts =
                    modules.settlement.reseal().await? + modules.vendors.reseal().await?;
                let key = app.platform.seal.current();
                say(&format!(
                    "sealed under {key}: {seeds} second factors, {accounts} bank accounts"
                ));
            }
            Command::Staff(StaffCommand::InviteAdministrator { name, email }) => {
                let app = aim()?.app().await?;
                let modules = app.modules.as_ref().context("all modules are here")?;
                let issued = modules.identity.invite_administrator(&name, &email).await?;
                say(&format!("once, until {}, for {email}:", issued.expires_at));
                print(&issued.link);
            }
            Command::Audit(AuditCommand::Verify { expect }) => {
                return verify_audit(&aim()?, expect).await;
            }
            Command::Zones(ZonesCommand::Import { file: boundaries }) => {
                let app = aim()?.app().await?;
                print(&zones::import(&app, &boundaries).await?);
            }
            Command::Openapi => {
                let config = Config::load(settings, &[])?;
                let app = app::build(&config, app::disconnected(&config)?, Placement::All).await?;
                print(&app.openapi.to_pretty_json()?);
            }
            Command::Config(ConfigCommand::Check) => {
                let faults = Config::load(settings, &[])?.faults();
                for fault in &faults {
                    say(fault);
                }
                if !faults.is_empty() {
                    return Ok(ExitCode::FAILURE);
                }
                say("the configuration is good");
            }
            Command::Totp { who, url } => print(&demo::totp(&who, &url).await?),
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn verify_audit(aim: &Aim, expect: Option<audit::Head>) -> anyhow::Result<ExitCode> {
    let db = aim.db().await?;
    let verdict = audit::verify(&db, expect).await?;
    for fault in &verdict.faults {
        print(&fault.to_string());
    }
    print(&format!("{} links, head {}", verdict.links, verdict.head));
    if verdict.faults.is_empty() {
        say("the audit log is as it was written");
        return Ok(ExitCode::SUCCESS);
    }
    say("the audit log is not as it was written");
    Ok(ExitCode::FAILURE)
}

async fn queue_command(aim: &Aim, command: QueueCommand) -> anyhow::Result<()> {
    let db = aim.db().await?;
    match command {
        QueueCommand::Dead => {
            for job in platform::queue::dead(&db, 100).await? {
                let error = job.last_error.unwrap_or_default();
                print(&format!(
                    "{}  {}  {}  {error}",
                    job.died_at, job.id, job.name
                ));
            }
        }
        QueueCommand::Revive { id } => {
            let clock = kernel::Clock::anchored(platform::clock::load(&db).await?);
            let mut conn = db.acquire().await?;
            let revived = platform::queue::revive(&mut conn, clock.now(), id).await?;
            anyhow::ensure!(revived, "there is no dead job {id}");
            say("back in the queue");
        }
    }
    Ok(())
}

async fn keys_command(aim: &Aim, command: KeysCommand) -> anyhow::Result<()> {
    let db = aim.db().await?;
    let now = kernel::Clock::anchored(platform::clock::load(&db).await?).now();
    let secret = aim.config.token_seed()?;
    match command {
        KeysCommand::List => {
            for key in keys::list(&db, &secret, now).await? {
                let end = key.ends_at.map(|end| format!(", ends {end}"));
                print(&format!(
                    "{}  {}  since {}{}",
                    key.kid,
                    key.state,
                    key.signs_from,
                    end.unwrap_or_default()
                ));
            }
        }
        KeysCommand::Rotate { now: at_once } => {
            let rotated = keys::rotate(&db, &secret, now, at_once).await?;
            print(&rotated.kid);
            say(&format!(
                "it signs from {} on; others are refused from {} on",
                rotated.signs_from, rotated.before_ends
            ));
        }
    }
    Ok(())
}

fn telemetry(config: &Config, file: Option<std::fs::File>) -> anyhow::Result<Telemetry> {
    let format = if config.log.format == "text" {
        LogFormat::Text
    } else {
        LogFormat::Json
    };
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| config.log.filter.clone());
    Telemetry::start(&filter, format, config.log.otlp.as_deref(), file)
}

async fn up_command(source: Source, up: Up, data: PathBuf) -> anyhow::Result<()> {
    if up.fresh && data.exists() {
        say("removing the old data");
        std::fs::remove_dir_all(&data).with_context(|| data.display().to_string())?;
    }
    std::fs::create_dir_all(&data).with_context(|| data.display().to_string())?;
    let log = data.join("khidma.log");
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)?;
    let _telemetry = telemetry(&Config::load(&source, &[])?, Some(file))?;
    let metrics = platform::telemetry::metrics()?;
    let options = UpOptions {
        source,
        data: data.clone(),
        address: up.address,
        port: up.port,
        sandbox_port: up
            .port
            .checked_add(1)
            .context("the sandbox gets the next port")?,
        fresh: false,
        speed: up.speed,
        throwaway: false,
        metrics: Some(metrics),
    };
    let mut running = tokio::select! {
        started = up::start(options, say) => started?,
        () = run::told_to_stop() => return Ok(()),
    };
    print(&welcome(&running, &log));
    print(&format!("ready {}", running.url));
    let busy = up.demo.then(|| demo::keep_busy(&running));
    let broken = tokio::select! {
        () = run::told_to_stop() => None,
        error = running.broken() => Some(error),
    };
    if let Some(task) = busy {
        task.abort();
    }
    say("stopping");
    running.stop().await?;
    match broken {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn welcome(running: &up::Running, log: &std::path::Path) -> String {
    let url = &running.url;
    let sandbox = &running.sandbox_url;
    let mut out = format!(
        "\n  Customers        {url}/\n\
         \x20 Console          {url}/admin/\n\
         \x20 API              {url}/v1/…   read about it at {url}/docs\n\
         \x20 health, metrics  {url}/health/ready   {url}/metrics\n\
         \x20 sandbox          {sandbox}/sandbox/   the SMS inbox: {sandbox}/sandbox/inbox\n\
         \x20 logs             {}\n\n\
         \x20 Sign in as\n\
         \x20 a customer       with any Saudi mobile number; the code is in the SMS inbox\n\
         \x20 technicians      +966552000001 to …{:03}; owners of vendors +966551000001 to …{:03}\n\
         \x20 staff            at /admin/, password {}; second factor: ./khidma totp EMAIL\n",
        log.display(),
        seed::TECHNICIANS,
        seed::VENDORS,
        seed::DEMO_PASSWORD,
    );
    for person in seed::STAFF {
        let zone = person
            .zone
            .map(|z| format!(" ({z} only)"))
            .unwrap_or_default();
        out.push_str(&format!(
            "      {:<34} {}{zone}\n",
            person.email,
            person.role.as_str()
        ));
    }
    out.push_str("  a company        over the API, with the same password\n");
    for person in seed::MEMBERS {
        out.push_str(&format!(
            "      {:<34} {}\n",
            person.email,
            person.role.as_str()
        ));
    }
    if running.config.web.folder().is_none() {
        out.push_str("\n  The web apps are not built: ./khidma web\n");
    }
    out
}

fn fail(error: &anyhow::Error) -> ExitCode {
    say(&format!("khidma: {error:#}"));
    ExitCode::FAILURE
}

/// To the person: progress and complaints.
#[allow(clippy::print_stderr)]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}

/// To whoever reads the output.
#[allow(clippy::print_stdout)]
pub(crate) fn print(text: &str) {
    println!("{text}");
}
