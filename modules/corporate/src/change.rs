//! A company has another name, or another VAT number.

use crate::{Corporate, accounts, hold, rules};
use axum::extract::{Path, State};
use contract_corporate::{ChangeCorporateAccount, CorporateAccount, CorporateFault};
use kernel::access::{Actor, may};
use kernel::{CorporateAccountId, Outcome, Time};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Puts names and VAT number in place of those of before.
#[utoipa::path(put, path = "/v1/corporate-accounts/{id}", tag = "corporate",
    request_body = ChangeCorporateAccount,
    params(("id" = CorporateAccountId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = CorporateAccount), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn change_account(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::CorporateManage>,
    Path(id): Path<CorporateAccountId>,
    idem: Idempotency,
    Body(command): Body<ChangeCorporateAccount>,
) -> Result<Reply<CorporateAccount>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    idem.once(&me.p, actor, &command, async |mut tx: Tx| {
        let changed = change(&mut tx, now, actor, id, &command).await?;
        Ok((tx, changed))
    })
    .await
}

async fn change(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    id: CorporateAccountId,
    command: &ChangeCorporateAccount,
) -> Outcome<CorporateAccount, CorporateFault> {
    let name = rules::plain_name(&command.name)?;
    let vat_number = rules::vat_number(command.vat_number.as_deref())?;
    let before = hold::account(tx, id).await?;
    rules::is_current(before.version, command.version)?;
    sqlx::query!(
        "update corporate.accounts set name_ar = $2, name_en = $3, vat_number = $4,
             version = version + 1 where id = $1",
        id.uuid(),
        name.ar,
        name.en,
        vat_number
    )
    .execute(&mut **tx)
    .await?;
    let after = accounts::one(tx, id).await?;
    let change = Change::between(&before, &after);
    let record = id.to_string();
    audit::changed(
        tx,
        now,
        actor,
        "corporate.change",
        &record,
        change,
        json!({}),
    )
    .await?;
    Ok(after)
}
