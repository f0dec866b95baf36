//! After the last hour: silence is taken for consent, the quality hold runs out, vendors are paid
//! by two officers, the queue drains; then everything is counted.

use crate::city::City;
use crate::report::{BookingFacts, Remains, Report, Shares};
use crate::wire::{Batch, Entry, TrialBalance};
use contract_bookings::BookingState;
use kernel::{Money, days, hours, minutes};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The platform accepts silent customers' work after 24 hours.
const CONSENT_H: i64 = 26;
/// The longest quality hold of the catalog is 60 days.
const QUALITY_HOLD_DAYS: i64 = 61;
/// How long the bank's news of payouts may take, real time.
const BANK_PATIENCE: Duration = Duration::from_secs(30);

impl City {
    /// `started` and the rest of what the city does not know itself.
    pub(crate) async fn close_the_books(
        &mut self,
        mut remains: Remains,
        started: Instant,
    ) -> anyhow::Result<Report> {
        let api = self.api.clone();
        let consent = self.now() + hours(CONSENT_H);
        self.pace.jump(&api, consent, hours(1)).await?;
        let mut facts = self.facts().await?;
        // A booking that is not over now gets what the days bring, and is looked at again.
        let over = self.now() + days(QUALITY_HOLD_DAYS);
        self.pace.jump(&api, over, hours(12)).await?;
        for (number, fact) in facts.iter_mut().enumerate() {
            let ended = matches!(
                fact.state,
                BookingState::Settled | BookingState::Cancelled | BookingState::Expired
            );
            if !ended && let Some(track) = self.track(number).await? {
                fact.state = track.state;
            }
        }
        remains.paid_out = self.pay_vendors().await?;
        let drained = self.now() + hours(2);
        self.pace.jump(&api, drained, minutes(15)).await?;
        self.shares(&mut facts).await?;
        remains.ledger_imbalance = self.imbalance().await?;
        let idle = api.idle().await?;
        remains.stuck_queue = idle.due;
        remains.failed_jobs = idle.dead;
        remains.real_s = started.elapsed().as_secs_f64();
        Ok(Report::new(&facts, remains, api.take_tally()))
    }

    async fn facts(&mut self) -> anyhow::Result<Vec<BookingFacts>> {
        let mut facts = Vec::with_capacity(self.bookings.len());
        for number in 0..self.bookings.len() {
            let track = self.track(number).await?;
            let booking = &self.bookings[number];
            // A refusal is remembered as an unexpected answer; the booking then counts as stuck.
            let (state, clocks) = track
                .map_or((BookingState::AwaitingPayment, Vec::new()), |track| {
                    (track.state, track.clocks)
                });
            facts.push(BookingFacts {
                category: booking.category.clone(),
                zone: booking.zone.clone(),
                sector: booking.sector.clone(),
                state,
                matched: booking.matched,
                finished: booking.finished,
                eta_error_s: booking.eta_error_s,
                clocks,
                shares: Shares::default(),
            });
        }
        Ok(facts)
    }

    /// What went where, from the ledger.
    async fn shares(&mut self, facts: &mut [BookingFacts]) -> anyhow::Result<()> {
        for (number, fact) in facts.iter_mut().enumerate() {
            let path = format!("/v1/ledger/entries?booking={}", self.bookings[number].id);
            let (api, now) = (self.api.clone(), self.pace.now());
            if let Ok(entries) = self.finance[0].get::<Vec<Entry>>(&api, now, &path).await? {
                fact.shares = shares(&entries);
            }
        }
        Ok(())
    }

    async fn imbalance(&mut self) -> anyhow::Result<Money> {
        let (api, now) = (self.api.clone(), self.now());
        let path = "/v1/ledger/trial-balance";
        let Ok(balance) = self.finance[0].get::<TrialBalance>(&api, now, path).await? else {
            // Remembered as an unexpected answer.
            return Ok(Money::ZERO);
        };
        let off = [
            balance.imbalance,
            balance.pending_imbalance,
            balance.held_imbalance,
        ];
        let halalas: i64 = off.iter().map(|money| money.halalas().abs()).sum();
        let drifting = balance.drifting.len() as i64;
        Ok(Money::from_halalas(halalas + drifting))
    }

    /// One officer prepares, another releases, the bank pays. Returns what arrived.
    async fn pay_vendors(&mut self) -> anyhow::Result<Money> {
        let (api, now) = (self.api.clone(), self.now());
        let path = "/v1/payouts/batches";
        let Ok(batch) = self.finance[0]
            .post::<Batch>(&api, now, path, &Value::Null)
            .await?
        else {
            return Ok(Money::ZERO);
        };
        let path = format!("/v1/payouts/batches/{}", batch.summary.id);
        let release = format!("{path}/release");
        if self.finance[1].step_up(&api, now).await?.is_err() {
            return Ok(Money::ZERO);
        }
        if self.finance[1]
            .post::<Batch>(&api, now, &release, &Value::Null)
            .await?
            .is_err()
        {
            return Ok(Money::ZERO);
        }
        let began = Instant::now();
        loop {
            self.settle(true).await?;
            let left = api.settle_now().await?.pending_payouts;
            self.settle(true).await?;
            let Ok(batch) = self.finance[0].get::<Batch>(&api, now, &path).await? else {
                return Ok(Money::ZERO);
            };
            let summary = batch.summary;
            if summary.paid + summary.returned == summary.total || began.elapsed() > BANK_PATIENCE {
                if summary.paid + summary.returned != summary.total {
                    api.error(format!(
                        "payouts that never ended; {left} are open at the bank"
                    ));
                }
                return Ok(summary.paid);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// The parts of a booking's money. Credits are negative in the ledger.
fn shares(entries: &[Entry]) -> Shares {
    let sum = |kinds: &[&str], account: &dyn Fn(&str) -> bool| -> Money {
        entries
            .iter()
            .filter(|entry| kinds.contains(&entry.kind.as_str()))
            .flat_map(|entry| &entry.postings)
            .filter(|posting| account(&posting.account))
            .map(|posting| posting.amount)
            .sum()
    };
    let share = ["split", "cancellation_fee"];
    Shares {
        collected: sum(&["capture"], &|account| account.ends_with(":clearing")),
        commission: -sum(&share, &|account| account == "platform:commission"),
        vendor: -sum(&share, &|account| account.starts_with("vendor:")),
        vat: -sum(&share, &|account| account.starts_with("platform:vat_")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Posting;

    #[test]
    fn the_parts_sum_to_what_was_collected() {
        let entry = |kind: &str, postings: &[(&str, i64)]| Entry {
            kind: kind.into(),
            postings: postings
                .iter()
                .map(|(account, halalas)| Posting {
                    account: (*account).into(),
                    amount: Money::from_halalas(*halalas),
                })
                .collect(),
        };
        let entries = [
            entry("hold", &[("gateway:moyasar:clearing", 23_000)]),
            entry(
                "capture",
                &[
                    ("gateway:moyasar:clearing", 23_000),
                    ("customer:usr_1:wallet", -23_000),
                ],
            ),
            entry(
                "gateway_fee",
                &[
                    ("gateway:moyasar:fees", 330),
                    ("gateway:moyasar:clearing", -330),
                ],
            ),
            entry(
                "split",
                &[
                    ("customer:usr_1:wallet", 23_000),
                    ("vendor:vnd_1:held", -17_000),
                    ("platform:vat_output", -3_000),
                    ("platform:vat_input", 2_217),
                    ("platform:commission", -5_217),
                ],
            ),
            entry(
                "vendor_release",
                &[
                    ("vendor:vnd_1:held", 17_000),
                    ("vendor:vnd_1:payable", -17_000),
                ],
            ),
        ];
        let shares = shares(&entries);
        assert_eq!(shares.collected, Money::from_halalas(23_000));
        assert_eq!(shares.vendor, Money::from_halalas(17_000));
        assert_eq!(shares.vat, Money::from_halalas(783));
        assert_eq!(
            shares.vendor + shares.vat + shares.commission,
            shares.collected
        );
    }
}
