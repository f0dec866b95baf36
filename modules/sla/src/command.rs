//! Stop, pause, resume, cancel. Every command first tells what had passed by then, so that the
//! outcome is the same whether the worker or the command comes first.

use crate::Sla;
use crate::alarms::{resolve_all, resolve_all_but_breach};
use crate::book::Book;
use crate::clock::{Clock, lock_job, save};
use crate::fire::{catch_up, enqueue_next};
use contract_sla::{ClockCommand, ClockKind, ClockState, PauseReason, SlaFault};
use kernel::{JobId, Outcome, Time};
use sqlx::PgConnection;

impl Sla {
    pub(crate) async fn command_clocks(
        &self,
        job: JobId,
        command: ClockCommand,
        at: Time,
    ) -> Outcome<(), SlaFault> {
        let only = match command {
            ClockCommand::Stop { kind } => Some(kind),
            _ => None,
        };
        let mut tx = self.p.db.begin().await?;
        let book = self.books.open(&mut tx).await?;
        let mut shown = Vec::new();
        for mut clock in lock_job(&mut tx, job, only).await? {
            if clock.is_stopped() {
                continue;
            }
            apply(&mut tx, &book, &mut clock, command, at).await?;
            clock.reckon(&book)?;
            save(&mut tx, &clock).await?;
            enqueue_next(&mut tx, &clock).await?;
            shown.push((clock.id, clock.next_fire_at));
        }
        tx.commit().await?;
        self.live.show(&shown).await;
        Ok(())
    }
}

async fn apply(
    tx: &mut PgConnection,
    book: &Book,
    clock: &mut Clock,
    command: ClockCommand,
    at: Time,
) -> Outcome<(), SlaFault> {
    // A command that was under way for long is not dated back before what followed it.
    let at = clock
        .last_resumed_at()
        .map_or(at, |resumed| at.max(resumed));
    match command {
        ClockCommand::Stop {
            kind: ClockKind::Respond | ClockKind::Arrive | ClockKind::Complete,
        } => {
            resume(tx, book, clock, at).await?;
            catch_up(tx, book, clock, at).await?;
            clock.stopped_at = Some(at);
            clock.state = if clock.breached {
                ClockState::Breached
            } else {
                ClockState::Met
            };
            resolve_all_but_breach(tx, clock, at).await?;
            metrics::counter!("khidma_sla_clocks_stopped_total",
                "kind" => clock.kind.as_str(), "breached" => if clock.breached { "yes" } else { "no" })
            .increment(1);
        }
        ClockCommand::Cancel => {
            resume(tx, book, clock, at).await?;
            catch_up(tx, book, clock, at).await?;
            clock.stopped_at = Some(at);
            clock.state = ClockState::Cancelled;
            resolve_all(tx, clock, at).await?;
        }
        ClockCommand::Pause { reason } => {
            if clock.state == ClockState::Running {
                catch_up(tx, book, clock, at).await?;
                pause(tx, clock, reason, at).await?;
            }
        }
        ClockCommand::Resume => resume(tx, book, clock, at).await?,
    }
    Ok(())
}

async fn pause(
    tx: &mut PgConnection,
    clock: &mut Clock,
    reason: PauseReason,
    at: Time,
) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into sla.clock_pauses (clock_id, paused_at, reason) values ($1, $2, $3)",
        clock.id.uuid(),
        at,
        reason.as_str()
    )
    .execute(tx)
    .await?;
    clock.paused_at = Some(at);
    clock.state = ClockState::Paused;
    Ok(())
}

async fn resume(
    tx: &mut PgConnection,
    book: &Book,
    clock: &mut Clock,
    at: Time,
) -> Outcome<(), SlaFault> {
    if clock.state != ClockState::Paused {
        return Ok(());
    }
    sqlx::query!(
        "update sla.clock_pauses set resumed_at = greatest($2, paused_at)
         where clock_id = $1 and resumed_at is null",
        clock.id.uuid(),
        at
    )
    .execute(tx)
    .await?;
    clock.end_pause(at);
    clock.state = ClockState::Running;
    clock.reckon(book)
}
