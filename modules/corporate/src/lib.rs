//! Companies that book for themselves: their accounts, their branches, and the members who act for them
//! (DOMAIN §1, §7). Owns the schema `corporate`; no Redis keys, no objects.
//!
//! Invariants:
//! - A member reaches their own account and nothing of another, a branch's manager their own branch: the
//!   scope of the token is in every query.
//! - Changes of one account wait for one another. Whoever changes a company as its manager is one still,
//!   by what is stored and not by what the token says, and never changes themselves: so an account never
//!   loses its last manager by its own hand. A trigger has it so, too.
//! - What a member may do is decided here and told to identity with a version that counts up: at once,
//!   and by a job that is written with the decision. So it holds wherever a process dies, and a word that
//!   comes late changes nothing.
//! - A link leaves this module after what it is for is on record.

mod accounts;
mod add_branch;
mod branches;
mod change;
mod change_branch;
mod change_role;
mod company;
mod follow;
mod hold;
mod invite;
mod link;
mod members;
mod open;
mod personal;
mod remove;
mod rules;
mod seed;
mod suspend;

use contract_identity::Identity;
use platform::Platform;
use platform::queue::{Ctx, Registry};
use platform::routes;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

pub use contract_corporate::{
    AddBranch, Branch, BranchState, ChangeBranch, ChangeCorporateAccount, ChangeMemberRole,
    CloseBranch, Company, CorporateAccount, CorporateMember, CorporateState, CorporateSuspended,
    InviteManager, InviteMember, MemberLinkIssued, MemberRemoved, MemberRole, OpenCorporateAccount,
    RemoveMember, ReopenBranch, ResumeCorporateAccount, SuspendCorporateAccount,
};
pub use seed::{EnrolCompany, EnrolMember, Enrolled};

pub static MIGRATOR: platform::db::Migrator = platform::migrator!("corporate");

pub struct Corporate {
    p: Platform,
    identity: Arc<dyn Identity>,
}

impl Corporate {
    pub fn new(p: Platform, identity: Arc<dyn Identity>) -> Arc<Self> {
        Arc::new(Self { p, identity })
    }

    pub fn router(self: &Arc<Self>) -> OpenApiRouter {
        OpenApiRouter::new()
            .routes(routes!(accounts::list, open::open_account))
            .routes(routes!(accounts::one_account, change::change_account))
            .routes(routes!(suspend::suspend_account))
            .routes(routes!(suspend::resume_account))
            .routes(routes!(branches::branches_of))
            .routes(routes!(members::members_of))
            .routes(routes!(invite::invite_manager))
            .routes(routes!(link::link_manager))
            .routes(routes!(company::company))
            .routes(routes!(branches::own_branches, add_branch::add_branch))
            .routes(routes!(branches::own_branch, change_branch::change_branch))
            .routes(routes!(change_branch::close_branch))
            .routes(routes!(change_branch::reopen_branch))
            .routes(routes!(members::own_members, invite::invite_member))
            .routes(routes!(members::own_member))
            .routes(routes!(change_role::change_member_role))
            .routes(routes!(remove::remove_member))
            .routes(routes!(link::link_member))
            .with_state(self.clone())
    }

    pub fn register(self: &Arc<Self>, r: &mut Registry) {
        let me = self.clone();
        r.job(move |_: Ctx, job: follow::Follow| {
            let me = me.clone();
            async move { follow::follow(&me, job).await }
        });
    }
}
