//! Challenges for passkeys: kept in Redis for five minutes, taken once. Redis silent: none is given
//! and none is good.
//!
//! A challenge is good for what it was given for, and where somebody is signed in, in that session.

use crate::Identity;
use crate::settings::CHALLENGE_LIFE;
use contract_identity::{IdentityFault, PasskeyOptions};
use kernel::{Failure, Outcome, SessionId, Time};
use redis::AsyncCommands;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// What an answer is wanted for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    SignIn,
    StepUp(SessionId),
    NewKey(SessionId),
}

impl Wanted {
    fn key(self, me: &Identity, challenge: Uuid) -> String {
        let purpose = match self {
            Self::SignIn => "sign_in",
            Self::StepUp(_) => "step_up",
            Self::NewKey(_) => "new_key",
        };
        let name = format!("identity:passkey:{purpose}:{challenge}");
        me.p.redis.key(&name)
    }
    fn session(self) -> Option<SessionId> {
        match self {
            Self::SignIn => None,
            Self::StepUp(session) | Self::NewKey(session) => Some(session),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Kept<S> {
    session: Option<SessionId>,
    expires_at: Time,
    state: S,
}

/// Keeps what an answer will be held against.
pub(crate) async fn give<S: Serialize>(
    me: &Identity,
    now: Time,
    wanted: Wanted,
    state: S,
    options: Value,
) -> Outcome<PasskeyOptions, IdentityFault> {
    let challenge = Uuid::new_v4();
    let kept = Kept {
        session: wanted.session(),
        expires_at: now + CHALLENGE_LIFE,
        state,
    };
    let text = serde_json::to_string(&kept).map_err(Failure::<IdentityFault>::internal)?;
    let life_s = CHALLENGE_LIFE.as_secs().unsigned_abs();
    let mut conn = me.p.redis.conn();
    let () = conn
        .set_ex(wanted.key(me, challenge), text, life_s)
        .await
        .map_err(Failure::<IdentityFault>::unavailable)?;
    Ok(PasskeyOptions {
        challenge,
        expires_at: kept.expires_at,
        options,
    })
}

/// Takes it: whoever comes second finds none. None as well if it is too old or another session's.
pub(crate) async fn take<S: DeserializeOwned>(
    me: &Identity,
    now: Time,
    wanted: Wanted,
    challenge: Uuid,
) -> Outcome<Option<S>, IdentityFault> {
    let mut conn = me.p.redis.conn();
    let text: Option<String> = conn
        .get_del(wanted.key(me, challenge))
        .await
        .map_err(Failure::<IdentityFault>::unavailable)?;
    let Some(text) = text else { return Ok(None) };
    let kept: Kept<S> = serde_json::from_str(&text).map_err(Failure::<IdentityFault>::internal)?;
    let good = now < kept.expires_at && kept.session == wanted.session();
    Ok(good.then_some(kept.state))
}
