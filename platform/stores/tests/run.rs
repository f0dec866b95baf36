//! One set of stores for a whole test run: it ends with the run, however that ends.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_test-stores");

#[test]
fn a_command_finds_the_stores_and_its_exit_code_comes_back() {
    let output = Command::new(PROGRAM)
        .args(["exec", "sh", "-c"])
        .arg("psql -qtAc 'SELECT 40 + 2' \"$KHIDMA_TEST_DATABASE_URL\"; exit 7")
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "42");
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn the_stores_end_when_the_watched_run_is_killed() {
    let mut run = Command::new("sleep").arg("600").spawn().unwrap();
    let mut server = Command::new(PROGRAM)
        .args(["serve", &run.id().to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> = BufReader::new(server.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .collect();
    assert_eq!(lines.last().unwrap(), "ready");
    let socket = lines
        .iter()
        .find_map(|line| line.strip_prefix("KHIDMA_TEST_REDIS_URL=redis+unix://"))
        .unwrap();
    assert!(Path::new(socket).exists());
    assert!(server.try_wait().unwrap().is_none());

    run.kill().unwrap();
    run.wait().unwrap();
    assert!(server.wait().unwrap().success());
    let folder = Path::new(socket).ancestors().nth(3).unwrap();
    assert!(
        folder
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("khidma-test-")
    );
    assert!(!folder.exists());
}
