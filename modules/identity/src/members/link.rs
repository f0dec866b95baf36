//! A link for a member: for somebody new, or for one who lost what they sign in with.

use super::take;
use crate::accounts::{self, invite, link};
use crate::warn::{self, News};
use crate::{Identity, people};
use contract_identity::{IdentityFault, LinkMember, MemberLink, Whom};
use kernel::{CorporateAccountId, Lang, Outcome, Time, UserId};
use platform::Tx;

pub(crate) async fn link(
    me: &Identity,
    now: Time,
    command: LinkMember,
) -> Outcome<MemberLink, IdentityFault> {
    let LinkMember { account, whom, by } = command;
    let mut tx = me.p.db.begin().await?;
    let user = match whom {
        Whom::Invited { name, email, lang } => {
            invited(&mut tx, now, account, &name, &email, lang).await?
        }
        Whom::Member(user) => {
            let before = take(&mut tx, account, user).await?;
            if before.disabled {
                return Err(IdentityFault::AccountDisabled.into());
            }
            user
        }
    };
    forget_proofs(me, &mut tx, now, user).await?;
    let issued = link::make(me, &mut tx, now, by, user).await?;
    tx.commit().await?;
    Ok(MemberLink {
        user,
        link: issued.link,
        token: issued.token,
        expires_at: issued.expires_at,
    })
}

/// The account of somebody who is nothing yet, made if need be.
async fn invited(
    tx: &mut Tx,
    now: Time,
    account: CorporateAccountId,
    name: &str,
    email: &str,
    lang: Option<Lang>,
) -> Outcome<UserId, IdentityFault> {
    let person = invite::NewPerson::checked(name, email, lang.unwrap_or_default())?;
    if let Some(user) = invite::make_person(tx, now, &person, Some(account)).await? {
        return Ok(user);
    }
    let user = sqlx::query_scalar!(
        r#"select id as "id: UserId" from identity.users where email = $1 and member_of = $2"#,
        person.email,
        account.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(IdentityFault::EmailTaken)?;
    let before = take(tx, account, user).await?;
    if before.has_password && before.granted.is_some() {
        return Err(IdentityFault::EmailTaken.into());
    }
    sqlx::query!(
        "update identity.users set name = $2, lang = $3, changed_at = greatest(changed_at, $4)
         where id = $1",
        user.uuid(),
        person.name,
        person.lang.as_str(),
        now
    )
    .execute(&mut **tx)
    .await?;
    people::tell_later(tx, now, user).await?;
    Ok(user)
}

/// From now on nothing but the link opens the account.
async fn forget_proofs(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    user: UserId,
) -> Outcome<(), IdentityFault> {
    let before = sqlx::query!(
        r#"update identity.users u set version = u.version + 1, password_hash = null,
               totp_secret = null, totp_step = null, totp_offered = null, totp_offered_at = null
           from identity.users b where u.id = $1 and b.id = u.id
           returning u.version, b.password_hash is not null as "had_password!""#,
        user.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    accounts::drop_keys(tx, user).await?;
    accounts::put_out(me, tx, now, user).await?;
    if before.had_password {
        warn::of(tx, now, user, before.version, News::MemberReset).await?;
    }
    Ok(())
}
