//! Who could take a job at this moment, best first, and why each of the others could not.

use crate::Dispatch;
use crate::facts::Known;
use crate::rules::{self, Coverage, Facts, Start, Visit};
use contract_dispatch::{CandidateView, DispatchFault, DispatchRequest, WhyNot};
use contract_location::{Leg, Position, Sector, Travel};
use contract_sla::Urgency;
use contract_vendors::{EligibleQuery, TechnicianCard};
use kernel::{GeoPoint, Lift, Outcome, TechnicianId, Time, minutes};
use sqlx::PgConnection;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The judgement over one job.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    pub request: DispatchRequest,
    pub radius_m: u32,
    /// Those who could be chosen first, best first.
    pub judged: Vec<Judged>,
}

#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub view: CandidateView,
    /// Absent for whoever can't come at all.
    pub visit: Option<Visit>,
    /// Where they are is not known; they were judged as if at home.
    pub place_guessed: bool,
}

impl Ranking {
    pub(crate) fn possible(&self) -> impl Iterator<Item = &Judged> {
        self.judged.iter().filter(|j| j.view.why_not.is_none())
    }
    /// Whether somebody on shift is refused only for a place that was guessed: who has just begun
    /// tells where they are within seconds.
    pub(crate) fn awaits_a_position(&self) -> bool {
        let for_the_place = |why| matches!(why, WhyNot::TooLate | WhyNot::OutsideRadius);
        self.judged
            .iter()
            .any(|j| j.place_guessed && j.view.why_not.is_some_and(for_the_place))
    }
    pub(crate) fn of(&self, technician: TechnicianId) -> Option<&Judged> {
        self.judged.iter().find(|j| j.view.technician == technician)
    }
}

/// A candidate on the way through the judgement.
struct Open {
    facts: Facts,
    start: Result<Start, WhyNot>,
    /// Straight-line metres from the start to the pin.
    distance_m: u32,
    /// Positions of the legs to the job and onward among those asked for.
    legs: Option<(usize, Option<usize>)>,
}

impl Dispatch {
    /// Judges these jobs side by side, in the order given. `also` is judged however far away.
    pub(crate) async fn rank(
        &self,
        db: &mut PgConnection,
        requests: &[DispatchRequest],
        also: Option<TechnicianId>,
        now: Time,
    ) -> Outcome<Vec<Ranking>, DispatchFault> {
        let pools = self.eligible(requests, now).await?;
        let everyone: BTreeSet<_> = pools
            .iter()
            .flat_map(|pool| pool.iter().map(|c| c.id))
            .collect();
        let everyone: Vec<_> = everyone.into_iter().collect();
        let jobs: Vec<_> = requests.iter().map(|r| r.job).collect();
        let known = Known::read(db, &jobs, &everyone, now).await?;
        let positions: BTreeMap<_, _> = self
            .location
            .positions(everyone, now)
            .await
            .unexpected()?
            .into_iter()
            .map(|position| (position.technician, position))
            .collect();

        // Journeys are asked for together, one call an hour of traffic.
        let mut legs: BTreeMap<Time, Vec<Leg>> = BTreeMap::new();
        let mut open: Vec<Vec<Open>> = Vec::with_capacity(requests.len());
        for (request, pool) in requests.iter().zip(&pools) {
            let legs = legs.entry(request.earliest.max(now)).or_default();
            open.push(self.candidates(request, pool, &known, &positions, also, legs, now));
        }
        let mut travels: BTreeMap<Time, Vec<Travel>> = BTreeMap::new();
        for (at, legs) in legs.into_iter().filter(|(_, legs)| !legs.is_empty()) {
            travels.insert(at, self.location.travel(legs, at).await.unexpected()?);
        }
        let mut cover = Cover::new(self.location.sectors().await.unexpected()?);
        let none = Vec::new();
        Ok(requests
            .iter()
            .zip(open)
            .map(|(request, open)| {
                let travels = travels.get(&request.earliest.max(now)).unwrap_or(&none);
                self.judge(request, open, travels, &mut cover, now)
            })
            .collect())
    }

    /// Who may do each job; equal questions are asked once.
    async fn eligible(
        &self,
        requests: &[DispatchRequest],
        now: Time,
    ) -> Outcome<Vec<Arc<[TechnicianCard]>>, DispatchFault> {
        let mut asked: Vec<(EligibleQuery, Arc<[TechnicianCard]>)> = Vec::new();
        let mut pools = Vec::with_capacity(requests.len());
        for request in requests {
            let from = request.earliest.max(now);
            let query = EligibleQuery {
                category: request.category.clone(),
                skills: request.skills.clone(),
                zone: request.zone.clone(),
                from,
                until: from + minutes(request.duration_minutes.into()),
                on_shift_now: request.urgency == Urgency::Immediate,
            };
            let before = asked
                .iter()
                .find(|(q, _)| *q == query)
                .map(|(_, pool)| pool.clone());
            let pool = match before {
                Some(pool) => pool,
                None => {
                    let mut cards = self.vendors.eligible(query.clone()).await.unexpected()?;
                    cards.sort_by_key(|card| card.id);
                    let pool: Arc<[TechnicianCard]> = cards.into();
                    asked.push((query, pool.clone()));
                    pool
                }
            };
            pools.push(pool);
        }
        Ok(pools)
    }

    #[allow(clippy::too_many_arguments)]
    fn candidates(
        &self,
        request: &DispatchRequest,
        pool: &[TechnicianCard],
        known: &Known,
        positions: &BTreeMap<TechnicianId, Position>,
        also: Option<TechnicianId>,
        legs: &mut Vec<Leg>,
        now: Time,
    ) -> Vec<Open> {
        let visit_at = request.earliest.max(now);
        let mut open: Vec<Open> = pool
            .iter()
            .map(|card| {
                let facts = Facts {
                    card: card.clone(),
                    position: positions.get(&card.id).copied(),
                    commitments: known.commitments(card.id, request.job),
                    jobs_that_day: known.jobs_that_day(card.id, request.job, visit_at),
                    offer_open: known.offer_open(card.id, request.job),
                    refusal: known.refusal(card.id, request.job),
                };
                let start = rules::start(&facts, request, now, &self.settings);
                let distance_m = match &start {
                    Ok(start) => start.from.distance_m(request.pin) as u32,
                    Err(_) => u32::MAX,
                };
                Open {
                    facts,
                    start,
                    distance_m,
                    legs: None,
                }
            })
            .collect();
        open.sort_by_key(|o| (o.distance_m, o.facts.card.id));
        let widest = self.settings.rings_m.last().copied().unwrap_or(u32::MAX);
        let mut left = self.settings.journeys;
        for candidate in &mut open {
            let Ok(start) = &candidate.start else {
                continue;
            };
            let asked_for = also == Some(candidate.facts.card.id);
            if !asked_for && (left == 0 || candidate.distance_m > widest) {
                continue;
            }
            left = left.saturating_sub(1);
            legs.push(Leg {
                from: start.from,
                to: request.pin,
            });
            let to = legs.len() - 1;
            let onward = start.next.map(|next| {
                legs.push(Leg {
                    from: request.pin,
                    to: next.pin,
                });
                legs.len() - 1
            });
            candidate.legs = Some((to, onward));
        }
        open
    }

    fn judge(
        &self,
        request: &DispatchRequest,
        open: Vec<Open>,
        travels: &[Travel],
        cover: &mut Cover,
        now: Time,
    ) -> Ranking {
        let settings = &self.settings;
        let at_pin = cover.of_sector(request);
        let mut all = Vec::with_capacity(open.len());
        for candidate in open {
            let Open {
                facts,
                start,
                distance_m,
                legs,
            } = candidate;
            let journey = legs.and_then(|(to, onward)| {
                Some((
                    *travels.get(to)?,
                    onward.and_then(|leg| travels.get(leg).copied()),
                ))
            });
            let mut view = CandidateView {
                technician: facts.card.id,
                vendor: facts.card.vendor,
                name: facts.card.name.clone(),
                eta: None,
                distance_m: None,
                travel_seconds: None,
                score: None,
                why_not: None,
            };
            let mut visit = None;
            let mut resort = None;
            let place_guessed = matches!(&start, Ok(start) if !start.position_known);
            match (start, journey) {
                (Err(why), _) => view.why_not = Some(why),
                (Ok(_), None) => view.why_not = Some(WhyNot::OutsideRadius),
                (Ok(start), Some((travel, onward))) => {
                    view.distance_m = Some(travel.distance_m);
                    view.travel_seconds = Some(travel.seconds);
                    match rules::visit(&start, request, travel, onward, now, settings) {
                        Err(why) => view.why_not = Some(why),
                        Ok(found) => {
                            let coverage = Coverage {
                                at_pin,
                                left_behind: cover.around(start.from),
                            };
                            let score = rules::score(
                                &facts, &start, &found, coverage, request, now, settings,
                            );
                            view.eta = Some(found.eta);
                            view.score = Some(score);
                            let late = rules::too_late(&found, request, settings);
                            view.why_not = start.bar.or(late.then_some(WhyNot::TooLate));
                            resort = Some(start.resort);
                            visit = Some(found);
                        }
                    }
                }
            }
            let judged = Judged {
                view,
                visit,
                place_guessed,
            };
            all.push((judged, resort, distance_m));
        }

        // A later group only where the earlier has nobody.
        let possible = |j: &Judged| j.view.why_not.is_none();
        let group = all
            .iter()
            .filter(|(j, ..)| possible(j))
            .filter_map(|(_, resort, _)| *resort)
            .min();
        for (judged, resort, _) in &mut all {
            if judged.view.why_not.is_none() && *resort != group {
                judged.view.why_not = Some(match resort {
                    Some(rules::Resort::AskAgain) => WhyNot::DeclinedBefore,
                    _ => WhyNot::NoPosition,
                });
            }
        }
        // Ring by ring, until enough could take it.
        let near: Vec<_> = all
            .iter()
            .filter(|(j, ..)| possible(j))
            .map(|(_, _, d)| *d)
            .collect();
        let radius_m = rules::radius(&near, settings);
        for (judged, _, distance_m) in &mut all {
            let wanted = request.preferred == Some(judged.view.technician);
            if judged.view.why_not.is_none() && *distance_m > radius_m && !wanted {
                judged.view.why_not = Some(WhyNot::OutsideRadius);
            }
        }

        let mut judged: Vec<_> = all.into_iter().map(|(judged, ..)| judged).collect();
        judged.sort_by_key(|j| {
            let points = j.view.score.as_ref().map(|score| score.total);
            (j.view.why_not.is_some(), Reverse(points), j.view.technician)
        });
        Ranking {
            request: request.clone(),
            radius_m,
            judged,
        }
    }
}

/// The coverage weight around a point: that of the sector whose centre is nearest.
struct Cover {
    sectors: Vec<Sector>,
    found: BTreeMap<(u64, u64), f64>,
}

impl Cover {
    /// Of a place no sector says anything about.
    const USUAL: f64 = 1.0;

    fn new(sectors: Vec<Sector>) -> Self {
        Self {
            sectors,
            found: BTreeMap::new(),
        }
    }
    fn of_sector(&self, request: &DispatchRequest) -> f64 {
        let sector = self
            .sectors
            .iter()
            .find(|sector| sector.slug == request.sector);
        sector.map_or(Self::USUAL, |sector| sector.coverage_weight)
    }
    fn around(&mut self, point: GeoPoint) -> f64 {
        let key = (point.lat().to_bits(), point.lon().to_bits());
        let sectors = &self.sectors;
        *self.found.entry(key).or_insert_with(|| {
            sectors
                .iter()
                .min_by(|a, b| {
                    let to = |sector: &Sector| sector.centre.distance_m(point);
                    to(a).total_cmp(&to(b)).then_with(|| a.slug.cmp(&b.slug))
                })
                .map_or(Self::USUAL, |sector| sector.coverage_weight)
        })
    }
}
