use super::*;
use kernel::{ClockId, Time};
use serde_json::Value;

fn clock(kind: ClockKind, state: ClockState) -> ClockView {
    ClockView {
        id: ClockId::new(),
        kind,
        state,
        started_at: Time::UNIX_EPOCH,
        deadline: Time::UNIX_EPOCH,
        paused_for: None,
        paused_at: None,
        stopped_at: None,
        breached: state == ClockState::Breached,
    }
}

fn facts(category: &str, state: BookingState, arrive: ClockState, collected: i64) -> BookingFacts {
    BookingFacts {
        category: Slug::parse(category).unwrap(),
        zone: Slug::parse("north").unwrap(),
        sector: Slug::parse("ar-rabi").unwrap(),
        state,
        matched: state == BookingState::Settled,
        finished: state == BookingState::Settled,
        eta_error_s: (state == BookingState::Settled).then_some(-120),
        clocks: vec![
            clock(ClockKind::Respond, ClockState::Met),
            clock(ClockKind::Arrive, arrive),
        ],
        shares: Shares {
            collected: Money::from_halalas(collected),
            ..Shares::default()
        },
    }
}

fn report(bookings: &[BookingFacts]) -> Report {
    let tally = Tally {
        latencies_us: (1..=100).map(|n| n * 1000).rev().collect(),
        ..Tally::default()
    };
    Report::new(bookings, Remains::default(), tally)
}

#[test]
fn lines_sum_to_the_total() {
    let report = report(&[
        facts("plumbing", BookingState::Settled, ClockState::Met, 23_000),
        facts(
            "plumbing",
            BookingState::Settled,
            ClockState::Breached,
            1_000,
        ),
        facts(
            "cleaning",
            BookingState::Cancelled,
            ClockState::Cancelled,
            3_000,
        ),
        facts("cleaning", BookingState::Expired, ClockState::Cancelled, 0),
    ]);
    let total = &report.total;
    assert_eq!(
        (
            total.booked,
            total.settled,
            total.cancelled,
            total.expired,
            total.stuck
        ),
        (4, 2, 1, 1, 0)
    );
    assert_eq!(total.shares.collected, Money::from_halalas(27_000));
    assert_eq!(
        total.arrive,
        Kept {
            met: 1,
            measured: 2
        }
    );
    assert!((total.eta_error_min() - 2.0).abs() < f64::EPSILON);
    for lines in [&report.by_category, &report.by_zone, &report.by_sector] {
        assert_eq!(lines.values().map(|line| line.booked).sum::<u64>(), 4);
        assert_eq!(
            lines
                .values()
                .map(|line| line.shares.collected)
                .sum::<Money>(),
            total.shares.collected
        );
    }
    assert!(report.clean());
    assert!(
        (report.p50_ms - 50.0).abs() < f64::EPSILON && (report.p99_ms - 99.0).abs() < f64::EPSILON
    );
}

#[test]
fn the_last_line_is_json_with_the_promised_fields() {
    let mut report = report(&[
        facts("plumbing", BookingState::Settled, ClockState::Met, 23_000),
        facts("plumbing", BookingState::Settled, ClockState::Met, 23_000),
        facts(
            "plumbing",
            BookingState::Settled,
            ClockState::Breached,
            23_000,
        ),
    ]);
    report.remains.paid_out = Money::from_halalas(5);
    let line = report.json_line();
    assert!(!line.contains('\n'));
    let json: Value = serde_json::from_str(&line).unwrap();
    for field in [
        "bookings",
        "completed",
        "settled",
        "cancelled",
        "expired",
        "paid_out_halalas",
        "respond_met",
        "arrive_met",
        "complete_met",
        "ledger_imbalance_halalas",
        "stuck_jobs",
        "failed_jobs",
        "p50_ms",
        "p99_ms",
    ] {
        assert!(json[field].is_number(), "{field}");
    }
    assert_eq!(json["arrive_met"], 0.6667);
    assert_eq!(json["complete_met"], 0.0);
}

#[test]
fn what_makes_a_run_unclean() {
    let settled = facts("plumbing", BookingState::Settled, ClockState::Met, 1);
    assert!(
        !report(&[facts(
            "plumbing",
            BookingState::Confirmed,
            ClockState::Running,
            0
        )])
        .clean()
    );
    let spoil: [fn(&mut Report); 4] = [
        |r| r.errors.push("POST /v1/quotes 500 http.internal".into()),
        |r| r.remains.failed_jobs = 1,
        |r| r.remains.stuck_queue = 1,
        |r| r.remains.ledger_imbalance = Money::from_halalas(1),
    ];
    for spoil in spoil {
        let mut report = report(std::slice::from_ref(&settled));
        assert!(report.clean());
        spoil(&mut report);
        assert!(!report.clean());
    }
}

#[test]
fn the_table_has_a_line_for_each() {
    let table = report(&[facts(
        "plumbing",
        BookingState::Settled,
        ClockState::Met,
        23_050,
    )])
    .table();
    for word in ["plumbing", "north", "all", "100 %", "231"] {
        assert!(table.contains(word), "{table}");
    }
}
