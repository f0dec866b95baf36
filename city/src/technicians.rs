//! What technicians do.

mod visits;

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
