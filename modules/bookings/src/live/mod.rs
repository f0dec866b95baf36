//! What people who watch are told as it happens. A change leaves a job [`Touch`] in its
//! transaction; the job leaves a note in the streams `live:staff` and `live:customers`; each process
//! that somebody listens to asks what the notes mean and says it (`platform::live`).

mod customers;
mod staff;
mod stream;
mod ticker;

pub(crate) use stream::{__path_customer_live, __path_staff_live, customer_live, staff_live};

use crate::{Below, Bookings};
use contract_notify::MessageStored;
use contract_sla::AlarmsChanged;
use customers::{CustomerNote, Customers};
use kernel::{BookingId, JobId, Time, UserId};
use platform::Platform;
use platform::live::Follower;
use platform::queue::{Ctx, Job, Registry, Run, enqueue};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use staff::{Staff, StaffNote};
use std::sync::Arc;
use ticker::Ticker;

/// The two streams.
pub(crate) struct Lanes {
    pub(crate) staff: Arc<Follower<Staff>>,
    pub(crate) customers: Arc<Follower<Customers>>,
    ticker: Arc<Ticker>,
}

impl Lanes {
    pub(crate) fn new(p: &Platform, below: &Below) -> Self {
        let staff = Follower::new(
            p.clone(),
            Staff {
                db: p.db.clone(),
                below: below.clone(),
            },
        );
        let customers = Follower::new(p.clone(), Customers { db: p.db.clone() });
        Self {
            ticker: Ticker::new(&staff),
            staff,
            customers,
        }
    }

    /// The job's line is different.
    pub(crate) async fn job(&self, job: JobId) {
        self.staff.try_note(&[StaffNote::Job { job }]).await;
    }

    /// Expected arrivals have changed.
    pub(crate) async fn arrivals(&self, changed: &[(JobId, BookingId, UserId)]) {
        let staff: Vec<StaffNote> = changed
            .iter()
            .map(|(job, _, _)| StaffNote::Job { job: *job })
            .collect();
        let customers: Vec<CustomerNote> = changed
            .iter()
            .map(|(_, booking, to)| CustomerNote::Booking {
                to: *to,
                booking: *booking,
            })
            .collect();
        self.staff.try_note(&staff).await;
        self.customers.try_note(&customers).await;
    }
}

/// Something about a booking or its visit is new.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Touch {
    pub booking: BookingId,
}
impl Job for Touch {
    const NAME: &'static str = "bookings.touch";
}

/// How often a note is tried.
const ATTEMPTS: i32 = 3;

/// Tells those who watch, once the transaction is committed; several changes at once are one.
pub(crate) async fn touch(
    tx: &mut PgConnection,
    now: Time,
    booking: BookingId,
) -> sqlx::Result<()> {
    enqueue(
        tx,
        &Touch { booking },
        Run::now(now).unique(booking.to_string()),
    )
    .await
}

pub(crate) fn register(me: &Arc<Bookings>, registry: &mut Registry) {
    let this = me.clone();
    registry.job(move |ctx: Ctx, touch: Touch| {
        let this = this.clone();
        async move { over(&ctx, this.touched(touch.booking).await) }
    });
    let this = me.clone();
    registry.on(
        "bookings.on_alarms_changed",
        move |ctx: Ctx, event: AlarmsChanged| {
            let this = this.clone();
            async move {
                // The line too: a clock that warns or is late shows it.
                let job = StaffNote::Job { job: event.job };
                let alarms = event
                    .alarms
                    .into_iter()
                    .map(|alarm| StaffNote::Alarm { alarm });
                let notes: Vec<StaffNote> = std::iter::once(job).chain(alarms).collect();
                over(&ctx, this.lanes.staff.note(&notes).await)
            }
        },
    );
    let this = me.clone();
    registry.on(
        "bookings.on_message_stored",
        move |ctx: Ctx, event: MessageStored| {
            let this = this.clone();
            async move {
                let note = CustomerNote::Message { to: event.user };
                over(&ctx, this.lanes.customers.note(&[note]).await)
            }
        },
    );
}

/// A note that can't be left is tried again for a while; then it is lost, and whoever listened
/// starts over anyway once Redis is back.
fn over(ctx: &Ctx, noted: anyhow::Result<()>) -> anyhow::Result<()> {
    match noted {
        Err(e) if ctx.attempt >= ATTEMPTS => {
            tracing::warn!(cause = %format!("{e:#}"), "a live note was lost");
            Ok(())
        }
        other => other,
    }
}

impl Bookings {
    async fn touched(&self, booking: BookingId) -> anyhow::Result<()> {
        let row = sqlx::query!(
            r#"select b.customer as "customer: UserId", j.id as "job?: JobId"
               from bookings.bookings b
               left join lateral (select id from bookings.jobs where booking = b.id order by id desc limit 1) j on true
               where b.id = $1"#,
            booking.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        if let Some(job) = row.job {
            self.lanes.staff.note(&[StaffNote::Job { job }]).await?;
        }
        let note = CustomerNote::Booking {
            to: row.customer,
            booking,
        };
        self.lanes.customers.note(&[note]).await
    }
}
