//! The module in a house of fakes.

use async_trait::async_trait;
use contract_identity::{
    EnrolPhone, EnrolStaff, Identity, IdentityFault, LinkMember, Member, MemberLink, Person,
    SetMember,
};
use contract_notify::{Contact, Notice, Notify, NotifyFault, Recipient};
use kernel::access::{Actor, Role};
use kernel::{
    Basis, CorporateAccountId, Lang, Obstacle, Outcome, Phone, Subject, Text, Time, UserId,
};
use platform::personal::{Copied, Kept, PersonalRecords};
use platform::testing::{TestHttp, TestPlatform, actor};
use privacy::{Holders, Legal, Privacy, PrivacySettings, Publisher};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

pub const NAME: &str = "نورة";

/// Everybody is called the same; whoever was erased is nobody.
pub struct People {
    pub erased: Mutex<BTreeSet<UserId>>,
    pub administrator: UserId,
}

#[async_trait]
impl Identity for People {
    async fn people(&self, users: Vec<UserId>) -> Outcome<Vec<Person>, IdentityFault> {
        let erased = self.erased.lock().unwrap();
        let there = users.into_iter().filter(|user| !erased.contains(user));
        Ok(there
            .map(|id| Person {
                id,
                name: NAME.to_owned(),
                phone: Some(Phone::parse("0501234567").unwrap()),
                lang: Lang::Ar,
                tier: None,
                since: Time::from_millis(0),
            })
            .collect())
    }
    async fn subject(&self, user: UserId) -> Outcome<Subject, IdentityFault> {
        Ok(Subject {
            user,
            technician: None,
            vendor: None,
        })
    }
    async fn holders(&self, role: Role) -> Outcome<Vec<UserId>, IdentityFault> {
        assert_eq!(role, Role::Administrator);
        Ok(vec![self.administrator])
    }
    async fn enrol_phone(&self, _: EnrolPhone) -> Outcome<UserId, IdentityFault> {
        unreachable!("nobody is enrolled here")
    }
    async fn enrol_staff(&self, _: EnrolStaff) -> Outcome<UserId, IdentityFault> {
        unreachable!("nobody is enrolled here")
    }
    async fn members(
        &self,
        _: CorporateAccountId,
        _: Vec<UserId>,
    ) -> Outcome<Vec<Member>, IdentityFault> {
        Ok(Vec::new())
    }
    async fn link_member(&self, _: LinkMember) -> Outcome<MemberLink, IdentityFault> {
        Err(IdentityFault::UnknownUser.into())
    }
    async fn set_member(&self, _: SetMember) -> Outcome<(), IdentityFault> {
        Err(IdentityFault::UnknownUser.into())
    }
}

/// Keeps what was to be said, once for each key.
#[derive(Default)]
pub struct Post(pub Mutex<Vec<Notice>>);

impl Post {
    /// The templates that went to somebody, in order.
    pub fn to(&self, user: UserId) -> Vec<String> {
        let notices = self.0.lock().unwrap();
        let theirs = notices.iter().filter(|n| n.to == Recipient::User(user));
        theirs.map(|n| n.template.to_string()).collect()
    }
}

#[async_trait]
impl Notify for Post {
    async fn send(&self, notice: Notice) -> Outcome<(), NotifyFault> {
        let mut sent = self.0.lock().unwrap();
        if sent.iter().all(|before| before.key != notice.key) {
            sent.push(notice);
        }
        Ok(())
    }
    async fn set_contact(&self, _: Contact) -> Outcome<(), NotifyFault> {
        Ok(())
    }
}

/// Somebody who keeps something.
pub struct Keeper {
    pub name: &'static str,
    pub copied: Mutex<Copied>,
    pub obstacles: Mutex<BTreeSet<Obstacle>>,
    /// As often as it was told to erase, and when first.
    pub erased: Mutex<Vec<Time>>,
    pub fails: Mutex<u32>,
    /// What happens to the database while it is asked for a copy.
    pub meanwhile: Mutex<Option<(sqlx::PgPool, &'static str)>>,
    /// As often as it was asked for a copy.
    pub asked: Mutex<u32>,
}

impl Keeper {
    fn new(name: &'static str) -> Arc<Self> {
        let rows = vec![json!({ "of": name, "total_halalas": 12_500 })];
        Arc::new(Self {
            name,
            copied: Mutex::new(Copied::default().with("things", rows)),
            obstacles: Mutex::default(),
            erased: Mutex::default(),
            fails: Mutex::new(0),
            meanwhile: Mutex::default(),
            asked: Mutex::default(),
        })
    }
    pub fn object(&self, obstacle: Obstacle) {
        self.obstacles.lock().unwrap().insert(obstacle);
    }
    pub fn relent(&self) {
        self.obstacles.lock().unwrap().clear();
    }
    pub fn times(&self) -> usize {
        self.erased.lock().unwrap().len()
    }
}

#[async_trait]
impl PersonalRecords for Keeper {
    fn holder(&self) -> &'static str {
        self.name
    }
    async fn copy(&self, _: Subject) -> anyhow::Result<Copied> {
        *self.asked.lock().unwrap() += 1;
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some((db, sql)) = meanwhile {
            sqlx::query(sql).execute(&db).await?;
        }
        Ok(self.copied.lock().unwrap().clone())
    }
    async fn obstacles(&self, _: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        Ok(self.obstacles.lock().unwrap().clone())
    }
    async fn erase(&self, _: Subject, now: Time) -> anyhow::Result<Vec<Kept>> {
        let mut fails = self.fails.lock().unwrap();
        if *fails > 0 {
            *fails -= 1;
            anyhow::bail!("the store went away");
        }
        self.erased.lock().unwrap().push(now);
        Ok(Kept::some("things", 1, Basis::TaxLaw).into_iter().collect())
    }
}

/// Identity's: whoever is erased has no name any more.
struct Account(Arc<Keeper>, Arc<People>);

#[async_trait]
impl PersonalRecords for Account {
    fn holder(&self) -> &'static str {
        self.0.name
    }
    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        self.0.copy(subject).await
    }
    async fn obstacles(&self, subject: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        self.0.obstacles(subject).await
    }
    async fn erase(&self, subject: Subject, now: Time) -> anyhow::Result<Vec<Kept>> {
        self.1.erased.lock().unwrap().insert(subject.user);
        self.0.erase(subject, now).await
    }
}

/// As a firm called Bayt publishes them.
fn legal(settings: &PrivacySettings) -> Legal {
    let publisher = Publisher {
        name: Text::new("بيت & شركاه", "Bayt & Partners"),
        vat_number: "310000000000003".to_owned(),
        public_url: "https://bayt.example/".to_owned(),
    };
    Legal::open(settings, &publisher).unwrap()
}

pub struct House {
    pub t: TestPlatform,
    pub http: TestHttp,
    pub people: Arc<People>,
    pub post: Arc<Post>,
    pub account: Arc<Keeper>,
    pub bookings: Arc<Keeper>,
    pub notify: Arc<Keeper>,
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(PrivacySettings::default()).await
    }

    pub async fn open_with(settings: PrivacySettings) -> Self {
        let mut t = TestPlatform::start(&[&privacy::MIGRATOR]).await;
        let people = Arc::new(People {
            erased: Mutex::default(),
            administrator: UserId::new(),
        });
        let post = Arc::new(Post::default());
        let [account, bookings, notify] = ["identity", "bookings", "notify"].map(Keeper::new);
        let holders = Holders {
            identity: Arc::new(Account(account.clone(), people.clone())),
            others: vec![bookings.clone(), notify.clone()],
        };
        let platform = t.platform.clone();
        let legal = legal(&settings);
        let privacy = Privacy::new(
            platform,
            people.clone(),
            post.clone(),
            holders,
            settings,
            legal,
        );
        privacy.register(&mut t.registry);
        let http = t.http(privacy.router().split_for_parts().0);
        Self {
            t,
            http,
            people,
            post,
            account,
            bookings,
            notify,
        }
    }

    /// The same house after an operator's change.
    pub fn with(&self, settings: PrivacySettings) -> TestHttp {
        let holders = Holders {
            identity: self.account.clone(),
            others: Vec::new(),
        };
        let legal = legal(&settings);
        let privacy = Privacy::new(
            self.t.platform.clone(),
            self.people.clone(),
            self.post.clone(),
            holders,
            settings,
            legal,
        );
        self.t.http(privacy.router().split_for_parts().0)
    }

    pub async fn count(&self, table: &str) -> i64 {
        let sql = format!("select count(*) from privacy.{table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(&self.t.platform.db)
            .await
            .unwrap()
    }

    pub fn customer(&self) -> (Actor, TestHttp) {
        let who = actor(Role::Customer);
        let http = self.http.as_actor(&who).just_proven();
        (who, http)
    }

    pub fn administrator(&self) -> TestHttp {
        let who = Actor {
            user: self.people.administrator,
            ..actor(Role::Administrator)
        };
        self.http.as_actor(&who)
    }

    /// One's only request, or the newest.
    pub async fn newest(&self, me: &TestHttp) -> Value {
        let mine = me.get("/v1/me/privacy-requests").await.ok();
        mine["items"][0].clone()
    }

    /// Lets time pass an hour at a time, as the watch sees it.
    pub async fn pass(&self, hours: i64) {
        for _ in 0..hours {
            self.t.clock.advance(kernel::hours(1));
            self.t.run_pending_jobs().await;
        }
    }
}
