//! Starts one set of throwaway stores for a whole test run.
//!
//! - `test-stores exec COMMAND…` runs a command with the stores named in its environment;
//! - `test-stores nextest` is a nextest set-up script: it leaves the stores running in a process of
//!   their own, which ends when nextest does, and names them in `$NEXTEST_ENV`;
//! - `test-stores serve PID` is that process.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail};
use rustix::process::{Pid, PidfdFlags};
use stores::testing::TestServers;

fn main() -> anyhow::Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["exec", program, ref arguments @ ..] => exec(program, arguments),
        ["nextest"] => for_nextest().map(|()| ExitCode::SUCCESS),
        ["serve", pid] => serve(pid.parse()?).map(|()| ExitCode::SUCCESS),
        _ => bail!("usage: test-stores exec COMMAND… | nextest | serve PID"),
    }
}

fn exec(program: &str, arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let servers = TestServers::start()?;
    let status = Command::new(program)
        .args(arguments)
        .envs(servers.stores().env())
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    servers.stop();
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

fn for_nextest() -> anyhow::Result<()> {
    let file = std::env::var_os("NEXTEST_ENV").context("NEXTEST_ENV is not set")?;
    let run = nextest_pid().context("nextest is not among the parents of this process")?;
    let mut server = Command::new(std::env::current_exe()?)
        .args(["serve", &run.to_string()])
        // Not in nextest's group: Ctrl-C ends the tests first, then nextest, then the stores.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let answer = server.stdout.take().context("the stores have no output")?;
    let lines: Vec<String> = BufReader::new(answer).lines().collect::<Result<_, _>>()?;
    if lines.last().map(String::as_str) != Some("ready") {
        bail!("the stores did not start: {}", lines.join(" "));
    }
    let mut env = std::fs::File::options().append(true).open(file)?;
    for line in &lines[..lines.len() - 1] {
        writeln!(env, "{line}")?;
    }
    Ok(())
}

/// Walks up from this process to the first one called `cargo-nextest`.
fn nextest_pid() -> Option<i32> {
    let mut pid = rustix::process::getppid()?.as_raw_nonzero().get();
    loop {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // `pid (name) state parent …`, where the name may hold spaces and brackets.
        let (head, tail) = stat.rsplit_once(')')?;
        if head.split_once('(')?.1.starts_with("cargo-nextest") {
            return Some(pid);
        }
        pid = tail.split_whitespace().nth(1)?.parse().ok()?;
    }
}

/// Serves until process `pid` has ended.
fn serve(pid: i32) -> anyhow::Result<()> {
    let run = Pid::from_raw(pid).context("no process id")?;
    let run = rustix::process::pidfd_open(run, PidfdFlags::empty())
        .with_context(|| format!("cannot watch process {pid}"))?;
    let started = TestServers::start();
    let mut out = std::io::stdout();
    match &started {
        Ok(servers) => {
            for (name, value) in servers.stores().env() {
                writeln!(out, "{name}={value}")?;
            }
            writeln!(out, "ready")?;
        }
        Err(error) => writeln!(out, "{error:#}")?,
    }
    out.flush()?;
    let servers = started?;
    // Tells the reader that this was all.
    rustix::stdio::dup2_stdout(std::fs::File::options().write(true).open("/dev/null")?)?;
    loop {
        let mut watched = [rustix::event::PollFd::new(
            &run,
            rustix::event::PollFlags::IN,
        )];
        match rustix::event::poll(&mut watched, None) {
            Ok(_) => break,
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    servers.stop();
    Ok(())
}
