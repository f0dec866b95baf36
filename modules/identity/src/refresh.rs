//! A new pair of tokens for an old refresh token.

use crate::door::{Cookies, Door};
use crate::secrets::{RefreshToken, token_hash};
use crate::sessions::{Ending, Open, end, hand_out, keep};
use crate::{Identity, warn};
use axum::extract::State;
use contract_identity::{IdentityFault, Refresh, SignedIn};
use jiff::SignedDuration;
use kernel::{Outcome, SessionId, Time, UserId, seconds};
use platform::Tx;
use platform::http::{Body, Problem, Public, Reply};
use std::sync::Arc;

/// For so long after its use a token is answered with the same successor again: whoever repeats it
/// lost the answer, or asked twice at once. A client gives up on an answer after 20 s.
const REPEATABLE: SignedDuration = seconds(30);

/// Exchanges a refresh token for new tokens, in the body or, with `X-Khidma-App`, in the browser's
/// cookie. It is used once: a repeat within 30 s gets the same successor, later it ends the
/// session and its owner is told, because somebody has a copy.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "identity", request_body = Refresh,
    params(("X-Khidma-App" = Option<String>, Header, description = "The web app whose cookie holds the token")),
    responses((status = 200, body = SignedIn), (status = "default", body = Problem),
        (status = 401, body = Problem, description = "What was shown opens nothing"),
        (status = 403, body = Problem, description = "Another site's page asks")))]
pub(crate) async fn refresh(
    State(me): State<Arc<Identity>>,
    _: Public,
    door: Door,
    Body(command): Body<Refresh>,
) -> Result<(Cookies, Reply<SignedIn>), Problem> {
    let token = if door.is_browser() {
        door.cookie()
    } else {
        command.refresh_token.as_deref()
    };
    let token = token.ok_or_else(|| Problem::of(&IdentityFault::SignedOut))?;
    let signed_in = rotate(&me, me.p.now(), token).await?;
    let (cookies, signed_in) = door.hand_out(signed_in);
    Ok((cookies, Reply::ok(signed_in)))
}

async fn rotate(me: &Identity, now: Time, token: &str) -> Outcome<SignedIn, IdentityFault> {
    let hash = token_hash(token);
    let mut tx = me.p.db.begin().await?;
    // The session first, as whoever ends one does. Of two refreshes at once the second waits here and
    // then finds the token used.
    let session = sqlx::query!(
        r#"select s.id as "id: SessionId", s.user_id as "user: UserId", s.expires_at, s.ended_at, s.device
           from identity.sessions s join identity.refresh_tokens t on t.session_id = s.id
           where t.hash = $1 for update of s"#,
        &hash[..]
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(session) = session else {
        count("unknown");
        return Err(IdentityFault::SignedOut.into());
    };
    if session.ended_at.is_some() || session.expires_at <= now {
        count("ended");
        return Err(IdentityFault::SignedOut.into());
    }
    let found = sqlx::query!(
        "select expires_at, used_at, next_sealed from identity.refresh_tokens where hash = $1",
        &hash[..]
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(found) = found else {
        count("unknown");
        return Err(IdentityFault::SignedOut.into());
    };
    let open = Open {
        id: session.id,
        user: session.user,
        expires_at: session.expires_at,
    };
    let next = match found.used_at {
        None if found.expires_at <= now => {
            count("ended");
            return Err(IdentityFault::SignedOut.into());
        }
        None => {
            count("renewed");
            let next = RefreshToken::draw();
            use_up(&mut tx, now, &open, &hash, &next.seal(token)).await?;
            keep(&mut tx, now, &open, &next).await?;
            next
        }
        // While the successor is unused it stands here; afterwards a repeat can't be honest.
        Some(used_at) => match found.next_sealed.filter(|_| now < used_at + REPEATABLE) {
            Some(sealed) => {
                count("repeated");
                RefreshToken::unseal(&sealed, token)
            }
            None => {
                count("reused");
                let ended = end(me, &mut tx, now, &[open.id], Ending::TokenReuse).await?;
                warn::later(&mut tx, now, &open, &session.device).await?;
                tx.commit().await?;
                me.p.tokens.heed(now, &ended);
                tracing::warn!(session = %open.id, "a refresh token was used twice; its session is ended");
                metrics::counter!("khidma_identity_token_reuse_total").increment(1);
                return Err(IdentityFault::SignedOut.into());
            }
        },
    };
    let signed_in = hand_out(me, &mut tx, now, &open, &next).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Marks the token as used and leaves its successor to whoever holds it. What an earlier one left
/// is taken away: its successor is used now.
async fn use_up(
    tx: &mut Tx,
    now: Time,
    session: &Open,
    hash: &[u8; 32],
    next_sealed: &[u8; 32],
) -> sqlx::Result<()> {
    sqlx::query!(
        "update identity.refresh_tokens set
             used_at = coalesce(used_at, $3),
             next_sealed = case when hash = $2 then $4::bytea end
         where session_id = $1 and (hash = $2 or next_sealed is not null)",
        session.id.uuid(),
        &hash[..],
        now,
        &next_sealed[..]
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update identity.sessions set last_used_at = $2 where id = $1",
        session.id.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn count(outcome: &'static str) {
    metrics::counter!("khidma_identity_refreshes_total", "outcome" => outcome).increment(1);
}
