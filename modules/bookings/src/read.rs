//! Reading: a customer's own bookings, a technician's own visits, staff inside their scope.

use crate::Bookings;
use crate::console::zones;
use crate::rules;
use crate::state::{parse, urgency};
use axum::extract::{Path, State};
use contract_bookings::{
    BookingCard, BookingFault, BookingLine, BookingState, BookingView, ExtraLine, ExtraView,
    JobView, Rate, StoryLine,
};
use contract_catalog::{ChecklistItem, PriceLine};
use contract_sla::Promise;
use kernel::access::{Actor, Scope, may};
use kernel::{
    BookingId, ExtraCostId, Failure, GeoPoint, JobId, Money, Outcome, Page, Slug, TechnicianId,
    Text, Time, UploadId, UserId, VAT_BASIS_POINTS, VendorId,
};
use platform::Tx;
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::Deserialize;
use sqlx::PgPool;
use sqlx::types::Json;
use std::sync::Arc;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Listing {
    /// Of a booking: `confirmed`, …
    pub state: Option<BookingState>,
    pub cursor: Option<String>,
    /// 1 to 100; 20 when not said.
    pub limit: Option<u32>,
}

/// One's own bookings, newest first
#[utoipa::path(get, path = "/v1/bookings", tag = "bookings", params(Listing),
    responses((status = 200, body = Page<BookingLine>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn list(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsRead>,
    Params(listing): Params<Listing>,
) -> Result<Reply<Page<BookingLine>>, Problem> {
    page(&me.p.db, &listing, Some(permit.actor.user), None).await
}

/// Bookings inside one's scope, newest first
#[utoipa::path(get, path = "/v1/staff/bookings", tag = "staff", params(Listing),
    responses((status = 200, body = Page<BookingLine>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn inspect(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsInspect>,
    Params(listing): Params<Listing>,
) -> Result<Reply<Page<BookingLine>>, Problem> {
    page(&me.p.db, &listing, None, zones(&permit.actor)).await
}

async fn page(
    db: &PgPool,
    listing: &Listing,
    customer: Option<UserId>,
    zones: Option<Vec<String>>,
) -> Result<Reply<Page<BookingLine>>, Problem> {
    let after: Option<BookingId> = listing.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(listing.limit);
    let lines = lines(db, listing.state, customer, zones, after, size as i64 + 1).await?;
    Ok(Reply::ok(Page::from_rows(lines, size, |line| {
        cursor::encode(&line.id)
    })))
}

async fn lines(
    db: &PgPool,
    state: Option<BookingState>,
    customer: Option<UserId>,
    zones: Option<Vec<String>>,
    after: Option<BookingId>,
    size: i64,
) -> Outcome<Vec<BookingLine>, BookingFault> {
    let rows = sqlx::query!(
        r#"select b.id as "id: BookingId", b.reference, b.state, b.category as "category: Slug",
                  b.service as "service: Slug", b.service_name as "service_name: Json<Text>",
                  b.sector_name as "sector_name: Json<Text>", b.urgency, b.slot, b.total_halalas + b.materials_halalas as "total!: Money",
                  b.created_at, j.state as "job_state?", r.stars as "stars?"
           from bookings.bookings b
           left join lateral (select state from bookings.jobs where booking = b.id order by id desc limit 1) j on true
           left join bookings.ratings r on r.booking = b.id
           where ($1::uuid is null or b.customer = $1)
             and ($2::text[] is null or b.zone = any($2))
             and ($3::text is null or b.state = $3)
             and ($4::uuid is null or b.id < $4)
           order by b.id desc limit $5"#,
        customer.map(UserId::uuid),
        zones.as_deref(),
        state.map(BookingState::as_str),
        after.map(BookingId::uuid),
        size
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(BookingLine {
                id: row.id,
                reference: row.reference,
                state: parse(&row.state)?,
                job_state: row.job_state.as_deref().map(parse).transpose()?,
                category: row.category,
                service: row.service,
                service_name: row.service_name.0,
                sector_name: row.sector_name.0,
                urgency: urgency(&row.urgency),
                slot: row.slot,
                total: row.total,
                created_at: row.created_at,
                stars: row.stars.map(|stars| stars as u8),
            })
        })
        .collect()
}

/// A booking of one's own
#[utoipa::path(get, path = "/v1/bookings/{id}", tag = "bookings", params(("id" = BookingId, Path)),
    responses((status = 200, body = BookingView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn show(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsRead>,
    Path(id): Path<BookingId>,
) -> Result<Reply<BookingView>, Problem> {
    let own = Some(permit.actor.user);
    Ok(Reply::ok(whole(&me.p.db, id, own, None).await?))
}

/// Any booking inside one's scope
#[utoipa::path(get, path = "/v1/staff/bookings/{id}", tag = "staff", params(("id" = BookingId, Path)),
    responses((status = 200, body = BookingView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn inspect_one(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsInspect>,
    Path(id): Path<BookingId>,
) -> Result<Reply<BookingView>, Problem> {
    let zones = zones(&permit.actor);
    Ok(Reply::ok(whole(&me.p.db, id, None, zones).await?))
}

/// Out of scope is unknown.
async fn whole(
    db: &PgPool,
    id: BookingId,
    customer: Option<UserId>,
    zones: Option<Vec<String>>,
) -> Outcome<BookingView, BookingFault> {
    let mut tx = db.begin().await?;
    sqlx::query_scalar!(
        "select 1 as one from bookings.bookings
         where id = $1 and ($2::uuid is null or customer = $2) and ($3::text[] is null or zone = any($3))",
        id.uuid(),
        customer.map(UserId::uuid),
        zones.as_deref()
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(BookingFault::UnknownBooking)?;
    load_view(&mut tx, id).await
}

pub(crate) async fn load_view(tx: &mut Tx, id: BookingId) -> Outcome<BookingView, BookingFault> {
    let row = sqlx::query!(
        r#"select b.reference, b.state, b.lat, b.lon, b.sector as "sector: Slug",
                  b.sector_name as "sector_name: Json<Text>", b.zone as "zone: Slug", b.address_note,
                  b.category as "category: Slug", b.service as "service: Slug",
                  b.service_name as "service_name: Json<Text>", b.urgency, b.slot, b.duration_minutes,
                  q.quantity, q.promise as "promise: Json<Promise>", b.confirmed_at, b.accepted_at,
                  r.stars as "stars?", r.tags as "tags?: Json<Vec<Slug>>", r.comment as "comment?",
                  b.lines as "lines: Json<Vec<PriceLine>>", b.total_halalas as "total: Money",
                  b.materials_halalas as "materials: Money", b.fee_halalas as "fee: Money",
                  b.remedy_halalas as "remedy: Money", b.technician as "technician: TechnicianId",
                  b.vendor as "vendor: VendorId", b.created_at, j.id as "job?: JobId", j.state as "job_state?"
           from bookings.bookings b
           join bookings.quotes q on q.id = b.quote
           left join lateral (select * from bookings.jobs where booking = b.id order by id desc limit 1) j on true
           left join bookings.ratings r on r.booking = b.id
           where b.id = $1"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(BookingFault::UnknownBooking)?;
    let extras = sqlx::query!(
        r#"select id as "id: ExtraCostId", job as "job: JobId", state, lines as "lines: Json<Vec<ExtraLine>>",
                  total_halalas as "total: Money", receipt as "receipt: UploadId", requested_at, decided_at
           from bookings.extra_costs where booking = $1 order by id"#,
        id.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let story = sqlx::query_as!(
        StoryLine,
        r#"select what, was, becomes, at, details from bookings.story where booking = $1 order by seq"#,
        id.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let state = parse(&row.state)?;
    let was_held = row.confirmed_at.is_some();
    let rating = row.stars.map(|stars| Rate {
        stars: stars as u8,
        tags: row.tags.map(|tags| tags.0).unwrap_or_default(),
        comment: row.comment.unwrap_or_default(),
    });
    Ok(BookingView {
        id,
        reference: row.reference,
        state,
        pin: GeoPoint::new(row.lat, row.lon).map_err(Failure::internal)?,
        sector: row.sector,
        sector_name: row.sector_name.0,
        zone: row.zone,
        address_note: row.address_note,
        category: row.category,
        service: row.service,
        service_name: row.service_name.0,
        quantity: row.quantity as u32,
        urgency: urgency(&row.urgency),
        slot: row.slot,
        duration_minutes: row.duration_minutes as u32,
        promise: row.promise.0,
        lines: row.lines.0,
        money: rules::money(state, was_held, row.total, row.materials, row.fee),
        rating,
        rate_until: row.accepted_at.map(rules::rate_until),
        vat: (row.total + row.materials).vat_inside(VAT_BASIS_POINTS),
        total: row.total,
        materials: row.materials,
        fee: row.fee,
        remedy: row.remedy,
        job: row.job,
        job_state: row.job_state.as_deref().map(parse).transpose()?,
        technician: row.technician,
        vendor: row.vendor,
        extras: extras
            .into_iter()
            .map(|extra| ExtraView {
                id: extra.id,
                booking: id,
                job: extra.job,
                state: extra.state,
                lines: extra.lines.0,
                total: extra.total,
                receipt: extra.receipt,
                requested_at: extra.requested_at,
                decided_at: extra.decided_at,
            })
            .collect(),
        story,
        created_at: row.created_at,
    })
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct JobListing {
    /// Also those that are over.
    #[serde(default)]
    pub all: bool,
    pub cursor: Option<String>,
    pub limit: Option<u32>,
}

/// A technician's own visits, newest first
#[utoipa::path(get, path = "/v1/technician/jobs", tag = "technician", params(JobListing),
    responses((status = 200, body = Page<JobView>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn technician_jobs(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsWork>,
    Params(listing): Params<JobListing>,
) -> Result<Reply<Page<JobView>>, Problem> {
    let after: Option<JobId> = listing.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(listing.limit);
    let own = permit.actor.scope.technician;
    let jobs = own_jobs(&me.p.db, own, listing.all, after, size as i64 + 1).await?;
    Ok(Reply::ok(Page::from_rows(jobs, size, |job| {
        cursor::encode(&job.id)
    })))
}

/// A visit of one's own, or of one's vendor
#[utoipa::path(get, path = "/v1/jobs/{id}", tag = "technician", params(("id" = JobId, Path)),
    responses((status = 200, body = JobView), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn job(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::JobsRead>,
    Path(id): Path<JobId>,
) -> Result<Reply<JobView>, Problem> {
    Ok(Reply::ok(job_of(&me.p.db, id, &permit.actor).await?))
}

async fn job_of(db: &PgPool, id: JobId, actor: &Actor) -> Outcome<JobView, BookingFault> {
    let mut tx = db.begin().await?;
    // A technician sees the visits of no colleague, though both have one vendor.
    let Scope {
        technician, vendor, ..
    } = &actor.scope;
    sqlx::query_scalar!(
        "select 1 as one from bookings.jobs
         where id = $1 and (technician = $2 or $2 is null and vendor = $3)",
        id.uuid(),
        technician.map(TechnicianId::uuid),
        vendor.map(VendorId::uuid)
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(BookingFault::UnknownJob)?;
    load_job_view(&mut tx, id).await
}

struct JobRecord {
    id: JobId,
    booking: BookingId,
    reference: String,
    state: String,
    booking_state: String,
    lat: f64,
    lon: f64,
    sector_name: Json<Text>,
    address_note: String,
    service_name: Json<Text>,
    slot: Option<Time>,
    duration_minutes: i32,
    checklist: Json<Vec<ChecklistItem>>,
    eta: Option<Time>,
    arrived_at: Option<Time>,
    finished_at: Option<Time>,
}

impl JobRecord {
    fn view(self) -> Outcome<JobView, BookingFault> {
        Ok(JobView {
            id: self.id,
            booking: self.booking,
            reference: self.reference,
            state: parse(&self.state)?,
            booking_state: parse(&self.booking_state)?,
            pin: GeoPoint::new(self.lat, self.lon).map_err(Failure::internal)?,
            sector_name: self.sector_name.0,
            address_note: self.address_note,
            service_name: self.service_name.0,
            slot: self.slot,
            duration_minutes: self.duration_minutes as u32,
            checklist: self.checklist.0,
            eta: self.eta,
            arrived_at: self.arrived_at,
            finished_at: self.finished_at,
        })
    }
}

async fn own_jobs(
    db: &PgPool,
    technician: Option<TechnicianId>,
    all: bool,
    after: Option<JobId>,
    size: i64,
) -> Outcome<Vec<JobView>, BookingFault> {
    let rows = sqlx::query_as!(
        JobRecord,
        r#"select j.id as "id: JobId", j.booking as "booking: BookingId", b.reference, j.state, b.state as booking_state,
                  b.lat, b.lon, b.sector_name as "sector_name: Json<Text>", b.address_note,
                  b.service_name as "service_name: Json<Text>", b.slot, b.duration_minutes,
                  b.checklist as "checklist: Json<Vec<ChecklistItem>>", j.eta, j.arrived_at, j.finished_at
           from bookings.jobs j join bookings.bookings b on b.id = j.booking
           where j.technician = $1 and ($2 or j.state not in ('closed', 'failed', 'cancelled'))
             and ($3::uuid is null or j.id < $3)
           order by j.id desc limit $4"#,
        technician.map(TechnicianId::uuid),
        all,
        after.map(JobId::uuid),
        size
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(JobRecord::view).collect()
}

pub(crate) async fn load_job_view(tx: &mut Tx, id: JobId) -> Outcome<JobView, BookingFault> {
    sqlx::query_as!(
        JobRecord,
        r#"select j.id as "id: JobId", j.booking as "booking: BookingId", b.reference, j.state, b.state as booking_state,
                  b.lat, b.lon, b.sector_name as "sector_name: Json<Text>", b.address_note,
                  b.service_name as "service_name: Json<Text>", b.slot, b.duration_minutes,
                  b.checklist as "checklist: Json<Vec<ChecklistItem>>", j.eta, j.arrived_at, j.finished_at
           from bookings.jobs j join bookings.bookings b on b.id = j.booking
           where j.id = $1"#,
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(BookingFault::UnknownJob)?
    .view()
}

/// A booking for higher modules.
pub(crate) async fn card(db: &PgPool, id: BookingId) -> Outcome<BookingCard, BookingFault> {
    let row = sqlx::query!(
        r#"select reference, customer as "customer: UserId", vendor as "vendor: VendorId",
                  technician as "technician: TechnicianId", state, category as "category: Slug",
                  sector as "sector: Slug", total_halalas as "total: Money", created_at
           from bookings.bookings where id = $1"#,
        id.uuid()
    )
    .fetch_optional(db)
    .await?
    .ok_or(BookingFault::UnknownBooking)?;
    Ok(BookingCard {
        id,
        reference: row.reference,
        customer: row.customer,
        vendor: row.vendor,
        technician: row.technician,
        state: parse(&row.state)?,
        category: row.category,
        sector: row.sector,
        total: row.total,
        created_at: row.created_at,
    })
}
