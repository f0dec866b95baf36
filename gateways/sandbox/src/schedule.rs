//! What is to happen later, in sped milliseconds.

use crate::faults::Gateway;
use crate::webhooks::Delivery;
use crate::{Sandbox, lock};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

pub(crate) enum Task {
    Deliver(Delivery),
    BeginPayout(String),
    FinishPayout(String),
    /// The fate of a text message, by its place in the inbox.
    Report(u64),
}

#[derive(Default)]
pub(crate) struct Schedule {
    queue: Mutex<Queue>,
    wake: Notify,
}

#[derive(Default)]
struct Queue {
    /// By due time, then by arrival.
    tasks: BTreeMap<(u64, u64), Task>,
    arrivals: u64,
    delivering: usize,
    /// The delivery that waits to be overtaken.
    held_back: Option<(u64, u64)>,
}

/// More at once would only queue in the receiver.
const DELIVERIES_AT_ONCE: usize = 64;

impl Queue {
    fn push(&mut self, due_ms: u64, task: Task) -> (u64, u64) {
        self.arrivals += 1;
        let place = (due_ms, self.arrivals);
        self.tasks.insert(place, task);
        place
    }
}

impl Schedule {
    pub(crate) fn at(&self, due_ms: u64, task: Task) {
        lock(&self.queue).push(due_ms, task);
        self.wake.notify_one();
    }

    /// Holds the delivery back for the next one; or sends it now and the held one after it.
    pub(crate) fn overtake(&self, now_ms: u64, wait_ms: u64, gap_ms: u64, delivery: Delivery) {
        let mut queue = lock(&self.queue);
        let held = queue.held_back.take();
        match held.and_then(|place| queue.tasks.remove(&place)) {
            Some(held) => {
                queue.push(now_ms, Task::Deliver(delivery));
                queue.push(now_ms + gap_ms, held);
            }
            None => {
                let place = queue.push(now_ms + wait_ms, Task::Deliver(delivery));
                queue.held_back = Some(place);
            }
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// Makes everything that waits due at once.
    pub(crate) fn hurry(&self) {
        let mut queue = lock(&self.queue);
        let tasks = std::mem::take(&mut queue.tasks);
        queue.held_back = None;
        for (_, task) in tasks {
            queue.push(0, task);
        }
        drop(queue);
        self.wake.notify_one();
    }

    /// The speed changed: what was far may be near.
    pub(crate) fn look_again(&self) {
        self.wake.notify_one();
    }

    /// Webhooks and reports that wait or are on their way.
    pub(crate) fn pending_deliveries(&self) -> usize {
        let queue = lock(&self.queue);
        let waiting = queue
            .tasks
            .values()
            .filter(|task| matches!(task, Task::Deliver(_) | Task::Report(_)))
            .count();
        waiting + queue.delivering
    }

    /// Those worth keeping over a restart.
    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        lock(&self.queue)
            .tasks
            .values()
            .filter_map(|task| match task {
                Task::Deliver(delivery) if delivery.gateway == Gateway::Payments => {
                    Some(delivery.clone())
                }
                _ => None,
            })
            .collect()
    }

    /// The first due task, or when the first of the others is due.
    fn next(&self, now_ms: u64) -> Next {
        let mut queue = lock(&self.queue);
        match queue.tasks.first_entry() {
            Some(first) if first.key().0 <= now_ms => {
                let task = first.remove();
                if matches!(task, Task::Deliver(_)) {
                    queue.delivering += 1;
                }
                Next::Do(task)
            }
            Some(first) => Next::WaitUntil(first.key().0),
            None => Next::Nothing,
        }
    }

    fn delivered(&self) {
        lock(&self.queue).delivering -= 1;
    }
}

enum Next {
    Do(Task),
    WaitUntil(u64),
    Nothing,
}

/// Does what is due, for ever. Dropping it stops what is on its way.
pub(crate) async fn run(sandbox: Sandbox) {
    let room = Arc::new(Semaphore::new(DELIVERIES_AT_ONCE));
    let mut running = JoinSet::new();
    loop {
        while running.try_join_next().is_some() {}
        let schedule = &sandbox.0.schedule;
        let wait = match schedule.next(sandbox.0.clock.now_ms()) {
            Next::Do(Task::Deliver(delivery)) => {
                let permit = room.clone().acquire_owned().await;
                let sandbox = sandbox.clone();
                running.spawn(async move {
                    sandbox.attempt(delivery).await;
                    sandbox.0.schedule.delivered();
                    drop(permit);
                });
                continue;
            }
            Next::Do(Task::BeginPayout(id)) => {
                sandbox.begin_payout(&id);
                continue;
            }
            Next::Do(Task::FinishPayout(id)) => {
                sandbox.finish_payout(&id);
                continue;
            }
            Next::Do(Task::Report(place)) => {
                sandbox.report(place);
                continue;
            }
            Next::WaitUntil(due_ms) => sandbox.0.clock.real_until(due_ms),
            Next::Nothing => Duration::from_secs(3600),
        };
        tokio::select! {
            () = schedule.wake.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}
