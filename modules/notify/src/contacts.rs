//! How to reach people.

use crate::Notify;
use contract_notify::{Contact, NotifyFault};
use kernel::{Lang, Outcome, Phone, UserId};

pub(crate) async fn set(me: &Notify, contact: Contact) -> Outcome<(), NotifyFault> {
    sqlx::query!(
        "insert into notify.contacts (user_id, phone, lang, as_of) values ($1, $2, $3, $4)
         on conflict (user_id) do update
             set phone = excluded.phone, lang = excluded.lang, as_of = excluded.as_of
             where contacts.as_of <= excluded.as_of",
        contact.user.uuid(),
        contact.phone.as_ref().map(Phone::e164),
        contact.lang.as_str(),
        contact.as_of
    )
    .execute(&me.p.db)
    .await?;
    Ok(())
}

/// Phone in E.164 form, if there is one, and language.
pub(crate) async fn find(
    me: &Notify,
    user: UserId,
) -> Outcome<Option<(Option<String>, Lang)>, NotifyFault> {
    let row = sqlx::query!(
        "select phone, lang from notify.contacts where user_id = $1",
        user.uuid()
    )
    .fetch_optional(&me.p.db)
    .await?;
    Ok(row.map(|row| (row.phone, row.lang.parse().unwrap_or_default())))
}
