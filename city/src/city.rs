//! The city's state and its loop.

use crate::agenda::{Agenda, Step};
use crate::api::Api;
use crate::chance::{Chance, Keys};
use crate::customers::{Booking, Customer};
use crate::demand::{Arrivals, Market, Wish};
use crate::pace::Pace;
use crate::person::{CODE_AGAIN, Door, Person};
use crate::technicians::Technician;
use crate::wire::{CatalogTree, TechnicianSelf, Zones};
use crate::{CityOptions, Progress};
use anyhow::{Context, ensure};
use contract_bookings::BookingState;
use futures::StreamExt;
use kernel::{BookingId, JobId, TechnicianId, Time, minutes, seconds};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

/// Requests of different people at a time.
pub(crate) const AT_ONCE: usize = 12;
/// How often telephones report while a job is on.
const POSITIONS_EVERY_S: i64 = 30;
/// How long an offer takes to reach a telephone, at most.
const OFFERS_EVERY_S: i64 = 5;
const DISPATCHER_EVERY_MIN: i64 = 2;
const PROGRESS_EVERY_MIN: i64 = 10;

pub(crate) struct City {
    pub api: Arc<Api>,
    pub pace: Pace,
    pub agenda: Agenda,
    pub seed: u64,
    /// Tells two runs of a seed apart in keys.
    pub run: u64,
    pub market: Market,
    pub arrivals: Arrivals,
    /// No arrivals from here on; never where `None`.
    pub until: Option<Time>,
    /// Who has come and is not in yet.
    pub visitors: BTreeMap<u64, (Customer, Wish)>,
    pub customers: Vec<Customer>,
    pub bookings: Vec<Booking>,
    pub by_booking: BTreeMap<BookingId, usize>,
    pub technicians: Vec<Technician>,
    pub by_technician: BTreeMap<TechnicianId, usize>,
    /// Offers that have reached a telephone: the job and its round.
    pub offered: BTreeSet<(JobId, u32)>,
    pub dispatcher: Person,
    pub finance: [Person; 2],
    pub arrived: u64,
    progress_at: (Instant, usize),
}

impl City {
    pub(crate) async fn new(
        options: &CityOptions,
        api: Arc<Api>,
        pace: Pace,
    ) -> anyhow::Result<Self> {
        let zones: Zones = api.open("/v1/zones").await?;
        let catalog: CatalogTree = api.open("/v1/catalog").await?;
        let (seed, run) = (options.seed, pace.now().as_millis() as u64);
        let staff = |staff: &crate::StaffSignIn, kind: &str| {
            Person::new(Door::Staff(staff.clone()), Keys::of(seed, run, kind, 0))
        };
        let dispatcher = staff(&options.world.dispatcher, "dispatcher");
        let finance = [
            staff(&options.world.preparing_officer, "finance-a"),
            staff(&options.world.releasing_officer, "finance-b"),
        ];
        let mut city = Self {
            market: Market::new(zones.zones, catalog.categories),
            arrivals: Arrivals::new(seed, crate::BOOKINGS_PER_HOUR),
            agenda: Agenda::default(),
            until: None,
            visitors: BTreeMap::new(),
            customers: Vec::new(),
            bookings: Vec::new(),
            by_booking: BTreeMap::new(),
            technicians: Vec::new(),
            by_technician: BTreeMap::new(),
            offered: BTreeSet::new(),
            arrived: 0,
            progress_at: (Instant::now(), 0),
            api,
            pace,
            seed,
            run,
            dispatcher,
            finance,
        };
        city.wake_technicians(&options.world.technician_phones)
            .await?;
        Ok(city)
    }

    pub(crate) fn now(&self) -> Time {
        self.pace.now()
    }

    /// Everybody signs in; who works today has a home and a place in the list.
    async fn wake_technicians(&mut self, phones: &[String]) -> anyhow::Result<()> {
        let (seed, run) = (self.seed, self.run);
        let api = self.api.clone();
        let mut outside: Vec<(usize, Person)> = Vec::with_capacity(phones.len());
        for (index, phone) in phones.iter().enumerate() {
            let keys = Keys::of(seed, run, "technician", index as u64);
            outside.push((index, Person::new(Door::Phone(phone.clone()), keys)));
        }
        let mut entered = Vec::new();
        loop {
            let now = self.now();
            let entering = outside.drain(..).map(|(index, mut person)| {
                let api = api.clone();
                async move {
                    if person.enter(&api, now).await?.is_err() {
                        return Ok((index, person, None));
                    }
                    let path = "/v1/technician/me";
                    let me = person.get::<TechnicianSelf>(&api, now, path).await?;
                    anyhow::Ok((index, person, Some(me)))
                }
            });
            let entering: Vec<_> = entering.collect();
            let mut entering = futures::stream::iter(entering).buffer_unordered(AT_ONCE);
            while let Some(result) = entering.next().await {
                match result.context("a technician could not sign in")? {
                    (index, person, None) => outside.push((index, person)),
                    (index, person, Some(me)) => entered.push((index, person, me)),
                }
            }
            if outside.is_empty() {
                break;
            }
            self.pace.until(&api, now + CODE_AGAIN, true).await?;
        }
        let now = self.now();
        entered.sort_by_key(|(index, ..)| *index);
        let today = now.in_riyadh().weekday().to_sunday_zero_offset() as usize;
        for (index, person, me) in entered {
            let Ok(me) = me else { continue };
            // Days off are kept.
            if !me.week.get(today).is_none_or(Option::is_some) {
                continue;
            }
            let chance = Chance::of(seed, "technician", index as u64);
            self.by_technician.insert(me.id, self.technicians.len());
            self.technicians
                .push(Technician::new(person, chance, me.home));
        }
        ensure!(
            !self.technicians.is_empty(),
            "none of the technicians is at work today"
        );
        self.settle(true).await
    }

    pub(crate) async fn settle(&mut self, gateways: bool) -> anyhow::Result<()> {
        let api = self.api.clone();
        self.pace.settle(&api, gateways).await
    }

    pub(crate) fn plan(&mut self, after: jiff::SignedDuration, step: Step) {
        let at = self.now() + after;
        self.agenda.plan(at, step);
    }

    /// The first events of a day.
    pub(crate) fn open(&mut self, until: Option<Time>) {
        self.until = until;
        let now = self.now();
        for technician in 0..self.technicians.len() {
            let after = self.technicians[technician].chance.seconds(0, 240);
            self.agenda.plan(now + after, Step::Shift { technician });
        }
        let first = self.arrivals.after(now + minutes(5));
        self.agenda.plan(first, Step::Arrival);
        for step in [Step::Positions, Step::Offers, Step::Dispatcher] {
            self.agenda.plan(now + seconds(OFFERS_EVERY_S), step);
        }
        self.plan(minutes(PROGRESS_EVERY_MIN), Step::Progress);
        self.progress_at = (Instant::now(), self.api.requests());
    }

    /// No customer will come any more.
    pub(crate) fn closing(&self) -> bool {
        self.until.is_some_and(|until| self.now() >= until)
    }

    /// Whether anybody waits for a technician.
    fn anybody_waits(&self) -> bool {
        !self.pace.drives() || self.bookings.iter().any(Booking::waits)
    }

    /// Whether work is left that somebody will do.
    fn busy(&self) -> bool {
        !self.closing() || !self.visitors.is_empty() || self.bookings.iter().any(Booking::is_open)
    }

    /// Lives until the day is done or `last` has come.
    pub(crate) async fn live(
        &mut self,
        last: Option<Time>,
        progress: &mut impl FnMut(Progress),
    ) -> anyhow::Result<()> {
        while let Some((at, step)) = self.agenda.next() {
            if last.is_some_and(|last| at > last) {
                return Ok(());
            }
            let api = self.api.clone();
            // Whoever waits is served to the second; what is left of the evening needs no such care.
            let coarse = self.closing() && !self.anybody_waits();
            if self.closing() {
                self.pace.hurry();
            }
            self.pace.until(&api, at, coarse).await?;
            let recurring = matches!(step, Step::Positions);
            match self.take(step, progress).await {
                Ok(()) => {}
                Err(cause) if self.pace.drives() => return Err(cause),
                Err(cause) => self.api.error(format!("{cause:#}")),
            }
            if recurring && !self.busy() {
                return Ok(());
            }
        }
        Ok(())
    }

    async fn take(
        &mut self,
        step: Step,
        progress: &mut impl FnMut(Progress),
    ) -> anyhow::Result<()> {
        match step {
            Step::Arrival => self.arrival().await,
            Step::SignIn { visitor } => self.sign_in(visitor).await,
            Step::Pay { booking } => self.pay(booking).await,
            Step::Challenge { booking, url } => self.challenge(booking, &url).await,
            Step::Cancel { booking } => self.cancel(booking).await,
            Step::Look { booking } => self.look(booking).await,
            Step::ConfirmArrival { booking } => self.confirm_arrival(booking).await,
            Step::DecideExtra { booking, extra } => self.decide_extra(booking, extra).await,
            Step::ExtraChallenge { booking, url } => self.extra_challenge(booking, &url).await,
            Step::Accept { booking } => self.accept(booking).await,
            Step::Answer { technician, job } => self.answer(technician, job).await,
            Step::Depart { technician, job } => self.depart(technician, job).await,
            Step::Arrive { technician, job } => self.arrive(technician, job).await,
            Step::Start { technician, job } => self.start(technician, job).await,
            Step::AskExtra { technician, job } => self.ask_extra(technician, job).await,
            Step::Finish { technician, job } => self.finish(technician, job).await,
            Step::Shift { technician } => self.shift(technician).await,
            Step::Positions => {
                self.plan(seconds(POSITIONS_EVERY_S), Step::Positions);
                let idle_too = !self.closing() || self.anybody_waits();
                self.positions(idle_too).await
            }
            Step::Offers => {
                let waits = self.anybody_waits();
                let quiet_evening = self.closing() && !waits;
                let every_s = if quiet_evening {
                    POSITIONS_EVERY_S
                } else {
                    OFFERS_EVERY_S
                };
                self.plan(seconds(every_s), Step::Offers);
                if waits { self.offers().await } else { Ok(()) }
            }
            Step::Dispatcher => {
                self.plan(minutes(DISPATCHER_EVERY_MIN), Step::Dispatcher);
                if self.anybody_waits() {
                    self.escalated().await
                } else {
                    Ok(())
                }
            }
            Step::Progress => {
                self.plan(minutes(PROGRESS_EVERY_MIN), Step::Progress);
                progress(self.progress());
                Ok(())
            }
        }
    }

    fn progress(&mut self) -> Progress {
        let (since, before) = self.progress_at;
        let requests = self.api.requests();
        let real_s = since.elapsed().as_secs_f64().max(0.001);
        let per_second = requests.saturating_sub(before) as f64 / real_s;
        self.progress_at = (Instant::now(), requests);
        let ended = |state| {
            self.bookings
                .iter()
                .filter(|b| b.ended == Some(state))
                .count()
        };
        Progress {
            at: self.now(),
            open: self.bookings.iter().filter(|b| b.is_open()).count(),
            booked: self.bookings.len(),
            settled: ended(BookingState::Settled),
            requests_per_second: per_second,
        }
    }
}
