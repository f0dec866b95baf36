//! The lower modules as this one sees them: they remember what they were told, and can be made
//! to break once.

use async_trait::async_trait;
use contract_identity::{
    EnrolPhone, EnrolStaff, Identity, IdentityFault, LinkMember, Member, MemberLink, Person,
    SetMember,
};
use contract_notify::{Contact, Notice, Notify, NotifyFault, Recipient};
use contract_settlement::{Payee, Payees, SettlementFault};
use contract_vendors::{EnrolTechnician, EnrolVendor};
use kernel::access::Role;
use kernel::{
    CorporateAccountId, Failure, GeoPoint, Outcome, Phone, Slug, Subject, Text, UserId, VendorId,
};
use platform::testing::{TestHttp, TestPlatform};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use vendors::{VendorSettings, Vendors};

#[derive(Default)]
pub(crate) struct FakeIdentity {
    users: Mutex<BTreeMap<Phone, UserId>>,
    enrolled: Mutex<Vec<EnrolPhone>>,
    broken: AtomicBool,
}

impl FakeIdentity {
    pub(crate) fn enrolled(&self) -> Vec<EnrolPhone> {
        self.enrolled.lock().unwrap().clone()
    }
    pub(crate) fn fail_next(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }
}

#[async_trait]
impl Identity for FakeIdentity {
    async fn subject(&self, user: UserId) -> Outcome<Subject, IdentityFault> {
        Ok(Subject {
            user,
            technician: None,
            vendor: None,
        })
    }
    async fn holders(&self, _: Role) -> Outcome<Vec<UserId>, IdentityFault> {
        Ok(Vec::new())
    }
    async fn people(&self, _: Vec<UserId>) -> Outcome<Vec<Person>, IdentityFault> {
        Ok(Vec::new())
    }
    async fn enrol_phone(&self, command: EnrolPhone) -> Outcome<UserId, IdentityFault> {
        if self.broken.swap(false, Ordering::SeqCst) {
            return Err(Failure::unavailable("identity is away"));
        }
        let phone = command.phone.clone();
        self.enrolled.lock().unwrap().push(command);
        Ok(*self
            .users
            .lock()
            .unwrap()
            .entry(phone)
            .or_insert_with(UserId::new))
    }
    async fn enrol_staff(&self, _: EnrolStaff) -> Outcome<UserId, IdentityFault> {
        Err(IdentityFault::WrongCredentials.into())
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

/// What becomes of the next telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// Nothing arrives.
    Away,
    /// It arrives, and the answer is lost.
    AnswerLost,
    /// It arrives, and the process that told it dies.
    Death,
}

#[derive(Default)]
pub(crate) struct FakeSettlement {
    /// Everything that was told.
    told: Mutex<Vec<Payee>>,
    payees: Mutex<BTreeMap<VendorId, Payee>>,
    next: Mutex<Option<Mishap>>,
}

impl FakeSettlement {
    pub(crate) fn payees(&self) -> Vec<Payee> {
        self.told.lock().unwrap().clone()
    }
    pub(crate) fn fail_next(&self) {
        self.next_is(Mishap::Away);
    }
    pub(crate) fn next_is(&self, mishap: Mishap) {
        *self.next.lock().unwrap() = Some(mishap);
    }
    /// Where a vendor is paid now.
    pub(crate) fn iban_of(&self, vendor: VendorId) -> String {
        self.payees.lock().unwrap()[&vendor].iban.clone()
    }
}

#[async_trait]
impl Payees for FakeSettlement {
    async fn set_payee(&self, payee: Payee) -> Outcome<(), SettlementFault> {
        let mishap = self.next.lock().unwrap().take();
        if mishap == Some(Mishap::Away) {
            return Err(Failure::unavailable("settlement is away"));
        }
        self.told.lock().unwrap().push(payee.clone());
        {
            let mut payees = self.payees.lock().unwrap();
            if payees
                .get(&payee.vendor)
                .is_none_or(|known| known.as_of <= payee.as_of)
            {
                payees.insert(payee.vendor, payee);
            }
        }
        match mishap {
            Some(Mishap::Death) => panic!("the process dies"),
            Some(_) => Err(Failure::unavailable("the answer was lost")),
            None => Ok(()),
        }
    }
    async fn payee(&self, vendor: VendorId) -> Outcome<Payee, SettlementFault> {
        let known = self.payees.lock().unwrap().get(&vendor).cloned();
        Ok(known.ok_or(SettlementFault::UnknownPayee)?)
    }
}

/// Keeps what was to be said, once for each key.
#[derive(Default)]
pub(crate) struct Post(Mutex<Vec<Notice>>);

impl Post {
    /// The templates that went to somebody, in order.
    pub(crate) fn to(&self, user: UserId) -> Vec<String> {
        let notices = self.0.lock().unwrap();
        let theirs = notices.iter().filter(|n| n.to == Recipient::User(user));
        theirs.map(|n| n.template.to_string()).collect()
    }
    pub(crate) fn last(&self) -> Notice {
        self.0.lock().unwrap().last().unwrap().clone()
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

pub(crate) struct Town {
    pub(crate) t: TestPlatform,
    pub(crate) vendors: Arc<Vendors>,
    pub(crate) identity: Arc<FakeIdentity>,
    pub(crate) settlement: Arc<FakeSettlement>,
    pub(crate) post: Arc<Post>,
    pub(crate) http: TestHttp,
}

impl Town {
    pub(crate) async fn start() -> Self {
        Self::with(VendorSettings::default()).await
    }

    pub(crate) async fn with(settings: VendorSettings) -> Self {
        let mut t = TestPlatform::start(&[&vendors::MIGRATOR]).await;
        let identity = Arc::new(FakeIdentity::default());
        let settlement = Arc::new(FakeSettlement::default());
        let post = Arc::new(Post::default());
        let vendors = Vendors::new(
            t.platform.clone(),
            identity.clone(),
            settlement.clone(),
            post.clone(),
            settings,
        );
        vendors.register(&mut t.registry);
        let http = t.http(vendors.router().into());
        Self {
            t,
            vendors,
            identity,
            settlement,
            post,
            http,
        }
    }
}

pub(crate) fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

/// A plumbing company in the north; another for each number.
pub(crate) fn company(number: u64) -> EnrolVendor {
    let account = format!("80{number:018}");
    EnrolVendor {
        name: Text::new("نبع السدر للسباكة", "Sidr Spring Plumbing"),
        kind: slug("company"),
        registration: format!("70{number:08}"),
        vat_number: Some("310122393500003".into()),
        iban: vendors::rules::iban_of(&account).unwrap(),
        tier: slug("growth"),
        commission_basis_points: 1500,
        owner_phone: Phone::parse(&format!("+966551{number:06}")).unwrap(),
        owner_name: "خالد الحربي".into(),
        categories: vec![slug("plumbing")],
        zones: vec![slug("north")],
    }
}

/// A general plumber who works 08:00 to 18:00 but not on Fridays; another for each number.
pub(crate) fn plumber(vendor: VendorId, number: u64) -> EnrolTechnician {
    let mut week = week_of(Some((8 * 60, 18 * 60)));
    week[5] = None;
    EnrolTechnician {
        vendor,
        phone: Phone::parse(&format!("+966552{number:06}")).unwrap(),
        name: Text::new("محمد خان", "Mohammed Khan"),
        skills: vec![(slug("plumbing.general"), true)],
        home: GeoPoint::new(24.8, 46.6).unwrap(),
        week,
    }
}

pub(crate) fn week_of(day: Option<(u16, u16)>) -> [Option<(u16, u16)>; 7] {
    [day; 7]
}
