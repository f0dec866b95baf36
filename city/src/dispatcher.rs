//! What the dispatcher does: looks at what nobody has taken and decides by hand.

use crate::city::City;
use contract_dispatch::{Assignment, CandidateView, QueueItem, RankingView, RequestState, WhyNot};
use kernel::Page;
use serde_json::json;

/// The best who could be asked; else the best of those against whom only an offer speaks.
fn choice(candidates: &[CandidateView]) -> Option<&CandidateView> {
    let able = || {
        candidates
            .iter()
            .filter(|candidate| candidate.eta.is_some())
    };
    let weighed = [
        WhyNot::DeclinedBefore,
        WhyNot::OutsideRadius,
        WhyNot::TooLate,
        WhyNot::OfferOpen,
    ];
    able()
        .find(|candidate| candidate.why_not.is_none())
        .or_else(|| {
            able().find(|candidate| candidate.why_not.is_some_and(|why| weighed.contains(&why)))
        })
}

impl City {
    pub(crate) async fn escalated(&mut self) -> anyhow::Result<()> {
        let (api, now) = (self.api.clone(), self.now());
        let path = "/v1/dispatch/queue?state=escalated&limit=50";
        let Ok(queue) = self
            .dispatcher
            .get::<Page<QueueItem>>(&api, now, path)
            .await?
        else {
            return Ok(());
        };
        for item in queue.items {
            // Somebody is looking at its offer just now.
            if item.state != RequestState::Waiting {
                continue;
            }
            let path = format!("/v1/dispatch/jobs/{}/candidates", item.job);
            let Ok(ranking) = self.dispatcher.get::<RankingView>(&api, now, &path).await? else {
                continue;
            };
            let Some(chosen) = choice(&ranking.candidates) else {
                continue;
            };
            let path = format!("/v1/dispatch/jobs/{}/assign", item.job);
            let body = json!({
                "technician": chosen.technician,
                "reason": "Nobody took it in time; the best of those who can",
            });
            let assigned = self
                .dispatcher
                .post::<Assignment>(&api, now, &path, &body)
                .await?;
            self.settle(false).await?;
            if let Ok(assignment) = assigned
                && let Some(technician) = self.by_technician.get(&assignment.technician).copied()
            {
                self.taken(technician, &assignment).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{TechnicianId, Text, Time, VendorId};

    fn candidate(eta: bool, why_not: Option<WhyNot>) -> CandidateView {
        CandidateView {
            technician: TechnicianId::new(),
            vendor: VendorId::new(),
            name: Text::default(),
            eta: eta.then_some(Time::UNIX_EPOCH),
            distance_m: None,
            travel_seconds: None,
            score: None,
            why_not,
        }
    }

    #[test]
    fn the_best_who_can_come() {
        for (candidates, chosen) in [
            (vec![], None),
            (vec![candidate(true, Some(WhyNot::Busy))], None),
            (
                vec![
                    candidate(true, Some(WhyNot::TooLate)),
                    candidate(true, None),
                ],
                Some(1),
            ),
            (vec![candidate(true, None), candidate(true, None)], Some(0)),
            (
                vec![
                    candidate(true, Some(WhyNot::Busy)),
                    candidate(true, Some(WhyNot::DeclinedBefore)),
                ],
                Some(1),
            ),
            (vec![candidate(false, Some(WhyNot::DeclinedBefore))], None),
        ] {
            let expected = chosen.map(|place: usize| candidates[place].technician);
            assert_eq!(choice(&candidates).map(|c| c.technician), expected);
        }
    }
}
