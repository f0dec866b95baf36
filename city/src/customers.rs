//! What customers do.

use crate::agenda::Step;
use crate::chance::{Chance, Keys, mix};
use crate::city::City;
use crate::demand::{Card, Manner, Temper, Wish};
use crate::person::{CODE_AGAIN, Door, Person};
use crate::wire::{BookingView, ExtraPayment, Payment, Quote, Track};
use contract_bookings::BookingState;
use contract_location::Place;
use contract_settlement::HoldStatus;
use jiff::SignedDuration;
use kernel::{BookingId, ExtraCostId, Slug, Time, minutes};
use serde_json::{Value, json};

pub(crate) struct Customer {
    person: Person,
    chance: Chance,
    temper: Temper,
}

/// A booking as the city knows it.
pub(crate) struct Booking {
    pub id: BookingId,
    pub category: Slug,
    pub zone: Slug,
    pub sector: Slug,
    pub customer: usize,
    tries: u32,
    confirmed: bool,
    /// A technician took it, at least once.
    pub matched: bool,
    pub technician: Option<usize>,
    /// When the technician was expected, said at the assignment.
    pub eta: Option<Time>,
    /// Late is positive.
    pub eta_error_s: Option<i64>,
    pub finished: bool,
    /// How the customer knows it to have ended.
    pub ended: Option<BookingState>,
    /// Work that waits for the customer's decision: how long it will still take.
    pub paused: Option<SignedDuration>,
}

impl Booking {
    /// Paid and without a technician.
    pub(crate) fn waits(&self) -> bool {
        self.confirmed && !self.matched && self.ended.is_none()
    }
    /// Somebody will still do something about it.
    pub(crate) fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

/// +96650 and seven digits; whole runs of one seed don't meet.
fn phone(seed: u64, index: u64) -> String {
    let offset = mix(seed) % 10_000_000;
    format!("+96650{:07}", (offset + index) % 10_000_000)
}

impl City {
    /// A customer opens the app.
    pub(crate) async fn arrival(&mut self) -> anyhow::Result<()> {
        let now = self.now();
        let next = self.arrivals.after(now);
        if self.until.is_none_or(|until| next < until) {
            self.agenda.plan(next, Step::Arrival);
        }
        let index = self.arrived;
        self.arrived += 1;
        let mut chance = Chance::of(self.seed, "customer", index);
        let temper = Temper::new(&mut chance);
        let Some(wish) = self.market.wish(&mut chance, now) else {
            return Ok(());
        };
        let keys = Keys::of(self.seed, self.run, "customer", index);
        let door = Door::Phone(phone(self.seed, index));
        let customer = Customer {
            person: Person::new(door, keys),
            chance,
            temper,
        };
        self.visitors.insert(index, (customer, wish));
        self.sign_in(index).await
    }

    /// A visitor signs in, sees a price and books.
    pub(crate) async fn sign_in(&mut self, visitor: u64) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let Some((mut customer, wish)) = self.visitors.remove(&visitor) else {
            return Ok(());
        };
        let entered = customer.person.enter(&api, now).await?;
        self.settle(true).await?;
        if entered.is_err() {
            self.visitors.insert(visitor, (customer, wish));
            self.plan(CODE_AGAIN, Step::SignIn { visitor });
            return Ok(());
        }
        let Some((booking, place)) = self.book(&mut customer, &wish).await? else {
            return Ok(());
        };
        let pays_after = customer.chance.seconds(15, 90);
        let number = self.bookings.len();
        let pays = customer.temper.pays;
        self.by_booking.insert(booking, number);
        self.bookings.push(Booking {
            id: booking,
            category: wish.category,
            zone: place.zone,
            sector: place.sector,
            customer: self.customers.len(),
            tries: 0,
            confirmed: false,
            matched: false,
            technician: None,
            eta: None,
            eta_error_s: None,
            finished: false,
            ended: None,
            paused: None,
        });
        self.customers.push(customer);
        if pays {
            self.plan(pays_after, Step::Pay { booking: number });
        }
        self.plan(minutes(20), Step::Look { booking: number });
        Ok(())
    }

    async fn book(
        &self,
        customer: &mut Customer,
        wish: &Wish,
    ) -> anyhow::Result<Option<(BookingId, Place)>> {
        let (api, now) = (&self.api, self.now());
        let ask = json!({
            "pin": wish.pin,
            "service": wish.service,
            "options": wish.options,
            "slot": wish.slot,
        });
        let Ok(quote) = customer
            .person
            .post::<Quote>(api, now, "/v1/quotes", &ask)
            .await?
        else {
            return Ok(None);
        };
        let command = json!({ "quote": quote.id, "address_note": "Ring the bell by the garage" });
        let booked = customer
            .person
            .post::<BookingView>(api, now, "/v1/bookings", &command)
            .await?;
        Ok(booked.ok().map(|booking| (booking.id, quote.place)))
    }

    /// Types in a card; a declined one is followed by another.
    pub(crate) async fn pay(&mut self, number: usize) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let booking = &mut self.bookings[number];
        let customer = &mut self.customers[booking.customer];
        let card = if booking.tries == 0 {
            customer.temper.card
        } else {
            Card::good(&mut customer.chance)
        };
        booking.tries += 1;
        let token = api.card_token(card.number()).await?;
        let path = format!("/v1/bookings/{}/payment", booking.id);
        let body = json!({ "card_token": token });
        let answer = customer
            .person
            .post::<Payment>(&api, now, &path, &body)
            .await?;
        let reads_for = customer.chance.seconds(10, 60);
        match answer {
            Ok(payment) => match (payment.hold.status, payment.challenge_url) {
                (HoldStatus::Challenge, Some(url)) => {
                    self.plan(
                        reads_for,
                        Step::Challenge {
                            booking: number,
                            url,
                        },
                    );
                }
                _ => self.paid(number, payment.booking.state),
            },
            Err(refusal) if refusal.code == "settlement.card_declined" => self.another_card(number),
            Err(_) => {}
        }
        self.settle(true).await
    }

    pub(crate) async fn challenge(&mut self, number: usize, url: &str) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        api.approve_challenge(url).await?;
        let booking = &self.bookings[number];
        let path = format!("/v1/bookings/{}/payment/return", booking.id);
        let person = &mut self.customers[booking.customer].person;
        match person
            .post::<Payment>(&api, now, &path, &Value::Null)
            .await?
        {
            Ok(payment) if payment.hold.status == HoldStatus::Declined => self.another_card(number),
            Ok(payment) => self.paid(number, payment.booking.state),
            // Declined, said by this answer or by a webhook that was faster.
            Err(refusal) if refusal.code.starts_with("settlement.") => self.another_card(number),
            Err(_) => {}
        }
        self.settle(true).await
    }

    fn another_card(&mut self, number: usize) {
        let booking = &self.bookings[number];
        if booking.tries < 3 {
            let after = self.customers[booking.customer].chance.seconds(20, 60);
            self.plan(after, Step::Pay { booking: number });
        }
    }

    fn paid(&mut self, number: usize, state: BookingState) {
        if state != BookingState::Confirmed {
            return;
        }
        let booking = &mut self.bookings[number];
        booking.confirmed = true;
        if let Some(after) = self.customers[booking.customer].temper.cancels_after {
            self.plan(after, Step::Cancel { booking: number });
        }
    }

    /// How long a customer thinks about extra cost.
    pub(crate) fn decision_time(&mut self, number: usize) -> SignedDuration {
        let booking = &self.bookings[number];
        self.customers[booking.customer].chance.seconds(30, 180)
    }

    /// Thinks better of it; too late where the work has begun.
    pub(crate) async fn cancel(&mut self, number: usize) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let booking = &mut self.bookings[number];
        let path = format!("/v1/bookings/{}/cancel", booking.id);
        let person = &mut self.customers[booking.customer].person;
        let body = json!({ "reason": "Plans have changed" });
        if person
            .post::<BookingView>(&api, now, &path, &body)
            .await?
            .is_ok()
        {
            booking.ended = Some(BookingState::Cancelled);
            if let Some(technician) = booking.technician {
                let id = booking.id;
                self.released(technician, id);
            }
        }
        self.settle(true).await
    }

    /// Looks whether the booking still lives while nobody has come.
    pub(crate) async fn look(&mut self, number: usize) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let booking = &mut self.bookings[number];
        if booking.ended.is_some() || booking.matched {
            return Ok(());
        }
        let path = format!("/v1/bookings/{}", booking.id);
        let person = &mut self.customers[booking.customer].person;
        if let Ok(view) = person.get::<BookingView>(&api, now, &path).await? {
            match view.state {
                BookingState::Cancelled | BookingState::Expired => booking.ended = Some(view.state),
                // The bank's page was closed too early, and its news came by webhook.
                BookingState::Confirmed => booking.confirmed = true,
                _ => {}
            }
        }
        if self.bookings[number].is_open() {
            self.plan(minutes(20), Step::Look { booking: number });
        }
        Ok(())
    }

    pub(crate) async fn confirm_arrival(&mut self, number: usize) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let booking = &self.bookings[number];
        let path = format!("/v1/bookings/{}/confirm-arrival", booking.id);
        let person = &mut self.customers[booking.customer].person;
        let confirmed = person
            .post::<Value>(&api, now, &path, &Value::Null)
            .await?
            .is_ok();
        if let (true, Some(technician)) = (confirmed, booking.technician) {
            self.arrived_at(technician);
        }
        self.settle(false).await
    }

    /// Approves or declines material.
    pub(crate) async fn decide_extra(
        &mut self,
        number: usize,
        extra: ExtraCostId,
    ) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let booking = &self.bookings[number];
        let customer = &mut self.customers[booking.customer];
        if !customer.temper.approves_extra {
            let path = format!("/v1/extra-costs/{extra}/decline");
            let _ = customer
                .person
                .post::<Value>(&api, now, &path, &Value::Null)
                .await?;
            return self.decided(number).await;
        }
        let card = Card::good(&mut customer.chance);
        let body = json!({ "card_token": api.card_token(card.number()).await? });
        let path = format!("/v1/extra-costs/{extra}/approve");
        let answer = customer
            .person
            .post::<ExtraPayment>(&api, now, &path, &body)
            .await?;
        let reads_for = customer.chance.seconds(10, 60);
        match answer {
            Ok(ExtraPayment {
                hold,
                challenge_url: Some(url),
            }) if hold.status == HoldStatus::Challenge => {
                self.plan(
                    reads_for,
                    Step::ExtraChallenge {
                        booking: number,
                        url,
                    },
                );
                self.settle(true).await
            }
            _ => self.decided(number).await,
        }
    }

    pub(crate) async fn extra_challenge(&mut self, number: usize, url: &str) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        api.approve_challenge(url).await?;
        let booking = &self.bookings[number];
        let path = format!("/v1/bookings/{}/payment/return", booking.id);
        let person = &mut self.customers[booking.customer].person;
        let _ = person
            .post::<Payment>(&api, now, &path, &Value::Null)
            .await?;
        self.decided(number).await
    }

    async fn decided(&mut self, number: usize) -> anyhow::Result<()> {
        self.settle(true).await?;
        let booking = &mut self.bookings[number];
        if let (Some(left), Some(technician)) = (booking.paused.take(), booking.technician) {
            self.goes_on(technician, left);
        }
        Ok(())
    }

    /// The technician has finished: what the customer will do about it.
    pub(crate) fn finished(&mut self, number: usize) {
        let booking = &mut self.bookings[number];
        booking.finished = true;
        let customer = &mut self.customers[booking.customer];
        let after = customer.chance.seconds(30, 240);
        match customer.temper.manner {
            // As far as the city goes it is over.
            Manner::Silent => booking.ended = Some(BookingState::AwaitingAcceptance),
            Manner::Code | Manner::App => self.plan(after, Step::Accept { booking: number }),
        }
    }

    /// Gives the technician the code, or accepts in the app.
    pub(crate) async fn accept(&mut self, number: usize) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let booking = &mut self.bookings[number];
        let customer = &mut self.customers[booking.customer];
        let mut accepted = false;
        if let (Manner::Code, Some(technician)) = (customer.temper.manner, booking.technician) {
            let path = format!("/v1/bookings/{}/track", booking.id);
            let track = customer.person.get::<Track>(&api, now, &path).await?;
            let code = track.ok().and_then(|track| track.finish_code);
            let worker = &mut self.technicians[technician];
            if let (Some(code), Some(job)) = (code, worker.done.remove(&booking.id)) {
                let path = format!("/v1/jobs/{job}/accept");
                let body = json!({ "code": code });
                accepted = worker
                    .person
                    .post::<Value>(&api, now, &path, &body)
                    .await?
                    .is_ok();
            }
        }
        if !accepted {
            let path = format!("/v1/bookings/{}/accept", booking.id);
            accepted = customer
                .person
                .post::<BookingView>(&api, now, &path, &Value::Null)
                .await?
                .is_ok();
        }
        if accepted {
            booking.ended = Some(BookingState::Settled);
        } else {
            // Whatever is wrong, the platform's own time ends it.
            booking.ended = Some(BookingState::AwaitingAcceptance);
        }
        self.settle(true).await
    }

    /// A customer's own look at a booking, for the report.
    pub(crate) async fn track(&mut self, number: usize) -> anyhow::Result<Option<Track>> {
        let (api, now) = (self.api.clone(), self.now());
        let booking = &self.bookings[number];
        let path = format!("/v1/bookings/{}/track", booking.id);
        let person = &mut self.customers[booking.customer].person;
        Ok(person.get::<Track>(&api, now, &path).await?.ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn phones_are_saudi_and_differ() {
        let phones: BTreeSet<_> = (0..2_000).map(|index| phone(7, index)).collect();
        assert_eq!(phones.len(), 2_000);
        for phone in phones {
            assert!(kernel::Phone::parse(&phone).is_ok(), "{phone}");
        }
    }
}
