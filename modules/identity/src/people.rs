//! People as other modules know them.

use crate::accounts::rules;
use crate::codes::lang_of;
use crate::{Identity, grants, password_rule, totp};
use contract_identity::{EnrolPhone, EnrolStaff, IdentityFault, Person};
use contract_notify::Contact;
use kernel::access::{Actor, Role};
use kernel::{Failure, Lang, Outcome, Phone, Slug, Subject, Time, UserId};
use platform::Tx;
use platform::queue::{self, Job, Run};
use serde::{Deserialize, Serialize};

const LONGEST_NAME: usize = 80;

/// Known people among `users`, by id; the unknown are left out. Who had their account erased has
/// neither name nor phone.
pub(crate) async fn people(me: &Identity, users: &[UserId]) -> Outcome<Vec<Person>, IdentityFault> {
    let ids: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    let rows = sqlx::query!(
        r#"select id as "id: UserId", name, phone, lang, tier as "tier: Slug", created_at
           from identity.users where id = any($1) order by id"#,
        &ids
    )
    .fetch_all(&me.p.db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Person {
                id: row.id,
                name: row.name,
                phone: phone_of(row.phone)?,
                lang: lang_of(&row.lang),
                tier: row.tier,
                since: row.created_at,
            })
        })
        .collect()
}

pub(crate) async fn subject(me: &Identity, user: UserId) -> Outcome<Subject, IdentityFault> {
    let mut tx = me.p.db.begin().await?;
    let scope = grants::load(&mut tx, user)
        .await
        .map_err(Failure::<IdentityFault>::internal)?
        .scope;
    Ok(Subject {
        user,
        technician: scope.technician,
        vendor: scope.vendor,
    })
}

pub(crate) async fn holders(me: &Identity, role: Role) -> Outcome<Vec<UserId>, IdentityFault> {
    Ok(sqlx::query_scalar!(
        r#"select u.id as "id: UserId" from identity.users u
           join identity.grants g on g.user_id = u.id
           where g.role = $1 and u.disabled_at is null order by u.id"#,
        role.as_str()
    )
    .fetch_all(&me.p.db)
    .await?)
}

pub(crate) fn phone_of(column: Option<String>) -> Outcome<Option<Phone>, IdentityFault> {
    column
        .map(|text| Phone::parse(&text))
        .transpose()
        .map_err(Failure::internal)
}

/// A name as it is stored: trimmed, 1 to 80 characters, none of them control characters.
pub(crate) fn plain_name(typed: &str) -> Result<&str, IdentityFault> {
    let name = typed.trim();
    let fits = (1..=LONGEST_NAME).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        Ok(name)
    } else {
        Err(IdentityFault::BadName)
    }
}

/// Emails are compared in lower case.
pub(crate) fn plain_email(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// As it is stored.
pub(crate) fn checked_email(typed: &str) -> Result<String, IdentityFault> {
    let email = plain_email(typed);
    if is_email(&email) {
        Ok(email)
    } else {
        Err(IdentityFault::BadEmail)
    }
}

/// Enough of a check to catch a slip; only a message that arrives proves an address.
fn is_email(text: &str) -> bool {
    let parts = text.split_once('@');
    text.len() <= 254
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        && parts.is_some_and(|(user, host)| {
            !user.is_empty()
                && host.split('.').count() > 1
                && host.split('.').all(|label| !label.is_empty())
        })
        && text.matches('@').count() == 1
}

/// Holds the account until the transaction ends. Whoever changes it, what it signs in with or what is
/// open in its name does this before anything else of it: so no two wait for each other.
pub(crate) async fn hold(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    sqlx::query_scalar!(
        "select id from identity.users where id = $1 for no key update",
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(())
}

/// [`hold`], for whoever changes what they sign in with themselves: their session may have been ended
/// while the request was on its way, by a reset, a disabling or its owner, and changes nothing then.
pub(crate) async fn hold_own(tx: &mut Tx, now: Time, actor: &Actor) -> Outcome<(), IdentityFault> {
    hold(tx, actor.user).await?;
    let open = sqlx::query_scalar!(
        r#"select exists (select from identity.sessions
           where id = $1 and user_id = $2 and ended_at is null and expires_at > $3) as "open!""#,
        actor.session.uuid(),
        actor.user.uuid(),
        now
    )
    .fetch_one(&mut **tx)
    .await?;
    if open {
        Ok(())
    } else {
        Err(IdentityFault::SignedOut.into())
    }
}

pub(crate) struct Found {
    pub(crate) id: UserId,
    pub(crate) is_new: bool,
}

/// The person with this phone, made if need be. Safe against another doing the same; an erasure of the
/// account waits for this transaction, or this one for it.
pub(crate) async fn person_with_phone(
    tx: &mut Tx,
    now: Time,
    phone: &Phone,
    name: &str,
    lang: Lang,
) -> sqlx::Result<Found> {
    loop {
        let made = sqlx::query_scalar!(
            r#"insert into identity.users (id, phone, name, lang, created_at, changed_at)
               values ($1, $2, $3, $4, $5, $5) on conflict (phone) do nothing
               returning id as "id: UserId""#,
            UserId::new().uuid(),
            phone.e164(),
            name,
            lang.as_str(),
            now
        )
        .fetch_optional(&mut **tx)
        .await?;
        if let Some(id) = made {
            tell_later(tx, now, id).await?;
            return Ok(Found { id, is_new: true });
        }
        let id = sqlx::query_scalar!(
            r#"select id as "id: UserId" from identity.users where phone = $1 for no key update"#,
            phone.e164()
        )
        .fetch_optional(&mut **tx)
        .await?;
        // None: erased since the insert, so the phone is free again.
        if let Some(id) = id {
            return Ok(Found { id, is_new: false });
        }
    }
}

/// An existing person keeps name and language, unless the name was never given.
pub(crate) async fn enrol_phone(
    me: &Identity,
    now: Time,
    command: EnrolPhone,
) -> Outcome<UserId, IdentityFault> {
    let name = plain_name(&command.name)?;
    if command.role.needs_second_factor() {
        let role = command.role.as_str().to_owned();
        return Err(IdentityFault::WrongWayIn { role }.into());
    }
    rules::fits(command.role, &command.scope)?;
    let mut tx = me.p.db.begin().await?;
    let person = person_with_phone(&mut tx, now, &command.phone, name, command.lang).await?;
    if !person.is_new {
        sqlx::query!(
            "update identity.users set name = $2 where id = $1 and name = ''",
            person.id.uuid(),
            name
        )
        .execute(&mut *tx)
        .await?;
    }
    grants::give(&mut tx, now, person.id, command.role, &command.scope).await?;
    tx.commit().await?;
    Ok(person.id)
}

/// An existing account keeps its name, password and second factor; roles are added, never taken. A
/// company's member who is there already stays what they are.
pub(crate) async fn enrol_staff(
    me: &Identity,
    now: Time,
    command: EnrolStaff,
) -> Outcome<UserId, IdentityFault> {
    let name = plain_name(&command.name)?;
    let email = checked_email(&command.email)?;
    password_rule::check(&command.password, Some(&email))?;
    totp::check_secret(&command.totp_secret).map_err(|_| IdentityFault::BadTotpSecret)?;
    let by_phone = |role: &&Role| !role.needs_second_factor();
    if let Some(role) = command.roles.iter().find(by_phone) {
        let role = role.as_str().to_owned();
        return Err(IdentityFault::WrongWayIn { role }.into());
    }
    rules::one_corporate(&command.roles)?;
    for role in &command.roles {
        rules::fits(*role, &command.scope)?;
    }
    let member_of = command.scope.account.map(|account| account.uuid());
    let known = sqlx::query_scalar!(
        r#"select id as "id: UserId" from identity.users where email = $1"#,
        email
    )
    .fetch_optional(&me.p.db)
    .await?;
    // Hashing takes long: before the transaction, and only for somebody new.
    let hash = match known {
        Some(_) => None,
        None => Some(me.passwords.hash(command.password).await?),
    };
    let mut tx = me.p.db.begin().await?;
    let mut is_new = false;
    if let Some(hash) = hash {
        let id = UserId::new();
        let secret = command.totp_secret.trim().to_ascii_uppercase();
        let secret = me.p.seal.seal(totp::place(id), &secret);
        let made = sqlx::query_scalar!(
            r#"insert into identity.users
                   (id, email, name, lang, password_hash, totp_secret, member_of, member_as_of,
                    created_at, changed_at)
               values ($1, $2, $3, $4, $5, $6, $7, case when $7::uuid is not null then 0 end, $8, $8)
               on conflict (email) do nothing
               returning id as "id: UserId""#,
            id.uuid(),
            email,
            name,
            Lang::Ar.as_str(),
            hash,
            secret,
            member_of,
            now
        )
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(id) = made {
            tell_later(&mut tx, now, id).await?;
            is_new = true;
        }
    }
    // A company's member is never staff, nor the other way round, nor of another company.
    let id = sqlx::query_scalar!(
        r#"select id as "id: UserId" from identity.users
           where email = $1 and member_of is not distinct from $2 for no key update"#,
        email,
        member_of
    )
    .fetch_optional(&mut *tx)
    .await?
    .ok_or(IdentityFault::EmailTaken)?;
    if is_new || member_of.is_none() {
        for role in &command.roles {
            grants::give(&mut tx, now, id, *role, &command.scope).await?;
        }
    }
    tx.commit().await?;
    Ok(id)
}

/// Tells notify how to reach somebody: what is stored when it runs. Of an erased account nothing.
#[derive(Serialize, Deserialize)]
pub(crate) struct TellContact {
    user: UserId,
}
impl Job for TellContact {
    const NAME: &'static str = "identity.tell_contact";
}

/// In the transaction of the change.
pub(crate) async fn tell_later(tx: &mut Tx, now: Time, user: UserId) -> sqlx::Result<()> {
    queue::enqueue(
        tx,
        &TellContact { user },
        Run::now(now).unique(user.to_string()),
    )
    .await
}

pub(crate) async fn tell_contact(me: &Identity, job: TellContact) -> anyhow::Result<()> {
    let row = sqlx::query!(
        "select phone, lang, changed_at from identity.users where id = $1 and erased_at is null",
        job.user.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?;
    let Some(row) = row else { return Ok(()) };
    me.notify
        .set_contact(Contact {
            user: job.user,
            phone: phone_of(row.phone)?,
            lang: lang_of(&row.lang),
            as_of: row.changed_at,
        })
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn emails_are_told_from_slips() {
        for good in ["a@b.sa", "first.last+x@mail.example.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "", "a", "a@b", "@b.sa", "a@", "a@b..sa", "a@@b.sa", "a b@c.sa", "a@.sa",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
        assert_eq!(plain_email(" Noura@Khidma.SA "), "noura@khidma.sa");
    }

    proptest! {
        #[test]
        fn a_stored_name_fits_and_is_trimmed(typed in "\\PC{0,100}|[\\x00-\\x20]{0,3}") {
            match plain_name(&typed) {
                Ok(name) => {
                    prop_assert!((1..=80).contains(&name.chars().count()));
                    prop_assert_eq!(name.trim(), name);
                }
                Err(fault) => prop_assert_eq!(fault, IdentityFault::BadName),
            }
        }
    }
}
