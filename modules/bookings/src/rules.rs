//! The two state machines and the sums that go with them. Pure: everything is an argument.

use contract_bookings::{
    BookingFault, BookingMoney, BookingState, ExtraLine, JobState, MoneyState, Rate, slots,
};
use contract_catalog::{LineKind, PriceLine};
use jiff::SignedDuration;
use kernel::{GeoPoint, Money, Time, days, hours, minutes};
use std::collections::BTreeSet;

/// How long a price stands.
pub const QUOTE_LIFE: SignedDuration = minutes(15);
/// How long a customer may take to pay.
pub const PAYMENT_LIFE: SignedDuration = minutes(15);
/// Work the customer says nothing about is accepted after this long (DOMAIN §2 step 9).
pub const AUTO_ACCEPT: SignedDuration = hours(24);
/// A booking nobody took ends this long after its respond deadline.
pub const EXPIRE_GRACE: SignedDuration = minutes(30);
/// A check-in counts inside this circle around the pin.
pub const GEOFENCE_M: u32 = 150;
pub const FINISH_CODE_TRIES: i16 = 5;
pub const MAX_OPEN_BOOKINGS: u32 = 5;
/// How long after the acceptance a visit can be rated, or the rating changed.
pub const RATE_DAYS: u32 = 7;
pub const MAX_TAGS: u32 = 10;
pub const MAX_COMMENT: u32 = 500;
pub const MAX_LABEL: u32 = 40;
pub const MAX_PLACES: u32 = 20;
/// What extra material may cost on one request.
pub const MAX_EXTRA: Money = Money::from_riyals(5000);
pub const MAX_EXTRA_LINES: usize = 20;

/// What can happen to a booking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingAction {
    Confirm,
    StartService,
    FinishWork,
    Accept,
    Settle,
    Cancel,
    Expire,
}

/// What can happen to a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobAction {
    Offer,
    Requeue,
    /// Also from one technician to another.
    Assign,
    Depart,
    Arrive,
    Start,
    AskForExtra,
    ExtraDecided,
    Finish,
    Close,
    Cancel,
}

/// The next state, or `None`: not allowed.
pub fn booking_next(state: BookingState, action: BookingAction) -> Option<BookingState> {
    use BookingAction as A;
    use BookingState as S;
    Some(match (state, action) {
        (S::AwaitingPayment, A::Confirm) => S::Confirmed,
        (S::Confirmed, A::StartService) => S::InService,
        (S::InService, A::FinishWork) => S::AwaitingAcceptance,
        (S::AwaitingAcceptance, A::Accept) => S::Accepted,
        (S::Accepted, A::Settle) => S::Settled,
        (S::AwaitingPayment | S::Confirmed, A::Cancel) => S::Cancelled,
        (S::AwaitingPayment | S::Confirmed, A::Expire) => S::Expired,
        _ => return None,
    })
}

/// The next state, or `None`: not allowed.
pub fn job_next(state: JobState, action: JobAction) -> Option<JobState> {
    use JobAction as A;
    use JobState as S;
    Some(match (state, action) {
        (S::Queued, A::Offer) => S::Offered,
        (S::Offered | S::Assigned | S::EnRoute, A::Requeue) => S::Queued,
        (S::Queued | S::Offered | S::Assigned | S::EnRoute, A::Assign) => S::Assigned,
        (S::Assigned, A::Depart) => S::EnRoute,
        (S::Assigned | S::EnRoute, A::Arrive) => S::Arrived,
        (S::Arrived, A::Start) => S::InProgress,
        (S::InProgress, A::AskForExtra) => S::AwaitingApproval,
        (S::AwaitingApproval, A::ExtraDecided) => S::InProgress,
        (S::InProgress, A::Finish) => S::Finished,
        (S::Finished, A::Close) => S::Closed,
        (S::Queued | S::Offered | S::Assigned | S::EnRoute | S::Arrived, A::Cancel) => S::Cancelled,
        _ => return None,
    })
}

/// What a customer who cancels now owes: nothing until somebody is on the way, the platform fee
/// then, and the visit as well once they stand at the door.
pub fn cancellation_fee(job: Option<JobState>, lines: &[PriceLine]) -> Money {
    let sum = |kinds: &[LineKind]| -> Money {
        lines
            .iter()
            .filter(|line| kinds.contains(&line.kind))
            .map(|line| line.amount)
            .sum()
    };
    match job {
        Some(JobState::EnRoute) => sum(&[LineKind::PlatformFee]),
        Some(JobState::Arrived) => sum(&[LineKind::PlatformFee, LineKind::Visit]),
        _ => Money::ZERO,
    }
}

/// The platform's fixed fee and the value commission is taken from.
pub fn fee_and_service(lines: &[PriceLine]) -> (Money, Money) {
    let fee: Money = lines
        .iter()
        .filter(|line| line.kind == LineKind::PlatformFee)
        .map(|line| line.amount)
        .sum();
    let total: Money = lines.iter().map(|line| line.amount).sum();
    (fee, total - fee)
}

/// What comes back for a broken promise: a share of the service, not of the fee.
pub fn remedy(lines: &[PriceLine], percent: u8) -> Money {
    fee_and_service(lines)
        .1
        .share(u32::from(percent.min(100)) * 100)
}

/// Refuses a slot that is too near or too far.
pub fn check_slot(slot: Time, now: Time) -> Result<(), BookingFault> {
    if slots::accepts(slot, now) {
        Ok(())
    } else {
        Err(BookingFault::BadSlot)
    }
}

/// Where the customer's money is. `was_held`: the bank said yes in time.
pub fn money(
    state: BookingState,
    was_held: bool,
    total: Money,
    materials: Money,
    fee: Money,
) -> BookingMoney {
    let all = total + materials;
    let nothing = BookingMoney {
        state: MoneyState::None,
        held: Money::ZERO,
        charged: Money::ZERO,
        returned: Money::ZERO,
    };
    match state {
        _ if !was_held => nothing,
        BookingState::AwaitingPayment => nothing,
        BookingState::Confirmed
        | BookingState::InService
        | BookingState::AwaitingAcceptance
        | BookingState::Accepted
        | BookingState::Disputed => BookingMoney {
            state: MoneyState::Held,
            held: all,
            ..nothing
        },
        BookingState::Settled => BookingMoney {
            state: MoneyState::Charged,
            charged: all,
            ..nothing
        },
        BookingState::Cancelled if fee.is_positive() => BookingMoney {
            state: MoneyState::Charged,
            charged: fee,
            returned: all - fee,
            ..nothing
        },
        BookingState::Cancelled | BookingState::Expired => BookingMoney {
            state: MoneyState::Returned,
            returned: all,
            ..nothing
        },
    }
}

/// Refuses a rating that can't be; its comment without control characters.
pub fn check_rating(rate: &Rate) -> Result<Rate, BookingFault> {
    if !(1..=5).contains(&rate.stars) {
        return Err(BookingFault::BadStars);
    }
    let once: BTreeSet<_> = rate.tags.iter().collect();
    if rate.tags.len() > MAX_TAGS as usize || once.len() < rate.tags.len() {
        return Err(BookingFault::BadTags { max: MAX_TAGS });
    }
    let comment = plain(&rate.comment);
    if comment.chars().count() > MAX_COMMENT as usize {
        return Err(BookingFault::CommentTooLong { max: MAX_COMMENT });
    }
    Ok(Rate {
        comment,
        ..rate.clone()
    })
}

/// Until when a visit accepted then can be rated.
pub fn rate_until(accepted_at: Time) -> Time {
    accepted_at + days(RATE_DAYS.into())
}

/// The name a customer gives a place.
pub fn label(text: &str) -> Result<String, BookingFault> {
    let label = plain(text);
    if (1..=MAX_LABEL as usize).contains(&label.chars().count()) {
        Ok(label)
    } else {
        Err(BookingFault::BadLabel { max: MAX_LABEL })
    }
}

/// What a customer writes for the technician, on one line: 500 characters are kept.
pub fn note(text: &str) -> String {
    text.chars()
        .map(|c| if c == '\n' { ' ' } else { c })
        .filter(|c| !c.is_control())
        .take(500)
        .collect()
}

/// Without control characters (line breaks stay) and without space around.
fn plain(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect();
    kept.trim().to_owned()
}

/// Refuses a check-in outside the geofence.
pub fn check_in(pin: GeoPoint, point: GeoPoint) -> Result<(), BookingFault> {
    let distance_m = pin.distance_m(point) as u32;
    if distance_m > GEOFENCE_M {
        return Err(BookingFault::TooFar {
            distance_m,
            allowed_m: GEOFENCE_M,
        });
    }
    Ok(())
}

/// The sum of the lines, or why they can't be.
pub fn extra_total(lines: &[ExtraLine]) -> Result<Money, BookingFault> {
    let bad = |reason: &str| {
        Err(BookingFault::BadExtra {
            reason: reason.into(),
        })
    };
    if lines.is_empty() || lines.len() > MAX_EXTRA_LINES {
        return bad("1 to 20 lines");
    }
    let mut total = Money::ZERO;
    for line in lines {
        if line.name.trim().is_empty() || line.name.chars().count() > 120 {
            return bad("a name of 1 to 120 characters");
        }
        if !(1..=999).contains(&line.quantity) {
            return bad("a quantity of 1 to 999");
        }
        if !line.unit_price.is_positive() || line.unit_price > MAX_EXTRA {
            return bad("a price above zero");
        }
        total += line.unit_price.times(line.quantity);
        if total > MAX_EXTRA {
            return bad("at most SAR 5,000 in all");
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Text;
    use proptest::prelude::*;

    const ACTIONS: [BookingAction; 7] = [
        BookingAction::Confirm,
        BookingAction::StartService,
        BookingAction::FinishWork,
        BookingAction::Accept,
        BookingAction::Settle,
        BookingAction::Cancel,
        BookingAction::Expire,
    ];
    const JOB_ACTIONS: [JobAction; 11] = [
        JobAction::Offer,
        JobAction::Requeue,
        JobAction::Assign,
        JobAction::Depart,
        JobAction::Arrive,
        JobAction::Start,
        JobAction::AskForExtra,
        JobAction::ExtraDecided,
        JobAction::Finish,
        JobAction::Close,
        JobAction::Cancel,
    ];

    fn line(kind: LineKind, halalas: i64) -> PriceLine {
        PriceLine {
            kind,
            name: Text::new("س", "x"),
            amount: Money::from_halalas(halalas),
        }
    }

    #[test]
    fn the_whole_way_of_a_booking_and_a_job() {
        use BookingAction as A;
        let mut state = BookingState::AwaitingPayment;
        for action in [
            A::Confirm,
            A::StartService,
            A::FinishWork,
            A::Accept,
            A::Settle,
        ] {
            state = booking_next(state, action).unwrap();
        }
        assert_eq!(state, BookingState::Settled);
        let mut state = JobState::Queued;
        for action in [
            JobAction::Offer,
            JobAction::Requeue,
            JobAction::Offer,
            JobAction::Assign,
            JobAction::Depart,
            JobAction::Arrive,
            JobAction::Start,
            JobAction::AskForExtra,
            JobAction::ExtraDecided,
            JobAction::Finish,
            JobAction::Close,
        ] {
            state = job_next(state, action).unwrap();
        }
        assert_eq!(state, JobState::Closed);
    }

    #[test]
    fn where_the_money_is() {
        use BookingState as S;
        let sar = Money::from_riyals;
        for (state, was_held, fee, expected) in [
            (S::AwaitingPayment, false, 0, (MoneyState::None, 0, 0, 0)),
            (S::Expired, false, 0, (MoneyState::None, 0, 0, 0)),
            (S::Confirmed, true, 0, (MoneyState::Held, 230, 0, 0)),
            (S::Accepted, true, 0, (MoneyState::Held, 230, 0, 0)),
            (S::Settled, true, 0, (MoneyState::Charged, 0, 230, 0)),
            (S::Cancelled, true, 30, (MoneyState::Charged, 0, 30, 200)),
            (S::Cancelled, true, 0, (MoneyState::Returned, 0, 0, 230)),
            (S::Expired, true, 0, (MoneyState::Returned, 0, 0, 230)),
        ] {
            let money = money(state, was_held, sar(200), sar(30), sar(fee));
            let (word, held, charged, returned) = expected;
            assert_eq!(
                (money.state, money.held, money.charged, money.returned),
                (word, sar(held), sar(charged), sar(returned)),
                "{state:?}"
            );
        }
    }

    #[test]
    fn nothing_leaves_an_end() {
        for state in [
            BookingState::Settled,
            BookingState::Cancelled,
            BookingState::Expired,
        ] {
            for action in ACTIONS {
                assert_eq!(booking_next(state, action), None);
            }
        }
        for state in [JobState::Closed, JobState::Cancelled, JobState::Failed] {
            for action in JOB_ACTIONS {
                assert_eq!(job_next(state, action), None);
            }
        }
    }

    proptest! {
        /// Whatever happens in whatever order, money that was accepted is settled or nothing,
        /// and work that began can't be cancelled for free.
        #[test]
        fn no_path_cancels_work_in_progress(path in prop::collection::vec(0..ACTIONS.len(), 0..30)) {
            let mut state = BookingState::AwaitingPayment;
            let mut began = false;
            for index in path {
                if let Some(next) = booking_next(state, ACTIONS[index]) {
                    began |= next == BookingState::InService;
                    prop_assert!(!(began && matches!(next, BookingState::Cancelled | BookingState::Expired)));
                    state = next;
                }
            }
        }

        #[test]
        fn extra_lines_sum_or_are_refused(prices in prop::collection::vec((0_u32..1200, -5_i64..900_000), 0..25)) {
            let lines: Vec<_> = prices.iter().map(|(quantity, price)| ExtraLine {
                name: "tap".into(), quantity: *quantity, unit_price: Money::from_halalas(*price),
            }).collect();
            if let Ok(total) = extra_total(&lines) {
                prop_assert!(total.is_positive() && total <= MAX_EXTRA);
                let sum: i64 = prices.iter().map(|(q, p)| i64::from(*q) * p).sum();
                prop_assert_eq!(total.halalas(), sum);
            }
        }
    }

    #[test]
    fn cancelling_costs_what_was_already_spent() {
        let lines = [
            line(LineKind::PlatformFee, 3000),
            line(LineKind::Visit, 5000),
            line(LineKind::Service, 15000),
        ];
        for (state, fee) in [
            (None, 0),
            (Some(JobState::Queued), 0),
            (Some(JobState::Assigned), 0),
            (Some(JobState::EnRoute), 3000),
            (Some(JobState::Arrived), 8000),
        ] {
            assert_eq!(
                cancellation_fee(state, &lines),
                Money::from_halalas(fee),
                "{state:?}"
            );
        }
        assert_eq!(
            fee_and_service(&lines),
            (Money::from_halalas(3000), Money::from_halalas(20000))
        );
        assert_eq!(remedy(&lines, 15), Money::from_halalas(3000));
    }

    #[test]
    fn the_geofence_has_an_edge() {
        let pin = GeoPoint::new(24.7, 46.7).unwrap();
        assert!(check_in(pin, GeoPoint::new(24.7013, 46.7).unwrap()).is_ok());
        let far = check_in(pin, GeoPoint::new(24.7031, 46.7).unwrap());
        assert!(
            matches!(
                far,
                Err(BookingFault::TooFar {
                    distance_m: 340..=350,
                    ..
                })
            ),
            "{far:?}"
        );
    }
}
