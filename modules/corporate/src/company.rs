//! One's own company.

use crate::{Corporate, accounts, rules};
use axum::extract::State;
use contract_corporate::{Company, CorporateFault};
use kernel::Outcome;
use kernel::access::{Actor, may};
use platform::http::{Permit, Problem, Reply};
use std::sync::Arc;

/// One's own company; of a branch's manager its name.
#[utoipa::path(get, path = "/v1/company", tag = "company",
    responses((status = 200, body = Company), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn company(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::BranchesRead>,
) -> Result<Reply<Company>, Problem> {
    Ok(Reply::ok(own(&me, &permit.actor).await?))
}

async fn own(me: &Corporate, actor: &Actor) -> Outcome<Company, CorporateFault> {
    let reached = rules::reached(actor)?;
    let account = accounts::shown(me, reached.account).await?;
    let whole = reached.branch.is_none();
    Ok(Company {
        id: account.id,
        name: account.name,
        unified_number: whole.then_some(account.unified_number),
        vat_number: account.vat_number.filter(|_| whole),
    })
}
