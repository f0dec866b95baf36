//! Identity as this module sees it: it remembers who is what, and can be made to break once.

use async_trait::async_trait;
use contract_identity::{
    EnrolPhone, EnrolStaff, Identity, IdentityFault, LinkMember, Member, MemberLink, Person,
    SetMember, StaffState, Standing, Whom,
};
use kernel::access::Role;
use kernel::{CorporateAccountId, Failure, Outcome, Subject, Time, UserId};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Clone)]
pub struct Known {
    pub user: UserId,
    /// `None`: staff, or a customer.
    pub account: Option<CorporateAccountId>,
    pub name: String,
    pub email: String,
    pub has_password: bool,
    pub standing: Option<Standing>,
    pub version: i64,
    /// How many links they were given.
    pub links: usize,
}

#[derive(Default)]
pub struct People {
    known: Mutex<Vec<Known>>,
    broken: AtomicBool,
}

impl People {
    pub fn fail_next(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }
    pub fn of(&self, user: UserId) -> Known {
        let known = self.known.lock().unwrap();
        known.iter().find(|one| one.user == user).unwrap().clone()
    }
    pub fn count(&self) -> usize {
        self.known.lock().unwrap().len()
    }
    /// They used the link.
    pub fn enrolled(&self, user: UserId) {
        let mut known = self.known.lock().unwrap();
        let one = known.iter_mut().find(|one| one.user == user).unwrap();
        one.has_password = true;
    }
    pub fn staff(&self, email: &str) {
        self.add(None, "Staff", email);
    }
    fn add(&self, account: Option<CorporateAccountId>, name: &str, email: &str) -> UserId {
        let user = UserId::new();
        self.known.lock().unwrap().push(Known {
            user,
            account,
            name: name.to_owned(),
            email: email.to_owned(),
            has_password: account.is_none(),
            standing: None,
            version: 0,
            links: 0,
        });
        user
    }
    fn invited(
        &self,
        account: CorporateAccountId,
        name: &str,
        email: &str,
    ) -> Result<UserId, IdentityFault> {
        let there = {
            let known = self.known.lock().unwrap();
            known.iter().find(|one| one.email == email).cloned()
        };
        let Some(there) = there else {
            return Ok(self.add(Some(account), name, email));
        };
        let active = there.has_password && !matches!(there.standing, Some(Standing::Removed));
        if there.account != Some(account) || active {
            return Err(IdentityFault::EmailTaken);
        }
        Ok(there.user)
    }
}

#[async_trait]
impl Identity for People {
    async fn people(&self, _: Vec<UserId>) -> Outcome<Vec<Person>, IdentityFault> {
        Ok(Vec::new())
    }
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
    async fn enrol_phone(&self, _: EnrolPhone) -> Outcome<UserId, IdentityFault> {
        Err(IdentityFault::BadPhone.into())
    }
    async fn enrol_staff(&self, command: EnrolStaff) -> Outcome<UserId, IdentityFault> {
        let account = command.scope.account;
        let there = {
            let known = self.known.lock().unwrap();
            known.iter().find(|one| one.email == command.email).cloned()
        };
        let user = match there {
            Some(there) => there.user,
            None => self.add(account, &command.name, &command.email),
        };
        self.enrolled(user);
        Ok(user)
    }
    async fn members(
        &self,
        account: CorporateAccountId,
        users: Vec<UserId>,
    ) -> Outcome<Vec<Member>, IdentityFault> {
        let known = self.known.lock().unwrap();
        let of = known
            .iter()
            .filter(|one| one.account == Some(account) && users.contains(&one.user));
        let members = of.map(|one| Member {
            user: one.user,
            name: one.name.clone(),
            email: one.email.clone(),
            state: match (one.standing, one.has_password) {
                (Some(Standing::Suspended(_) | Standing::Removed), _) => StaffState::Disabled,
                (_, true) => StaffState::Active,
                (_, false) => StaffState::Invited,
            },
            last_sign_in_at: None,
        });
        Ok(members.collect())
    }
    async fn link_member(&self, command: LinkMember) -> Outcome<MemberLink, IdentityFault> {
        let user = match command.whom {
            Whom::Invited { name, email, .. } => self.invited(command.account, &name, &email)?,
            Whom::Member(user) => user,
        };
        let mut known = self.known.lock().unwrap();
        let one = known.iter_mut().find(|one| one.user == user).unwrap();
        one.has_password = false;
        one.links += 1;
        Ok(MemberLink {
            user,
            link: format!("http://localhost/enrol?token=enr_{}", one.links),
            token: format!("enr_{}", one.links),
            expires_at: Time::from_millis(0),
        })
    }
    async fn set_member(&self, command: SetMember) -> Outcome<(), IdentityFault> {
        if self.broken.swap(false, Ordering::SeqCst) {
            return Err(Failure::unavailable("identity is away"));
        }
        let mut known = self.known.lock().unwrap();
        let one = known
            .iter_mut()
            .find(|one| one.user == command.user && one.account == Some(command.account))
            .ok_or(IdentityFault::UnknownUser)?;
        if command.version > one.version {
            one.version = command.version;
            one.standing = Some(command.standing);
        }
        Ok(())
    }
}
