//! Somebody new acts for a company.

use crate::hold::By;
use crate::rules::{self, MOST_MEMBERS};
use crate::{Corporate, follow, hold, members};
use axum::extract::{Path, State};
use contract_corporate::{CorporateFault, InviteManager, InviteMember, MemberLinkIssued};
use contract_identity::{LinkMember, MemberLink, Membership, Whom};
use kernel::access::may;
use kernel::{BranchId, CorporateAccountId, Lang, Lift, Outcome, Time, UserId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Fresh, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Makes a manager of the account, its first or another one, and a link with which they set a password
/// and enrol an authenticator app within 24 hours, once. There is no idempotency key: the answer is a
/// secret, and is not kept. Repeating it for somebody who has not used the link makes a new one.
#[utoipa::path(post, path = "/v1/corporate-accounts/{id}/managers", tag = "corporate",
    request_body = InviteManager, params(("id" = CorporateAccountId, Path)),
    responses((status = 201, body = MemberLinkIssued), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn invite_manager(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::CorporateManage, Fresh>,
    Path(id): Path<CorporateAccountId>,
    Body(command): Body<InviteManager>,
) -> Result<Reply<MemberLinkIssued>, Problem> {
    let by = By::Staff(&permit.actor, id);
    let invitation = Invitation {
        membership: Membership::Manager,
        name: command.name,
        email: command.email,
        lang: command.lang,
    };
    let issued = invite(&me, me.p.now(), by, invitation).await?;
    Ok(Reply::created(issued))
}

/// Makes a member of one's own company, and a link with which they set a password and enrol an
/// authenticator app within 24 hours, once. There is no idempotency key: the answer is a secret, and is
/// not kept. Repeating it for somebody who has not used the link makes a new one.
#[utoipa::path(post, path = "/v1/company/members", tag = "company", request_body = InviteMember,
    responses((status = 201, body = MemberLinkIssued), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn invite_member(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::MembersManage, Fresh>,
    Body(command): Body<InviteMember>,
) -> Result<Reply<MemberLinkIssued>, Problem> {
    let by = By::Manager(&permit.actor);
    let invitation = Invitation {
        membership: rules::membership(command.role, command.branch)
            .map_err(kernel::Failure::from)?,
        name: command.name,
        email: command.email,
        lang: command.lang,
    };
    let issued = invite(&me, me.p.now(), by, invitation).await?;
    Ok(Reply::created(issued))
}

struct Invitation {
    membership: Membership,
    name: String,
    email: String,
    lang: Option<Lang>,
}

async fn invite(
    me: &Corporate,
    now: Time,
    by: By<'_>,
    invitation: Invitation,
) -> Outcome<MemberLinkIssued, CorporateFault> {
    let membership = invitation.membership;
    // Looked at before anybody gets an account, and again when they become a member.
    let mut tx = me.p.db.begin().await?;
    let account = room_for(&mut tx, by, membership).await?;
    tx.rollback().await?;
    let link = me
        .identity
        .link_member(LinkMember {
            account,
            whom: Whom::Invited {
                name: invitation.name,
                email: invitation.email,
                lang: invitation.lang,
            },
            by: by.actor().user,
        })
        .await
        .lift()?;
    let mut tx = me.p.db.begin().await?;
    room_for(&mut tx, by, membership).await?;
    write(
        &mut tx,
        now,
        by.actor().user,
        account,
        link.user,
        membership,
    )
    .await?;
    let row = members::row(&mut tx, account, link.user).await?;
    let facts = json!({ "account": account, "role": row.role, "branch": row.branch });
    let (record, change) = (link.user.to_string(), Change::made(&row));
    audit::changed(
        &mut tx,
        now,
        by.actor(),
        "corporate.invite",
        &record,
        change,
        facts,
    )
    .await?;
    follow::later(&mut tx, now, account, link.user).await?;
    tx.commit().await?;
    issued(me, account, link).await
}

/// The link, once the person is what it makes them.
pub(crate) async fn issued(
    me: &Corporate,
    account: CorporateAccountId,
    link: MemberLink,
) -> Outcome<MemberLinkIssued, CorporateFault> {
    follow::one(me, link.user).await?;
    Ok(MemberLinkIssued {
        member: members::shown(me, account, link.user).await?,
        link: link.link,
        token: link.token,
        expires_at: link.expires_at,
    })
}

/// The account, held, where it takes one more.
async fn room_for(
    tx: &mut Tx,
    by: By<'_>,
    membership: Membership,
) -> Outcome<CorporateAccountId, CorporateFault> {
    let account = hold::active(tx, by).await?;
    if account.members >= MOST_MEMBERS {
        let most = MOST_MEMBERS;
        return Err(CorporateFault::TooManyMembers { most }.into());
    }
    hold::has_place_for(tx, account.id, membership).await?;
    Ok(account.id)
}

/// Somebody who comes back, or is invited again, gets the row of before.
async fn write(
    tx: &mut Tx,
    now: Time,
    by: UserId,
    account: CorporateAccountId,
    user: UserId,
    membership: Membership,
) -> sqlx::Result<()> {
    let branch = match membership {
        Membership::Manager => None,
        Membership::OfBranch(branch) => Some(BranchId::uuid(branch)),
    };
    sqlx::query!(
        "insert into corporate.members
             (user_id, account, role, branch, invited_at, invited_by, linked_at, changed_by)
         values ($1, $2, $3, $4, $5, $6, $5, $6)
         on conflict (user_id) do update set role = $3, branch = $4, invited_at = $5, invited_by = $6,
             linked_at = $5, removed_at = null, changed_by = $6, version = members.version + 1
         where members.account = $2",
        user.uuid(),
        account.uuid(),
        membership.role().as_str(),
        branch,
        now,
        by.uuid()
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
