//! Codes by text message: asked for, and held against what was typed.
//!
//! A code is good for what it was asked for: one for signing in steps nobody up, one for stepping up
//! signs nobody in. Of each kind a phone has one, and a count of its own; devices, addresses and costs
//! are counted for both together.

use crate::secrets::{OneTimeCode, random_bytes, typed_digits};
use crate::settings::{CODE_LIFE, CODE_TRIES};
use crate::throttle::{address_digest, device_digest};
use crate::{Identity, spend};
use axum::extract::State;
use contract_identity::{AskForCode, CodeSent, IdentityFault};
use contract_notify::{Notice, Recipient};
use kernel::{Failure, Lang, Outcome, Phone, SessionId, Slug, Time};
use platform::http::{Body, Caller, Problem, Public, Reply};
use platform::queue::{self, Ctx, Job, Run};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

/// What a code is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    SignIn,
    /// In this session and no other.
    StepUp(SessionId),
}

impl Purpose {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::StepUp(_) => "step_up",
        }
    }
    const fn session(self) -> Option<SessionId> {
        match self {
            Self::SignIn => None,
            Self::StepUp(session) => Some(session),
        }
    }
}

/// Sends a six-digit code to a phone. The answer is the same whether or not the phone is known.
/// A new code ends the one before it.
#[utoipa::path(post, path = "/v1/auth/codes", tag = "identity", request_body = AskForCode,
    responses((status = 202, body = CodeSent), (status = "default", body = Problem)))]
pub(crate) async fn ask_for_code(
    State(me): State<Arc<Identity>>,
    _: Public,
    caller: Caller,
    Body(command): Body<AskForCode>,
) -> Result<Reply<CodeSent>, Problem> {
    let phone = Phone::parse(&command.phone).map_err(|_| Problem::of(&IdentityFault::BadPhone))?;
    let asked = Asked {
        purpose: Purpose::SignIn,
        phone,
        lang: command.lang.unwrap_or(caller.lang),
        device: command.device,
        address: caller.address,
    };
    Ok(Reply::accepted(ask(&me, me.p.now(), asked).await?))
}

/// Who wants a code, what for, and from where.
pub(crate) struct Asked {
    pub(crate) purpose: Purpose,
    pub(crate) phone: Phone,
    pub(crate) lang: Lang,
    pub(crate) device: Uuid,
    pub(crate) address: Option<IpAddr>,
}

/// Nothing here looks at whether the phone is known: what is not read can't be told.
pub(crate) async fn ask(
    me: &Identity,
    now: Time,
    asked: Asked,
) -> Outcome<CodeSent, IdentityFault> {
    if !me.limits.serves(&asked.phone) {
        return Err(IdentityFault::PhoneNotServed.into());
    }
    let resend_after_s = me.throttle().code(now, &asked).await?;
    let challenge = Uuid::new_v4();
    let code = OneTimeCode::draw();
    let salt = random_bytes::<16>();
    let hash = me
        .pepper
        .code_hash(challenge, &salt, asked.device, &code.digits());
    let expires_at = now + CODE_LIFE;

    let mut tx = me.p.db.begin().await?;
    spend::make_room(me, &mut tx, now, &asked).await?;
    sqlx::query!(
        "update identity.codes set ended_at = $3 where phone = $1 and purpose = $2 and ended_at is null",
        asked.phone.e164(),
        asked.purpose.as_str(),
        now
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "insert into identity.codes
             (id, phone, purpose, session_id, lang, device, address, salt, hash, tries_left,
              created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        challenge,
        asked.phone.e164(),
        asked.purpose.as_str(),
        asked.purpose.session().map(|session| session.uuid()),
        asked.lang.as_str(),
        device_digest(&me.pepper, asked.device),
        address_digest(&me.pepper, asked.address),
        &salt[..],
        &hash[..],
        CODE_TRIES,
        now,
        expires_at
    )
    .execute(&mut *tx)
    .await?;
    let job = SendCode {
        challenge,
        sealed: me.pepper.seal(challenge, code),
    };
    queue::enqueue(&mut tx, &job, Run::now(now)).await?;
    tx.commit().await?;
    metrics::counter!("khidma_identity_codes_total").increment(1);
    Ok(CodeSent {
        challenge,
        expires_at,
        resend_after_s,
    })
}

/// Hands the code to notify. The code is sealed: a copy of the queue does not tell it.
#[derive(Serialize, Deserialize)]
pub(crate) struct SendCode {
    challenge: Uuid,
    sealed: u32,
}
impl Job for SendCode {
    const NAME: &'static str = "identity.send_code";
}

pub(crate) async fn send(me: &Identity, ctx: &Ctx, job: SendCode) -> anyhow::Result<()> {
    let code = sqlx::query!(
        "select phone, purpose, lang from identity.codes
         where id = $1 and ended_at is null and expires_at > $2",
        job.challenge,
        ctx.now
    )
    .fetch_optional(&me.p.db)
    .await?;
    // Replaced or expired while it waited: no longer worth a message.
    let Some(code) = code else { return Ok(()) };
    // The words say what it is for: nobody is talked into reading out another.
    let template = match code.purpose.as_str() {
        "step_up" => "step_up_code",
        _ => "otp_code",
    };
    let notice = Notice {
        key: format!("identity.code:{}", job.challenge),
        to: Recipient::Phone {
            phone: Phone::parse(&code.phone)?,
            lang: lang_of(&code.lang),
        },
        template: Slug::parse(template)?,
        params: BTreeMap::from([(
            "code".to_owned(),
            me.pepper.unseal(job.challenge, job.sealed).digits(),
        )]),
    };
    me.notify.send(notice).await?;
    Ok(())
}

pub(crate) fn lang_of(column: &str) -> Lang {
    column.parse().unwrap_or_default()
}

/// What a right code proves.
pub(crate) struct Proven {
    pub(crate) phone: Phone,
    pub(crate) lang: Lang,
}

/// What somebody shows as their code.
pub(crate) struct Shown<'a> {
    pub(crate) challenge: Uuid,
    pub(crate) device: Uuid,
    /// As it was typed.
    pub(crate) code: &'a str,
}

/// Why a code is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Wrong, used, of another device, another session or for something else: not told apart.
    Wrong {
        tries_left: u32,
    },
    Expired,
}

/// Counts a try and compares. A right code from a device that did not ask for it is wrong. Whoever
/// comes first with the right code ends it, in `tx`; the row lock makes a second one wait and find it
/// ended.
pub(crate) async fn check(
    me: &Identity,
    tx: &mut platform::Tx,
    now: Time,
    purpose: Purpose,
    shown: Shown<'_>,
) -> Outcome<Result<Proven, Miss>, IdentityFault> {
    let tried = sqlx::query!(
        "update identity.codes set tries_left = tries_left - 1
         where id = $1 and purpose = $2 and session_id is not distinct from $3
               and ended_at is null and expires_at > $4 and tries_left > 0
         returning phone, lang, salt, hash, tries_left",
        shown.challenge,
        purpose.as_str(),
        purpose.session().map(|session| session.uuid()),
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(code) = tried else {
        let expired = sqlx::query_scalar!(
            r#"select exists (select 1 from identity.codes
               where id = $1 and purpose = $2 and session_id is not distinct from $3
                     and ended_at is null and expires_at <= $4 and tries_left > 0) as "expired!""#,
            shown.challenge,
            purpose.as_str(),
            purpose.session().map(|session| session.uuid()),
            now
        )
        .fetch_one(&mut **tx)
        .await?;
        return Ok(Err(if expired {
            Miss::Expired
        } else {
            Miss::Wrong { tries_left: 0 }
        }));
    };
    let digits = typed_digits(shown.code);
    if !me.pepper.code_matches(
        shown.challenge,
        &code.salt,
        shown.device,
        &digits,
        &code.hash,
    ) {
        let tries_left = code.tries_left.try_into().unwrap_or_default();
        return Ok(Err(Miss::Wrong { tries_left }));
    }
    sqlx::query!(
        "update identity.codes set ended_at = $2 where id = $1",
        shown.challenge,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(Ok(Proven {
        phone: Phone::parse(&code.phone).map_err(Failure::<IdentityFault>::internal)?,
        lang: lang_of(&code.lang),
    }))
}
