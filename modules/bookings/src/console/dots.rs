//! Technicians on the map. One copy a process, brought up to date by what has changed.

use crate::Below;
use contract_bookings::{BookingFault, DotState, TechnicianDot};
use contract_location::{FRESH_SECONDS, Sighting};
use kernel::{GeoPoint, JobId, Lift, Outcome, Slug, TechnicianId, Text, Time, hours, seconds};
use sqlx::PgPool;
use std::collections::{BTreeMap, BTreeSet};

/// Below this a move is the receiver's noise and has no direction.
const STEP_M: f64 = 5.0;

/// A dot and the zones whose dispatchers see it: where the technician is, and where the job is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Placed {
    pub dot: TechnicianDot,
    pub zones: BTreeSet<Slug>,
}

impl Placed {
    pub(crate) fn visible(&self, zones: Option<&[Slug]>) -> bool {
        zones.is_none_or(|own| own.iter().any(|zone| self.zones.contains(zone)))
    }
}

/// A dot that is new or different, and how it was said the last time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moved {
    pub now: Placed,
    pub before: Option<Placed>,
}

impl Moved {
    /// What a reader of these zones is told. Who leaves them is shown a last time where they were
    /// seen, as history.
    pub(crate) fn told(&self, zones: Option<&[Slug]>) -> Option<TechnicianDot> {
        if self.now.visible(zones) {
            return Some(self.now.dot.clone());
        }
        let before = self.before.as_ref().filter(|b| b.visible(zones))?;
        Some(TechnicianDot {
            fresh: false,
            state: DotState::Offline,
            job: None,
            ..before.dot.clone()
        })
    }
}

#[derive(Debug, Clone)]
struct Seen {
    sighting: Sighting,
    heading: Option<u16>,
}

#[derive(Debug, Clone)]
struct Card {
    name: Text,
    on_shift: bool,
}

/// What is known of everybody.
#[derive(Debug, Default)]
pub(crate) struct Known {
    mark: Option<String>,
    seen: BTreeMap<TechnicianId, Seen>,
    cards: BTreeMap<TechnicianId, Card>,
    said: BTreeMap<TechnicianId, Placed>,
}

impl Known {
    /// Learns what is new. `all_cards`: also asks again for the names and shifts known already.
    pub(crate) async fn learn(
        &mut self,
        db: &PgPool,
        below: &Below,
        now: Time,
        all_cards: bool,
    ) -> Outcome<Vec<Moved>, BookingFault> {
        let sightings = below.location.moved(self.mark.clone(), now).await.lift()?;
        if sightings.whole {
            let present: BTreeSet<TechnicianId> = sightings
                .moved
                .iter()
                .map(|s| s.position.technician)
                .collect();
            self.seen.retain(|id, _| present.contains(id));
        }
        self.mark = Some(sightings.mark);
        for sighting in sightings.moved {
            let id = sighting.position.technician;
            let heading = self.seen.get(&id).and_then(|last| {
                heading(last.sighting.position.point, sighting.position.point).or(last.heading)
            });
            self.seen.insert(id, Seen { sighting, heading });
        }
        let unknown: Vec<TechnicianId> = self
            .seen
            .keys()
            .filter(|id| all_cards || !self.cards.contains_key(id))
            .copied()
            .collect();
        if !unknown.is_empty() {
            for card in below.vendors.technicians(unknown).await.unexpected()? {
                let (name, on_shift) = (card.name, card.on_shift);
                self.cards.insert(card.id, Card { name, on_shift });
            }
        }
        let busy = busy(db, now).await?;
        Ok(self.changes(&busy, now))
    }

    /// Everybody as last said.
    pub(crate) fn said(&self) -> impl Iterator<Item = &Placed> {
        self.said.values()
    }

    fn changes(&mut self, busy: &BTreeMap<TechnicianId, (JobId, Slug)>, now: Time) -> Vec<Moved> {
        let mut changes = Vec::new();
        for (id, seen) in &self.seen {
            // Somebody who left long ago, or whose enrolment is not finished.
            let Some(card) = self.cards.get(id) else {
                continue;
            };
            let position = &seen.sighting.position;
            let work = busy.get(id);
            let state = match work {
                Some(_) => DotState::Busy,
                None if card.on_shift => DotState::Free,
                None => DotState::Offline,
            };
            let fresh = now.since(position.at) <= seconds(FRESH_SECONDS);
            let before = self.said.get(id);
            // Yesterday's news of somebody who does nothing is no news.
            if before.is_none() && !fresh && state == DotState::Offline {
                continue;
            }
            let mut zones: BTreeSet<Slug> = seen.sighting.zone.iter().cloned().collect();
            zones.extend(work.map(|(_, zone)| zone.clone()));
            let placed = Placed {
                dot: TechnicianDot {
                    technician: *id,
                    name: card.name.clone(),
                    point: position.point,
                    heading_deg: seen.heading,
                    at: position.at,
                    fresh,
                    state,
                    job: work.map(|(job, _)| *job),
                },
                zones,
            };
            if before != Some(&placed) {
                changes.push(Moved {
                    before: before.cloned(),
                    now: placed,
                });
            }
        }
        for change in &changes {
            self.said
                .insert(change.now.dot.technician, change.now.clone());
        }
        changes
    }
}

/// Whose time is taken: by a visit under way, or one that is near.
async fn busy(
    db: &PgPool,
    now: Time,
) -> Outcome<BTreeMap<TechnicianId, (JobId, Slug)>, BookingFault> {
    let rows = sqlx::query!(
        r#"select j.technician as "technician!: TechnicianId", j.id as "job: JobId", b.zone as "zone: Slug"
           from bookings.jobs j join bookings.bookings b on b.id = j.booking
           where j.technician is not null
             and (j.state in ('en_route', 'arrived', 'in_progress', 'awaiting_approval')
                  or j.state = 'assigned' and (b.slot is null or b.slot < $1))
           order by j.state = 'assigned' desc, j.id"#,
        now + hours(1)
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.technician, (row.job, row.zone)))
        .collect())
}

/// Degrees from north, clockwise; none for a step too small to have a direction.
fn heading(from: GeoPoint, to: GeoPoint) -> Option<u16> {
    if from.distance_m(to) < STEP_M {
        return None;
    }
    let (a, b) = (from.lat().to_radians(), to.lat().to_radians());
    let turn = (to.lon() - from.lon()).to_radians();
    let east = turn.sin() * b.cos();
    let north = a.cos() * b.sin() - a.sin() * b.cos() * turn.cos();
    let degrees = east.atan2(north).to_degrees().rem_euclid(360.0).round();
    Some(degrees as u16 % 360)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(lat: f64, lon: f64) -> GeoPoint {
        GeoPoint::new(lat, lon).unwrap()
    }

    #[test]
    fn headings_are_clockwise_from_north() {
        let here = point(24.7, 46.7);
        for (lat, lon, expected) in [
            (24.8, 46.7, 0),
            (24.7, 46.8, 90),
            (24.6, 46.7, 180),
            (24.7, 46.6, 270),
        ] {
            let told = heading(here, point(lat, lon)).unwrap();
            let off = (i32::from(told) - expected).rem_euclid(360);
            assert!(off.min(360 - off) <= 1, "{told} for {expected}");
        }
        assert_eq!(heading(here, point(24.70001, 46.7)), None, "a metre");
    }

    #[test]
    fn who_leaves_the_zones_is_shown_a_last_time_where_they_were() {
        let dot = |lat, state| TechnicianDot {
            technician: TechnicianId::new(),
            name: Text::default(),
            point: point(lat, 46.7),
            heading_deg: None,
            at: Time::UNIX_EPOCH,
            fresh: true,
            state,
            job: None,
        };
        let zone = |text: &str| Slug::parse(text).unwrap();
        let placed = |lat, name: &str| Placed {
            dot: dot(lat, DotState::Free),
            zones: [zone(name)].into(),
        };
        let moved = Moved {
            before: Some(placed(24.8, "north")),
            now: placed(24.6, "south"),
        };
        assert_eq!(moved.told(None).unwrap().point, point(24.6, 46.7));
        let north = moved.told(Some(&[zone("north")])).unwrap();
        assert_eq!(
            (north.point, north.fresh, north.state),
            (point(24.8, 46.7), false, DotState::Offline)
        );
        assert_eq!(moved.told(Some(&[zone("east")])), None);
    }
}
