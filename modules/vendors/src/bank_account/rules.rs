//! How a change of a bank account goes: pure.

use contract_vendors::{ChangeState, VendorFault};
use kernel::{Time, UserId, days, hours};

/// An IBAN that is no longer wanted is kept so long after its change ended: to look into a fraud.
pub(crate) const IBAN_KEPT_DAYS: i64 = 90;
pub(crate) const LONGEST_REASON: u32 = 300;

/// What is done to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// By a reviewer; two of them are wanted.
    Approve,
    /// By a reviewer.
    Reject,
    /// By the owner.
    Withdraw,
    /// By the platform, once its hour has come: from here on it is not to be stopped.
    Begin,
    /// By the platform: settlement knows.
    Finish,
}

/// Where a change stands after a step, or why it can't be taken.
pub(crate) fn after(state: ChangeState, step: Step) -> Result<ChangeState, VendorFault> {
    use ChangeState as S;
    match (step, state) {
        (Step::Approve, S::Asked) => Ok(S::ApprovedOnce),
        (Step::Approve, S::ApprovedOnce) => Ok(S::Approved),
        (Step::Approve, S::Approved) => Err(VendorFault::ChangeApproved),
        (Step::Reject, state) if state.can_be_stopped() => Ok(S::Rejected),
        (Step::Withdraw, state) if state.can_be_stopped() => Ok(S::Withdrawn),
        (Step::Begin, S::Approved) => Ok(S::TakingEffect),
        (Step::Finish, S::TakingEffect) => Ok(S::InEffect),
        _ => Err(VendorFault::ChangeEnded),
    }
}

/// Whose change it is, and who approved it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct People {
    pub(crate) asked_by: UserId,
    /// Of the vendor; absent while it is being enrolled.
    pub(crate) owner: Option<UserId>,
    pub(crate) approved: Vec<UserId>,
}

/// Two different people, and neither of them with an interest in it.
pub(crate) fn may_approve(people: &People, reviewer: UserId) -> Result<(), VendorFault> {
    if reviewer == people.asked_by || people.owner == Some(reviewer) {
        Err(VendorFault::OwnAccount)
    } else if people.approved.contains(&reviewer) {
        Err(VendorFault::SameReviewer)
    } else {
        Ok(())
    }
}

pub(crate) fn effective_at(approved_at: Time, cooling_hours: u32) -> Time {
    approved_at + hours(cooling_hours.into())
}

/// Whether an approved change takes effect now. A suspended vendor's waits.
pub(crate) fn is_due(effective_at: Time, vendor_is_active: bool, now: Time) -> bool {
    vendor_is_active && effective_at <= now
}

/// Changes that ended before then have lost their IBAN.
pub(crate) fn ibans_kept_since(now: Time) -> Time {
    now - days(IBAN_KEPT_DAYS)
}

/// What was typed, without the spaces around it.
pub(crate) fn reason(typed: &str) -> Result<&str, VendorFault> {
    let text = typed.trim();
    let control = |c: char| c.is_control() && c != '\n';
    if (1..=LONGEST_REASON as usize).contains(&text.chars().count()) && !text.chars().any(control) {
        Ok(text)
    } else {
        Err(VendorFault::BadReason {
            most: LONGEST_REASON,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STEPS: [Step; 5] = [
        Step::Approve,
        Step::Reject,
        Step::Withdraw,
        Step::Begin,
        Step::Finish,
    ];

    #[test]
    fn every_step_from_every_state() {
        use ChangeState as S;
        let (approved, ended) = (
            Err(VendorFault::ChangeApproved),
            Err(VendorFault::ChangeEnded),
        );
        let table = [
            (
                S::Asked,
                [Ok(S::ApprovedOnce), Ok(S::Rejected), Ok(S::Withdrawn)],
            ),
            (
                S::ApprovedOnce,
                [Ok(S::Approved), Ok(S::Rejected), Ok(S::Withdrawn)],
            ),
            (S::Approved, [approved, Ok(S::Rejected), Ok(S::Withdrawn)]),
            (
                S::TakingEffect,
                [ended.clone(), ended.clone(), ended.clone()],
            ),
            (S::InEffect, [ended.clone(), ended.clone(), ended.clone()]),
            (S::Withdrawn, [ended.clone(), ended.clone(), ended.clone()]),
            (S::Rejected, [ended.clone(), ended.clone(), ended.clone()]),
        ];
        assert_eq!(table.len(), S::ALL.len());
        for (state, by_people) in table {
            for (step, wanted) in STEPS.into_iter().zip(by_people) {
                assert_eq!(after(state, step), wanted, "{state:?} {step:?}");
            }
            let begun = if state == S::Approved {
                Ok(S::TakingEffect)
            } else {
                ended.clone()
            };
            assert_eq!(after(state, Step::Begin), begun, "{state:?}");
            let done = if state == S::TakingEffect {
                Ok(S::InEffect)
            } else {
                ended.clone()
            };
            assert_eq!(after(state, Step::Finish), done, "{state:?}");
        }
    }

    proptest! {
        /// Whoever presses what in whichever order: an account that takes effect had two reviewers, none
        /// of them the asker or the owner, and what has ended stays.
        #[test]
        fn nothing_takes_effect_without_two_others(presses in prop::collection::vec((0_usize..5, 0_u8..5), 0..24)) {
            let users: Vec<UserId> = (0..5).map(|_| UserId::new()).collect();
            let mut people = People { asked_by: users[0], owner: Some(users[1]), approved: Vec::new() };
            let mut state = ChangeState::Asked;
            for (step, who) in presses {
                let (step, who) = (STEPS[step], users[usize::from(who)]);
                let before = state;
                if step == Step::Approve && may_approve(&people, who).is_err() {
                    continue;
                }
                if let Ok(next) = after(state, step) {
                    state = next;
                    if step == Step::Approve {
                        people.approved.push(who);
                    }
                }
                prop_assert!(!before.has_ended() || state == before);
                prop_assert_eq!(state == ChangeState::ApprovedOnce, people.approved.len() == 1 && !state.has_ended());
                if matches!(state, ChangeState::Approved | ChangeState::TakingEffect | ChangeState::InEffect) {
                    prop_assert_eq!(people.approved.len(), 2);
                    prop_assert_ne!(people.approved[0], people.approved[1]);
                    prop_assert!(!people.approved.contains(&people.asked_by));
                    prop_assert!(!people.approved.contains(&users[1]));
                }
            }
        }

        #[test]
        fn it_takes_effect_when_its_hours_are_over_and_not_before(cooling in 0_u32..200, later_ms in 0_i64..1_000_000_000) {
            let approved = Time::from_millis(1_800_000_000_000);
            let at = effective_at(approved, cooling);
            prop_assert!(at >= approved);
            let now = approved + kernel::millis(later_ms);
            prop_assert_eq!(is_due(at, true, now), later_ms >= i64::from(cooling) * 3_600_000);
            prop_assert!(!is_due(at, false, now));
        }
    }

    #[test]
    fn nobody_reviews_their_own_and_nobody_twice() {
        let [asker, owner, first, second] = [(); 4].map(|()| UserId::new());
        let people = People {
            asked_by: asker,
            owner: Some(owner),
            approved: vec![first],
        };
        for (who, wanted) in [
            (asker, Err(VendorFault::OwnAccount)),
            (owner, Err(VendorFault::OwnAccount)),
            (first, Err(VendorFault::SameReviewer)),
            (second, Ok(())),
        ] {
            assert_eq!(may_approve(&people, who), wanted);
        }
    }

    #[test]
    fn a_reason_is_trimmed_and_counted_in_letters() {
        assert_eq!(reason("  لا يطابق الشهادة "), Ok("لا يطابق الشهادة"));
        assert!(reason(&"س".repeat(300)).is_ok());
        for bad in ["", " \n ", "a\u{7}b", &"س".repeat(301)] {
            assert_eq!(
                reason(bad),
                Err(VendorFault::BadReason { most: 300 }),
                "{bad:?}"
            );
        }
    }
}
