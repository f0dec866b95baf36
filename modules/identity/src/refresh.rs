//! A new pair of tokens for an old refresh token.

use crate::Identity;
use crate::secrets::token_hash;
use crate::sessions::{Open, answer};
use axum::extract::State;
use contract_identity::{IdentityFault, Refresh, SignedIn};
use kernel::{Outcome, SessionId, Time, UserId};
use platform::http::{Body, Problem, Public, Reply};
use std::sync::Arc;

/// Exchanges a refresh token for new tokens. It is dead afterwards: using it a second time ends
/// the session, because somebody has a copy. An answer that was lost means signing in again.
#[utoipa::path(post, path = "/v1/auth/refresh", tag = "identity", request_body = Refresh,
    responses((status = 200, body = SignedIn), (status = "default", body = Problem)))]
pub(crate) async fn refresh(
    State(me): State<Arc<Identity>>,
    _: Public,
    Body(command): Body<Refresh>,
) -> Result<Reply<SignedIn>, Problem> {
    Ok(Reply::ok(
        rotate(&me, me.p.now(), &command.refresh_token).await?,
    ))
}

async fn rotate(me: &Identity, now: Time, token: &str) -> Outcome<SignedIn, IdentityFault> {
    let hash = token_hash(token);
    let mut tx = me.p.db.begin().await?;
    // Of two at once the second waits here and then finds the token used.
    let used = sqlx::query!(
        r#"update identity.refresh_tokens set used_at = $2 where hash = $1 and used_at is null
           returning session_id as "session: SessionId", expires_at"#,
        &hash[..],
        now
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(used) = used else {
        end_family(&mut tx, now, &hash).await?;
        tx.commit().await?;
        return Err(IdentityFault::SignedOut.into());
    };
    let session = sqlx::query!(
        r#"select user_id as "user: UserId", expires_at from identity.sessions
           where id = $1 and ended_at is null and expires_at > $2 for update"#,
        used.session.uuid(),
        now
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(session) = session.filter(|_| used.expires_at > now) else {
        return Err(IdentityFault::SignedOut.into());
    };
    let open = Open {
        id: used.session,
        user: session.user,
        expires_at: session.expires_at,
    };
    let signed_in = answer(me, &mut tx, now, open).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// If the token was ours and used before, its session ends.
async fn end_family(tx: &mut platform::Tx, now: Time, hash: &[u8; 32]) -> sqlx::Result<()> {
    let ended = sqlx::query_scalar!(
        r#"update identity.sessions set ended_at = $2, ended_by = 'token_reuse'
           where id = (select session_id from identity.refresh_tokens where hash = $1) and ended_at is null
           returning id as "id: SessionId""#,
        &hash[..],
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    if let Some(session) = ended {
        tracing::warn!(%session, "a refresh token was used twice; its session is ended");
        metrics::counter!("khidma_identity_token_reuse_total").increment(1);
    }
    Ok(())
}
