//! Accepting a message.

use crate::Notify;
use crate::contacts::{self, Found};
use crate::deliver::Deliver;
use crate::templates::Channel;
use contract_notify::{MessageStored, Notice, NotifyFault, Recipient};
use kernel::{Lang, MessageId, Outcome, Time};
use platform::events;
use platform::queue::{self, Run};

/// Stores one row per channel the recipient can be reached on, and queues the sending of those
/// that travel, in one transaction. For somebody who was erased it does nothing, and is no failure.
pub(crate) async fn send(me: &Notify, now: Time, notice: Notice) -> Outcome<(), NotifyFault> {
    let template =
        me.templates
            .get(&notice.template)
            .ok_or_else(|| NotifyFault::UnknownTemplate {
                template: notice.template.to_string(),
            })?;
    let mut tx = me.p.db.begin().await?;
    let (user, phone, lang) = match notice.to {
        Recipient::Phone { phone, lang } => (None, Some(phone.e164().to_owned()), lang),
        Recipient::User(user) => match contacts::find(&mut tx, user).await? {
            Found::Known(phone, lang) => (Some(user), phone, lang),
            Found::Unknown => (Some(user), None, Lang::default()),
            Found::Erased => {
                tracing::info!(template = %notice.template, "a message to an erased account was dropped");
                return Ok(());
            }
        },
    };
    let channels = [
        (Channel::Sms, "sms", phone.is_some()),
        (Channel::InApp, "in_app", user.is_some()),
    ];
    let mut reached = false;
    for (channel, name, reachable) in channels {
        let words = template
            .render(channel, lang, &notice.params)
            .map_err(|parameter| NotifyFault::MissingParameter { parameter })?;
        let (Some(words), true) = (words, reachable) else {
            continue;
        };
        reached = true;
        // In the app a message has arrived as soon as it is stored.
        let state = match channel {
            Channel::Sms => "queued",
            _ => "delivered",
        };
        let added = sqlx::query_scalar!(
            r#"insert into notify.messages
                   (id, key, channel, user_id, phone, template, lang, title, body, carries_code,
                    state, created_at, stale_at)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
               on conflict (key, channel) do nothing
               returning id as "id: MessageId""#,
            MessageId::new().uuid(),
            notice.key,
            name,
            user.map(|user| user.uuid()),
            phone.as_deref().filter(|_| channel == Channel::Sms),
            notice.template.as_str(),
            lang.as_str(),
            words.title,
            words.body,
            template.carries_code(),
            state,
            now,
            now + template.valid_for()
        )
        .fetch_optional(&mut *tx)
        .await?;
        match (added, channel, user) {
            (Some(message), Channel::Sms, _) => {
                queue::enqueue(&mut tx, &Deliver { message }, Run::now(now)).await?;
            }
            (Some(_), Channel::InApp, Some(user)) => {
                events::publish(&mut tx, now, &MessageStored { user }).await?;
            }
            _ => {}
        }
    }
    tx.commit().await?;
    if !reached {
        tracing::warn!(template = %notice.template, "a message had no channel to its recipient");
        metrics::counter!("khidma_notify_unreachable_total").increment(1);
    }
    Ok(())
}
