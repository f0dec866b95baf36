//! A server process that can't outlive us.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

use anyhow::Context;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions};

/// A child process held by a thread of its own.
///
/// `PR_SET_PDEATHSIG` delivers its signal when the *thread* that spawned the child ends, not the
/// process. So a keeper thread spawns the child and then waits for it: the thread lives exactly as
/// long as the child, and the signal can only mean that our whole process is gone.
pub(crate) struct Keeper {
    pid: Pid,
    name: &'static str,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// `None` while the process exists. It is reaped under this lock, so a signal sent under
    /// the lock can't reach a stranger that was given the same process id.
    status: Mutex<Option<ExitStatus>>,
    ended: Condvar,
}

impl State {
    fn status(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        // The value is a plain option, valid whatever a panicking holder was doing.
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Keeper {
    /// Starts `command`; the kernel sends it `death_signal` when this process ends.
    pub(crate) fn spawn(
        mut command: Command,
        name: &'static str,
        death_signal: Signal,
    ) -> anyhow::Result<Keeper> {
        // A group of its own: Ctrl-C in a terminal reaches every process of the foreground group,
        // and the stores must stay up until the server has drained.
        command.process_group(0);
        end_with_parent(&mut command, death_signal);
        let state = Arc::new(State::default());
        let (started, answer) = mpsc::channel();
        let shared = Arc::clone(&state);
        std::thread::Builder::new()
            .name(format!("{name}-keeper"))
            .spawn(move || match command.spawn() {
                Ok(child) => {
                    let pid = Pid::from_child(&child);
                    let _ = started.send(Ok(pid));
                    keep(child, pid, &shared);
                }
                Err(error) => {
                    let _ = started.send(Err(error));
                }
            })
            .with_context(|| format!("cannot start a thread for {name}"))?;
        let pid = answer
            .recv()
            .with_context(|| format!("the thread for {name} ended early"))?
            .with_context(|| format!("cannot start {name}"))?;
        Ok(Keeper { pid, name, state })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    pub(crate) fn running(&self) -> bool {
        self.state.status().is_none()
    }

    /// Sends a signal; nothing happens if the process has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        let status = self.state.status();
        if status.is_none()
            && let Err(error) = rustix::process::kill_process(self.pid, signal)
        {
            tracing::warn!(process = self.name, %error, "cannot signal a store");
        }
    }

    /// Waits until the process has ended, at most `limit`.
    pub(crate) fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + limit;
        let mut status = self.state.status();
        while status.is_none() {
            let left = deadline.checked_duration_since(Instant::now())?;
            status = self
                .state
                .ended
                .wait_timeout(status, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        *status
    }

    /// Asks with `signal`, waits `limit`, then kills.
    pub(crate) fn stop(&self, signal: Signal, limit: Duration) {
        self.signal(signal);
        if self.wait(limit).is_none() {
            tracing::warn!(
                process = self.name,
                "a store did not stop in time: killing it"
            );
            self.signal(Signal::KILL);
            self.wait(Duration::from_secs(5));
        }
    }
}

/// Waits for the child without reaping it, then reaps it under the lock.
fn keep(mut child: Child, pid: Pid, state: &State) {
    let seen = loop {
        match rustix::process::waitid(
            WaitId::Pid(pid),
            WaitIdOptions::EXITED | WaitIdOptions::NOWAIT,
        ) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other,
        }
    };
    if let Err(error) = seen {
        tracing::warn!(%error, "cannot wait for a store");
    }
    let mut status = state.status();
    match child.wait() {
        Ok(ended) => *status = Some(ended),
        Err(error) => {
            tracing::warn!(%error, "cannot reap a store");
            *status = Some(ExitStatus::default());
        }
    }
    state.ended.notify_all();
}

/// Makes the kernel send `signal` to the child when the spawning thread ends.
///
/// A `pre_exec` hook is the only way: the flag is cleared by `fork` and by a change of user, so it
/// must be set in the child, after `setuid` and before `exec`, which is when hooks run.
#[allow(unsafe_code)]
fn end_with_parent(command: &mut Command, signal: Signal) {
    let parent = rustix::process::getpid();
    let hook = move || -> io::Result<()> {
        rustix::process::set_parent_process_death_signal(Some(signal))?;
        // The parent may have died between `fork` and the line above: then no signal will come.
        if rustix::process::getppid() != Some(parent) {
            return Err(io::Error::from_raw_os_error(
                rustix::io::Errno::SRCH.raw_os_error(),
            ));
        }
        Ok(())
    };
    // SAFETY: between `fork` and `exec` of a process with threads only async-signal-safe work is
    // allowed. The hook makes two raw system calls (`prctl`, `getppid`) and compares integers that
    // it owns. It takes no lock, allocates nothing (`from_raw_os_error` stores one integer),
    // touches no memory shared with another thread and can't panic.
    unsafe {
        command.pre_exec(hook);
    }
}
