#![allow(clippy::unwrap_used)]

use super::*;
use kernel::{BookingId, JobId, Slug, TechnicianId, Text, UserId, VendorId};
use proptest::prelude::*;

fn now() -> Time {
    "2026-12-06T06:00:00Z".parse().unwrap()
}

fn point(lat: f64, lon: f64) -> GeoPoint {
    GeoPoint::new(lat, lon).unwrap()
}

fn slug(text: &str) -> Slug {
    text.parse().unwrap()
}

fn settings() -> DispatchSettings {
    DispatchSettings::default()
}

fn request(urgency: Urgency, from: SignedDuration) -> DispatchRequest {
    let earliest = now() + from;
    DispatchRequest {
        job: JobId::new(),
        booking: BookingId::new(),
        service_name: Text::new("كشف تسريب", "Leak detection"),
        category: slug("plumbing"),
        skills: vec![],
        pin: point(24.80, 46.65),
        sector: slug("al-yasmin"),
        sector_name: Text::new("الياسمين", "Al Yasmin"),
        zone: slug("north"),
        urgency,
        earliest,
        duration_minutes: 60,
        respond_by: now() + minutes(15),
        arrive_by: earliest + minutes(90),
        preferred: None,
    }
}

fn facts() -> Facts {
    let id = TechnicianId::new();
    Facts {
        card: TechnicianCard {
            id,
            user: UserId::new(),
            vendor: VendorId::new(),
            vendor_name: Text::new("شركة", "Company"),
            vendor_tier: slug("basic"),
            name: Text::new("سالم", "Salem"),
            skills: vec![],
            home: point(24.70, 46.70),
            on_shift: true,
            quality: 0.8,
            skill_fit: 0.5,
        },
        position: Some(Position {
            technician: id,
            point: point(24.79, 46.66),
            at: now(),
            fresh: true,
        }),
        commitments: vec![],
        jobs_that_day: 0,
        offer_open: false,
        refusal: None,
    }
}

fn travel(seconds: u32) -> Travel {
    Travel {
        distance_m: seconds * 10,
        seconds,
    }
}

fn busy(from: SignedDuration, until: SignedDuration) -> Commitment {
    Commitment {
        pin: point(24.75, 46.68),
        from: now() + from,
        until: now() + until,
    }
}

fn scored(facts: &Facts, request: &DispatchRequest, seconds: u32) -> Score {
    let start = start(facts, request, now(), &settings()).unwrap();
    let visit = visit(&start, request, travel(seconds), None, now(), &settings()).unwrap();
    let coverage = Coverage {
        at_pin: 1.0,
        left_behind: 1.0,
    };
    score(facts, &start, &visit, coverage, request, now(), &settings())
}

#[test]
fn where_an_immediate_journey_starts() {
    let job = request(Urgency::Immediate, minutes(0));
    let begin = |change: &dyn Fn(&mut Facts)| {
        let mut facts = facts();
        change(&mut facts);
        start(&facts, &job, now(), &settings())
    };
    let here = begin(&|_| ()).unwrap();
    assert_eq!(
        (here.from, here.resort, here.bar),
        (point(24.79, 46.66), Resort::First, None)
    );

    assert_eq!(begin(&|f| f.card.on_shift = false), Err(WhyNot::OffShift));
    // Begun and not finished, even though its time is over.
    assert_eq!(
        begin(&|f| f.commitments.push(busy(minutes(-300), minutes(-60)))),
        Err(WhyNot::Busy)
    );

    for forget in [true, false] {
        let unknown = begin(&|f| match forget {
            true => f.position = None,
            false => f.position.as_mut().unwrap().fresh = false,
        })
        .unwrap();
        assert_eq!(
            (unknown.from, unknown.resort),
            (point(24.70, 46.70), Resort::PositionUnknown)
        );
        assert!(!unknown.position_known, "a stale position counts as none");
    }
    assert_eq!(
        begin(&|f| f.offer_open = true).unwrap().bar,
        Some(WhyNot::OfferOpen)
    );
    assert_eq!(
        begin(&|f| f.refusal = Some(Refusal::Released)).unwrap().bar,
        Some(WhyNot::ReleasedBefore)
    );
    let asked = |ago| begin(&|f| f.refusal = Some(Refusal::Asked(now() - seconds(ago)))).unwrap();
    assert_eq!(asked(299).bar, Some(WhyNot::DeclinedBefore));
    assert_eq!(
        (asked(300).bar, asked(300).resort),
        (None, Resort::AskAgain)
    );
}

#[test]
fn where_a_scheduled_journey_starts() {
    let tomorrow = request(Urgency::Scheduled, hours(26));
    let soon = request(Urgency::Scheduled, hours(2));
    let mut person = facts();
    let home = start(&person, &tomorrow, now(), &settings()).unwrap();
    assert_eq!(
        (home.from, home.position_known),
        (point(24.70, 46.70), true)
    );
    assert_eq!(
        start(&person, &soon, now(), &settings()).unwrap().from,
        point(24.79, 46.66)
    );

    person.position = None;
    let lost = start(&person, &soon, now(), &settings()).unwrap();
    assert_eq!(
        (lost.from, lost.position_known, lost.resort),
        (point(24.70, 46.70), false, Resort::First)
    );

    person.commitments = vec![busy(hours(24), hours(26)), busy(hours(29), hours(30))];
    let between = start(&person, &tomorrow, now(), &settings()).unwrap();
    assert_eq!(between.from, point(24.75, 46.68));
    assert_eq!(
        between.ready,
        now() + hours(26) - minutes(15),
        "the buffer is for the journey"
    );
    assert_eq!(between.next, Some(busy(hours(29), hours(30))));
    // Yesterday's last job is not where tomorrow starts.
    person.commitments = vec![busy(hours(-2), hours(1))];
    assert_eq!(
        start(&person, &tomorrow, now(), &settings()).unwrap().from,
        point(24.70, 46.70)
    );
}

#[test]
fn a_visit_fits_between_two_others_or_not() {
    let job = request(Urgency::Scheduled, hours(4));
    let mut person = facts();
    let fit = |person: &Facts, to: u32, onward: u32| {
        let start = start(person, &job, now(), &settings()).unwrap();
        visit(
            &start,
            &job,
            travel(to),
            Some(travel(onward)),
            now(),
            &settings(),
        )
    };
    person.commitments = vec![busy(hours(2), hours(4)), busy(minutes(330), hours(7))];
    let found = fit(&person, 600, 600).unwrap();
    assert_eq!(found.eta, now() + hours(4));
    assert_eq!((found.from, found.until), (found.eta, now() + minutes(315)));
    // A longer way there pushes the visit back, up to the next job.
    assert_eq!(fit(&person, 1_800, 600).unwrap().eta, now() + minutes(255));
    assert_eq!(
        fit(&person, 1_860, 600),
        Err(WhyNot::Busy),
        "no buffer left"
    );
    assert_eq!(
        fit(&person, 600, 1_860),
        Err(WhyNot::Busy),
        "the next one would be late"
    );
    // From a job that ends after the promise there is no way.
    person.commitments = vec![busy(hours(2), hours(6))];
    assert_eq!(fit(&person, 600, 600), Err(WhyNot::Busy));
}

#[test]
fn an_immediate_visit_takes_the_technician_from_setting_out() {
    let job = request(Urgency::Immediate, minutes(0));
    let mut person = facts();
    person.commitments = vec![busy(hours(2), hours(3))];
    let start = start(&person, &job, now(), &settings()).unwrap();
    let found = visit(
        &start,
        &job,
        travel(1_200),
        Some(travel(900)),
        now(),
        &settings(),
    )
    .unwrap();
    assert_eq!(
        (found.from, found.eta, found.until),
        (now(), now() + minutes(20), now() + minutes(95))
    );
    let far = visit(
        &start,
        &job,
        travel(3_000),
        Some(travel(900)),
        now(),
        &settings(),
    );
    assert_eq!(far, Err(WhyNot::Busy));
}

#[test]
fn late_arrivals_are_an_answer_only_for_so_long() {
    let person = facts();
    for (urgency, from, drive, refused) in [
        (Urgency::Immediate, 0, 90 * 60, false),
        (Urgency::Immediate, 0, 150 * 60, false),
        (Urgency::Immediate, 0, 150 * 60 + 1, true),
        (Urgency::Scheduled, 60, 150 * 60, false),
        (Urgency::Scheduled, 60, 150 * 60 + 1, true),
    ] {
        let job = request(urgency, minutes(from));
        let start = start(&person, &job, now(), &settings()).unwrap();
        let visit = visit(&start, &job, travel(drive), None, now(), &settings()).unwrap();
        assert_eq!(
            too_late(&visit, &job, &settings()),
            refused,
            "{urgency:?} {drive}"
        );
    }
}

#[test]
fn each_component_speaks_for_the_better_one() {
    let job = request(Urgency::Immediate, minutes(0));
    let base = scored(&facts(), &job, 1_200).total;
    let with = |change: &dyn Fn(&mut Facts)| {
        let mut person = facts();
        change(&mut person);
        scored(&person, &job, 1_200).total
    };
    assert!(scored(&facts(), &job, 600).total > base, "arrival");
    assert!(with(&|f| f.card.quality = 0.9) > base);
    assert!(with(&|f| f.card.skill_fit = 1.0) > base);
    assert!(
        with(&|f| f.card.vendor_tier = slug("premium"))
            > with(&|f| f.card.vendor_tier = slug("growth"))
    );
    assert!(with(&|f| f.jobs_that_day = 3) < base, "fairness");
    assert!(
        with(&|f| f.commitments = vec![busy(hours(5), hours(6))]) < base,
        "workload"
    );
    assert!(with(&|f| f.position = None) < base, "position");
    let mut preferred = facts();
    let mut asking = job.clone();
    asking.preferred = Some(preferred.card.id);
    assert!(scored(&preferred, &asking, 1_200).total > base);
    preferred.card.id = TechnicianId::new();
    assert_eq!(scored(&preferred, &asking, 1_200).total, base);
}

#[test]
fn leaving_a_sector_short_of_cover_counts_against() {
    let (job, person) = (request(Urgency::Immediate, minutes(0)), facts());
    let from = start(&person, &job, now(), &settings()).unwrap();
    let found = visit(&from, &job, travel(600), None, now(), &settings()).unwrap();
    let total = |at_pin, left_behind| {
        score(
            &person,
            &from,
            &found,
            Coverage {
                at_pin,
                left_behind,
            },
            &job,
            now(),
            &settings(),
        )
        .total
    };
    assert!(total(2.0, 1.0) > total(1.0, 1.0));
    assert!(total(1.0, 1.0) > total(1.0, 2.0));
}

#[test]
fn rings_widen_until_enough() {
    let mut settings = settings();
    settings.enough_candidates = 2;
    for (distances, ring) in [
        (vec![1_000, 2_000], 3_000),
        (vec![1_000, 5_000], 6_000),
        (vec![1_000, 40_000], 50_000),
        (vec![1_000], 50_000),
        (vec![], 50_000),
    ] {
        assert_eq!(radius(&distances, &settings), ring, "{distances:?}");
    }
}

#[test]
fn windows_and_countdowns() {
    let settings = settings();
    let mut job = request(Urgency::Immediate, minutes(0));
    assert_eq!(window_at(&job, now(), &settings), now() + seconds(2));
    assert_eq!(offer_until(&job, now(), &settings), now() + seconds(45));
    job.respond_by = now() + seconds(60);
    assert_eq!(
        window_at(&job, now(), &settings),
        now(),
        "urgent windows shrink to nothing"
    );

    let mut visit = request(Urgency::Scheduled, hours(5));
    assert_eq!(window_at(&visit, now(), &settings), now());
    for (left, lasting) in [(7_200, 600), (900, 300), (60, 45), (-60, 45)] {
        visit.respond_by = now() + seconds(left);
        assert_eq!(
            offer_until(&visit, now(), &settings),
            now() + seconds(lasting),
            "{left}"
        );
    }
}

#[test]
fn whoever_has_waited_longest_is_left_out_last() {
    let mut pressing = request(Urgency::Immediate, minutes(0));
    pressing.respond_by = now() + minutes(2);
    let relaxed = request(Urgency::Scheduled, hours(5));
    assert!(leave_cost(&pressing, now()) > leave_cost(&relaxed, now()));
    let worst = 3 * settings().weights.best();
    assert!(leave_cost(&relaxed, now()) > worst * i64::from(settings().window_jobs));
}

proptest! {
    /// Whatever else is known, an arrival in time beats a late one.
    #[test]
    fn in_time_beats_late(
        early in 60_u32..5_400, late in 5_401_u32..9_000,
        quality in prop::array::uniform2(0.0_f64..=1.0), fit in prop::array::uniform2(0.0_f64..=1.0),
        done in prop::array::uniform2(0_u32..12), premium in prop::array::uniform2(any::<bool>()), prefer in any::<bool>(),
    ) {
        let mut job = request(Urgency::Immediate, minutes(0));
        let mut people = [facts(), facts()];
        for (i, person) in people.iter_mut().enumerate() {
            person.card.quality = quality[i];
            person.card.skill_fit = fit[i];
            person.jobs_that_day = done[i];
            person.card.vendor_tier = slug(if premium[i] { "premium" } else { "basic" });
        }
        job.preferred = prefer.then_some(people[1].card.id);
        prop_assert!(scored(&people[0], &job, early).total > scored(&people[1], &job, late).total);
    }

    /// The total is the sum of what is shown, each within its weight (an arrival can count
    /// against twice its weight), and the same facts give the same score.
    #[test]
    fn a_score_adds_up(drive in 0_u32..20_000, quality in -1.0_f64..2.0, fit in -1.0_f64..2.0, done in 0_u32..50) {
        let job = request(Urgency::Immediate, minutes(0));
        let mut person = facts();
        person.card.quality = quality;
        person.card.skill_fit = fit;
        person.jobs_that_day = done;
        let score = scored(&person, &job, drive);
        prop_assert_eq!(score.components.iter().map(|c| c.contribution).sum::<i64>(), score.total);
        for c in &score.components {
            prop_assert!(c.contribution.abs() <= 2 * c.weight, "{:?}", c);
            prop_assert_eq!(c.contribution, (c.value * c.weight as f64).round() as i64);
        }
        prop_assert!(score.total <= settings().weights.best());
        prop_assert_eq!(scored(&person, &job, drive), score);
    }

    /// A visit that is let in clashes with nothing, in the very terms of the database's constraint.
    #[test]
    fn no_visit_clashes(
        slot in 30_i64..600, length in 15_u32..240, drive in 0_u32..7_200, onward in 0_u32..7_200,
        first in 0_i64..500, first_length in 20_i64..200, pause in 0_i64..300, second_length in 20_i64..200,
        immediate in any::<bool>(),
    ) {
        let urgency = if immediate { Urgency::Immediate } else { Urgency::Scheduled };
        let mut job = request(urgency, minutes(if immediate { 0 } else { slot }));
        job.duration_minutes = length;
        let mut person = facts();
        let second = first + first_length + pause;
        person.commitments = vec![
            busy(minutes(first), minutes(first + first_length)),
            busy(minutes(second), minutes(second + second_length)),
        ];
        let found = start(&person, &job, now(), &settings())
            .and_then(|start| visit(&start, &job, travel(drive), Some(travel(onward)), now(), &settings()));
        if let Ok(found) = found {
            prop_assert!(found.from < found.until && found.eta >= job.earliest);
            for c in &person.commitments {
                prop_assert!(found.until <= c.from || c.until <= found.from, "{:?} {:?}", found, c);
            }
        }
    }
}
