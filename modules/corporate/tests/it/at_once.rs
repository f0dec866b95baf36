//! Two at the same instant: what must hold of a company holds whoever was first.

use crate::House;
use contract_identity::Standing;
use kernel::UserId;
use platform::testing::TestAnswer;
use serde_json::json;

const ROUNDS: usize = 12;

async fn managers(house: &House, account: kernel::CorporateAccountId) -> i64 {
    sqlx::query_scalar(
        "select count(*) from corporate.members
         where account = $1 and role = 'corporate_manager' and removed_at is null",
    )
    .bind(account.uuid())
    .fetch_one(&house.t.platform.db)
    .await
    .unwrap()
}

fn won(answers: [TestAnswer; 2], refusals: &[&str]) -> usize {
    let mut won = 0;
    for answer in answers {
        if answer.status.is_success() {
            won += 1;
        } else {
            assert!(
                refusals.contains(&answer.code()),
                "{}: {}",
                answer.status,
                answer.json
            );
        }
    }
    won
}

#[tokio::test]
async fn two_managers_who_remove_each_other_leave_one() {
    let house = House::open().await;
    for round in 0..ROUNDS {
        let company = house.company(round).await;
        let remove = |user: UserId| format!("/v1/company/members/{user}/remove");
        let body = json!({ "version": 1 });
        let (to_huda, to_lama) = (remove(company.ids[1]), remove(company.ids[0]));
        let (a, b) = tokio::join!(
            company.lama.post(&to_huda, &body),
            company.huda.post(&to_lama, &body),
        );
        assert_eq!(won([a, b], &["corporate.no_longer_manager"]), 1);
        assert_eq!(managers(&house, company.account).await, 1);
    }
    house.t.run_pending_jobs().await;
}

#[tokio::test]
async fn two_managers_who_demote_or_lock_out_each_other_leave_one() {
    let house = House::open().await;
    for round in 0..ROUNDS {
        let company = house.company(round).await;
        let path = |user: UserId| format!("/v1/company/members/{user}");
        let (huda, lama) = (path(company.ids[1]), path(company.ids[0]));
        let demote =
            json!({ "version": 1, "role": "branch_manager", "branch": company.branches[1] });
        let (to_huda, to_lama) = (format!("{huda}/link"), format!("{lama}/role"));
        let nothing = json!({});
        let (a, b) = tokio::join!(
            company.lama.post(&to_huda, &nothing),
            company.huda.put(&to_lama, &demote),
        );
        assert_eq!(won([a, b], &["corporate.no_longer_manager"]), 1);
        // One of the two can sign in and is a manager.
        let left = company.ids[..2].iter().filter(|user| {
            let known = house.people.of(**user);
            let manages = !matches!(
                known.standing,
                Some(Standing::Active(contract_identity::Membership::OfBranch(_)))
            );
            known.has_password && manages
        });
        assert_eq!(left.count(), 1);
    }
    house.t.run_pending_jobs().await;
}

#[tokio::test]
async fn the_database_keeps_a_manager_by_itself() {
    let house = House::open().await;
    let company = house.company(1).await;
    let remove = "update corporate.members set removed_at = now() where user_id = $1";
    let of = |user: UserId| sqlx::query(remove).bind(user.uuid());
    of(company.ids[1])
        .execute(&house.t.platform.db)
        .await
        .unwrap();
    let last = of(company.ids[0]).execute(&house.t.platform.db).await;
    let error = last.unwrap_err().into_database_error().unwrap();
    assert_eq!(error.constraint(), Some("members_keep_a_manager"));
    // Of two transactions that both see the other's manager, one fails.
    let other = house.company(2).await;
    let mut first = house.t.platform.db.begin().await.unwrap();
    of(other.ids[0]).execute(&mut *first).await.unwrap();
    let db = house.t.platform.db.clone();
    let user = other.ids[1];
    let second =
        tokio::spawn(async move { sqlx::query(remove).bind(user.uuid()).execute(&db).await });
    first.commit().await.unwrap();
    assert!(second.await.unwrap().is_err());
    assert_eq!(managers(&house, other.account).await, 1);
}

#[tokio::test]
async fn whoever_is_invited_twice_at_once_is_one_member_with_one_good_link() {
    let house = House::open().await;
    let company = house.company(1).await;
    for round in 0..ROUNDS {
        let invite = json!({ "name": "Reem", "email": format!("reem{round}@company1.example"),
            "role": "corporate_manager" });
        let path = "/v1/company/members";
        let (a, b) = tokio::join!(
            company.lama.post(path, &invite),
            company.huda.post(path, &invite)
        );
        let (a, b) = (a.ok(), b.ok());
        assert_eq!(a["member"]["id"], b["member"]["id"]);
        assert_ne!(a["token"], b["token"]);
    }
    let members = house.count("select count(*) from corporate.members").await;
    assert_eq!(members, 3 + ROUNDS as i64);
    assert_eq!(house.people.count(), 3 + ROUNDS);
    house.t.run_pending_jobs().await;
}

#[tokio::test]
async fn a_branch_is_closed_or_gets_a_manager_and_an_account_is_suspended_or_grows() {
    let house = House::open().await;
    let operations = house.operations();
    for round in 0..ROUNDS {
        let company = house.company(round).await;
        let branch = company.branches[1];
        let close = format!("/v1/company/branches/{branch}/close");
        let invite = json!({ "name": "Reem", "email": format!("reem@company{round}.example"),
            "role": "branch_manager", "branch": branch });
        let version = json!({ "version": 1 });
        let (a, b) = tokio::join!(
            company.lama.post(&close, &version),
            company.huda.post("/v1/company/members", &invite),
        );
        assert_eq!(
            won(
                [a, b],
                &["corporate.branch_in_use", "corporate.branch_closed"]
            ),
            1
        );

        let suspend = format!("/v1/corporate-accounts/{}/suspend", company.account);
        let reason = json!({ "version": 1, "reason": "unpaid" });
        let invite = json!({ "name": "Noor", "email": format!("noor@company{round}.example"),
            "role": "corporate_manager" });
        let (a, b) = tokio::join!(
            operations.post(&suspend, &reason),
            company.lama.post("/v1/company/members", &invite),
        );
        assert!(a.status.is_success());
        let invited = won([a, b], &["corporate.account_suspended"]) == 2;
        house.t.run_pending_jobs().await;
        // Whoever became a member before it is suspended with the others.
        let page = operations
            .get(&format!(
                "/v1/corporate-accounts/{}/members",
                company.account
            ))
            .await
            .ok();
        let members = page["items"].as_array().unwrap();
        assert!(members.iter().all(|member| member["state"] == "disabled"));
        let noor = members.iter().any(|member| member["name"] == "Noor");
        assert_eq!(noor, invited);
    }
}
