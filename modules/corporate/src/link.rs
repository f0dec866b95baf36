//! A member has forgotten the password, or lost the telephone: everything they signed in with ends, and a
//! link sets it up anew.

use crate::hold::By;
use crate::{Corporate, follow, hold, invite};
use axum::extract::{Path, State};
use contract_corporate::{CorporateFault, MemberLinkIssued, MemberRole};
use contract_identity::{LinkMember, Whom};
use kernel::access::may;
use kernel::{CorporateAccountId, Lift, Outcome, Time, UserId};
use platform::audit;
use platform::http::{Fresh, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Ends the password, the authenticator app, the recovery codes, the passkeys and the sessions of a
/// manager, and makes a link with which they set them up anew: where no other manager of the company can.
/// There is no idempotency key: the answer is a secret, and is not kept.
#[utoipa::path(post, path = "/v1/corporate-accounts/{id}/managers/{user}/link", tag = "corporate",
    params(("id" = CorporateAccountId, Path), ("user" = UserId, Path)),
    responses((status = 201, body = MemberLinkIssued), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn link_manager(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::CorporateManage, Fresh>,
    Path((id, user)): Path<(CorporateAccountId, UserId)>,
) -> Result<Reply<MemberLinkIssued>, Problem> {
    let by = By::Staff(&permit.actor, id);
    Ok(Reply::created(link(&me, me.p.now(), by, user).await?))
}

/// Ends the password, the authenticator app, the recovery codes, the passkeys and the sessions of another
/// member of one's own company, and makes a link with which they set them up anew. There is no idempotency
/// key: the answer is a secret, and is not kept.
#[utoipa::path(post, path = "/v1/company/members/{id}/link", tag = "company",
    params(("id" = UserId, Path)),
    responses((status = 201, body = MemberLinkIssued), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn link_member(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::MembersManage, Fresh>,
    Path(id): Path<UserId>,
) -> Result<Reply<MemberLinkIssued>, Problem> {
    let by = By::Manager(&permit.actor);
    Ok(Reply::created(link(&me, me.p.now(), by, id).await?))
}

async fn link(
    me: &Corporate,
    now: Time,
    by: By<'_>,
    user: UserId,
) -> Outcome<MemberLinkIssued, CorporateFault> {
    let actor = by.actor();
    let mut tx = me.p.db.begin().await?;
    let account = hold::active(&mut tx, by).await?.id;
    let member = hold::member(&mut tx, actor, account, user, None).await?;
    // The others are their own managers' to help.
    if matches!(by, By::Staff(..)) && member.role != MemberRole::CorporateManager {
        return Err(CorporateFault::UnknownMember.into());
    }
    // From here on what this person proved before counts for nothing: two managers who do this to each
    // other at once must not both succeed.
    sqlx::query!(
        "update corporate.members set linked_at = $2, changed_by = $3, version = version + 1
         where user_id = $1",
        user.uuid(),
        now,
        actor.user.uuid()
    )
    .execute(&mut *tx)
    .await?;
    let facts = json!({ "account": account });
    audit::record(
        &mut tx,
        now,
        actor,
        "corporate.link",
        &user.to_string(),
        facts,
    )
    .await?;
    follow::later(&mut tx, now, account, user).await?;
    tx.commit().await?;
    follow::one(me, user).await?;
    let link = me
        .identity
        .link_member(LinkMember {
            account,
            whom: Whom::Member(user),
            by: actor.user,
        })
        .await
        .lift()?;
    invite::issued(me, account, link).await
}
