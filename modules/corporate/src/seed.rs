//! A company that is there from the beginning: in a development platform, and in tests.

use crate::open::{self, NewAccount};
use crate::{Corporate, add_branch, rules};
use contract_corporate::CorporateFault;
use contract_identity::{EnrolStaff, Membership};
use kernel::{BranchId, CorporateAccountId, Lift, Outcome, Text, Time, UserId};
use platform::Tx;

/// A company with its branches and with members who can sign in.
#[derive(Clone)]
pub struct EnrolCompany {
    pub name: Text,
    pub unified_number: String,
    pub vat_number: Option<String>,
    pub branches: Vec<Text>,
    pub members: Vec<EnrolMember>,
    pub by: UserId,
}

#[derive(Clone)]
pub struct EnrolMember {
    pub email: String,
    pub name: String,
    pub password: String,
    /// Base32, RFC 6238.
    pub totp_secret: String,
    /// Of the branches of the company the one they are the manager of; `None`: of the account.
    pub branch: Option<usize>,
}

/// What was made, in the order in which it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolled {
    pub account: CorporateAccountId,
    pub branches: Vec<BranchId>,
    pub members: Vec<UserId>,
}

impl Corporate {
    /// Idempotent on the unified number, the branches' names and the members' emails: what is there
    /// stays.
    pub async fn enrol(&self, company: EnrolCompany) -> Outcome<Enrolled, CorporateFault> {
        let now = self.p.now();
        let mut tx = self.p.db.begin().await?;
        let account = account(&mut tx, now, &company).await?;
        let mut branches = Vec::new();
        for name in &company.branches {
            branches.push(branch(&mut tx, now, account, name).await?);
        }
        tx.commit().await?;
        let mut members = Vec::new();
        for member in company.members {
            let membership = match member.branch {
                None => Membership::Manager,
                Some(nth) => {
                    let branch = branches.get(nth).copied();
                    Membership::OfBranch(branch.ok_or(CorporateFault::UnknownBranch)?)
                }
            };
            members.push(enrol(self, now, company.by, account, member, membership).await?);
        }
        Ok(Enrolled {
            account,
            branches,
            members,
        })
    }
}

async fn account(
    tx: &mut Tx,
    now: Time,
    company: &EnrolCompany,
) -> Outcome<CorporateAccountId, CorporateFault> {
    let new = NewAccount {
        name: &rules::plain_name(&company.name)?,
        unified_number: rules::unified_number(&company.unified_number)?,
        vat_number: rules::vat_number(company.vat_number.as_deref())?,
    };
    let unified_number = new.unified_number;
    if let Some(account) = open::write(tx, now, company.by, new).await? {
        return Ok(account);
    }
    Ok(sqlx::query_scalar!(
        r#"select id as "id: CorporateAccountId" from corporate.accounts where unified_number = $1"#,
        unified_number
    )
    .fetch_one(&mut **tx)
    .await?)
}

async fn branch(
    tx: &mut Tx,
    now: Time,
    account: CorporateAccountId,
    name: &Text,
) -> Outcome<BranchId, CorporateFault> {
    let name = rules::plain_name(name)?;
    if let Some(branch) = add_branch::write(tx, now, account, &name).await? {
        return Ok(branch);
    }
    Ok(sqlx::query_scalar!(
        r#"select id as "id: BranchId" from corporate.branches
           where account = $1 and lower(name_en) = lower($2)"#,
        account.uuid(),
        name.en
    )
    .fetch_one(&mut **tx)
    .await?)
}

async fn enrol(
    me: &Corporate,
    now: Time,
    by: UserId,
    account: CorporateAccountId,
    member: EnrolMember,
    membership: Membership,
) -> Outcome<UserId, CorporateFault> {
    let scope = membership.scope(account);
    let branch = scope.branch;
    let command = EnrolStaff {
        email: member.email,
        name: member.name,
        password: member.password,
        totp_secret: member.totp_secret,
        roles: vec![membership.role()],
        scope,
    };
    let user = me.identity.enrol_staff(command).await.lift()?;
    sqlx::query!(
        "insert into corporate.members
             (user_id, account, role, branch, invited_at, invited_by, changed_by)
         values ($1, $2, $3, $4, $5, $6, $6) on conflict (user_id) do nothing",
        user.uuid(),
        account.uuid(),
        membership.role().as_str(),
        branch.map(|branch| branch.uuid()),
        now,
        by.uuid()
    )
    .execute(&me.p.db)
    .await?;
    Ok(user)
}
