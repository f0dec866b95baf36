use super::*;
use crate::calendar::{Minute, Span, Week};
use kernel::{Text, hours};

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}
fn t(text: &str) -> Time {
    format!("{text}+03:00").parse().unwrap()
}

fn policy(name: &str, tier: &str, category: &str, zone: &str, urgency: Option<Urgency>) -> Policy {
    let field = |text: &str| (!text.is_empty()).then(|| slug(text));
    Policy {
        slug: slug(name),
        tier: field(tier),
        category: field(category),
        zone: field(zone),
        urgency,
        respond_ms: 120 * 60_000,
        arrive_ms: 30 * 60_000,
        complete_ms: 300 * 60_000,
        warn_percents: vec![50, 80],
        remedy_percent: 10,
        vendor_penalty: Money::from_riyals(20),
        calendar: slug("standard"),
    }
}

fn query(tier: &str, category: &str, zone: &str, urgency: Urgency) -> PromiseQuery {
    PromiseQuery {
        category: slug(category),
        zone: slug(zone),
        urgency,
        tier: (!tier.is_empty()).then(|| slug(tier)),
        at: t("2026-12-06T09:00:00"),
        slot: None,
    }
}

#[test]
fn the_most_specific_match_wins_field_by_field() {
    use Urgency::{Immediate, Scheduled};
    let policies = [
        policy("default", "", "", "", None),
        policy("immediate", "", "", "", Some(Immediate)),
        policy("plumbing", "", "plumbing", "", None),
        policy("plumbing-immediate", "", "plumbing", "", Some(Immediate)),
        policy("south", "", "", "south", None),
        policy("south-plumbing", "", "plumbing", "south", None),
        policy("gold", "gold", "", "", None),
        policy("gold-plumbing", "gold", "plumbing", "", None),
    ];
    for (tier, category, zone, urgency, chosen) in [
        ("", "painting", "north", Scheduled, "default"),
        ("", "painting", "north", Immediate, "immediate"),
        ("", "plumbing", "north", Scheduled, "plumbing"),
        ("", "plumbing", "north", Immediate, "plumbing-immediate"),
        // The zone weighs more than the urgency.
        ("", "painting", "south", Immediate, "south"),
        ("", "plumbing", "south", Immediate, "south-plumbing"),
        // The tier weighs more than all else together.
        ("gold", "painting", "south", Immediate, "gold"),
        ("gold", "plumbing", "south", Immediate, "gold-plumbing"),
        // A tier no policy knows is as good as none.
        ("silver", "plumbing", "north", Scheduled, "plumbing"),
    ] {
        let found = select(&policies, &query(tier, category, zone, urgency)).unwrap();
        assert_eq!(
            found.slug.as_str(),
            chosen,
            "{tier} {category} {zone} {urgency:?}"
        );
    }
    assert!(select(&policies[2..3], &query("", "painting", "north", Scheduled)).is_none());
}

/// Every day 08:00 to 22:00.
fn standard() -> Calendar {
    let day = vec![Span {
        from: Minute::try_from("08:00".to_owned()).unwrap(),
        to: Minute::try_from("22:00".to_owned()).unwrap(),
    }];
    Calendar {
        slug: slug("standard"),
        name: Text::default(),
        hours: Week {
            sun: day.clone(),
            mon: day.clone(),
            tue: day.clone(),
            wed: day.clone(),
            thu: day.clone(),
            fri: day.clone(),
            sat: day,
        },
        ramadan_hours: None,
        ramadans: Vec::new(),
        holidays: Vec::new(),
        blackouts: Vec::new(),
    }
}

fn deadlines(at: &str, slot: Option<&str>) -> [Time; 3] {
    let urgency = if slot.is_some() {
        Urgency::Scheduled
    } else {
        Urgency::Immediate
    };
    let query = PromiseQuery {
        at: t(at),
        slot: slot.map(t),
        ..query("", "plumbing", "north", urgency)
    };
    courses(&policy("p", "", "", "", None), &standard(), &query)
        .unwrap()
        .map(|course| course.deadline)
}

#[test]
fn an_immediate_visit_counts_from_the_confirmation() {
    assert_eq!(
        deadlines("2026-12-06T09:00:00", None),
        [
            t("2026-12-06T11:00:00"),
            t("2026-12-06T09:30:00"),
            t("2026-12-06T14:00:00")
        ]
    );
}

#[test]
fn a_scheduled_visit_counts_from_its_slot() {
    // Booked well ahead: the response has its own target.
    assert_eq!(
        deadlines("2026-12-06T09:00:00", Some("2026-12-07T16:00:00")),
        [
            t("2026-12-06T11:00:00"),
            t("2026-12-07T16:30:00"),
            t("2026-12-07T21:00:00")
        ]
    );
    for (why, at, slot, respond_by) in [
        (
            "half an hour before the slot",
            "2026-12-06T09:00:00",
            "2026-12-06T11:00:00",
            "2026-12-06T10:30:00",
        ),
        (
            "over a night, by the wall clock",
            "2026-12-06T22:30:00",
            "2026-12-07T08:00:00",
            "2026-12-07T07:30:00",
        ),
        (
            "the half hour is gone",
            "2026-12-06T10:40:00",
            "2026-12-06T11:00:00",
            "2026-12-06T11:00:00",
        ),
        (
            "the slot has begun",
            "2026-12-06T11:05:00",
            "2026-12-06T11:00:00",
            "2026-12-06T13:05:00",
        ),
    ] {
        assert_eq!(deadlines(at, Some(slot))[0], t(respond_by), "{why}");
    }
}

#[test]
fn only_a_late_arrival_is_paid_for() {
    let policy = policy("p", "", "", "", None);
    assert_eq!(
        policy.remedy(ClockKind::Arrive),
        (10, Money::from_riyals(20))
    );
    assert_eq!(policy.remedy(ClockKind::Respond), (0, Money::ZERO));
    assert_eq!(policy.remedy(ClockKind::Complete), (0, Money::ZERO));
}

#[test]
fn a_prediction_is_said_again_only_when_it_worsens() {
    let said = t("2026-12-06T12:00:00");
    assert!(worth_saying_again(None, said));
    assert!(!worth_saying_again(Some(said), said + minutes(10)));
    assert!(worth_saying_again(
        Some(said),
        said + minutes(10) + kernel::millis(1)
    ));
    assert!(!worth_saying_again(Some(said), said - hours(1)));
}
