//! Companies over a real database, through their HTTP routes.
#![allow(clippy::unwrap_used)]

mod accounts;
mod at_once;
mod branches;
mod members;
mod people;

use corporate::{Corporate, EnrolCompany, EnrolMember, Enrolled};
use kernel::access::{Actor, Role, Scope};
use kernel::{BranchId, CorporateAccountId, Text, UserId, seconds};
use people::People;
use platform::testing::{TestHttp, TestPlatform, actor};
use serde_json::{Value, json};
use std::sync::Arc;

pub struct House {
    pub t: TestPlatform,
    pub http: TestHttp,
    pub corporate: Arc<Corporate>,
    pub people: Arc<People>,
}

/// A company with two managers, two branches, and a manager of the first of them.
pub struct Company {
    pub account: CorporateAccountId,
    pub branches: Vec<BranchId>,
    pub lama: TestHttp,
    pub huda: TestHttp,
    pub badr: TestHttp,
    pub ids: Vec<UserId>,
}

impl House {
    pub async fn open() -> Self {
        let mut t = TestPlatform::start(&[&corporate::MIGRATOR]).await;
        let people = Arc::new(People::default());
        let corporate = Corporate::new(t.platform.clone(), people.clone());
        corporate.register(&mut t.registry);
        let http = t.http(corporate.router().split_for_parts().0);
        Self {
            t,
            http,
            corporate,
            people,
        }
    }

    pub fn operations(&self) -> TestHttp {
        self.http
            .as_actor(&actor(Role::OperationsManager))
            .just_proven()
    }

    pub fn manager(&self, user: UserId, account: CorporateAccountId) -> TestHttp {
        let scope = Scope {
            account: Some(account),
            ..Scope::default()
        };
        self.as_member(user, Role::CorporateManager, scope)
    }

    pub fn branch_manager(
        &self,
        user: UserId,
        account: CorporateAccountId,
        branch: BranchId,
    ) -> TestHttp {
        let scope = Scope {
            account: Some(account),
            branch: Some(branch),
            ..Scope::default()
        };
        self.as_member(user, Role::BranchManager, scope)
    }

    fn as_member(&self, user: UserId, role: Role, scope: Scope) -> TestHttp {
        let member = Actor {
            user,
            scope,
            ..actor(role)
        };
        self.http.as_actor(&member).just_proven()
    }

    /// The nth company: names, numbers and emails are its own.
    pub async fn company(&self, nth: usize) -> Company {
        let enrolled = self.corporate.enrol(enrol(nth)).await.unwrap();
        // After the links that are given from now on.
        self.t.clock.advance(seconds(1));
        let Enrolled {
            account,
            branches,
            members,
        } = enrolled;
        Company {
            lama: self.manager(members[0], account),
            huda: self.manager(members[1], account),
            badr: self.branch_manager(members[2], account, branches[0]),
            account,
            branches,
            ids: members,
        }
    }

    pub async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&self.t.platform.db)
            .await
            .unwrap()
    }

    /// Each in order: record, whether it has digests, facts.
    pub async fn audited(&self, action: &str) -> Vec<(String, bool, Value)> {
        sqlx::query_as(
            "select record, after_digest is not null, details from platform.audit
             where action = $1 order by seq",
        )
        .bind(action)
        .fetch_all(&self.t.platform.db)
        .await
        .unwrap()
    }
}

pub fn enrol(nth: usize) -> EnrolCompany {
    let member = |name: &str, branch| EnrolMember {
        email: format!("{}@company{nth}.example", name.to_lowercase()),
        name: name.to_owned(),
        password: "a long enough password".into(),
        totp_secret: "KHIDMACOMPANYAAAAAAAAAAAAAAAAAAA".into(),
        branch,
    };
    EnrolCompany {
        name: Text::new(format!("شركة {nth}"), format!("Company {nth}")),
        unified_number: format!("7{nth:09}"),
        vat_number: None,
        branches: vec![
            Text::new("العليا", "Olaya"),
            Text::new("الملقا", "Al Malqa"),
        ],
        members: vec![
            member("Lama", None),
            member("Huda", None),
            member("Badr", Some(0)),
        ],
        by: UserId::new(),
    }
}

pub fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| match &item["name"] {
            Value::String(name) => name,
            name => name["en"].as_str().unwrap(),
        })
        .collect()
}

pub fn company_of(name: &str, unified_number: &str) -> Value {
    json!({ "name": { "ar": name, "en": name }, "unified_number": unified_number })
}
