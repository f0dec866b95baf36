//! Commands from a second terminal while `up` runs.

use server::config::Source;
use server::up::{self, UpOptions};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Command, Output};

/// `khidma ARGS`, told nothing but the folder.
fn khidma(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_khidma"))
        .args(args)
        .arg("--data")
        .arg(data)
        .env_remove("DATABASE_URL")
        .env_remove("REDIS_URL")
        .env_remove("S3_ENDPOINT")
        .output()
        .unwrap()
}

fn said(output: &Output) -> (bool, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_find_the_platform_that_runs_beside_them() {
    let scratch = stores::scratch_dir("khidma-beside-").unwrap();
    let data = scratch.path().to_owned();
    let options = UpOptions {
        source: Source::default(),
        data: data.clone(),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        sandbox_port: 0,
        fresh: false,
        speed: Some(0.0),
        throwaway: true,
        metrics: None,
    };
    let running = up::start(options, |_| {}).await.unwrap();
    let commands: [(&[&str], &str); 4] = [
        (&["audit", "verify"], "the audit log is as it was written"),
        (&["keys", "rotate"], "it signs from"),
        (&["secrets", "reseal"], "sealed under"),
        (&["queue", "dead"], ""),
    ];
    for (args, wanted) in commands {
        let (well, text) = said(&khidma(&data, args));
        assert!(well && text.contains(wanted), "{args:?}: {text}");
    }
    // There is one already, who invites others.
    let invite = ["staff", "invite-administrator", "--name", "Noura"];
    let invite = [&invite[..], &["--email", "noura@khidma.example"]].concat();
    let (well, text) = said(&khidma(&data, &invite));
    assert!(!well && text.contains("an administrator already"), "{text}");
    running.stop().await.unwrap();

    assert!(!data.join("running.json").exists());
    let (well, text) = said(&khidma(&data, &["audit", "verify"]));
    assert!(!well && text.contains("no platform runs in"), "{text}");
}
