use crate::{Desk, slug};
use contract_sla::{ClockCommand, ClockKind, Sla as _};
use kernel::access::{Actor, Role, Scope};
use kernel::minutes;
use platform::testing::{TestHttp, actor};
use serde_json::{Value, json};

fn dispatcher(zones: &[&str]) -> Actor {
    let zones = Some(zones.iter().map(|zone| slug(zone)).collect());
    Actor {
        scope: Scope {
            zones,
            ..Scope::default()
        },
        ..actor(Role::Dispatcher)
    }
}

impl Desk {
    fn http(&self) -> TestHttp {
        self.t.http(self.sla.router().split_for_parts().0)
    }
    /// Alarms as an operations manager sees them.
    async fn alarms(&self, state: &str) -> Vec<Value> {
        let manager = actor(Role::OperationsManager);
        let path = format!("/v1/alarms?limit=100&state={state}");
        let page = self.http().as_actor(&manager).get(&path).await.ok();
        page["items"].as_array().unwrap().clone()
    }
    async fn open_alarms(&self, kind: &str) -> Vec<Value> {
        self.alarms("open")
            .await
            .into_iter()
            .filter(|alarm| alarm["kind"] == kind)
            .collect()
    }
}

#[tokio::test]
async fn each_clock_has_one_open_alarm_the_gravest() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    for (pass, severity) in [(38, "warn50"), (23, "warn80"), (15, "breach")] {
        desk.after_minutes(pass).await;
        let open = desk.open_alarms("arrive").await;
        assert_eq!(open.len(), 1);
        assert_eq!(
            (&open[0]["severity"], &open[0]["level"]),
            (&json!(severity), &json!("dispatcher"))
        );
        assert_eq!(
            (&open[0]["job"], &open[0]["zone"]),
            (&json!(job.to_string()), &json!("north"))
        );
    }
    // Three were raised for the arrival; the console heard of each.
    assert_eq!(desk.heard("sla.alarm_raised", ClockKind::Arrive).len(), 3);
}

#[tokio::test]
async fn a_stopped_clock_closes_its_warnings_and_leaves_a_breach() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    desk.after_minutes(38).await;
    desk.sla
        .command(
            job,
            ClockCommand::Stop {
                kind: ClockKind::Arrive,
            },
            desk.now(),
        )
        .await
        .unwrap();
    desk.sla
        .command(
            job,
            ClockCommand::Stop {
                kind: ClockKind::Respond,
            },
            desk.now(),
        )
        .await
        .unwrap();
    assert!(desk.open_alarms("arrive").await.is_empty());
    let respond = desk.open_alarms("respond").await;
    assert_eq!(
        (respond.len(), &respond[0]["severity"]),
        (1, &json!("breach"))
    );
    desk.sla
        .command(job, ClockCommand::Cancel, desk.now())
        .await
        .unwrap();
    assert_eq!(
        desk.open_alarms("respond").await.len(),
        1,
        "a stopped clock can't be cancelled"
    );
}

#[tokio::test]
async fn a_late_expectation_raises_an_alarm_before_the_deadline() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    let deadline = desk.clock(job, ClockKind::Arrive).await.deadline;
    let tell = async |late_minutes: i64| {
        let expected = deadline + minutes(late_minutes);
        desk.sla
            .predict(job, ClockKind::Arrive, expected, desk.now())
            .await
            .unwrap();
        desk.t.run_pending_jobs().await;
        desk.heard("sla.breach_predicted", ClockKind::Arrive).len()
    };
    assert_eq!(tell(-1).await, 0);
    assert_eq!(tell(0).await, 0, "at the deadline is in time");
    assert_eq!(tell(5).await, 1);
    assert_eq!(tell(5).await, 1);
    assert_eq!(tell(15).await, 1);
    assert_eq!(tell(-20).await, 1);
    assert_eq!(tell(16).await, 2);
    let events = desk.heard("sla.breach_predicted", ClockKind::Arrive);
    assert_eq!(
        (&events[1]["remedy_percent"], &events[1]["expected"]),
        (&json!(15), &json!(deadline + minutes(16)))
    );
    let open = desk.open_alarms("arrive").await;
    assert_eq!((open.len(), &open[0]["id"]), (1, &events[1]["alarm"]));
    assert_eq!(open[0]["expected_at"], json!(deadline + minutes(16)));

    // A warning does not hide it; a breach takes its place, and then nothing is predicted any more.
    desk.after_minutes(61).await;
    assert_eq!(desk.open_alarms("arrive").await.len(), 2);
    desk.after_minutes(15).await;
    assert_eq!(desk.open_alarms("arrive").await.len(), 1);
    assert_eq!(tell(90).await, 2);
}

#[tokio::test]
async fn predicted_at_once_is_said_once() {
    let desk = Desk::open().await;
    let job = desk.start().await;
    let expected = desk.now() + minutes(90);
    let all = (0..6).map(|_| {
        desk.sla
            .predict(job, ClockKind::Arrive, expected, desk.now())
    });
    assert!(
        futures::future::join_all(all)
            .await
            .iter()
            .all(Result::is_ok)
    );
    desk.t.run_pending_jobs().await;
    assert_eq!(
        desk.heard("sla.breach_predicted", ClockKind::Arrive).len(),
        1
    );
}

#[tokio::test]
async fn of_two_dispatchers_one_has_the_alarm() {
    let desk = Desk::open().await;
    desk.start().await;
    desk.after_minutes(38).await;
    let id = desk.open_alarms("arrive").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v1/alarms/{id}/acknowledge");
    let (one, two) = (dispatcher(&["north"]), dispatcher(&["north"]));
    let (as_one, as_two) = (desk.http().as_actor(&one), desk.http().as_actor(&two));
    let (a, b) = tokio::join!(as_one.post(&path, &()), as_two.post(&path, &()));
    let (winner, won, lost) = if a.status == 200 {
        (&one, a, b)
    } else {
        (&two, b, a)
    };
    let alarm = won.ok();
    assert_eq!(alarm["acknowledged_by"], winner.user.to_string());
    assert_eq!(alarm["state"], "acknowledged");
    lost.refused(409, "sla.already_acknowledged");
    // The one who has it may say so again; nothing is written twice.
    desk.http().as_actor(winner).post(&path, &()).await.ok();
    let audited: i64 = sqlx::query_scalar(
        "select count(*) from platform.audit where action = 'alarms.acknowledge'",
    )
    .fetch_one(&desk.t.platform.db)
    .await
    .unwrap();
    assert_eq!(audited, 1);
    assert!(desk.open_alarms("arrive").await.is_empty());
    assert_eq!(desk.alarms("acknowledged").await.len(), 1);
}

#[tokio::test]
async fn a_dispatcher_sees_the_zones_granted() {
    let desk = Desk::open().await;
    desk.start_in("north").await;
    desk.start_in("south").await;
    desk.after_minutes(60).await;
    let north = desk.http().as_actor(&dispatcher(&["north"]));
    let page = north.get("/v1/alarms?state=open").await.ok();
    let zones: Vec<&str> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["zone"].as_str().unwrap())
        .collect();
    assert!(
        !zones.is_empty() && zones.iter().all(|zone| *zone == "north"),
        "{zones:?}"
    );

    let all = desk.alarms("open").await;
    let elsewhere = all.iter().find(|alarm| alarm["zone"] == "south").unwrap()["id"]
        .as_str()
        .unwrap();
    for action in ["acknowledge", "snooze"] {
        let path = format!("/v1/alarms/{elsewhere}/{action}");
        north
            .post(&path, &json!({ "minutes": 10 }))
            .await
            .refused(404, "sla.unknown_alarm");
    }
    let nowhere = desk
        .http()
        .as_actor(&dispatcher(&[]))
        .get("/v1/alarms")
        .await
        .ok();
    assert_eq!(nowhere["items"], json!([]));
    desk.http()
        .as_actor(&actor(Role::Customer))
        .get("/v1/alarms")
        .await
        .refused(403, "http.forbidden");
    desk.http()
        .get("/v1/alarms")
        .await
        .refused(401, "http.unauthenticated");
}

#[tokio::test]
async fn an_unacknowledged_breach_goes_to_the_operations_manager() {
    let desk = Desk::open().await;
    desk.start().await;
    desk.start().await;
    desk.after_minutes(16).await;
    let open = desk.open_alarms("respond").await;
    assert_eq!(open.len(), 2);
    let path = format!("/v1/alarms/{}/acknowledge", open[0]["id"].as_str().unwrap());
    desk.http()
        .as_actor(&dispatcher(&["north"]))
        .post(&path, &())
        .await
        .ok();
    desk.after_minutes(9).await;
    assert_eq!(desk.open_alarms("respond").await[0]["level"], "dispatcher");
    desk.after_minutes(1).await;
    let open = desk.open_alarms("respond").await;
    assert_eq!(
        (open.len(), &open[0]["level"]),
        (1, &json!("operations_manager"))
    );
    assert_eq!(desk.alarms("acknowledged").await[0]["level"], "dispatcher");
    let told = desk.heard("sla.alarm_raised", ClockKind::Respond);
    assert_eq!(
        told.iter()
            .filter(|event| event["level"] == "operations_manager")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_snoozed_alarm_wakes() {
    let desk = Desk::open().await;
    desk.start().await;
    desk.after_minutes(16).await;
    let id = desk.open_alarms("respond").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mine = desk.http().as_actor(&dispatcher(&["north"]));
    let path = format!("/v1/alarms/{id}/snooze");
    mine.post(&path, &json!({ "minutes": 0 }))
        .await
        .refused(422, "sla.bad_snooze");
    mine.post(&path, &json!({ "minutes": 121 }))
        .await
        .refused(422, "sla.bad_snooze");
    let alarm = mine.post(&path, &json!({ "minutes": 20 })).await.ok();
    assert_eq!(
        (&alarm["state"], &alarm["snoozed_until"]),
        (&json!("snoozed"), &json!(desk.now() + minutes(20)))
    );
    assert!(desk.open_alarms("respond").await.is_empty());
    // Put off, not forgotten: it wakes, and only then goes to the next level.
    desk.after_minutes(19).await;
    assert_eq!(desk.alarms("snoozed").await[0]["level"], "dispatcher");
    desk.after_minutes(1).await;
    let open = desk.open_alarms("respond").await;
    assert_eq!(
        (open.len(), &open[0]["level"]),
        (1, &json!("operations_manager"))
    );
    mine.post(&format!("/v1/alarms/{id}/acknowledge"), &())
        .await
        .ok();
    mine.post(&path, &json!({ "minutes": 5 }))
        .await
        .refused(409, "sla.already_acknowledged");
}

#[tokio::test]
async fn alarms_come_in_pages_newest_first() {
    let desk = Desk::open().await;
    for _ in 0..4 {
        desk.start().await;
    }
    desk.after_minutes(40).await;
    let all: Vec<Value> = desk.alarms("open").await;
    assert!(all.len() > 6, "{}", all.len());
    let mine = desk.http().as_actor(&actor(Role::Auditor));
    let mut seen = Vec::new();
    let mut next = String::new();
    loop {
        let page = mine
            .get(&format!("/v1/alarms?state=open&limit=3{next}"))
            .await
            .ok();
        seen.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, all);
    mine.get("/v1/alarms?cursor=rubbish")
        .await
        .refused(422, "http.bad_cursor");
    mine.get("/v1/alarms?state=angry")
        .await
        .refused(422, "http.bad_field");
}

#[tokio::test]
async fn policies_and_calendars_can_be_read() {
    let desk = Desk::open().await;
    let mine = desk.http().as_actor(&actor(Role::OperationsManager));
    let policies = mine.get("/v1/sla/policies").await.ok();
    let plumbing = policies
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["slug"] == "plumbing-immediate")
        .unwrap();
    insta::assert_json_snapshot!(plumbing);
    let calendars = mine.get("/v1/sla/calendars").await.ok();
    let outdoor = calendars
        .as_array()
        .unwrap()
        .iter()
        .find(|c| c["slug"] == "outdoor")
        .unwrap();
    insta::assert_json_snapshot!(outdoor);
}
