//! Dispatch over a real database, with vendors, location and SLA played by fakes: a flat city
//! where everyone drives ten metres a second.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use async_trait::async_trait;
use contract_dispatch::*;
use contract_location::*;
use contract_sla::*;
use contract_vendors::*;
use dispatch::{Dispatch, DispatchSettings, MIGRATOR};
use kernel::access::{Actor, Role};
use kernel::*;
use platform::queue::Ctx;
use platform::testing::{TestHttp, TestPlatform, actor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

pub const PIN: (f64, f64) = (24.80, 46.65);

pub fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

pub fn point((lat, lon): (f64, f64)) -> GeoPoint {
    GeoPoint::new(lat, lon).unwrap()
}

/// So many kilometres north of the usual pin.
pub fn north(km: f64) -> GeoPoint {
    point((PIN.0 + km / 111.195, PIN.1))
}

#[derive(Default)]
pub struct FakeVendors(pub Mutex<Vec<TechnicianCard>>);

#[async_trait]
impl Vendors for FakeVendors {
    async fn eligible(&self, query: EligibleQuery) -> Outcome<Vec<TechnicianCard>, VendorFault> {
        let fits =
            |card: &&TechnicianCard| query.skills.iter().all(|skill| card.skills.contains(skill));
        let mut cards: Vec<_> = self
            .0
            .lock()
            .unwrap()
            .iter()
            .filter(fits)
            .cloned()
            .collect();
        cards.sort_by_key(|card| card.id);
        Ok(cards)
    }
    async fn technicians(
        &self,
        ids: Vec<TechnicianId>,
    ) -> Outcome<Vec<TechnicianCard>, VendorFault> {
        let cards = self.0.lock().unwrap();
        Ok(cards
            .iter()
            .filter(|card| ids.contains(&card.id))
            .cloned()
            .collect())
    }
    async fn vendor(&self, _: VendorId) -> Outcome<VendorCard, VendorFault> {
        Err(VendorFault::UnknownVendor.into())
    }
    async fn coverage(&self, _: Slug, _: Slug) -> Outcome<u32, VendorFault> {
        Ok(0)
    }
    async fn enrol_vendor(&self, _: EnrolVendor) -> Outcome<VendorId, VendorFault> {
        Err(VendorFault::UnknownVendor.into())
    }
    async fn enrol_technician(&self, _: EnrolTechnician) -> Outcome<TechnicianId, VendorFault> {
        Err(VendorFault::UnknownVendor.into())
    }
}

#[derive(Default)]
pub struct FakeLocation(pub Mutex<BTreeMap<TechnicianId, Position>>);

#[async_trait]
impl Location for FakeLocation {
    async fn locate(&self, _: GeoPoint) -> Outcome<Place, LocationFault> {
        Err(LocationFault::NoZones.into())
    }
    async fn travel(&self, legs: Vec<Leg>, _: Time) -> Outcome<Vec<Travel>, LocationFault> {
        let travel = |leg: Leg| {
            let distance_m = leg.from.distance_m(leg.to).round() as u32;
            Travel {
                distance_m,
                seconds: distance_m / 10,
            }
        };
        Ok(legs.into_iter().map(travel).collect())
    }
    async fn nearby(
        &self,
        _: GeoPoint,
        _: u32,
        _: u32,
        _: Time,
    ) -> Outcome<Vec<Nearby>, LocationFault> {
        Ok(vec![])
    }
    async fn report(&self, _: Report) -> Outcome<(), LocationFault> {
        Ok(())
    }
    async fn positions(
        &self,
        ids: Vec<TechnicianId>,
        _: Time,
    ) -> Outcome<Vec<Position>, LocationFault> {
        let known = self.0.lock().unwrap();
        Ok(ids.iter().filter_map(|id| known.get(id).copied()).collect())
    }
    async fn moved(&self, _: Option<String>, _: Time) -> Outcome<Sightings, LocationFault> {
        Ok(Sightings {
            mark: String::new(),
            whole: true,
            moved: vec![],
        })
    }
    async fn address(&self, _: GeoPoint, _: Lang) -> Outcome<Option<StreetAddress>, LocationFault> {
        Ok(None)
    }
    async fn sectors(&self) -> Outcome<Vec<Sector>, LocationFault> {
        Ok(vec![])
    }
    async fn trail(&self, _: JobId, _: TechnicianId) -> Outcome<Vec<Position>, LocationFault> {
        Ok(vec![])
    }
}

#[derive(Default)]
pub struct FakeSla(pub Mutex<Vec<(JobId, Time)>>);

#[async_trait]
impl Sla for FakeSla {
    async fn promise(&self, _: PromiseQuery) -> Outcome<Promise, SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
    async fn start(&self, _: StartClocks) -> Outcome<Promise, SlaFault> {
        Err(SlaFault::NoPolicy.into())
    }
    async fn command(&self, _: JobId, _: ClockCommand, _: Time) -> Outcome<(), SlaFault> {
        Ok(())
    }
    async fn clocks(&self, _: Vec<JobId>) -> Outcome<Vec<(JobId, ClockView)>, SlaFault> {
        Ok(vec![])
    }
    async fn predict(
        &self,
        job: JobId,
        _: ClockKind,
        expected: Time,
        _: Time,
    ) -> Outcome<(), SlaFault> {
        self.0.lock().unwrap().push((job, expected));
        Ok(())
    }
    async fn open_alarms(&self, _: Option<Vec<Slug>>, _: u32) -> Outcome<Vec<Alarm>, SlaFault> {
        Ok(vec![])
    }
    async fn alarms(&self, _: Vec<AlarmId>) -> Outcome<Vec<Alarm>, SlaFault> {
        Ok(vec![])
    }
    async fn is_open(&self, _: Slug, _: Time) -> Outcome<bool, SlaFault> {
        Ok(true)
    }
}

/// What dispatch published, in order, as `(event, payload)`.
pub type Heard = Arc<Mutex<Vec<(&'static str, Value)>>>;

pub struct World {
    pub t: TestPlatform,
    pub dispatch: Arc<Dispatch>,
    pub http: TestHttp,
    pub vendors: Arc<FakeVendors>,
    pub location: Arc<FakeLocation>,
    pub sla: Arc<FakeSla>,
    pub heard: Heard,
}

impl World {
    pub async fn start() -> Self {
        Self::with(DispatchSettings::default()).await
    }

    pub async fn with(settings: DispatchSettings) -> Self {
        let mut t = TestPlatform::start(&[&MIGRATOR]).await;
        let (vendors, location, sla) = (Arc::default(), Arc::default(), Arc::default());
        let (v, l, s): (Arc<FakeVendors>, Arc<FakeLocation>, Arc<FakeSla>) =
            (vendors, location, sla);
        let dispatch = Dispatch::new(
            t.platform.clone(),
            v.clone(),
            l.clone(),
            s.clone(),
            settings,
        );
        dispatch.register(&mut t.registry);
        let heard = Heard::default();
        listen::<JobOffered>(&mut t, &heard, "test.offered");
        listen::<JobRequeued>(&mut t, &heard, "test.requeued");
        listen::<JobAssigned>(&mut t, &heard, "test.assigned");
        listen::<JobEscalated>(&mut t, &heard, "test.escalated");
        listen::<TechnicianReleased>(&mut t, &heard, "test.released");
        t.subscribe().await;
        let http = t.http(dispatch.router().into());
        Self {
            t,
            dispatch,
            http,
            vendors: v,
            location: l,
            sla: s,
            heard,
        }
    }

    pub fn now(&self) -> Time {
        self.t.now()
    }

    /// Moves the clock and runs what has become due.
    pub async fn pass(&self, time_s: i64) {
        self.t.clock.advance(seconds(time_s));
        self.t.run_pending_jobs().await;
    }

    /// A technician on shift who stands there.
    pub fn technician(&self, at: GeoPoint) -> TechnicianId {
        self.known_technician(TechnicianId::new(), at)
    }

    pub fn known_technician(&self, id: TechnicianId, at: GeoPoint) -> TechnicianId {
        self.vendors.0.lock().unwrap().push(TechnicianCard {
            id,
            user: UserId::new(),
            vendor: VendorId::from_uuid(id.uuid()),
            vendor_name: Text::new("شركة", "Company"),
            vendor_tier: slug("basic"),
            name: Text::new("سالم", "Salem"),
            skills: vec![slug("plumbing.general")],
            home: at,
            on_shift: true,
            quality: 0.8,
            skill_fit: 0.5,
        });
        self.place(id, at, true);
        id
    }

    pub fn place(&self, technician: TechnicianId, point: GeoPoint, fresh: bool) {
        let at = self.now();
        let position = Position {
            technician,
            point,
            at,
            fresh,
        };
        self.location.0.lock().unwrap().insert(technician, position);
    }

    pub fn card(&self, id: TechnicianId, change: impl FnOnce(&mut TechnicianCard)) {
        let mut cards = self.vendors.0.lock().unwrap();
        change(cards.iter_mut().find(|card| card.id == id).unwrap());
    }

    /// An immediate job at the usual pin: 90 minutes to arrive, 15 to respond.
    pub fn job(&self) -> DispatchRequest {
        let now = self.now();
        DispatchRequest {
            job: JobId::new(),
            booking: BookingId::new(),
            service_name: Text::new("كشف تسريب", "Leak detection"),
            category: slug("plumbing"),
            skills: vec![slug("plumbing.general")],
            pin: point(PIN),
            sector: slug("al-yasmin"),
            sector_name: Text::new("الياسمين", "Al Yasmin"),
            zone: slug("north"),
            urgency: Urgency::Immediate,
            earliest: now,
            duration_minutes: 60,
            respond_by: now + minutes(15),
            arrive_by: now + minutes(90),
            preferred: None,
        }
    }

    /// A visit so many hours from now, with half an hour's grace.
    pub fn visit(&self, in_hours: i64) -> DispatchRequest {
        let earliest = self.now() + hours(in_hours);
        DispatchRequest {
            urgency: Urgency::Scheduled,
            earliest,
            respond_by: self.now() + hours(2),
            arrive_by: earliest + minutes(30),
            ..self.job()
        }
    }

    /// Asks for a technician and lets the window pass.
    pub async fn ask(&self, request: &DispatchRequest) -> JobId {
        contract_dispatch::Dispatch::request(&*self.dispatch, request.clone())
            .await
            .unwrap();
        self.pass(2).await;
        request.job
    }

    /// Whom the job is offered to now, and the offer.
    pub async fn offer(&self, job: JobId) -> Option<(TechnicianId, OfferId)> {
        let story = self.story(job).await;
        let open = story
            .offers
            .into_iter()
            .find(|offer| offer.state == OfferState::Open);
        open.map(|offer| (offer.technician.id, offer.id))
    }

    pub async fn story(&self, job: JobId) -> JobStory {
        let path = format!("/v1/dispatch/jobs/{job}");
        serde_json::from_value(self.http.as_actor(&dispatcher(None)).get(&path).await.ok()).unwrap()
    }

    pub async fn holder(&self, job: JobId) -> Option<TechnicianId> {
        let held = contract_dispatch::Dispatch::assignment(&*self.dispatch, job)
            .await
            .unwrap();
        held.map(|assignment| assignment.technician)
    }

    pub fn as_technician(&self, id: TechnicianId) -> TestHttp {
        self.http.as_actor(&technician_actor(id))
    }

    pub fn as_dispatcher(&self) -> TestHttp {
        self.http.as_actor(&dispatcher(None))
    }

    /// Asks, and the chosen one accepts.
    pub async fn assigned(&self, request: &DispatchRequest) -> TechnicianId {
        let job = self.ask(request).await;
        let (who, offer) = self.offer(job).await.expect("an offer");
        self.as_technician(who).post(&accept(offer), &()).await.ok();
        self.t.run_pending_jobs().await;
        who
    }

    /// The events of this kind about this job.
    pub fn heard(&self, event: &str, job: JobId) -> Vec<Value> {
        let job = serde_json::json!(job);
        let heard = self.heard.lock().unwrap();
        let about = |v: &Value| v["job"] == job || v["assignment"]["job"] == job;
        heard
            .iter()
            .filter(|(name, v)| *name == event && about(v))
            .map(|(_, v)| v.clone())
            .collect()
    }
}

fn listen<E: Event>(t: &mut TestPlatform, heard: &Heard, subscriber: &'static str) {
    let heard = heard.clone();
    t.registry.on(subscriber, move |_: Ctx, event: E| {
        heard
            .lock()
            .unwrap()
            .push((E::NAME, serde_json::to_value(&event).unwrap()));
        async { Ok(()) }
    });
}

pub fn accept(offer: OfferId) -> String {
    format!("/v1/offers/{offer}/accept")
}

pub fn decline(offer: OfferId) -> String {
    format!("/v1/offers/{offer}/decline")
}

pub fn technician_actor(id: TechnicianId) -> Actor {
    let mut actor = actor(Role::Technician);
    actor.scope.technician = Some(id);
    actor
}

pub fn dispatcher(zones: Option<&[&str]>) -> Actor {
    let mut actor = actor(Role::Dispatcher);
    actor.scope.zones = zones.map(|zones| zones.iter().map(|zone| slug(zone)).collect());
    actor
}

pub fn no_reason() -> Value {
    serde_json::json!({ "reason": "busy" })
}
