//! A vendor's bank account changes: asked for, reviewed by two, stopped or in effect.

use crate::fakes::{Mishap, Town, company};
use crate::owner;
use contract_vendors::Vendors as _;
use kernel::access::{Actor, Role};
use kernel::{BankAccountChangeId, Time, UserId, VendorId, hours, minutes};
use platform::testing::{TestHttp, actor};
use serde_json::{Value, json};
use vendors::VendorSettings;

pub(crate) const OWN: &str = "/v1/vendor/bank-account";
pub(crate) const ASK: &str = "/v1/vendor/bank-account/changes";
pub(crate) const DESK: &str = "/v1/bank-account-changes";

/// A vendor with its owner and two reviewers.
pub(crate) struct Bank {
    pub(crate) town: Town,
    pub(crate) vendor: VendorId,
    /// The account the vendor was enrolled with.
    pub(crate) old: String,
    /// Whoever `owner` is signed in as is told as this one.
    pub(crate) owner_user: UserId,
    pub(crate) owner: TestHttp,
    pub(crate) first: TestHttp,
    pub(crate) second: TestHttp,
}

/// Another account for each number.
pub(crate) fn new_iban(number: u64) -> String {
    vendors::rules::iban_of(&format!("15{number:018}")).unwrap()
}

impl Bank {
    pub(crate) async fn open() -> Self {
        Self::with(VendorSettings::default()).await
    }

    pub(crate) async fn with(settings: VendorSettings) -> Self {
        let town = Town::with(settings).await;
        let command = company(1);
        let old = command.iban.clone();
        let vendor = town.vendors.enrol_vendor(command).await.unwrap();
        let owner_user: uuid::Uuid =
            sqlx::query_scalar("select owner_user from vendors.vendors where id = $1")
                .bind(vendor.uuid())
                .fetch_one(&town.t.platform.db)
                .await
                .unwrap();
        let owner_user = UserId::from_uuid(owner_user);
        let acting = Actor {
            user: owner_user,
            ..owner(vendor)
        };
        Self {
            owner: town.http.as_actor(&acting).just_proven(),
            first: reviewer(&town),
            second: reviewer(&town),
            town,
            vendor,
            old,
            owner_user,
        }
    }

    pub(crate) async fn asked(&self) -> String {
        let body = json!({ "iban": new_iban(1) });
        let asked = self.owner.post(ASK, &body).await.ok();
        asked["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn approved(&self) -> String {
        let id = self.asked().await;
        for reviewer in [&self.first, &self.second] {
            reviewer.post(&step(&id, "approve"), &()).await.ok();
        }
        id
    }

    pub(crate) async fn state(&self, id: &str) -> Value {
        let auditor = self.town.http.as_actor(&actor(Role::Auditor));
        auditor.get(&format!("{DESK}/{id}")).await.ok()["state"].clone()
    }

    pub(crate) fn in_use(&self) -> String {
        self.town.settlement.iban_of(self.vendor)
    }

    /// Actions on a record, oldest first.
    async fn log(&self, id: &str) -> Vec<String> {
        sqlx::query_scalar("select action from platform.audit where record = $1 order by seq")
            .bind(id)
            .fetch_all(&self.town.t.platform.db)
            .await
            .unwrap()
    }

    async fn set_active(&self, active: bool) {
        let body = json!({ "active": active, "reason": "a look at its papers" });
        self.town
            .http
            .as_actor(&actor(Role::OperationsManager))
            .put(&format!("/v1/vendors/{}/status", self.vendor), &body)
            .await
            .ok();
    }
}

pub(crate) fn reviewer(town: &Town) -> TestHttp {
    town.http.as_actor(&actor(Role::KycReviewer)).just_proven()
}

pub(crate) fn step(id: &str, what: &str) -> String {
    format!("{DESK}/{id}/{what}")
}

pub(crate) fn withdraw(id: &str) -> String {
    format!("{ASK}/{id}/withdraw")
}

#[tokio::test]
async fn two_reviewers_and_a_day_later_the_vendor_is_paid_elsewhere() {
    let bank = Bank::open().await;
    let (new, t) = (new_iban(1), &bank.town.t);
    let mask = |iban: &str| format!("SA•• •••• {}", &iban[20..]);
    let account = bank.owner.get(OWN).await.ok();
    let before = json!({ "iban": mask(&bank.old), "since": "2026-12-06T06:00:00Z", "earlier": [] });
    assert_eq!(account, before);

    // In groups and small letters, as it stands on a bank's paper.
    let grouped = format!("sa{} {} {}", &new[2..4], &new[4..14], &new[14..]);
    let body = json!({ "iban": grouped, "reason": " We moved to another bank. " });
    let asked = bank.owner.post(ASK, &body).await;
    assert_eq!(asked.status, 201);
    let asked = asked.ok();
    let id = asked["id"].as_str().unwrap().to_owned();
    assert_eq!(
        asked,
        json!({
            "id": id, "state": "asked", "from": mask(&bank.old), "to": mask(&new),
            "reason": "We moved to another bank.", "asked_at": "2026-12-06T06:00:00Z",
        })
    );
    t.run_pending_jobs().await;
    assert_eq!(bank.town.post.to(bank.owner_user), ["bank_account_asked"]);
    assert_eq!(bank.town.post.last().params["account"], new[20..]);

    let line = bank.first.get(DESK).await.ok()["items"][0].clone();
    assert_eq!(line["vendor_name"]["en"], "Sidr Spring Plumbing");
    assert_eq!(
        (&line["approvals"], &line["approved_by_me"]),
        (&json!(0), &json!(false))
    );
    let detail = bank.first.get(&format!("{DESK}/{id}")).await.ok();
    assert_eq!(
        (&detail["iban"], &detail["from"]),
        (&json!(new), &json!(mask(&bank.old)))
    );
    let once = bank.first.post(&step(&id, "approve"), &()).await.ok();
    assert_eq!(
        (&once["state"], &once["approvals"]),
        (&json!("approved_once"), &json!(1))
    );
    assert_eq!(once["approved_by_me"], true);
    let twice = bank.first.post(&step(&id, "approve"), &()).await;
    twice.refused(403, "vendors.same_reviewer");
    t.clock.advance(minutes(30));
    let done = bank.second.post(&step(&id, "approve"), &()).await.ok();
    assert_eq!(
        (&done["state"], &done["approvals"]),
        (&json!("approved"), &json!(2))
    );
    assert_eq!(done["effective_at"], "2026-12-07T06:30:00Z");
    let third = reviewer(&bank.town).post(&step(&id, "approve"), &()).await;
    third.refused(409, "vendors.change_approved");
    t.run_pending_jobs().await;
    assert_eq!(
        bank.town.post.last().template.as_str(),
        "bank_account_approved"
    );
    assert_eq!(bank.town.post.last().params["date"], "2026-12-07");
    assert_eq!(bank.first.get(DESK).await.ok()["items"], json!([]));
    let cooling = bank.first.get(&format!("{DESK}?state=approved")).await.ok();
    assert_eq!(cooling["items"][0]["id"], json!(id));

    // A day less a second: the old one. Then the new one, since its hour, and once.
    t.clock.advance(hours(24) - kernel::seconds(1));
    t.run_pending_jobs().await;
    assert_eq!(bank.in_use(), bank.old);
    t.clock.advance(kernel::seconds(1));
    t.run_pending_jobs().await;
    assert_eq!(bank.in_use(), new);
    let account = bank.owner.get(OWN).await.ok();
    assert_eq!(
        (&account["iban"], &account["since"], &account["change"]),
        (
            &json!(mask(&new)),
            &json!("2026-12-07T06:30:00Z"),
            &Value::Null
        )
    );
    assert_eq!(account["earlier"][0]["state"], "in_effect");
    assert_eq!(
        bank.town.post.to(bank.owner_user),
        [
            "bank_account_asked",
            "bank_account_approved",
            "bank_account_in_effect"
        ]
    );
    assert_eq!(
        bank.town.settlement.payees().len(),
        2,
        "the enrolment, and this"
    );

    // Who and when stays, for reviewers and auditors; the number does not.
    let seen = bank.first.get(&format!("{DESK}/{id}")).await.ok();
    assert_eq!(seen["iban"], Value::Null);
    assert_eq!(seen["asked"]["user"], json!(bank.owner_user));
    assert_eq!(seen["approved"].as_array().unwrap().len(), 2);
    assert_eq!(seen["approved"][1]["at"], "2026-12-06T06:30:00Z");
    let ended = bank.first.get(&format!("{DESK}?state=ended")).await.ok();
    assert_eq!(ended["items"][0]["state"], "in_effect");
    assert_eq!(
        bank.log(&id).await,
        [
            "bank_accounts.ask",
            "bank_accounts.look",
            "bank_accounts.approve",
            "bank_accounts.approve",
            "bank_accounts.take_over",
            "bank_accounts.look"
        ]
    );
    // Back to the old one is a change like any other.
    let body = json!({ "iban": bank.old });
    bank.owner.post(ASK, &body).await.ok();
}

#[tokio::test]
async fn what_is_no_other_account_is_refused_with_its_own_fault() {
    let bank = Bank::open().await;
    let ask = |body: Value| bank_ask(&bank.owner, body);
    let wrong = ask(json!({ "iban": "SA0380000000608010167518" })).await;
    let wrong = wrong.refused(422, "vendors.bad_iban");
    assert_eq!(wrong["errors"][0]["field"], "iban");
    let arabic = bank
        .owner
        .lang("ar")
        .post(ASK, &json!({ "iban": "GB29NWBK60161331926819" }))
        .await;
    let arabic = arabic.refused(422, "vendors.bad_iban");
    assert_eq!(arabic["detail"], "رقم الآيبان غير صحيح. راجع الأرقام.");
    ask(json!({ "iban": bank.old }))
        .await
        .refused(409, "vendors.same_iban");
    ask(json!({ "iban": new_iban(1), "reason": " " }))
        .await
        .refused(422, "vendors.bad_reason");
    let stale = bank.town.http.as_actor(&owner(bank.vendor));
    bank_ask(&stale, json!({ "iban": new_iban(1) }))
        .await
        .refused(403, "http.second_factor");
    let other = bank
        .town
        .http
        .as_actor(&actor(Role::KycReviewer))
        .just_proven();
    bank_ask(&other, json!({ "iban": new_iban(1) }))
        .await
        .refused(403, "http.forbidden");
    assert_eq!(bank.owner.get(OWN).await.ok()["change"], Value::Null);

    // One at a time; another after it was withdrawn, for which no proof is wanted.
    let id = bank.asked().await;
    ask(json!({ "iban": new_iban(2) }))
        .await
        .refused(409, "vendors.change_under_way");
    let account = bank.owner.get(OWN).await.ok();
    assert_eq!(account["change"]["id"], json!(id));
    let withdrawn = stale.post(&withdraw(&id), &()).await.ok();
    assert_eq!(withdrawn["state"], "withdrawn");
    stale
        .post(&withdraw(&id), &())
        .await
        .refused(409, "vendors.change_ended");
    bank.first
        .post(&step(&id, "approve"), &())
        .await
        .refused(409, "vendors.change_ended");
    ask(json!({ "iban": new_iban(2) })).await.ok();
    assert_eq!(
        bank.log(&id).await,
        ["bank_accounts.ask", "bank_accounts.withdraw"]
    );
}

async fn bank_ask(http: &TestHttp, body: Value) -> platform::testing::TestAnswer {
    http.post(ASK, &body).await
}

#[tokio::test]
async fn another_vendors_does_not_exist_and_each_role_does_its_own() {
    let bank = Bank::open().await;
    let id = bank.asked().await;
    let stranger = bank.town.vendors.enrol_vendor(company(2)).await.unwrap();
    let stranger = bank.town.http.as_actor(&owner(stranger)).just_proven();
    stranger
        .post(&withdraw(&id), &())
        .await
        .refused(404, "vendors.unknown_change");
    let nothing = BankAccountChangeId::new().to_string();
    for path in [step(&nothing, "approve"), withdraw(&nothing)] {
        let who = if path.starts_with(DESK) {
            &bank.first
        } else {
            &bank.owner
        };
        who.post(&path, &())
            .await
            .refused(404, "vendors.unknown_change");
    }
    let auditor = bank.town.http.as_actor(&actor(Role::Auditor)).just_proven();
    let seen = auditor.get(&format!("{DESK}/{id}")).await.ok();
    assert_eq!(seen["iban"], Value::Null, "never in full for an auditor");
    auditor
        .post(&step(&id, "approve"), &())
        .await
        .refused(403, "http.forbidden");
    for role in [
        Role::Administrator,
        Role::FinanceOfficer,
        Role::OperationsManager,
    ] {
        let http = bank.town.http.as_actor(&actor(role)).just_proven();
        http.get(DESK).await.refused(403, "http.forbidden");
        http.post(&step(&id, "approve"), &())
            .await
            .refused(403, "http.forbidden");
    }
    // A fresh second factor for saying yes; saying no needs a reason.
    let stale = bank.town.http.as_actor(&actor(Role::KycReviewer));
    stale
        .post(&step(&id, "approve"), &())
        .await
        .refused(403, "http.second_factor");
    stale
        .post(&step(&id, "reject"), &json!({ "reason": "" }))
        .await
        .refused(422, "vendors.bad_reason");
    // Whoever asked, or owns the vendor, reviews nothing of it, whatever else they are.
    let mut both = Actor {
        roles: vec![Role::VendorOwner, Role::KycReviewer],
        ..owner(bank.vendor)
    };
    both.user = bank.owner_user;
    let both = bank.town.http.as_actor(&both).just_proven();
    both.post(&step(&id, "approve"), &())
        .await
        .refused(403, "vendors.own_account");
    assert_eq!(bank.state(&id).await, "asked");
}

#[tokio::test]
async fn it_is_stopped_by_either_side_until_it_takes_effect() {
    let bank = Bank::open().await;
    let t = &bank.town.t;
    // Rejected by one who approved it, in its last minute.
    let id = bank.approved().await;
    t.clock.advance(hours(24) - minutes(1));
    let body = json!({ "reason": "The bank says that it is somebody else's." });
    let stopped = bank.first.post(&step(&id, "reject"), &body).await.ok();
    assert_eq!(stopped["state"], "rejected");
    t.clock.advance(hours(2));
    t.run_pending_jobs().await;
    assert_eq!(bank.in_use(), bank.old);
    let told = bank.town.post.to(bank.owner_user);
    assert_eq!(told.last().unwrap(), "bank_account_rejected");
    assert_eq!(
        bank.town.post.last().params["reason"],
        body["reason"].as_str().unwrap()
    );
    let account = bank.owner.get(OWN).await.ok();
    assert_eq!(account["earlier"][0]["rejected_for"], body["reason"]);

    // Withdrawn by the owner: the job finds nothing to do.
    let id = bank.approved().await;
    bank.owner.post(&withdraw(&id), &()).await.ok();
    t.clock.advance(hours(30));
    t.run_pending_jobs().await;
    assert_eq!(
        (bank.in_use(), bank.state(&id).await),
        (bank.old.clone(), json!("withdrawn"))
    );

    // In effect: too late for both.
    let id = bank.approved().await;
    t.clock.advance(hours(24));
    t.run_pending_jobs().await;
    bank.owner
        .post(&withdraw(&id), &())
        .await
        .refused(409, "vendors.change_ended");
    bank.first
        .post(&step(&id, "reject"), &body)
        .await
        .refused(409, "vendors.change_ended");
    assert_eq!(bank.in_use(), new_iban(1));
}

#[tokio::test]
async fn without_hours_to_wait_it_takes_effect_at_once() {
    let settings = VendorSettings {
        bank_account_cooling_hours: 0,
    };
    let bank = Bank::with(settings).await;
    let id = bank.approved().await;
    bank.town.t.run_pending_jobs().await;
    assert_eq!(
        (bank.in_use(), bank.state(&id).await),
        (new_iban(1), json!("in_effect"))
    );
}

#[tokio::test]
async fn a_suspended_vendors_change_waits_until_it_is_taken_back() {
    let bank = Bank::open().await;
    let t = &bank.town.t;
    let id = bank.approved().await;
    bank.set_active(false).await;
    t.clock.advance(hours(48));
    t.run_pending_jobs().await;
    assert_eq!(
        (bank.in_use(), bank.state(&id).await),
        (bank.old.clone(), json!("approved"))
    );
    bank.set_active(true).await;
    t.run_pending_jobs().await;
    assert_eq!(bank.in_use(), new_iban(1));
    let account = bank.owner.get(OWN).await.ok();
    let since: Time = account["since"].as_str().unwrap().parse().unwrap();
    assert_eq!(since, t.now(), "not while it was suspended");

    // Nothing new is asked or approved meanwhile; it can be withdrawn.
    let body = json!({ "iban": new_iban(2) });
    let id = bank.owner.post(ASK, &body).await.ok()["id"].clone();
    let id = id.as_str().unwrap();
    bank.set_active(false).await;
    bank.first
        .post(&step(id, "approve"), &())
        .await
        .refused(403, "vendors.not_active");
    bank.owner.post(&withdraw(id), &()).await.ok();
    bank.owner
        .post(ASK, &body)
        .await
        .refused(403, "vendors.not_active");
}

#[tokio::test]
async fn whatever_breaks_on_the_way_it_takes_effect_once() {
    for mishap in [Mishap::Away, Mishap::AnswerLost, Mishap::Death] {
        let bank = Bank::open().await;
        let t = &bank.town.t;
        let id = bank.approved().await;
        t.clock.advance(hours(24));
        bank.town.settlement.next_is(mishap);
        let report = t.try_pending_jobs().await;
        assert_eq!(report.failed.len(), 1, "{mishap:?}: {:?}", report.failed);
        // Nobody stops it any more: settlement may know already.
        assert_eq!(bank.state(&id).await, "taking_effect");
        bank.owner
            .post(&withdraw(&id), &())
            .await
            .refused(409, "vendors.change_ended");
        t.clock.advance(minutes(5));
        t.run_pending_jobs().await;
        assert_eq!(
            (bank.in_use(), bank.state(&id).await),
            (new_iban(1), json!("in_effect"))
        );
        let since = bank.owner.get(OWN).await.ok()["since"].clone();
        assert_eq!(
            since, "2026-12-07T06:00:00Z",
            "its hour, however often it was told"
        );
        assert_eq!(
            bank.log(&id)
                .await
                .iter()
                .filter(|a| *a == "bank_accounts.take_over")
                .count(),
            1
        );
    }
}
