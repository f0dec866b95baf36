//! What technicians do.

use crate::agenda::Step;
use crate::api::Api;
use crate::chance::Chance;
use crate::city::{AT_ONCE, City};
use crate::ground::{self, Journey};
use crate::person::Person;
use crate::photo;
use crate::wire::{Extra, JobView, Upload};
use contract_bookings::JobState;
use contract_dispatch::{Assignment, OfferAnswer, OfferView, QueueItem};
use contract_location::PingsTaken;
use futures::StreamExt;
use jiff::SignedDuration;
use kernel::{BookingId, GeoPoint, JobId, Page, Time, UploadId, hours, minutes, seconds};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A shift is said again before the platform takes it for forgotten.
const SHIFT_EVERY_H: i64 = 8;
/// Who wanders off turns back here.
const ROAMS_M: f64 = 3_000.0;
/// Without a job nobody hurries: so far a minute.
const HOMEWARD_M: f64 = 400.0;
/// How long the news of an assignment may take to be seen, real time.
const NEWS_PATIENCE: Duration = Duration::from_secs(20);

/// A job taken and not done.
#[derive(Debug, Clone)]
struct Visit {
    job: JobId,
    booking: BookingId,
    view: JobView,
    /// The hour to leave has come and gone.
    due: bool,
}

pub(crate) struct Technician {
    pub person: Person,
    pub chance: Chance,
    home: GeoPoint,
    at: GeoPoint,
    journey: Option<Journey>,
    on_shift: bool,
    visits: Vec<Visit>,
    /// The job on the way to or at work on.
    current: Option<JobId>,
    /// Finished and not yet accepted.
    pub done: BTreeMap<BookingId, JobId>,
}

impl Technician {
    pub(crate) fn new(person: Person, chance: Chance, home: GeoPoint) -> Self {
        Self {
            person,
            chance,
            home,
            at: home,
            journey: None,
            on_shift: false,
            visits: Vec::new(),
            current: None,
            done: BTreeMap::new(),
        }
    }

    fn position(&self, now: Time) -> GeoPoint {
        self.journey
            .map_or(self.at, |journey| journey.position(now))
    }
    fn visit(&self, job: JobId) -> Option<&Visit> {
        self.visits.iter().find(|visit| visit.job == job)
    }
    /// Between jobs: a little further, never far from home.
    fn wander(&mut self) {
        let from_home_m = self.at.distance_m(self.home);
        if from_home_m > ROAMS_M {
            self.at = self.at.towards(self.home, HOMEWARD_M / from_home_m);
        } else {
            let (north, east) = (
                self.chance.between(-120.0, 120.0),
                self.chance.between(-120.0, 120.0),
            );
            self.at = ground::moved(self.at, north, east);
        }
    }
    async fn report(&mut self, api: &Api, now: Time) -> anyhow::Result<()> {
        let point = self.position(now);
        let ping = json!({ "lat": point.lat(), "lon": point.lon(), "job": self.current });
        let path = "/v1/technician/position";
        let _ = self
            .person
            .post::<PingsTaken>(api, now, path, &ping)
            .await?;
        Ok(())
    }
    /// The checklist with its photo, done.
    async fn checklist(&mut self, api: &Api, now: Time, job: JobId) -> anyhow::Result<Vec<Value>> {
        let items = self
            .visit(job)
            .map_or_else(Vec::new, |visit| visit.view.checklist.clone());
        let mut photo = None;
        if items.iter().any(|item| item.photo) {
            photo = self.photo(api, now).await?;
        }
        let done = |item: &contract_catalog::ChecklistItem| json!({ "slug": item.slug, "done": true, "photo": photo.filter(|_| item.photo) });
        Ok(items.iter().map(done).collect())
    }
    async fn photo(&mut self, api: &Api, now: Time) -> anyhow::Result<Option<UploadId>> {
        let picture = photo::png((self.chance.unit() * 255.0) as u8);
        let upload = self.person.upload::<Upload>(api, now, &picture).await?;
        Ok(upload.ok().map(|upload| upload.id))
    }
}

impl City {
    pub(crate) async fn shift(&mut self, number: usize) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let worker = &mut self.technicians[number];
        worker.report(&api, now).await?;
        let body = json!({ "on": true });
        worker.on_shift = worker
            .person
            .put::<Value>(&api, now, "/v1/technician/shift", &body)
            .await?
            .is_ok();
        if !self.closing() {
            self.plan(hours(SHIFT_EVERY_H), Step::Shift { technician: number });
        }
        self.settle(false).await
    }

    /// All telephones at once: nobody's position depends on another's.
    pub(crate) async fn positions(&mut self, idle_too: bool) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let whole_minute = now.as_seconds().rem_euclid(60) < 30;
        let mut reports = Vec::new();
        for worker in self.technicians.iter_mut().filter(|worker| worker.on_shift) {
            if worker.current.is_none() {
                if !(whole_minute && idle_too) {
                    continue;
                }
                worker.wander();
            }
            reports.push(worker.report(&api, now));
        }
        let mut reports = futures::stream::iter(reports).buffer_unordered(AT_ONCE);
        while let Some(reported) = reports.next().await {
            reported?;
        }
        Ok(())
    }

    /// New offers ring on their technicians' telephones; who looks, looks after a while.
    pub(crate) async fn offers(&mut self) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let path = "/v1/dispatch/queue?state=offered&limit=100";
        let Ok(queue) = self
            .dispatcher
            .get::<Page<QueueItem>>(&api, now, path)
            .await?
        else {
            return Ok(());
        };
        for item in queue.items {
            let technician = item
                .technician
                .and_then(|who| self.by_technician.get(&who.id).copied());
            if let Some(technician) = technician
                && self.offered.insert((item.job, item.round))
            {
                let chance = &mut self.technicians[technician].chance;
                let after = chance.seconds(3, 25);
                // Four in a hundred don't hear it.
                if !chance.percent(4.0) {
                    self.plan(
                        after,
                        Step::Answer {
                            technician,
                            job: item.job,
                        },
                    );
                }
            }
        }
        Ok(())
    }

    pub(crate) async fn answer(&mut self, number: usize, job: JobId) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let worker = &mut self.technicians[number];
        let declines = worker.chance.percent(8.0 / 0.96);
        let path = "/v1/technician/offers";
        let offers = worker.person.get::<Vec<OfferView>>(&api, now, path).await?;
        let offer = offers
            .ok()
            .and_then(|all| all.into_iter().find(|offer| offer.job == job));
        let Some(offer) = offer else { return Ok(()) };
        if declines {
            let path = format!("/v1/offers/{}/decline", offer.id);
            let body = json!({ "reason": "Too far for me now" });
            let _ = worker
                .person
                .post::<OfferAnswer>(&api, now, &path, &body)
                .await?;
            return self.settle(false).await;
        }
        let path = format!("/v1/offers/{}/accept", offer.id);
        let taken = worker
            .person
            .post::<Assignment>(&api, now, &path, &Value::Null)
            .await?;
        self.settle(false).await?;
        match taken {
            Ok(assignment) => self.taken(number, &assignment).await,
            Err(_) => Ok(()),
        }
    }

    /// The technician has the job: reads where it is and when to leave.
    pub(crate) async fn taken(
        &mut self,
        number: usize,
        assignment: &Assignment,
    ) -> anyhow::Result<()> {
        let (api, now, job) = (self.api.clone(), self.now(), assignment.job);
        let began = Instant::now();
        let view = loop {
            let path = format!("/v1/jobs/{job}");
            let person = &mut self.technicians[number].person;
            match person.get::<JobView>(&api, now, &path).await? {
                Ok(view) => break view,
                // The news is still on its way where time runs by itself.
                Err(_) if !self.pace.drives() && began.elapsed() < NEWS_PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(_) => return Ok(()),
            }
        };
        if let Some(known) = self.by_booking.get(&view.booking) {
            let booking = &mut self.bookings[*known];
            booking.matched = true;
            booking.technician = Some(number);
            booking.eta = Some(assignment.eta);
        }
        let worker = &mut self.technicians[number];
        let leaves = match view.slot {
            None => now + worker.chance.seconds(20, 90),
            Some(slot) => {
                let drive_s = ground::drive_s(worker.position(now), view.pin, now);
                let spare_s = worker.chance.between(120.0, 600.0);
                (slot - seconds((drive_s + spare_s) as i64)).max(now + seconds(30))
            }
        };
        worker.visits.push(Visit {
            job,
            booking: view.booking,
            view,
            due: false,
        });
        self.agenda.plan(
            leaves,
            Step::Depart {
                technician: number,
                job,
            },
        );
        Ok(())
    }

    pub(crate) async fn depart(&mut self, number: usize, job: JobId) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let worker = &mut self.technicians[number];
        let busy = worker.current.is_some();
        let Some(visit) = worker.visits.iter_mut().find(|visit| visit.job == job) else {
            return Ok(());
        };
        if busy {
            visit.due = true;
            return Ok(());
        }
        let pin = visit.view.pin;
        let path = format!("/v1/jobs/{job}/depart");
        if worker
            .person
            .post::<JobView>(&api, now, &path, &Value::Null)
            .await?
            .is_err()
        {
            // Cancelled, or somebody else's by now.
            worker.visits.retain(|visit| visit.job != job);
            return Ok(());
        }
        worker.current = Some(job);
        let lateness = ground::lateness(&mut worker.chance);
        let journey = Journey::new(worker.at, pin, now, lateness);
        worker.journey = Some(journey);
        self.agenda.plan(
            journey.ends,
            Step::Arrive {
                technician: number,
                job,
            },
        );
        self.settle(false).await
    }

    pub(crate) async fn arrive(&mut self, number: usize, job: JobId) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let worker = &mut self.technicians[number];
        if worker.current != Some(job) {
            return Ok(());
        }
        let Some(visit) = worker.visit(job) else {
            return Ok(());
        };
        let (pin, booking) = (visit.view.pin, visit.booking);
        worker.journey = None;
        worker.at = pin;
        // A telephone that takes the next street for this one.
        let astray = worker.chance.percent(2.0);
        let off_m = if astray {
            420.0
        } else {
            worker.chance.between(-60.0, 60.0)
        };
        let point = ground::moved(pin, off_m, 0.0);
        let path = format!("/v1/jobs/{job}/arrive");
        let answer = worker
            .person
            .post::<JobView>(&api, now, &path, &json!({ "point": point }))
            .await?;
        let asks_after = worker.chance.seconds(60, 150);
        match answer {
            Ok(_) => self.arrived_at(number),
            Err(refusal) if refusal.code == "bookings.too_far" => {
                match self.by_booking.get(&booking) {
                    Some(known) => {
                        let booking = *known;
                        self.plan(asks_after, Step::ConfirmArrival { booking });
                    }
                    // Nobody of ours to ask: a few steps nearer.
                    None => self.plan(
                        asks_after,
                        Step::Arrive {
                            technician: number,
                            job,
                        },
                    ),
                }
            }
            Err(_) => self.drop_job(number, job),
        }
        self.settle(false).await
    }

    /// Checked in, by telephone or by the customer's word.
    pub(crate) fn arrived_at(&mut self, number: usize) {
        let now = self.now();
        let worker = &mut self.technicians[number];
        let Some(job) = worker.current else { return };
        let Some(visit) = worker.visit(job) else {
            return;
        };
        let known = self.by_booking.get(&visit.booking).copied();
        let after = worker.chance.seconds(60, 240);
        if let Some(known) = known {
            let booking = &mut self.bookings[known];
            booking.eta_error_s = booking.eta.map(|eta| now.since(eta).as_secs());
        }
        self.plan(
            after,
            Step::Start {
                technician: number,
                job,
            },
        );
    }

    pub(crate) async fn start(&mut self, number: usize, job: JobId) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let worker = &mut self.technicians[number];
        if worker.current != Some(job) {
            return Ok(());
        }
        let path = format!("/v1/jobs/{job}/start");
        let Ok(view) = worker
            .person
            .post::<JobView>(&api, now, &path, &Value::Null)
            .await?
        else {
            self.drop_job(number, job);
            return Ok(());
        };
        let factor = worker.chance.between(0.6, 1.15);
        let takes = seconds((f64::from(view.duration_minutes) * 60.0 * factor) as i64);
        let ours = self.by_booking.get(&view.booking).copied();
        let wants_extra = worker.chance.percent(15.0);
        match ours.filter(|_| wants_extra) {
            Some(booking) => {
                let first = seconds(takes.as_secs() * 2 / 5);
                self.bookings[booking].paused = Some(takes - first);
                self.plan(
                    first,
                    Step::AskExtra {
                        technician: number,
                        job,
                    },
                );
            }
            None => self.plan(
                takes,
                Step::Finish {
                    technician: number,
                    job,
                },
            ),
        }
        self.settle(false).await
    }

    /// Material the work turned out to need, with its receipt.
    pub(crate) async fn ask_extra(&mut self, number: usize, job: JobId) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let worker = &mut self.technicians[number];
        let Some(visit) = worker.visit(job) else {
            return Ok(());
        };
        let Some(booking) = self.by_booking.get(&visit.booking).copied() else {
            return Ok(());
        };
        let receipt = worker.photo(&api, now).await?;
        let price = (worker.chance.between(15.0, 180.0) as i64) * 100;
        let quantity = 1 + (worker.chance.unit() * 3.0) as u32;
        let body = json!({
            "lines": [{ "name": "Spare part", "quantity": quantity, "unit_price": price }],
            "receipt": receipt,
        });
        let path = format!("/v1/jobs/{job}/extra-costs");
        match worker.person.post::<Extra>(&api, now, &path, &body).await? {
            Ok(extra) => {
                let after = self.decision_time(booking);
                self.plan(
                    after,
                    Step::DecideExtra {
                        booking,
                        extra: extra.id,
                    },
                );
            }
            Err(_) => {
                if let Some(left) = self.bookings[booking].paused.take() {
                    self.goes_on(number, left);
                }
            }
        }
        self.settle(false).await
    }

    /// The work goes on and will take so long.
    pub(crate) fn goes_on(&mut self, number: usize, left: SignedDuration) {
        if let Some(job) = self.technicians[number].current {
            self.plan(
                left,
                Step::Finish {
                    technician: number,
                    job,
                },
            );
        }
    }

    pub(crate) async fn finish(&mut self, number: usize, job: JobId) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let worker = &mut self.technicians[number];
        if worker.current != Some(job) {
            return Ok(());
        }
        let checklist = worker.checklist(&api, now, job).await?;
        let path = format!("/v1/jobs/{job}/finish");
        let body = json!({ "checklist": checklist });
        match worker
            .person
            .post::<JobView>(&api, now, &path, &body)
            .await?
        {
            Ok(view) if view.state == JobState::Finished => {
                worker.done.insert(view.booking, job);
                if let Some(known) = self.by_booking.get(&view.booking).copied() {
                    self.finished(known);
                }
                self.drop_job(number, job);
            }
            Ok(_) => self.drop_job(number, job),
            // A decision that is still on its way.
            Err(refusal) if refusal.code == "bookings.extra_cost_pending" => {
                self.plan(
                    minutes(2),
                    Step::Finish {
                        technician: number,
                        job,
                    },
                );
            }
            Err(_) => self.drop_job(number, job),
        }
        self.settle(false).await
    }

    /// The job is over for this technician: on to what has waited.
    fn drop_job(&mut self, number: usize, job: JobId) {
        let now = self.now();
        let worker = &mut self.technicians[number];
        worker.visits.retain(|visit| visit.job != job);
        if worker.current == Some(job) {
            worker.at = worker.position(now);
            worker.journey = None;
            worker.current = None;
            let next = worker
                .visits
                .iter()
                .find(|visit| visit.due)
                .map(|visit| visit.job);
            let after = worker.chance.seconds(60, 180);
            if let Some(job) = next {
                self.plan(
                    after,
                    Step::Depart {
                        technician: number,
                        job,
                    },
                );
            }
        }
    }

    /// The customer has cancelled.
    pub(crate) fn released(&mut self, number: usize, booking: BookingId) {
        let visit = self.technicians[number]
            .visits
            .iter()
            .find(|visit| visit.booking == booking);
        if let Some(job) = visit.map(|visit| visit.job) {
            self.drop_job(number, job);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Keys;
    use crate::person::Door;

    #[test]
    fn wandering_is_slow_and_leads_home() {
        let home = GeoPoint::new(24.7, 46.7).expect("in Riyadh");
        let person = Person::new(Door::Phone(String::new()), Keys::of(7, 0, "technician", 0));
        let mut worker = Technician::new(person, Chance::of(7, "technician", 0), home);
        worker.at = ground::moved(home, 20_000.0, 0.0);
        for _ in 0..120 {
            let before = worker.at;
            worker.wander();
            assert!(before.distance_m(worker.at) < HOMEWARD_M + 1.0);
        }
        assert!(worker.at.distance_m(home) < ROAMS_M + HOMEWARD_M);
    }
}
