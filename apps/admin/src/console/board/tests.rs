use super::*;
use contract_sla::{AlarmLevel, ClockView, Urgency};
use kernel::{BookingId, ClockId, GeoPoint, Slug, Text, UserId, minutes};

pub(crate) fn at(minute: i64) -> Time {
    Time::from_millis(1_800_000_000_000) + minutes(minute)
}

fn slug(text: &str) -> Slug {
    text.parse().expect("a slug")
}

/// From `at(0)` to the minute given.
fn clock(kind: ClockKind, state: ClockState, until: i64) -> ClockView {
    ClockView {
        id: ClockId::from_uuid(uuid(until as u128)),
        kind,
        state,
        started_at: at(0),
        deadline: at(until),
        paused_for: (state == ClockState::Paused).then(|| "approval".to_owned()),
        paused_at: None,
        stopped_at: None,
        breached: state == ClockState::Breached,
    }
}

fn uuid(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

pub(crate) fn line(n: u128, state: JobState, clocks: &[ClockView]) -> JobLine {
    JobLine {
        job: JobId::from_uuid(uuid(n)),
        booking: BookingId::from_uuid(uuid(n)),
        reference: format!("BK-{n}"),
        service_name: Text::new("تسرّب تحت المغسلة", "Leak under basin"),
        category: slug("plumbing"),
        sector: slug("sahafah"),
        sector_name: Text::new("الصحافة", "As Sahafah"),
        zone: slug("north"),
        pin: GeoPoint::new(24.8, 46.6).expect("a point"),
        state,
        urgency: Urgency::Immediate,
        technician: None,
        clocks: clocks.to_vec(),
        escalated: false,
        eta: None,
        created_at: at(0),
    }
}

fn alarm(n: u128, severity: AlarmSeverity, state: AlarmState) -> Alarm {
    Alarm {
        id: AlarmId::from_uuid(uuid(n)),
        clock: ClockId::from_uuid(uuid(1)),
        job: JobId::from_uuid(uuid(1)),
        booking: BookingId::from_uuid(uuid(1)),
        kind: ClockKind::Arrive,
        category: slug("plumbing"),
        zone: slug("north"),
        severity,
        level: AlarmLevel::Dispatcher,
        state,
        deadline: at(10),
        expected_at: None,
        raised_at: at(n as i64),
        acknowledged_by: None,
        acknowledged_at: None,
        snoozed_until: None,
    }
}

#[test]
fn the_queue_is_by_risk_then_by_what_is_left() {
    use ClockKind::{Arrive, Complete};
    use ClockState::Running;
    let jobs = [
        line(1, JobState::Assigned, &[clock(Arrive, Running, 100)]),
        line(2, JobState::Assigned, &[clock(Arrive, Running, 5)]),
        line(3, JobState::EnRoute, &[clock(Arrive, Running, 12)]),
        line(4, JobState::InProgress, &[clock(Complete, Running, 3)]),
        line(5, JobState::Finished, &[]),
        line(6, JobState::Assigned, &[clock(Arrive, Running, 18)]),
    ];
    let mut board = Board::default();
    for job in jobs {
        board.apply(&Live::Job(job));
    }
    let (order, counts) = board.order(|_, _| true, at(10));
    let order: Vec<u128> = order.iter().map(|job| job.uuid().as_u128()).collect();
    // 4 is 7 minutes late, 2 is 5; 3 has used 83 %, 6 has used 56 %; 5 has no clock.
    assert_eq!(order, [4, 2, 3, 6, 1, 5]);
    assert_eq!(
        (
            counts.breach,
            counts.risk,
            counts.watch,
            counts.safe,
            counts.all
        ),
        (2, 1, 1, 2, 6)
    );
}

#[test]
fn an_estimate_past_the_promise_is_a_risk() {
    let mut job = line(
        1,
        JobState::EnRoute,
        &[clock(ClockKind::Arrive, ClockState::Running, 100)],
    );
    assert_eq!(risk(&job, at(1)).sla, Sla::Safe);
    job.eta = Some(at(101));
    assert_eq!(risk(&job, at(1)).sla, Sla::Risk);
    job.eta = Some(at(100));
    assert_eq!(risk(&job, at(1)).sla, Sla::Safe);
}

#[test]
fn stopped_clocks_do_not_count() {
    let mut late = clock(ClockKind::Respond, ClockState::Breached, 5);
    late.stopped_at = Some(at(6));
    let job = line(
        1,
        JobState::EnRoute,
        &[late, clock(ClockKind::Arrive, ClockState::Running, 100)],
    );
    let risk = risk(&job, at(10));
    assert_eq!((risk.sla, risk.clock), (Sla::Safe, Some(ClockKind::Arrive)));
}

#[test]
fn the_same_news_twice_touches_nothing() {
    let mut board = Board::default();
    let job = line(1, JobState::Queued, &[]);
    assert_eq!(board.apply(&Live::Job(job.clone())), Touched::Job(job.job));
    assert_eq!(board.apply(&Live::Job(job.clone())), Touched::Nothing);
    assert_eq!(
        board.apply(&Live::JobGone { job: job.job }),
        Touched::Gone(job.job)
    );
    assert_eq!(
        board.apply(&Live::JobGone { job: job.job }),
        Touched::Nothing
    );
    assert_eq!(board.apply(&Live::Reset), Touched::Everything);
}

#[test]
fn alarms_wait_gravest_first_until_taken_and_come_back_after_a_snooze() {
    let mut board = Board::default();
    let waiting = |board: &Board, now| -> Vec<u128> {
        board
            .waiting_alarms(now)
            .iter()
            .map(|a| a.id.uuid().as_u128())
            .collect()
    };
    for (n, severity) in [
        (1, AlarmSeverity::Warn80),
        (2, AlarmSeverity::Breach),
        (3, AlarmSeverity::Breach),
    ] {
        board.apply(&Live::Alarm(alarm(n, severity, AlarmState::Open)));
    }
    assert_eq!(waiting(&board, at(10)), [2, 3, 1]);
    let mut snoozed = alarm(2, AlarmSeverity::Breach, AlarmState::Snoozed);
    snoozed.snoozed_until = Some(at(20));
    board.apply(&Live::Alarm(snoozed));
    assert_eq!(waiting(&board, at(10)), [3, 1]);
    assert_eq!(waiting(&board, at(20)), [2, 3, 1]);
    let taken = alarm(3, AlarmSeverity::Breach, AlarmState::Acknowledged);
    assert_eq!(board.apply(&Live::Alarm(taken.clone())), Touched::Alarms);
    assert_eq!(board.apply(&Live::Alarm(taken)), Touched::Nothing);
    assert_eq!(waiting(&board, at(10)), [1]);
}

#[test]
fn nobody_looking_is_no_entry() {
    let mut board = Board::default();
    let job = JobId::from_uuid(uuid(1));
    let presence = |people| Live::Presence(contract_bookings::Presence { job, people });
    let person = PersonRef {
        user: UserId::from_uuid(uuid(9)),
        name: "نورة".to_owned(),
    };
    board.apply(&presence(vec![person]));
    assert_eq!(board.presence.len(), 1);
    board.apply(&presence(vec![]));
    assert!(board.presence.is_empty());
}
