//! Acceptance: by the customer in the app, or by the four-digit code they give the technician.

use crate::Bookings;
use crate::moves;
use crate::read::{load_job_view, load_view};
use crate::rules::FINISH_CODE_TRIES;
use crate::state::{lock, lock_own, lock_own_job};
use axum::extract::{Path, State};
use contract_bookings::{BookingFault, BookingState, BookingView, FinishCode, JobView};
use contract_notify::{Notice, Recipient};
use kernel::access::may;
use kernel::{BookingId, JobId, Outcome, Slug};
use platform::Tx;
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::queue::{Ctx, Job};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// Accepts the work
#[utoipa::path(post, path = "/v1/bookings/{id}/accept", tag = "bookings",
    params(("id" = BookingId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = BookingView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn accept(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<BookingId>,
) -> Result<Reply<BookingView>, Problem> {
    idem.once(&me.p, &permit.actor, &(), async |mut tx: Tx| {
        let (mut booking, job) = lock_own(&mut tx, id, &permit.actor).await?;
        let mut job = job.ok_or(BookingFault::UnknownJob)?;
        let by = Some(permit.actor.user);
        moves::accept(&mut tx, me.p.now(), &mut booking, &mut job, by).await?;
        let view = load_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

/// Accepts the work with the customer's code
///
/// Five tries; then only the customer's app can accept.
#[utoipa::path(post, path = "/v1/jobs/{id}/accept", tag = "technician", request_body = FinishCode,
    params(("id" = JobId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = JobView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn accept_with_code(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    idem: Idempotency,
    Path(id): Path<JobId>,
    Body(command): Body<FinishCode>,
) -> Result<Reply<JobView>, Problem> {
    // A wrong try must count although the request is refused: it is written first, by itself.
    me.count_try(id, &permit, &command.code).await?;
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        let (mut booking, mut job) = lock_own_job(&mut tx, id, &permit.actor).await?;
        if booking.state == BookingState::AwaitingAcceptance {
            moves::accept(
                &mut tx,
                me.p.now(),
                &mut booking,
                &mut job,
                Some(permit.actor.user),
            )
            .await?;
        }
        let view = load_job_view(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

impl Bookings {
    async fn count_try(
        &self,
        id: JobId,
        permit: &Permit<may::JobsWork>,
        code: &str,
    ) -> Outcome<(), BookingFault> {
        let mut tx = self.p.db.begin().await?;
        let (booking, _) = lock_own_job(&mut tx, id, &permit.actor).await?;
        let right = bool::from(code.trim().as_bytes().ct_eq(booking.finish_code.as_bytes()));
        if booking.finish_tries >= FINISH_CODE_TRIES {
            return Err(BookingFault::FinishCodeLocked.into());
        }
        if right {
            return match booking.state {
                // Repeating an accepted code is answered by the remembered reply.
                BookingState::AwaitingAcceptance
                | BookingState::Accepted
                | BookingState::Settled => Ok(()),
                state => Err(BookingFault::NotAllowed {
                    state: state.as_str().into(),
                    action: "accept".into(),
                }
                .into()),
            };
        }
        sqlx::query!(
            "update bookings.bookings set finish_tries = finish_tries + 1 where id = $1",
            booking.id.uuid()
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        let tries_left = (FINISH_CODE_TRIES - booking.finish_tries - 1) as u32;
        Err(BookingFault::WrongFinishCode { tries_left }.into())
    }
}

/// Tells the customer the code to hand over. The code itself stays with the booking until then: a
/// copy of the queue does not tell it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TellCode {
    pub booking: BookingId,
    pub job: JobId,
}
impl Job for TellCode {
    const NAME: &'static str = "bookings.tell_code";
}

impl Bookings {
    pub(crate) async fn tell_code(&self, ctx: Ctx, job: TellCode) -> anyhow::Result<()> {
        let mut tx = ctx.begin().await?;
        let (booking, _) = lock(&mut tx, job.booking).await?;
        drop(tx);
        if booking.state != BookingState::AwaitingAcceptance {
            // Accepted meanwhile: it opens nothing any more.
            return Ok(());
        }
        self.below
            .notify
            .send(Notice {
                key: format!("finish:{}", job.job),
                to: Recipient::User(booking.customer),
                template: Slug::parse("finish_code")?,
                params: BTreeMap::from([("code".to_owned(), booking.finish_code)]),
            })
            .await?;
        Ok(())
    }
}
