//! Who wants what, where and when.

use crate::chance::Chance;
use crate::ground;
use contract_catalog::{Category, Service};
use contract_location::{Sector, Zone};
use jiff::SignedDuration;
use kernel::{GeoPoint, Slug, Time, hours, millis};

/// How busy each hour of a day in Riyadh is; 1 is the mean of the day's busy part.
const HOURS: [f64; 24] = [
    0.15, 0.08, 0.05, 0.05, 0.05, 0.08, 0.2, 0.5, 0.9, 1.05, 1.1, 1.05, 0.95, 0.9, 0.9, 1.0, 1.1,
    1.15, 1.15, 1.1, 1.0, 0.8, 0.5, 0.3,
];

/// A Poisson process whose rate follows the hour: candidates at the highest rate, thinned
/// (Lewis and Shedler).
pub(crate) struct Arrivals {
    chance: Chance,
    per_hour: f64,
}

impl Arrivals {
    pub(crate) fn new(seed: u64, per_hour: f64) -> Self {
        let chance = Chance::of(seed, "arrivals", 0);
        let per_hour = per_hour.max(0.01);
        Self { chance, per_hour }
    }

    /// The next arrival after `now`, to the second.
    pub(crate) fn after(&mut self, now: Time) -> Time {
        let highest = HOURS.iter().fold(0.0_f64, |a, b| a.max(*b));
        let mut at = now;
        loop {
            let gap_h = -(1.0 - self.chance.unit()).ln() / (self.per_hour * highest);
            at += millis((gap_h * 3_600_000.0) as i64);
            let hour = at.in_riyadh().hour().clamp(0, 23) as usize;
            if self.chance.unit() * highest < HOURS[hour] {
                return whole_second(at.max(now + millis(1)));
            }
        }
    }
}

/// The first whole second not before `at`.
pub(crate) fn whole_second(at: Time) -> Time {
    Time::from_millis((at.as_millis() + 999).div_euclid(1000) * 1000)
}

/// How often a category is wanted in the cool season.
fn popularity(category: &str) -> f64 {
    match category {
        "plumbing" => 2.0,
        "electrical" => 1.7,
        "cleaning" => 1.6,
        "air-conditioning" => 1.2,
        "appliances" => 1.2,
        "handyman" => 1.1,
        "tanks-heaters" => 1.1,
        "pest-control" => 0.8,
        "carpentry" => 0.7,
        "painting" => 0.5,
        _ => 0.8,
    }
}

/// Longer visits than this are arranged with a survey first, not from the app in the moment.
const LONGEST_MINUTES: u32 = 300;

/// Where people live and what they can have.
pub(crate) struct Market {
    sectors: Vec<Sector>,
    population: Vec<f64>,
    services: Vec<Service>,
    wanted: Vec<f64>,
}

/// What one customer is going to do.
pub(crate) struct Wish {
    pub pin: GeoPoint,
    pub category: Slug,
    pub service: Slug,
    pub options: Vec<Slug>,
    /// Absent: now.
    pub slot: Option<Time>,
}

impl Market {
    /// Small jobs are wanted more often than large ones; a sector counts by its size and weight.
    pub(crate) fn new(zones: Vec<Zone>, categories: Vec<Category>) -> Self {
        let sectors: Vec<Sector> = zones
            .into_iter()
            .filter(|zone| zone.status == "active")
            .flat_map(|zone| zone.sectors)
            .filter(|sector| sector.status == "active")
            .collect();
        let population = sectors
            .iter()
            .map(|sector| {
                sector.coverage_weight.max(0.1) * f64::from(sector.micro_zones.max(1)).sqrt()
            })
            .collect();
        let services: Vec<Service> = categories
            .into_iter()
            .flat_map(|category| category.services)
            .filter(|service| service.duration_minutes <= LONGEST_MINUTES)
            .collect();
        let wanted = services
            .iter()
            .map(|service| {
                let minutes = f64::from(service.duration_minutes.max(30));
                popularity(service.category.as_str()) * (60.0 / minutes).powf(1.2)
            })
            .collect();
        Self {
            sectors,
            population,
            services,
            wanted,
        }
    }

    /// `None` where the platform serves no sector or no service.
    pub(crate) fn wish(&self, chance: &mut Chance, now: Time) -> Option<Wish> {
        let sector = &self.sectors[chance.weighted(&self.population)?];
        let service = &self.services[chance.weighted(&self.wanted)?];
        let pin = if chance.percent(2.5) {
            // The farm outside the city.
            ground::moved(
                sector.centre,
                chance.between(50e3, 80e3),
                chance.between(50e3, 80e3),
            )
        } else {
            ground::moved(
                sector.centre,
                chance.between(-700.0, 700.0),
                chance.between(-700.0, 700.0),
            )
        };
        let options = service
            .options
            .iter()
            .filter(|_| chance.percent(15.0))
            .map(|option| option.slug.clone())
            .collect();
        let wait = millis(chance.seconds(0, 7_200).as_millis() as i64);
        let slot = chance
            .percent(25.0)
            .then(|| next_half_hour(now + hours(2) + wait));
        Some(Wish {
            pin,
            category: service.category.clone(),
            service: service.slug.clone(),
            options,
            slot,
        })
    }
}

fn next_half_hour(at: Time) -> Time {
    const HALF_HOUR_MS: i64 = 1_800_000;
    Time::from_millis((at.as_millis() + HALF_HOUR_MS - 1).div_euclid(HALF_HOUR_MS) * HALF_HOUR_MS)
}

/// A card from the sandbox's table (FACTS §2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Card {
    /// The bank asks who it is.
    Mada,
    Frictionless,
    InsufficientFunds,
    DoNotHonour,
}

impl Card {
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::Mada => "4201320111111010",
            Self::Frictionless => "4111114005765430",
            Self::InsufficientFunds => "4201320000311101",
            Self::DoNotHonour => "4201321234411220",
        }
    }
    pub(crate) fn good(chance: &mut Chance) -> Self {
        if chance.percent(65.0) {
            Self::Mada
        } else {
            Self::Frictionless
        }
    }
    /// About one in sixteen has no money on it at first.
    pub(crate) fn first(chance: &mut Chance) -> Self {
        match chance.unit() * 100.0 {
            p if p < 4.0 => Self::InsufficientFunds,
            p if p < 6.0 => Self::DoNotHonour,
            _ => Self::good(chance),
        }
    }
}

/// How a customer ends a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Code,
    App,
    /// Says nothing: the platform accepts after its time.
    Silent,
}

/// How this customer will behave, drawn once.
pub(crate) struct Temper {
    pub card: Card,
    pub pays: bool,
    /// How long after paying the customer thinks better of it.
    pub cancels_after: Option<SignedDuration>,
    pub approves_extra: bool,
    pub manner: Manner,
}

impl Temper {
    pub(crate) fn new(chance: &mut Chance) -> Self {
        let cancels_after = match chance.unit() * 100.0 {
            p if p < 2.5 => Some(chance.seconds(5, 120)),
            p if p < 5.0 => Some(chance.seconds(300, 1_200)),
            _ => None,
        };
        Self {
            card: Card::first(chance),
            pays: !chance.percent(2.0),
            cancels_after,
            approves_extra: chance.percent(80.0),
            manner: match chance.unit() * 100.0 {
                p if p < 60.0 => Manner::Code,
                p if p < 90.0 => Manner::App,
                _ => Manner::Silent,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::minutes;

    fn start() -> Time {
        "2026-12-06T05:00:00Z".parse().unwrap()
    }

    fn arrivals(seed: u64, per_hour: f64, for_hours: i64) -> Vec<Time> {
        let mut process = Arrivals::new(seed, per_hour);
        let mut all = Vec::new();
        let mut at = process.after(start());
        while at < start() + hours(for_hours) {
            all.push(at);
            at = process.after(at);
        }
        all
    }

    #[test]
    fn arrivals_repeat_with_the_seed() {
        assert_eq!(arrivals(7, 80.0, 4), arrivals(7, 80.0, 4));
        assert_ne!(arrivals(7, 80.0, 4), arrivals(8, 80.0, 4));
    }

    #[test]
    fn arrivals_follow_the_rate_and_the_hour() {
        let all = arrivals(7, 80.0, 240);
        // Ten whole days.
        let expected = 80.0 * 10.0 * HOURS.iter().sum::<f64>();
        let deviation = (all.len() as f64 - expected).abs() / expected.sqrt();
        assert!(deviation < 4.0, "{} of {expected}", all.len());
        let count = |hour: i8| {
            all.iter()
                .filter(|at| at.in_riyadh().hour() == hour)
                .count()
        };
        assert!(count(17) > 5 * count(3));
        assert!(all.is_sorted());
        assert!(all.iter().all(|at| at.as_millis() % 1000 == 0));
    }

    #[test]
    fn slots_begin_on_the_half_hour() {
        for (given, slot) in [(0, 0), (1, 30), (30, 30), (31, 60)] {
            assert_eq!(
                next_half_hour(start() + minutes(given)),
                start() + minutes(slot)
            );
        }
        assert_eq!(whole_second(start() + millis(1)), start() + millis(1000));
        assert_eq!(whole_second(start()), start());
    }

    #[test]
    fn tempers_are_spread_as_meant() {
        let mut chance = Chance::of(3, "temper", 0);
        let all: Vec<Temper> = (0..20_000).map(|_| Temper::new(&mut chance)).collect();
        let share =
            |f: &dyn Fn(&Temper) -> bool| all.iter().filter(|t| f(t)).count() as f64 / 200.0;
        for (name, percent, wanted) in [
            ("never pays", share(&|t| !t.pays), 2.0),
            ("cancels", share(&|t| t.cancels_after.is_some()), 5.0),
            ("approves", share(&|t| t.approves_extra), 80.0),
            ("silent", share(&|t| t.manner == Manner::Silent), 10.0),
            (
                "bad card",
                share(&|t| matches!(t.card, Card::InsufficientFunds | Card::DoNotHonour)),
                6.0,
            ),
        ] {
            assert!((percent - wanted).abs() < 1.2, "{name}: {percent}");
        }
    }
}
