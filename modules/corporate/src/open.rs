//! A company gets an account. Its first manager is invited next.

use crate::{Corporate, accounts, rules};
use axum::extract::State;
use contract_corporate::{CorporateAccount, CorporateFault, CorporateState, OpenCorporateAccount};
use kernel::access::{Actor, may};
use kernel::{CorporateAccountId, Outcome, Text, Time, UserId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Opens an account for a company that has none.
#[utoipa::path(post, path = "/v1/corporate-accounts", tag = "corporate",
    request_body = OpenCorporateAccount, params(("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 201, body = CorporateAccount), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn open_account(
    State(me): State<Arc<Corporate>>,
    permit: Permit<may::CorporateManage>,
    idem: Idempotency,
    Body(command): Body<OpenCorporateAccount>,
) -> Result<Reply<CorporateAccount>, Problem> {
    let (now, actor) = (me.p.now(), &permit.actor);
    let reply = idem
        .once(&me.p, actor, &command, async |mut tx: Tx| {
            let opened = open(&mut tx, now, actor, &command).await?;
            Ok((tx, opened))
        })
        .await?;
    Ok(reply.as_created())
}

async fn open(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    command: &OpenCorporateAccount,
) -> Outcome<CorporateAccount, CorporateFault> {
    let name = rules::plain_name(&command.name)?;
    let unified_number = rules::unified_number(&command.unified_number)?;
    let vat_number = rules::vat_number(command.vat_number.as_deref())?;
    let made = NewAccount {
        name: &name,
        unified_number,
        vat_number,
    };
    let id = write(tx, now, actor.user, made)
        .await?
        .ok_or(CorporateFault::UnifiedNumberTaken)?;
    let account = accounts::one(tx, id).await?;
    let change = Change::made(&account);
    let record = id.to_string();
    audit::changed(tx, now, actor, "corporate.open", &record, change, json!({})).await?;
    Ok(account)
}

pub(crate) struct NewAccount<'a> {
    pub(crate) name: &'a Text,
    pub(crate) unified_number: &'a str,
    pub(crate) vat_number: Option<&'a str>,
}

/// None where the number has an account; of two at once the second waits here and finds it so.
pub(crate) async fn write(
    tx: &mut Tx,
    now: Time,
    by: UserId,
    new: NewAccount<'_>,
) -> sqlx::Result<Option<CorporateAccountId>> {
    sqlx::query_scalar!(
        r#"insert into corporate.accounts
               (id, name_ar, name_en, unified_number, vat_number, state, opened_at, opened_by)
           values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (unified_number) do nothing
           returning id as "id: CorporateAccountId""#,
        CorporateAccountId::new().uuid(),
        new.name.ar,
        new.name.en,
        new.unified_number,
        new.vat_number,
        CorporateState::Active.as_str(),
        now,
        by.uuid()
    )
    .fetch_optional(&mut **tx)
    .await
}
