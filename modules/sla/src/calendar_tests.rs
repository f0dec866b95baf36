use super::*;
use crate::seed::Settings;
use proptest::prelude::*;

fn t(text: &str) -> Time {
    // Local time of Riyadh, which is how a person thinks of opening hours.
    format!("{text}+03:00").parse().unwrap()
}

fn week(text: &str) -> Week {
    let span = |text: &str| {
        let (from, to) = text.split_once('-').unwrap();
        Span {
            from: Minute::try_from(from.to_owned()).unwrap(),
            to: Minute::try_from(to.to_owned()).unwrap(),
        }
    };
    let day: Vec<Span> = text
        .split(' ')
        .filter(|s| !s.is_empty())
        .map(span)
        .collect();
    Week {
        sun: day.clone(),
        mon: day.clone(),
        tue: day.clone(),
        wed: day.clone(),
        thu: day.clone(),
        fri: day.clone(),
        sat: day,
    }
}

fn calendar(hours: Week) -> Calendar {
    Calendar {
        slug: Slug::parse("test").unwrap(),
        name: Text::default(),
        hours,
        ramadan_hours: None,
        ramadans: Vec::new(),
        holidays: Vec::new(),
        blackouts: Vec::new(),
    }
}

fn days(from: &str, to: &str) -> Days {
    Days {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
    }
}

fn always() -> Calendar {
    calendar(week("00:00-24:00"))
}

/// The seed's service hours with its Ramadan, an Eid and the midday ban.
fn outdoor() -> Calendar {
    Calendar {
        hours: Week {
            fri: week("14:00-22:00").fri,
            ..week("08:00-22:00")
        },
        ramadan_hours: Some(Week {
            fri: week("14:00-16:00 20:30-24:00").fri,
            ..week("10:00-16:00 20:30-24:00")
        }),
        ramadans: vec![days("2027-02-08", "2027-03-08")],
        holidays: vec![
            days("2027-03-09", "2027-03-12"),
            days("2027-09-23", "2027-09-23"),
        ],
        blackouts: vec![Blackout {
            slug: Slug::parse("midday-ban").unwrap(),
            from_day: MonthDay::try_from("06-15".to_owned()).unwrap(),
            to_day: MonthDay::try_from("09-15".to_owned()).unwrap(),
            span: week("12:00-15:00").sun[0],
        }],
        ..calendar(Week::default())
    }
}

const MIN: i64 = 60_000;

#[test]
fn deadlines_around_the_edges() {
    let outdoor = outdoor();
    for (why, start, minutes, deadline) in [
        (
            "inside a day",
            "2026-12-06T09:00:00",
            120,
            "2026-12-06T11:00:00",
        ),
        (
            "ends with the day, not the next morning",
            "2026-12-06T20:00:00",
            120,
            "2026-12-06T22:00:00",
        ),
        (
            "over the night",
            "2026-12-06T21:00:00",
            120,
            "2026-12-07T09:00:00",
        ),
        (
            "begins closed",
            "2026-12-06T23:30:00",
            30,
            "2026-12-07T08:30:00",
        ),
        (
            "begins at closing time",
            "2026-12-06T22:00:00",
            30,
            "2026-12-07T08:30:00",
        ),
        (
            "Friday opens after prayer",
            "2026-12-10T21:30:00",
            60,
            "2026-12-11T14:30:00",
        ),
        (
            "the eve of Ramadan",
            "2027-02-07T21:00:00",
            120,
            "2027-02-08T11:00:00",
        ),
        (
            "between a Ramadan day's two spans",
            "2027-02-09T15:30:00",
            60,
            "2027-02-09T21:00:00",
        ),
        (
            "24:00 is the end of the day",
            "2027-02-09T23:00:00",
            60,
            "2027-02-10T00:00:00",
        ),
        (
            "past 24:00 is the next morning",
            "2027-02-09T23:00:00",
            61,
            "2027-02-10T10:01:00",
        ),
        (
            "last night of Ramadan, then four days of Eid",
            "2027-03-08T23:30:00",
            60,
            "2027-03-13T08:30:00",
        ),
        (
            "before the ban's season",
            "2027-06-14T11:30:00",
            60,
            "2027-06-14T12:30:00",
        ),
        (
            "up to the ban",
            "2027-06-15T11:30:00",
            30,
            "2027-06-15T12:00:00",
        ),
        (
            "over the ban",
            "2027-06-15T11:30:00",
            31,
            "2027-06-15T15:01:00",
        ),
        (
            "begins in the ban",
            "2027-09-15T13:00:00",
            10,
            "2027-09-15T15:10:00",
        ),
        (
            "after the ban's season",
            "2027-09-16T13:00:00",
            10,
            "2027-09-16T13:10:00",
        ),
        (
            "National Day",
            "2027-09-22T21:59:00",
            2,
            "2027-09-24T14:01:00",
        ),
    ] {
        let found = Counting::Open(&outdoor).deadline(t(start), minutes * MIN, &[]);
        assert_eq!(found, Some(t(deadline)), "{why}");
    }
}

#[test]
fn open_is_half_open() {
    let outdoor = outdoor();
    for (at, open) in [
        ("2026-12-06T07:59:59.999", false),
        ("2026-12-06T08:00:00", true),
        ("2026-12-06T21:59:59.999", true),
        ("2026-12-06T22:00:00", false),
        ("2026-12-11T13:59:59", false),
        ("2026-12-11T14:00:00", true),
        ("2027-02-09T23:59:59.999", true),
        ("2027-02-10T00:00:00", false),
        ("2027-03-10T12:00:00", false),
        ("2027-07-01T12:00:00", false),
        ("2027-07-01T15:00:00", true),
    ] {
        assert_eq!(outdoor.is_open(t(at)), open, "{at}");
    }
    assert!(always().is_open(t("2026-12-11T00:00:00")));
}

#[test]
fn a_season_may_run_over_new_year() {
    let mut winter = always();
    winter.blackouts = vec![Blackout {
        slug: Slug::parse("fog").unwrap(),
        from_day: MonthDay::try_from("12-15".to_owned()).unwrap(),
        to_day: MonthDay::try_from("01-15".to_owned()).unwrap(),
        span: week("04:00-06:00").sun[0],
    }];
    for (at, open) in [
        ("2026-12-31T05:00:00", false),
        ("2027-01-15T05:00:00", false),
        ("2027-01-16T05:00:00", true),
    ] {
        assert_eq!(winter.is_open(t(at)), open, "{at}");
    }
}

#[test]
fn a_calendar_that_never_opens_has_no_deadline() {
    assert_eq!(
        Counting::Open(&calendar(Week::default())).deadline(t("2026-12-06T09:00:00"), 1, &[]),
        None
    );
}

#[test]
fn marks_come_in_order_and_one_millisecond_after() {
    let start = t("2026-12-06T21:00:00");
    let told = |fired: &[u8]| {
        marks(
            Counting::Open(&outdoor()),
            start,
            120 * MIN,
            &[],
            &[80, 50],
            fired,
        )
        .into_iter()
        .map(|mark| (mark.percent, mark.fires_at))
        .collect::<Vec<_>>()
    };
    let after = |text: &str| t(text) + kernel::millis(1);
    let all = [
        (50, after("2026-12-06T22:00:00")),
        (80, after("2026-12-07T08:36:00")),
        (100, after("2026-12-07T09:00:00")),
    ];
    assert_eq!(told(&[]), all);
    assert_eq!(told(&[50]), all[1..]);
    assert_eq!(told(&[50, 80, 100]), []);
}

#[test]
fn times_of_day_read_and_write() {
    for text in ["00:00", "08:30", "23:59", "24:00"] {
        assert_eq!(
            String::from(Minute::try_from(text.to_owned()).unwrap()),
            text
        );
    }
    for text in ["24:01", "8:00", "12:60", "25:00", "noon", ""] {
        assert!(Minute::try_from(text.to_owned()).is_err(), "{text}");
    }
    assert!(MonthDay::try_from("02-30".to_owned()).is_err());
    assert!(MonthDay::try_from("02-29".to_owned()).is_ok());
}

#[test]
fn the_seed_reads() {
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../server/seed/sla.toml"
    ))
    .unwrap();
    let settings = Settings::parse(&text).unwrap();
    assert!(settings.calendar.len() >= 5 && settings.policy.len() >= 30);
    let broken = text.replace("calendar = \"always-outdoor\"", "calendar = \"elsewhere\"");
    assert!(
        Settings::parse(&broken)
            .unwrap_err()
            .to_string()
            .starts_with("policy ")
    );
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    prop_oneof![
        Just(always()),
        Just(outdoor()),
        Just(calendar(week("09:00-12:00 13:00-17:00")))
    ]
}
fn any_time() -> impl Strategy<Value = Time> {
    // Two years from late 2026, to the millisecond.
    (1_790_000_000_000_i64..1_853_000_000_000).prop_map(Time::from_millis)
}
fn any_target() -> impl Strategy<Value = i64> {
    1..5 * 24 * 60 * MIN
}

proptest! {
    #[test]
    fn a_later_target_has_a_later_deadline(c in any_calendar(), start in any_time(), a in any_target(), more in 1..1_000_000_i64) {
        let counting = Counting::Open(&c);
        let near = counting.deadline(start, a, &[]).unwrap();
        prop_assert!(near < counting.deadline(start, a + more, &[]).unwrap());
        prop_assert!(start < near);
    }

    #[test]
    fn what_was_counted_until_the_deadline_is_the_target(
        c in any_calendar(), start in any_time(), target in any_target(),
        p in any_pauses(),
    ) {
        let counting = Counting::Open(&c);
        let pauses = pauses_from(start, &p);
        let deadline = counting.deadline(start, target, &pauses).unwrap();
        prop_assert_eq!(counting.elapsed_open_ms(start, deadline, &pauses), target);
        // And it is the first such moment.
        prop_assert_eq!(counting.elapsed_open_ms(start, deadline - kernel::millis(1), &pauses), target - 1);
    }

    #[test]
    fn a_pause_moves_the_deadline_by_its_open_time(
        c in any_calendar(), start in any_time(), target in any_target(),
        begins_at in 0.0..1.0_f64, length in 0..3 * 24 * 60 * MIN,
    ) {
        let counting = Counting::Open(&c);
        let before = counting.deadline(start, target, &[]).unwrap();
        // Begins while the clock runs, before its deadline.
        let span = (before.as_millis() - start.as_millis()) as f64;
        let from = Time::from_millis(start.as_millis() + (span * begins_at) as i64);
        let pause = Pause { from, to: from + kernel::millis(length) };
        let after = counting.deadline(start, target, &[pause]).unwrap();
        let paused_open = counting.elapsed_open_ms(from, pause.to, &[]);
        prop_assert_eq!(after, counting.deadline(start, target + paused_open, &[]).unwrap());
        prop_assert_eq!(counting.elapsed_open_ms(start, after, &[]) - target, paused_open);
    }

    #[test]
    fn around_the_clock_is_plain_addition(start in any_time(), target in any_target()) {
        let sum = Some(start + kernel::millis(target));
        prop_assert_eq!(Counting::Open(&always()).deadline(start, target, &[]), sum);
        prop_assert_eq!(Counting::AroundTheClock.deadline(start, target, &[]), sum);
    }

    #[test]
    fn open_means_time_is_counted(c in any_calendar(), at in any_time()) {
        let counted = Counting::Open(&c).elapsed_open_ms(at, at + kernel::millis(1), &[]);
        prop_assert_eq!(counted == 1, c.is_open(at));
    }
}

/// Gaps before, and lengths of, consecutive pauses.
fn any_pauses() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((0..600 * MIN, 0..600 * MIN), 0..4)
}
fn pauses_from(start: Time, gaps: &[(i64, i64)]) -> Vec<Pause> {
    let mut at = start;
    gaps.iter()
        .map(|(gap, length)| {
            let from = at + kernel::millis(*gap);
            at = from + kernel::millis(*length);
            Pause { from, to: at }
        })
        .collect()
}
