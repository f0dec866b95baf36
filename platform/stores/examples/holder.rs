//! Starts stores in a folder, prints their process ids and waits to be killed: the tests' proof
//! that nothing outlives its owner.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use stores::{Postgres, PostgresOptions, Redis, RedisOptions};

fn main() -> anyhow::Result<()> {
    let dir = PathBuf::from(std::env::args_os().nth(1).context("name a folder")?);
    let postgres = Postgres::start(PostgresOptions::throwaway(dir.join("postgres")))?;
    let redis = Redis::start(RedisOptions::throwaway(dir.join("redis")))?;
    let mut out = std::io::stdout();
    writeln!(out, "{}\n{}", postgres.pid(), redis.pid())?;
    out.flush()?;
    loop {
        std::thread::park();
    }
}
