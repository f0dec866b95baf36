//! A visit as the technician lives it: set out, arrive, work, ask for more, finish.

use super::*;

impl City {
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
}
