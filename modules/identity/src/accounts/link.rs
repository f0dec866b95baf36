//! The link that an administrator hands to a member of staff, or a company's manager to one of theirs,
//! who sets up what they sign in with.

use crate::Identity;
use crate::secrets::{draw_token, token_hash};
use crate::settings::RESET_LIFE;
use contract_identity::{EnrolmentIssued, IdentityFault, StaffMember};
use kernel::{Outcome, Time, UserId};
use platform::Tx;

/// A link with the secret inside it.
pub(crate) struct Link {
    pub(crate) link: String,
    pub(crate) token: String,
    pub(crate) expires_at: Time,
}

pub(crate) async fn issue(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    issued_by: UserId,
    staff: StaffMember,
) -> Outcome<EnrolmentIssued, IdentityFault> {
    let issued = make(me, tx, now, issued_by, staff.id).await?;
    Ok(EnrolmentIssued {
        staff,
        link: issued.link,
        token: issued.token,
        expires_at: issued.expires_at,
    })
}

/// A new link ends the one before.
pub(crate) async fn make(
    me: &Identity,
    tx: &mut Tx,
    now: Time,
    issued_by: UserId,
    user: UserId,
) -> sqlx::Result<Link> {
    end(tx, now, user).await?;
    let token = draw_token("enr");
    let expires_at = now + RESET_LIFE;
    sqlx::query!(
        "insert into identity.enrolments (hash, user_id, issued_by, issued_at, expires_at)
         values ($1, $2, $3, $4, $5)",
        &token_hash(&token)[..],
        user.uuid(),
        issued_by.uuid(),
        now,
        expires_at
    )
    .execute(&mut **tx)
    .await?;
    Ok(Link {
        link: format!("{}enrol?token={token}", me.public_url),
        token,
        expires_at,
    })
}

pub(crate) async fn end(tx: &mut Tx, now: Time, user: UserId) -> sqlx::Result<()> {
    sqlx::query!(
        "update identity.enrolments set ended_at = $2 where user_id = $1 and ended_at is null",
        user.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
