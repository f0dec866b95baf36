//! Extra cost: material the work turned out to need, with a photographed receipt. The customer
//! decides; a yes places a second hold before the work goes on.

use crate::checkout::{Tries, derive};
use crate::launch::{MoveClocks, Tell};
use crate::rules::{JobAction, extra_total};
use crate::state::{BookingRow, JobRow, lock, lock_own_job, move_job, tell};
use crate::{Bookings, uploads};
use axum::extract::{Path, State};
use contract_bookings::{ApproveExtra, AskExtra, BookingFault, ExtraLine, ExtraPayment, ExtraView};
use contract_settlement::{HoldPurpose, HoldStatus, PayWith};
use contract_sla::{ClockCommand, PauseReason};
use kernel::access::{Actor, may};
use kernel::{BookingId, ExtraCostId, JobId, Money, Outcome, Time, UploadId};
use platform::Tx;
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use platform::queue::{Run, enqueue};
use serde_json::json;
use sqlx::types::Json;
use std::sync::Arc;
use uuid::Uuid;

/// Asks for extra cost
///
/// The clocks stand still until the customer has decided.
#[utoipa::path(post, path = "/v1/jobs/{id}/extra-costs", tag = "technician", request_body = AskExtra,
    params(("id" = JobId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 201, body = ExtraView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn ask(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    idem: Idempotency,
    Path(id): Path<JobId>,
    Body(command): Body<AskExtra>,
) -> Result<Reply<ExtraView>, Problem> {
    let reply = idem
        .once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
            let extra = request(&mut tx, me.p.now(), &permit.actor, id, &command).await?;
            let view = load(&mut tx, extra).await?;
            Ok((tx, view))
        })
        .await?;
    Ok(reply.as_created())
}

async fn request(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: JobId,
    command: &AskExtra,
) -> Outcome<ExtraCostId, BookingFault> {
    let total = extra_total(&command.lines)?;
    let (booking, mut job) = lock_own_job(tx, id, actor).await?;
    uploads::take(tx, command.receipt, actor.user, booking.id)
        .await
        .map_err(|failure| match failure.refused() {
            Some(BookingFault::UnknownUpload) => BookingFault::ReceiptMissing.into(),
            _ => failure,
        })?;
    move_job(
        tx,
        now,
        booking.id,
        &mut job,
        JobAction::AskForExtra,
        Some(actor.user),
    )
    .await?;
    let extra = ExtraCostId::new();
    sqlx::query!(
        "insert into bookings.extra_costs (id, booking, job, state, lines, total_halalas, receipt, requested_at)
         values ($1, $2, $3, 'pending', $4, $5, $6, $7)",
        extra.uuid(),
        booking.id.uuid(),
        id.uuid(),
        Json(&command.lines) as _,
        total.halalas(),
        command.receipt.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    let pause = MoveClocks {
        job: id,
        command: ClockCommand::Pause {
            reason: PauseReason::Approval,
        },
        at: now,
    };
    enqueue(tx, &pause, Run::now(now)).await?;
    let told = Tell::new(
        format!("extra:{extra}"),
        booking.customer,
        "extra_cost_requested",
        &[("amount", total.to_string())],
    );
    enqueue(tx, &told, Run::now(now)).await?;
    Ok(extra)
}

/// Approves extra cost
///
/// Places a second hold. Declined cards and challenges as at checkout.
#[utoipa::path(post, path = "/v1/extra-costs/{id}/approve", tag = "bookings", request_body = ApproveExtra,
    params(("id" = ExtraCostId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = ExtraPayment), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn approve(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<ExtraCostId>,
    Body(command): Body<ApproveExtra>,
) -> Result<Reply<ExtraPayment>, Problem> {
    let card = command.with().map_err(|fault| Problem::of(&fault))?;
    idem.resumable(&me.p, &permit.actor, &command, async || {
        me.approve(id, &permit.actor, card, idem.key).await
    })
    .await
}

/// Declines extra cost
///
/// The work goes on without it.
#[utoipa::path(post, path = "/v1/extra-costs/{id}/decline", tag = "bookings",
    params(("id" = ExtraCostId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = ExtraView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn decline(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<ExtraCostId>,
) -> Result<Reply<ExtraView>, Problem> {
    idem.once(&me.p, &permit.actor, &(), async |mut tx: Tx| {
        let now = me.p.now();
        let (booking, job, _) = pending(&mut tx, id, &permit.actor).await?;
        decided(&mut tx, now, &booking, job, id, "declined", &permit.actor).await?;
        let view = load(&mut tx, id).await?;
        Ok((tx, view))
    })
    .await
}

impl Bookings {
    async fn approve(
        &self,
        id: ExtraCostId,
        actor: &Actor,
        card: PayWith,
        key: Uuid,
    ) -> Outcome<ExtraPayment, BookingFault> {
        let mut tx = self.p.db.begin().await?;
        let (booking, _, total) = pending(&mut tx, id, actor).await?;
        let key = derive(key, id.uuid());
        let tries = sqlx::query_as!(
            Tries,
            "select payments as made, payment_key as last from bookings.extra_costs where id = $1",
            id.uuid()
        )
        .fetch_one(&mut *tx)
        .await?;
        if let Some(number) = tries.next(key, self.settings.limits.payment_tries)? {
            sqlx::query!(
                "update bookings.extra_costs set payments = $2, payment_key = $3 where id = $1",
                id.uuid(),
                number,
                key
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        let purpose = HoldPurpose::Extra(id);
        let hold = self
            .place_hold(booking.id, actor, purpose, total, key, card)
            .await?;
        let mut tx = self.p.db.begin().await?;
        if hold.status == HoldStatus::Authorized {
            let (mut booking, job) = lock(&mut tx, booking.id).await?;
            self.extra_paid(&mut tx, self.p.now(), &mut booking, job, id, hold.amount)
                .await?;
        }
        let extra = load(&mut tx, id).await?;
        tx.commit().await?;
        Ok(ExtraPayment {
            challenge_url: hold.challenge_url.clone(),
            extra,
            hold,
        })
    }

    /// The second hold stands: the material is part of what will be settled. News that comes
    /// twice, or after the customer changed their mind, changes nothing here; a hold that no
    /// longer has a purpose is released when the booking is settled.
    pub(crate) async fn extra_paid(
        &self,
        tx: &mut Tx,
        now: Time,
        booking: &mut BookingRow,
        job: Option<JobRow>,
        extra: ExtraCostId,
        amount: Money,
    ) -> Outcome<(), BookingFault> {
        let row = sqlx::query!(
            r#"select state, total_halalas as "total: Money", job as "job: JobId"
               from bookings.extra_costs where id = $1 and booking = $2"#,
            extra.uuid(),
            booking.id.uuid()
        )
        .fetch_optional(&mut **tx)
        .await?
        .ok_or(BookingFault::UnknownExtra)?;
        let Some(job) = job.filter(|job| job.id == row.job) else {
            return Ok(());
        };
        if row.state != "pending" || row.total != amount {
            return Ok(());
        }
        sqlx::query!(
            "update bookings.bookings set materials_halalas = materials_halalas + $2 where id = $1",
            booking.id.uuid(),
            amount.halalas()
        )
        .execute(&mut **tx)
        .await?;
        booking.materials += amount;
        close(tx, now, booking, job, extra, "approved", None).await
    }
}

/// Locks a pending extra cost for the customer who decides.
async fn pending(
    tx: &mut Tx,
    id: ExtraCostId,
    actor: &Actor,
) -> Outcome<(BookingRow, JobRow, Money), BookingFault> {
    let row = sqlx::query!(
        r#"select booking as "booking: BookingId", job as "job: JobId" from bookings.extra_costs where id = $1"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(BookingFault::UnknownExtra)?;
    let (booking, job) = lock(tx, row.booking).await?;
    if booking.customer != actor.user {
        return Err(BookingFault::UnknownExtra.into());
    }
    let now = sqlx::query!(
        r#"select state, total_halalas as "total: Money" from bookings.extra_costs where id = $1"#,
        id.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    let job = job
        .filter(|job| job.id == row.job)
        .ok_or(BookingFault::UnknownJob)?;
    if now.state != "pending" {
        return Err(BookingFault::NotAllowed {
            state: now.state,
            action: "decide".into(),
        }
        .into());
    }
    Ok((booking, job, now.total))
}

async fn decided(
    tx: &mut Tx,
    now: Time,
    booking: &BookingRow,
    job: JobRow,
    id: ExtraCostId,
    state: &str,
    actor: &Actor,
) -> Outcome<(), BookingFault> {
    close(tx, now, booking, job, id, state, Some(actor.user)).await
}

async fn close(
    tx: &mut Tx,
    now: Time,
    booking: &BookingRow,
    mut job: JobRow,
    id: ExtraCostId,
    state: &str,
    by: Option<kernel::UserId>,
) -> Outcome<(), BookingFault> {
    sqlx::query!(
        "update bookings.extra_costs set state = $2, decided_at = $3 where id = $1",
        id.uuid(),
        state,
        now
    )
    .execute(&mut **tx)
    .await?;
    move_job(tx, now, booking.id, &mut job, JobAction::ExtraDecided, by).await?;
    tell(
        tx,
        now,
        booking.id,
        Some(job.id),
        "extra_cost",
        Some("pending"),
        Some(state),
        by,
        json!({ "id": id }),
    )
    .await?;
    let resume = MoveClocks {
        job: job.id,
        command: ClockCommand::Resume,
        at: now,
    };
    enqueue(tx, &resume, Run::now(now)).await?;
    Ok(())
}

pub(crate) async fn load(tx: &mut Tx, id: ExtraCostId) -> Outcome<ExtraView, BookingFault> {
    let row = sqlx::query!(
        r#"select booking as "booking: BookingId", job as "job: JobId", state, lines as "lines: Json<Vec<ExtraLine>>",
                  total_halalas as "total: Money", receipt as "receipt: UploadId", requested_at, decided_at
           from bookings.extra_costs where id = $1"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(BookingFault::UnknownExtra)?;
    Ok(ExtraView {
        id,
        booking: row.booking,
        job: row.job,
        state: row.state,
        lines: row.lines.0,
        total: row.total,
        receipt: row.receipt,
        requested_at: row.requested_at,
        decided_at: row.decided_at,
    })
}
