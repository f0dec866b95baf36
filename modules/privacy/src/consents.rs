//! One's own consents: seen, given and taken back.

use crate::Privacy;
use crate::settings::PrivacySettings;
use axum::extract::State;
use contract_privacy::{ChangeConsents, Consent, Consents, PrivacyFault, Purpose};
use kernel::access::{Actor, may};
use kernel::{Failure, Lang, Outcome, Time, UserId};
use platform::Tx;
use platform::http::{Body, Caller, Idempotency, Permit, Problem, Reply};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What one agreed to, and which texts hold now.
#[utoipa::path(get, path = "/v1/me/consents", tag = "privacy",
    responses((status = 200, body = Consents), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn my_consents(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::ProfileRead>,
) -> Result<Reply<Consents>, Problem> {
    let mut tx =
        me.p.db
            .begin()
            .await
            .map_err(Failure::<PrivacyFault>::from)?;
    let consents = read(&mut tx, &me.settings, permit.actor.user).await?;
    Ok(Reply::ok(consents))
}

/// Gives consents, and takes back the one for marketing. The request's language is the one in which
/// the text was read. Saying again what holds already adds nothing to the log.
#[utoipa::path(put, path = "/v1/me/consents", tag = "privacy", request_body = ChangeConsents,
    responses((status = 200, body = Consents), (status = "default", body = Problem)),
    params(("Idempotency-Key" = uuid::Uuid, Header)),
    security(("bearer" = [])))]
pub(crate) async fn change_my_consents(
    State(me): State<Arc<Privacy>>,
    permit: Permit<may::ProfileRead>,
    caller: Caller,
    idem: Idempotency,
    Body(command): Body<ChangeConsents>,
) -> Result<Reply<Consents>, Problem> {
    let now = me.p.now();
    let actor = &permit.actor;
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        change(&mut tx, &me.settings, now, actor, caller.lang, &command).await?;
        let consents = read(&mut tx, &me.settings, actor.user).await?;
        Ok((tx, consents))
    })
    .await
}

/// Whether this may be said now, of the texts that hold now.
fn check(settings: &PrivacySettings, command: &ChangeConsents) -> Result<(), PrivacyFault> {
    let mut named = BTreeSet::new();
    for item in &command.items {
        if !named.insert(item.purpose) {
            return Err(PrivacyFault::NamedTwice);
        }
        if !item.given {
            if !item.purpose.can_be_withdrawn() {
                return Err(PrivacyFault::NotWithdrawn);
            }
            // Taking back needs no reading first.
            continue;
        }
        let current = settings.version(item.purpose);
        if item.version != current {
            let current = current.to_owned();
            return Err(PrivacyFault::OtherVersion { current });
        }
    }
    Ok(())
}

async fn change(
    tx: &mut Tx,
    settings: &PrivacySettings,
    now: Time,
    actor: &Actor,
    lang: Lang,
    command: &ChangeConsents,
) -> Outcome<(), PrivacyFault> {
    check(settings, command)?;
    for item in &command.items {
        // What is taken back is the consent to whatever text holds: a client's word is not logged.
        sqlx::query!(
            "insert into privacy.consents (user_id, purpose, given, version, lang, session, at)
             select $1::uuid, $2::text, $3::boolean, $4::text, $5::text, $6::uuid, $7::timestamptz
             where not exists (
                 select 1 from (select given, version from privacy.consents
                                where user_id = $1 and purpose = $2 order by seq desc limit 1) last
                 where last.given = $3 and (last.version = $4 or not $3))",
            actor.user.uuid(),
            item.purpose.as_str(),
            item.given,
            settings.version(item.purpose),
            lang.as_str(),
            actor.session.uuid(),
            now
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn read(
    tx: &mut Tx,
    settings: &PrivacySettings,
    user: UserId,
) -> Outcome<Consents, PrivacyFault> {
    let rows = sqlx::query!(
        "select distinct on (purpose) purpose, given, version, lang, at
           from privacy.consents where user_id = $1 order by purpose, seq desc",
        user.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let items = Purpose::ALL.map(|purpose| {
        let last = rows.iter().find(|row| row.purpose == purpose.as_str());
        Consent {
            purpose,
            given: last.is_some_and(|row| row.given),
            current_version: settings.version(purpose).to_owned(),
            version: last.map(|row| row.version.clone()),
            lang: last.and_then(|row| row.lang.parse().ok()),
            at: last.map(|row| row.at),
        }
    });
    Ok(Consents {
        items: items.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract_privacy::ChangeConsent;

    #[test]
    fn only_the_text_that_holds_is_agreed_to_and_only_marketing_is_taken_back() {
        let settings = PrivacySettings {
            terms_version: "2".to_owned(),
            ..PrivacySettings::default()
        };
        let say = |purpose, given, version: &str| ChangeConsent {
            purpose,
            given,
            version: version.to_owned(),
        };
        let judged = |items: Vec<_>| check(&settings, &ChangeConsents { items });
        assert_eq!(judged(vec![say(Purpose::Terms, true, "2")]), Ok(()));
        assert_eq!(
            judged(vec![say(Purpose::Terms, true, "1")]),
            Err(PrivacyFault::OtherVersion {
                current: "2".to_owned()
            })
        );
        for purpose in Purpose::ALL {
            let outcome = judged(vec![say(purpose, false, "of long ago")]);
            assert_eq!(
                outcome.is_ok(),
                purpose == Purpose::Marketing,
                "{purpose:?}"
            );
        }
        let both = ["2", "2"].map(|version| say(Purpose::Terms, true, version));
        assert_eq!(judged(both.into()), Err(PrivacyFault::NamedTwice));
    }
}
