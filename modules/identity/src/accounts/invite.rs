//! Somebody new: an account with nothing to sign in with, and a link to set that up.

use super::{administrators, grant, link, read, rules, take_turn};
use crate::{Identity, people, reset};
use anyhow::ensure;
use axum::extract::State;
use contract_identity::{EnrolmentIssued, IdentityFault, InviteStaff, StaffMember};
use kernel::access::{Actor, Role, may};
use kernel::{CorporateAccountId, Lang, Outcome, Time, UserId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Fresh, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Makes an account of staff and a link with which its owner sets a password and enrols an
/// authenticator app within 24 hours, once. There is no idempotency key: the answer is a secret, and
/// is not kept. Where the answer was lost, a reset of the second factor makes another link.
#[utoipa::path(post, path = "/v1/staff", tag = "staff", request_body = InviteStaff,
    responses((status = 201, body = EnrolmentIssued), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn invite_staff(
    State(me): State<Arc<Identity>>,
    permit: Permit<may::StaffManage, Fresh>,
    Body(command): Body<InviteStaff>,
) -> Result<Reply<EnrolmentIssued>, Problem> {
    let issued = invite(&me, me.p.now(), &permit.actor, &command).await?;
    Ok(Reply::created(issued))
}

async fn invite(
    me: &Identity,
    now: Time,
    actor: &Actor,
    command: &InviteStaff,
) -> Outcome<EnrolmentIssued, IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    let staff = make(&mut tx, now, command).await?;
    let facts = json!({ "roles": staff.roles, "zones": staff.zones });
    let (record, change) = (staff.id.to_string(), Change::made(&staff));
    audit::changed(&mut tx, now, actor, "staff.invite", &record, change, facts).await?;
    let issued = link::issue(me, &mut tx, now, actor.user, staff).await?;
    tx.commit().await?;
    Ok(issued)
}

async fn make(
    tx: &mut Tx,
    now: Time,
    command: &InviteStaff,
) -> Outcome<StaffMember, IdentityFault> {
    let lang = command.lang.unwrap_or_default();
    let person = NewPerson::checked(&command.name, &command.email, lang)?;
    let (roles, zones) = rules::plain_roles(&command.roles, command.zones.as_deref())?;
    let user = make_person(tx, now, &person, None)
        .await?
        .ok_or(IdentityFault::EmailTaken)?;
    grant(tx, now, user, &roles, zones.as_deref()).await?;
    read::one(tx, user).await
}

/// Somebody who is to sign in with an email.
pub(crate) struct NewPerson {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) lang: Lang,
}

impl NewPerson {
    pub(crate) fn checked(name: &str, email: &str, lang: Lang) -> Result<Self, IdentityFault> {
        Ok(Self {
            name: people::plain_name(name)?.to_owned(),
            email: people::checked_email(email)?,
            lang,
        })
    }
}

/// Nobody where the email is taken; of two at once the second waits here and finds it so.
pub(crate) async fn make_person(
    tx: &mut Tx,
    now: Time,
    person: &NewPerson,
    member_of: Option<CorporateAccountId>,
) -> sqlx::Result<Option<UserId>> {
    let made = sqlx::query_scalar!(
        r#"insert into identity.users
               (id, email, name, lang, member_of, member_as_of, created_at, changed_at)
           values ($1, $2, $3, $4, $5, case when $5::uuid is not null then 0 end, $6, $6)
           on conflict (email) do nothing
           returning id as "id: UserId""#,
        UserId::new().uuid(),
        person.email,
        person.name,
        person.lang.as_str(),
        member_of.map(|account| account.uuid()),
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    if let Some(user) = made {
        people::tell_later(tx, now, user).await?;
    }
    Ok(made)
}

impl Identity {
    /// The first administrator, whom no other can invite: by whoever runs the platform, while there is
    /// none who can sign in. Repeating it for somebody who has not used the link makes a new one.
    pub async fn invite_administrator(
        &self,
        name: &str,
        email: &str,
    ) -> anyhow::Result<EnrolmentIssued> {
        let now = self.p.now();
        let mut tx = self.p.db.begin().await?;
        take_turn(&mut tx).await?;
        ensure!(
            administrators(&mut tx, None).await? == 0,
            "there is an administrator already, who invites others"
        );
        let invited = sqlx::query_scalar!(
            r#"select id as "id: UserId" from identity.users where email = $1 and password_hash is null"#,
            people::plain_email(email)
        )
        .fetch_optional(&mut *tx)
        .await?;
        let staff = match invited {
            Some(user) => {
                people::hold(&mut tx, user).await?;
                read::one(&mut tx, user).await?
            }
            None => {
                let command = InviteStaff {
                    name: name.to_owned(),
                    email: email.to_owned(),
                    roles: vec![Role::Administrator],
                    zones: None,
                    lang: None,
                };
                make(&mut tx, now, &command).await?
            }
        };
        ensure!(
            staff.roles.contains(&Role::Administrator) && staff.disabled.is_none(),
            "this person is invited as something else, or disabled"
        );
        let user = staff.id;
        reset::without_session(&mut tx, now, user, "staff.invite_by_command").await?;
        let issued = link::issue(self, &mut tx, now, user, staff).await?;
        tx.commit().await?;
        tracing::warn!(%user, "the first administrator was invited by command");
        Ok(issued)
    }
}
