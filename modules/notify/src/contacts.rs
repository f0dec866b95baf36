//! How to reach people.

use crate::Notify;
use contract_notify::{Contact, NotifyFault};
use kernel::{Lang, Outcome, Phone, UserId};
use platform::Tx;

/// An older telling than the one known changes nothing, nor does any of somebody who was erased.
pub(crate) async fn set(me: &Notify, contact: Contact) -> Outcome<(), NotifyFault> {
    sqlx::query!(
        "insert into notify.contacts (user_id, phone, lang, as_of) values ($1, $2, $3, $4)
         on conflict (user_id) do update
             set phone = excluded.phone, lang = excluded.lang, as_of = excluded.as_of
             where contacts.as_of <= excluded.as_of and contacts.erased_at is null",
        contact.user.uuid(),
        contact.phone.as_ref().map(Phone::e164),
        contact.lang.as_str(),
        contact.as_of
    )
    .execute(&me.p.db)
    .await?;
    Ok(())
}

pub(crate) enum Found {
    /// Phone in E.164 form, if there is one, and language.
    Known(Option<String>, Lang),
    Unknown,
    /// There is nobody to tell anything.
    Erased,
}

/// Stays so until the transaction ends.
pub(crate) async fn find(tx: &mut Tx, user: UserId) -> Outcome<Found, NotifyFault> {
    let row = sqlx::query!(
        "select phone, lang, erased_at from notify.contacts where user_id = $1 for share",
        user.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(match row {
        None => Found::Unknown,
        Some(row) if row.erased_at.is_some() => Found::Erased,
        Some(row) => Found::Known(row.phone, row.lang.parse().unwrap_or_default()),
    })
}
