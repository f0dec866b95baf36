//! Makes up the vendors and technicians of a believable city: pure and deterministic, the same
//! seed gives the same people on every machine. All of them are fictitious.
//!
//! What is promised for the sizes the project seeds with (40 vendors, 150 technicians):
//! - every category is covered in every zone by at least [`DENSITY_TARGET`] vendors, each with a
//!   technician who holds all of the category's skills;
//! - somebody of every category is on shift at any hour from 07:00 to 24:00 on any day;
//! - registrations, VAT numbers and IBANs pass the real checks, phones run in sequence.

mod cover;
mod people;
mod random;

use crate::rules::{DENSITY_TARGET, iban_of};
use anyhow::{Context, ensure};
use contract_vendors::{EnrolTechnician, EnrolVendor, VendorFault, Vendors};
use cover::{Firm, cover};
use kernel::{GeoPoint, Outcome, Phone, Slug, Text, VendorId};
use people::{Gender, Names};
use random::Random;

/// A category and the skills its services ask for.
pub type CategorySkills = (Slug, Vec<Slug>);
/// A zone and the centres of its sectors.
pub type ZoneCentres = (Slug, Vec<GeoPoint>);
/// A vendor and its technicians; their `vendor` is filled in by [`enrol`].
pub type Planned = (EnrolVendor, Vec<EnrolTechnician>);

/// One in four vendors is a freelancer: the owner is the technician.
const FREELANCERS: (usize, usize) = (1, 4);
/// First digits of account numbers: the codes of Saudi banks.
const BANKS: [&str; 7] = ["80", "10", "20", "05", "15", "45", "60"];
/// Homes lie within about 700 m of a sector's centre.
const HOME_SPREAD_DEGREES: f64 = 0.006;

/// Plans `vendors` vendors with `technicians` technicians in all. `people` is the text of
/// `people.toml`. Fails where that is unreadable, a list is empty, or there are fewer technicians
/// than vendors.
pub fn plan(
    people: &str,
    categories: &[CategorySkills],
    zones: &[ZoneCentres],
    seed: u64,
    vendors: usize,
    technicians: usize,
) -> anyhow::Result<Vec<Planned>> {
    ensure!(
        !categories.is_empty() && categories.iter().all(|(_, skills)| !skills.is_empty()),
        "a category without skills"
    );
    ensure!(
        !zones.is_empty() && zones.iter().all(|(_, centres)| !centres.is_empty()),
        "a zone without sectors"
    );
    ensure!((1..=900).contains(&vendors), "1 to 900 vendors");
    ensure!(
        (vendors..=9_000).contains(&technicians),
        "at least one technician a vendor, at most 9000"
    );
    let mut random = Random::new(seed);
    let mut names = Names::read(people)?;
    let companies = names.companies(&mut random, categories);
    let freelancers =
        (vendors * FREELANCERS.0 / FREELANCERS.1).max(vendors.saturating_sub(companies.len()));

    let mut firms: Vec<Firm> = Vec::with_capacity(vendors);
    for company in companies.into_iter().take(vendors - freelancers) {
        firms.push(Firm::company(company.name, company.categories, firms.len()));
    }
    for _ in 0..freelancers {
        firms.push(Firm::freelancer(firms.len()));
    }
    cover(
        &mut firms,
        categories.len(),
        zones.len(),
        &names,
        &mut random,
    );
    let staff = staff(&firms, technicians);

    let mut maker = Maker {
        categories,
        zones,
        shifts: vec![0; categories.len()],
        names,
        random,
    };
    let mut planned = Vec::with_capacity(vendors);
    let mut person = 0;
    for (index, (firm, headcount)) in firms.iter().zip(staff).enumerate() {
        let vendor = maker.vendor(firm, index)?;
        let mut team = Vec::with_capacity(headcount);
        for place in 0..headcount {
            person += 1;
            let mut technician = maker.technician(firm, place, headcount, person)?;
            if firm.freelancer && place == 0 {
                technician.name = vendor.name.clone();
            }
            team.push(technician);
        }
        planned.push((vendor, team));
    }
    Ok(planned)
}

/// Enrols what was planned, in order, so that ids sort the same way in every run.
pub async fn enrol(vendors: &dyn Vendors, planned: Vec<Planned>) -> Outcome<(), VendorFault> {
    for (vendor, team) in planned {
        let vendor = vendors.enrol_vendor(vendor).await?;
        for technician in team {
            vendors
                .enrol_technician(EnrolTechnician {
                    vendor,
                    ..technician
                })
                .await?;
        }
    }
    Ok(())
}

/// How many technicians each firm has: one a freelancer, the rest shared among the companies by
/// weight; without companies, among the freelancers.
fn staff(firms: &[Firm], technicians: usize) -> Vec<usize> {
    let mut staff = vec![1; firms.len()];
    let companies = firms.iter().any(|firm| !firm.freelancer);
    let weights: Vec<u64> = firms
        .iter()
        .map(|firm| match (firm.freelancer && companies, firm.tier) {
            (true, _) => 0,
            (false, "premium") => 7,
            (false, "growth") => 5,
            (false, _) => 3,
        })
        .collect();
    // Largest remainder, as for money: the parts sum to the whole.
    let left = kernel::Money::from_halalas((technicians - firms.len()) as i64);
    for (count, more) in staff.iter_mut().zip(left.split(&weights)) {
        *count += more.halalas() as usize;
    }
    staff
}

/// What people and firms are made of.
struct Maker<'a> {
    categories: &'a [CategorySkills],
    zones: &'a [ZoneCentres],
    /// How many of each trade have a week so far.
    shifts: Vec<usize>,
    names: Names,
    random: Random,
}

impl Maker<'_> {
    fn vendor(&mut self, firm: &Firm, index: usize) -> anyhow::Result<EnrolVendor> {
        let gender = if !firm.freelancer && self.random.chance(15) {
            Gender::Female
        } else {
            Gender::Male
        };
        let owner = self.names.person(&mut self.random, gender, "saudi");
        let account = format!("{}{}", self.random.pick(&BANKS), self.random.digits(18));
        let tax = self.random.digits(13);
        Ok(EnrolVendor {
            name: firm.name.clone().unwrap_or_else(|| owner.clone()),
            kind: Slug::parse(if firm.freelancer {
                "freelancer"
            } else {
                "company"
            })?,
            // The index keeps two of them apart.
            registration: format!("70{}{index:03}", self.random.digits(5)),
            vat_number: self.random.chance(60).then(|| format!("3{tax}3")),
            iban: iban_of(&account).context("twenty digits make an IBAN")?,
            tier: Slug::parse(firm.tier)?,
            commission_basis_points: if firm.tier == "premium" { 1200 } else { 1500 },
            owner_phone: Phone::parse(&format!("+966551{:06}", index + 1))?,
            owner_name: owner.ar,
            categories: firm
                .categories
                .iter()
                .map(|c| self.categories[*c].0.clone())
                .collect(),
            zones: firm
                .zones
                .iter()
                .map(|z| self.zones[*z].0.clone())
                .collect(),
        })
    }

    /// The one at `place` of a team of `headcount`; `person` numbers them all.
    fn technician(
        &mut self,
        firm: &Firm,
        place: usize,
        headcount: usize,
        person: usize,
    ) -> anyhow::Result<EnrolTechnician> {
        // Between them the team holds every category of the firm; the first is this one's trade.
        let count = firm.categories.len();
        let mut held: Vec<usize> = (0..count.max(headcount))
            .filter(|round| round % headcount == place)
            .map(|round| firm.categories[round % count])
            .collect();
        let trade = held[0];
        let second = firm.categories[(place + 1) % count];
        if self.random.chance(40) && !held.contains(&second) {
            held.push(second);
        }
        let mut skills: Vec<(Slug, bool)> = Vec::new();
        for category in held {
            let expert_chance = if category == trade { 55 } else { 15 };
            for skill in &self.categories[category].1 {
                if skills.iter().all(|(known, _)| known != skill) {
                    skills.push((skill.clone(), self.random.chance(expert_chance)));
                }
            }
        }

        let (zone, centres) = &self.zones[firm.zones[place % firm.zones.len()]];
        let centre = self.random.pick(centres);
        let home = GeoPoint::new(
            centre.lat() + self.random.spread(HOME_SPREAD_DEGREES),
            centre.lon() + self.random.spread(HOME_SPREAD_DEGREES),
        )
        .with_context(|| format!("a home in {zone}"))?;

        let cleaner = self.categories[trade].0.as_str() == "cleaning";
        let gender = if cleaner && self.random.chance(35) {
            Gender::Female
        } else {
            Gender::Male
        };
        let origin = people::origin(&mut self.random);
        let week = week(self.shifts[trade], &mut self.random);
        self.shifts[trade] += 1;
        Ok(EnrolTechnician {
            vendor: VendorId::from_uuid(uuid::Uuid::nil()),
            phone: Phone::parse(&format!("+966552{person:06}"))?,
            name: self.names.person(&mut self.random, gender, origin),
            skills,
            home,
            week,
        })
    }
}

/// Early, day and late in turn; one or two days off, moving through the week, so that of the
/// people of one trade some are there at any hour of any day.
fn week(turn: usize, random: &mut Random) -> [Option<(u16, u16)>; 7] {
    let (start, end) = [(7 * 60, 16 * 60), (10 * 60, 20 * 60), (15 * 60, 24 * 60)][turn % 3];
    let mut week = [Some((start, end)); 7];
    // Friday first: the day most take.
    let first = (5 + 3 * (turn / 3)) % 7;
    week[first] = None;
    if random.chance(50) {
        week[(first + 1) % 7] = None;
    }
    week
}

/// A name in both languages from its parts.
fn joined(first: &Text, last: &Text) -> Text {
    Text::new(
        format!("{} {}", first.ar, last.ar),
        format!("{} {}", first.en, last.en),
    )
}

#[cfg(test)]
mod tests;
