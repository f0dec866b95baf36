use crate::fakes::{Town, company, plumber, slug, week_of};
use crate::technician;
use contract_vendors::{EligibleQuery, Vendors as _};
use kernel::access::Role;
use kernel::{TechnicianId, Time, days};
use platform::testing::actor;
use serde_json::json;

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// A plumbing visit in the north.
pub(crate) fn visit(from: &str, until: &str) -> EligibleQuery {
    EligibleQuery {
        category: slug("plumbing"),
        skills: vec![slug("plumbing.general")],
        zone: slug("north"),
        from: at(from),
        until: at(until),
        on_shift_now: false,
    }
}

#[tokio::test]
async fn who_may_do_which_work() {
    let town = Town::start().await;
    let vendor = town.vendors.enrol_vendor(company(1)).await.unwrap();
    let mut day = plumber(vendor, 1);
    day.skills = vec![
        (slug("plumbing.general"), true),
        (slug("plumbing.drains"), false),
    ];
    let day = town.vendors.enrol_technician(day).await.unwrap();
    let mut night = plumber(vendor, 2);
    // Every day 20:00 until 04:00 the next morning.
    night.week = week_of(Some((20 * 60, 28 * 60)));
    let night = town.vendors.enrol_technician(night).await.unwrap();

    let day_visit = visit("2026-12-06T09:00:00Z", "2026-12-06T10:00:00Z");
    let with = |change: fn(&mut EligibleQuery)| {
        let mut query = day_visit.clone();
        change(&mut query);
        query
    };
    for (query, who, why) in [
        (day_visit.clone(), vec![day], "noon to one on a Sunday"),
        (
            with(|q| q.category = slug("cleaning")),
            vec![],
            "another category",
        ),
        (with(|q| q.zone = slug("south")), vec![], "another zone"),
        (
            with(|q| q.skills.push(slug("plumbing.drains"))),
            vec![day],
            "both skills held",
        ),
        (
            with(|q| q.skills.push(slug("ac.split"))),
            vec![],
            "one skill not held",
        ),
        (with(|q| q.skills.clear()), vec![day], "no skill asked for"),
        (
            with(|q| q.on_shift_now = true),
            vec![],
            "nobody is on shift yet",
        ),
        // 07:30 to 08:30: the shift begins at 08:00.
        (
            visit("2026-12-06T04:30:00Z", "2026-12-06T05:30:00Z"),
            vec![],
            "begins before the shift",
        ),
        // 17:30 to 18:30: it ends at 18:00.
        (
            visit("2026-12-06T14:30:00Z", "2026-12-06T15:30:00Z"),
            vec![],
            "ends after the shift",
        ),
        (
            visit("2026-12-06T14:30:00Z", "2026-12-06T15:00:00Z"),
            vec![day],
            "ends with the shift",
        ),
        (
            visit("2026-12-11T09:00:00Z", "2026-12-11T10:00:00Z"),
            vec![],
            "Friday is off",
        ),
        // 23:30 to 00:30, Saturday into Sunday: the week's end too.
        (
            visit("2026-12-12T20:30:00Z", "2026-12-12T21:30:00Z"),
            vec![night],
            "past midnight",
        ),
        (
            visit("2026-12-05T23:00:00Z", "2026-12-06T01:00:00Z"),
            vec![night],
            "after midnight",
        ),
        (
            visit("2026-12-06T00:30:00Z", "2026-12-06T01:30:00Z"),
            vec![],
            "past the night's end",
        ),
        (
            visit("2026-12-06T10:00:00Z", "2026-12-06T09:00:00Z"),
            vec![],
            "ends before it begins",
        ),
    ] {
        let found = town.vendors.eligible(query).await.unwrap();
        let ids: Vec<_> = found.iter().map(|card| card.id).collect();
        assert_eq!(ids, who, "{why}");
    }

    let both = with(|q| q.skills.push(slug("plumbing.drains")));
    let found = town.vendors.eligible(both).await.unwrap();
    assert!(
        (found[0].skill_fit - 0.5).abs() < 1e-9,
        "one of two at expert level"
    );
    assert_eq!(
        found[0].skills,
        vec![slug("plumbing.drains"), slug("plumbing.general")]
    );
    let asked = vec![night, day, TechnicianId::new()];
    let cards = town.vendors.technicians(asked).await.unwrap();
    assert_eq!(
        cards.iter().map(|card| card.id).collect::<Vec<_>>(),
        vec![day, night]
    );
    assert!(cards.iter().all(|card| card.skill_fit == 0.0));
}

#[tokio::test]
async fn nobody_is_offered_work_after_the_checks_run_out_or_while_suspended() {
    let town = Town::start().await;
    let vendor = town.vendors.enrol_vendor(company(1)).await.unwrap();
    let id = town
        .vendors
        .enrol_technician(plumber(vendor, 1))
        .await
        .unwrap();
    // The last Sunday inside the year, and the first after it.
    let before = visit("2027-12-05T09:00:00Z", "2027-12-05T10:00:00Z");
    let after = visit("2027-12-12T09:00:00Z", "2027-12-12T10:00:00Z");
    assert_eq!(town.vendors.eligible(before).await.unwrap().len(), 1);
    assert!(town.vendors.eligible(after).await.unwrap().is_empty());
    let covering = || town.vendors.coverage(slug("plumbing"), slug("north"));
    assert_eq!(covering().await.unwrap(), 1);

    let staff = town.http.as_actor(&actor(Role::OperationsManager));
    let path = format!("/v1/vendors/{vendor}/status");
    let suspend = json!({ "active": false, "reason": "licence" });
    let suspended = staff.put(&path, &suspend).await.ok();
    assert_eq!(suspended["status"], "suspended");
    assert_eq!(suspended["active"], false);
    let noon = visit("2026-12-06T09:00:00Z", "2026-12-06T10:00:00Z");
    assert!(
        town.vendors
            .eligible(noon.clone())
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(covering().await.unwrap(), 0);
    let technician = town.http.as_actor(&technician(id, vendor));
    let shift = "/v1/technician/shift";
    let on = json!({ "on": true });
    technician
        .put(shift, &on)
        .await
        .refused(403, "vendors.not_active");
    let back = json!({ "active": true, "reason": "renewed" });
    staff.put(&path, &back).await.ok();
    assert_eq!(town.vendors.eligible(noon).await.unwrap().len(), 1);

    town.t.clock.advance(days(366));
    assert!(!town.vendors.vendor(vendor).await.unwrap().active);
    assert_eq!(covering().await.unwrap(), 0);
    technician
        .put(shift, &on)
        .await
        .refused(403, "vendors.not_active");
}
