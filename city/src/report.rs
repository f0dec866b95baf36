//! What came of it: a table for people, one line of JSON for programs.

use crate::api::Tally;
use contract_bookings::BookingState;
use contract_sla::{ClockKind, ClockState, ClockView};
use kernel::{Money, Slug};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How one kind of promise was kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    pub met: u64,
    pub measured: u64,
}

impl Kept {
    fn count(&mut self, met: bool) {
        self.measured += 1;
        self.met += u64::from(met);
    }
    /// Of what was measured, to four decimals; 0 where nothing was.
    pub fn fraction(self) -> f64 {
        if self.measured == 0 {
            return 0.0;
        }
        (self.met as f64 / self.measured as f64 * 10_000.0).round() / 10_000.0
    }
}

/// Where a booking's money went, VAT apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shares {
    pub collected: Money,
    pub commission: Money,
    pub vendor: Money,
    /// What is owed to the authority: output less input.
    pub vat: Money,
}

/// One booking, as the report counts it.
#[derive(Debug, Clone)]
pub struct BookingFacts {
    pub category: Slug,
    pub zone: Slug,
    pub sector: Slug,
    pub state: BookingState,
    pub matched: bool,
    pub finished: bool,
    /// Arrival less what was said at the assignment; late is positive.
    pub eta_error_s: Option<i64>,
    pub clocks: Vec<ClockView>,
    pub shares: Shares,
}

/// A line of the table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Line {
    pub booked: u64,
    pub matched: u64,
    pub completed: u64,
    pub settled: u64,
    pub cancelled: u64,
    pub expired: u64,
    /// In no end state.
    pub stuck: u64,
    pub respond: Kept,
    pub arrive: Kept,
    pub complete: Kept,
    pub shares: Shares,
    eta_errors: u64,
    eta_error_s: u64,
}

impl Line {
    fn add(&mut self, facts: &BookingFacts) {
        self.booked += 1;
        self.matched += u64::from(facts.matched);
        self.completed += u64::from(facts.finished);
        match facts.state {
            BookingState::Settled => self.settled += 1,
            BookingState::Cancelled => self.cancelled += 1,
            BookingState::Expired => self.expired += 1,
            _ => self.stuck += 1,
        }
        for clock in &facts.clocks {
            let met = match clock.state {
                ClockState::Met => true,
                ClockState::Breached => false,
                _ if clock.breached => false,
                _ => continue,
            };
            match clock.kind {
                ClockKind::Respond => self.respond.count(met),
                ClockKind::Arrive => self.arrive.count(met),
                ClockKind::Complete => self.complete.count(met),
            }
        }
        if let Some(error_s) = facts.eta_error_s {
            self.eta_errors += 1;
            self.eta_error_s += error_s.unsigned_abs();
        }
        self.shares.collected += facts.shares.collected;
        self.shares.commission += facts.shares.commission;
        self.shares.vendor += facts.shares.vendor;
        self.shares.vat += facts.shares.vat;
    }

    /// Mean distance between the arrival said and the arrival, minutes.
    pub fn eta_error_min(&self) -> f64 {
        if self.eta_errors == 0 {
            return 0.0;
        }
        let mean = self.eta_error_s as f64 / self.eta_errors as f64 / 60.0;
        (mean * 10.0).round() / 10.0
    }
}

/// What the run as a whole left behind.
#[derive(Debug, Clone, Default)]
pub struct Remains {
    pub seed: u64,
    pub hours: f64,
    pub paid_out: Money,
    pub ledger_imbalance: Money,
    /// Jobs that are due and don't drain.
    pub stuck_queue: u64,
    /// Dead letters.
    pub failed_jobs: u64,
    pub real_s: f64,
}

#[derive(Debug, Clone)]
pub struct Report {
    pub total: Line,
    pub by_category: BTreeMap<Slug, Line>,
    pub by_zone: BTreeMap<Slug, Line>,
    pub by_sector: BTreeMap<Slug, Line>,
    pub remains: Remains,
    pub requests: usize,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Refusals that belong to the business, by code.
    pub refusals: BTreeMap<String, u64>,
    /// What should not have happened: a request, its status and its code.
    pub errors: Vec<String>,
}

#[derive(Serialize)]
struct Figures {
    bookings: u64,
    matched: u64,
    completed: u64,
    settled: u64,
    cancelled: u64,
    expired: u64,
    collected_halalas: i64,
    commission_halalas: i64,
    vendor_halalas: i64,
    vat_halalas: i64,
    paid_out_halalas: i64,
    respond_met: f64,
    arrive_met: f64,
    complete_met: f64,
    eta_error_min: f64,
    ledger_imbalance_halalas: i64,
    stuck_jobs: u64,
    failed_jobs: u64,
    unexpected_answers: usize,
    seed: u64,
    hours: f64,
    requests: usize,
    p50_ms: f64,
    p99_ms: f64,
    real_s: f64,
}

impl Report {
    pub(crate) fn new(bookings: &[BookingFacts], remains: Remains, tally: Tally) -> Self {
        let mut latencies = tally.latencies_us;
        latencies.sort_unstable();
        let mut report = Self {
            total: Line::default(),
            by_category: BTreeMap::new(),
            by_zone: BTreeMap::new(),
            by_sector: BTreeMap::new(),
            remains,
            requests: latencies.len(),
            p50_ms: percentile_ms(&latencies, 50),
            p99_ms: percentile_ms(&latencies, 99),
            refusals: tally.refusals,
            errors: tally.errors,
        };
        for facts in bookings {
            report.total.add(facts);
            report
                .by_category
                .entry(facts.category.clone())
                .or_default()
                .add(facts);
            report
                .by_zone
                .entry(facts.zone.clone())
                .or_default()
                .add(facts);
            report
                .by_sector
                .entry(facts.sector.clone())
                .or_default()
                .add(facts);
        }
        report
    }

    /// Bookings in no end state and jobs that don't drain.
    pub fn stuck_jobs(&self) -> u64 {
        self.total.stuck + self.remains.stuck_queue
    }

    /// Nothing stuck, nothing failed, the books balance, every answer was one of those a normal
    /// day brings.
    pub fn clean(&self) -> bool {
        self.stuck_jobs() == 0
            && self.remains.failed_jobs == 0
            && self.remains.ledger_imbalance.is_zero()
            && self.errors.is_empty()
    }

    /// One JSON object. All but the last four fields are the same for the same seed in the same
    /// world.
    pub fn json_line(&self) -> String {
        let (total, remains) = (&self.total, &self.remains);
        let figures = Figures {
            bookings: total.booked,
            matched: total.matched,
            completed: total.completed,
            settled: total.settled,
            cancelled: total.cancelled,
            expired: total.expired,
            collected_halalas: total.shares.collected.halalas(),
            commission_halalas: total.shares.commission.halalas(),
            vendor_halalas: total.shares.vendor.halalas(),
            vat_halalas: total.shares.vat.halalas(),
            paid_out_halalas: remains.paid_out.halalas(),
            respond_met: total.respond.fraction(),
            arrive_met: total.arrive.fraction(),
            complete_met: total.complete.fraction(),
            eta_error_min: total.eta_error_min(),
            ledger_imbalance_halalas: remains.ledger_imbalance.halalas(),
            stuck_jobs: self.stuck_jobs(),
            failed_jobs: remains.failed_jobs,
            unexpected_answers: self.errors.len(),
            seed: remains.seed,
            hours: remains.hours,
            requests: self.requests,
            p50_ms: self.p50_ms,
            p99_ms: self.p99_ms,
            real_s: (remains.real_s * 10.0).round() / 10.0,
        };
        serde_json::to_string(&figures).expect("numbers under fixed names")
    }

    /// For people, in English: lines of 136 characters.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let head = format!(
            "{:<24}{:>7}{:>8}{:>9}{:>8}{:>10}{:>8}{:>7}{:>6}{:>8}{:>11}{:>10}{:>10}{:>9}\n",
            "",
            "booked",
            "matched",
            "respond",
            "arrive",
            "complete",
            "ETA ±",
            "cancel",
            "exp.",
            "settled",
            "SAR paid",
            "platform",
            "vendors",
            "VAT"
        );
        let rule = format!("{}\n", "─".repeat(head.chars().count() - 1));
        text.push_str(&rule);
        text.push_str(&head);
        for (title, lines) in [
            ("by category", &self.by_category),
            ("by sector", &self.by_sector),
            ("by zone", &self.by_zone),
        ] {
            text.push_str(&rule);
            let _ = writeln!(text, "{title}");
            for (name, line) in lines {
                text.push_str(&row(name.as_str(), line));
            }
        }
        text.push_str(&rule);
        text.push_str(&row("all", &self.total));
        text.push_str(&rule);
        let _ = writeln!(
            text,
            "paid out to vendors SAR {}, {} requests (half within {} ms, 99 of 100 within {} ms), {:.0} s",
            self.remains.paid_out, self.requests, self.p50_ms, self.p99_ms, self.remains.real_s
        );
        if !self.refusals.is_empty() {
            let told: Vec<String> = self
                .refusals
                .iter()
                .map(|(code, n)| format!("{code} {n}"))
                .collect();
            let _ = writeln!(text, "refused, as a day brings it: {}", told.join(", "));
        }
        for error in self.errors.iter().take(20) {
            let _ = writeln!(text, "unexpected: {error}");
        }
        if self.errors.len() > 20 {
            let _ = writeln!(text, "unexpected: {} more", self.errors.len() - 20);
        }
        text
    }
}

fn row(name: &str, line: &Line) -> String {
    let percent = |kept: Kept| {
        if kept.measured == 0 {
            "–".to_owned()
        } else {
            format!("{:.0} %", kept.fraction() * 100.0)
        }
    };
    format!(
        "{:<24}{:>7}{:>8}{:>9}{:>8}{:>10}{:>8}{:>7}{:>6}{:>8}{:>11}{:>10}{:>10}{:>9}\n",
        name,
        line.booked,
        line.matched,
        percent(line.respond),
        percent(line.arrive),
        percent(line.complete),
        format!("{:.1} m", line.eta_error_min()),
        line.cancelled,
        line.expired,
        line.settled,
        riyals(line.shares.collected),
        riyals(line.shares.commission),
        riyals(line.shares.vendor),
        riyals(line.shares.vat),
    )
}

/// Whole riyals, rounded.
fn riyals(money: Money) -> String {
    (money.halalas() + 50).div_euclid(100).to_string()
}

/// Of sorted microseconds, in milliseconds with one decimal (nearest rank).
fn percentile_ms(sorted_us: &[u32], percent: usize) -> f64 {
    let rank = (sorted_us.len() * percent).div_ceil(100).max(1);
    let us = sorted_us.get(rank - 1).copied().unwrap_or_default();
    (f64::from(us) / 100.0).round() / 10.0
}

#[cfg(test)]
mod tests;
