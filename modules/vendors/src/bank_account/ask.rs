//! The owner sees the account in use, asks for another, and takes that back.

use super::rows::{Of, Row, locked, one, rows};
use super::rules::{self, Step};
use super::tell::{self, News};
use super::{facts, place};
use crate::inspect::VendorStatus;
use crate::{Vendors, rules as vendor_rules};
use axum::extract::{Path, State};
use contract_settlement::{Payee, SettlementFault, masked_iban};
use contract_vendors::{AskBankAccountChange, BankAccount, BankAccountChange, VendorFault};
use kernel::access::{Actor, may};
use kernel::{BankAccountChangeId, Failure, Outcome, Time, VendorId};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Fresh, Idempotency, Permit, Problem, Reply};
use std::sync::Arc;

/// As many of those that ended as an owner sees.
const SHOWN: usize = 20;

/// The account that the owner's vendor is paid to, its four last digits; and a change of it.
#[utoipa::path(get, path = "/v1/vendor/bank-account", tag = "vendors",
    responses((status = 200, body = BankAccount), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn own_account(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::VendorOwn>,
) -> Result<Reply<BankAccount>, Problem> {
    Ok(Reply::ok(account(&me, own_vendor(&permit.actor)?).await?))
}

async fn account(me: &Vendors, vendor: VendorId) -> Outcome<BankAccount, VendorFault> {
    let payee = in_use(me, vendor).await?;
    let of = Of {
        vendor: Some(vendor),
        ..Of::default()
    };
    let mut conn = me.p.db.acquire().await?;
    let rows = rows(&mut conn, of, SHOWN as i64 + 1).await?;
    let seen: Vec<_> = rows.iter().map(Row::seen).collect::<Result<_, _>>()?;
    let (ended, under_way): (Vec<_>, Vec<_>) = seen
        .into_iter()
        .partition(|change| change.state.has_ended());
    Ok(BankAccount {
        iban: masked_iban(&payee.iban),
        since: payee.as_of,
        change: under_way.into_iter().next(),
        earlier: ended.into_iter().take(SHOWN).collect(),
    })
}

/// Another account for the owner's vendor. Two reviewers have to approve it, and the owner is told and
/// can withdraw it until it takes effect. One at a time.
#[utoipa::path(post, path = "/v1/vendor/bank-account/changes", tag = "vendors",
    request_body = AskBankAccountChange, params(("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 201, body = BankAccountChange), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn ask_change(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::VendorOwn, Fresh>,
    idem: Idempotency,
    Body(command): Body<AskBankAccountChange>,
) -> Result<Reply<BankAccountChange>, Problem> {
    let now = me.p.now();
    let actor = &permit.actor;
    let vendor = own_vendor(actor)?;
    let reply = idem
        .once(&me.p, actor, &command, async |mut tx: Tx| {
            let asked = ask(&me, &mut tx, now, actor, vendor, &command).await?;
            Ok::<_, Failure<VendorFault>>((tx, asked))
        })
        .await?;
    Ok(reply.as_created())
}

async fn ask(
    me: &Vendors,
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    vendor: VendorId,
    command: &AskBankAccountChange,
) -> Outcome<BankAccountChange, VendorFault> {
    let iban = vendor_rules::typed_iban(&command.iban).ok_or(VendorFault::BadIban)?;
    let reason = command.reason.as_deref().map(rules::reason).transpose()?;
    let replaces = in_use_and_free(me, tx, vendor).await?;
    if replaces.iban == iban {
        return Err(VendorFault::SameIban.into());
    }
    let id = BankAccountChangeId::new();
    let added = sqlx::query!(
        "insert into vendors.bank_account_changes
             (id, vendor, state, iban, ends_with, replaces, reason, asked_by, asked_at)
         values ($1, $2, 'asked', $3, right($4, 4), right($5, 4), $6, $7, $8)
         on conflict (vendor) where ended_at is null do nothing",
        id.uuid(),
        vendor.uuid(),
        me.p.seal.seal(place(id), &iban),
        iban,
        replaces.iban,
        reason,
        actor.user.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    if added.rows_affected() == 0 {
        return Err(VendorFault::ChangeUnderWay.into());
    }
    let row = one(tx, id, Some(vendor)).await?;
    let asked = row.seen()?;
    audit::changed(
        tx,
        now,
        actor,
        "bank_accounts.ask",
        &id.to_string(),
        Change::made(&asked),
        facts(&row, &asked),
    )
    .await?;
    tell::later(tx, now, id, News::Asked).await?;
    Ok(asked)
}

/// The account in use, of a vendor that works here and has no change under way; both stay so until the
/// transaction ends.
async fn in_use_and_free(
    me: &Vendors,
    tx: &mut Tx,
    vendor: VendorId,
) -> Outcome<Payee, VendorFault> {
    let status = sqlx::query_scalar!(
        "select status from vendors.vendors where id = $1 for update",
        vendor.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(VendorFault::UnknownVendor)?;
    if status != VendorStatus::Active.as_str() {
        return Err(VendorFault::NotActive.into());
    }
    let under_way = sqlx::query_scalar!(
        r#"select exists (select from vendors.bank_account_changes
                          where vendor = $1 and ended_at is null) as "one!""#,
        vendor.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    if under_way {
        return Err(VendorFault::ChangeUnderWay.into());
    }
    in_use(me, vendor).await
}

async fn in_use(me: &Vendors, vendor: VendorId) -> Outcome<Payee, VendorFault> {
    me.payees
        .payee(vendor)
        .await
        .map_err(|failure| match failure.refused() {
            // Its enrolment is not finished.
            Some(SettlementFault::UnknownPayee) => VendorFault::NotActive.into(),
            _ => failure.unexpected::<VendorFault>(),
        })
}

/// Takes back a change that has not taken effect, whatever the reviewers said.
#[utoipa::path(post, path = "/v1/vendor/bank-account/changes/{id}/withdraw", tag = "vendors",
    params(("id" = BankAccountChangeId, Path), ("Idempotency-Key" = uuid::Uuid, Header)),
    responses((status = 200, body = BankAccountChange), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn withdraw(
    State(me): State<Arc<Vendors>>,
    permit: Permit<may::VendorOwn>,
    Path(id): Path<BankAccountChangeId>,
    idem: Idempotency,
) -> Result<Reply<BankAccountChange>, Problem> {
    let now = me.p.now();
    let actor = &permit.actor;
    let vendor = own_vendor(actor)?;
    idem.once(&me.p, actor, &(), async |mut tx: Tx| {
        let withdrawn = take_back(&mut tx, now, actor, vendor, id).await?;
        Ok::<_, Failure<VendorFault>>((tx, withdrawn))
    })
    .await
}

async fn take_back(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    vendor: VendorId,
    id: BankAccountChangeId,
) -> Outcome<BankAccountChange, VendorFault> {
    let before = locked(tx, id, Some(vendor)).await?.seen()?;
    let next = rules::after(before.state, Step::Withdraw)?;
    sqlx::query!(
        "update vendors.bank_account_changes set state = $2, ended_at = $3, ended_by = $4
         where id = $1",
        id.uuid(),
        next.as_str(),
        now,
        actor.user.uuid()
    )
    .execute(&mut **tx)
    .await?;
    let row = one(tx, id, Some(vendor)).await?;
    let withdrawn = row.seen()?;
    audit::changed(
        tx,
        now,
        actor,
        "bank_accounts.withdraw",
        &id.to_string(),
        Change::between(&before, &withdrawn),
        facts(&row, &withdrawn),
    )
    .await?;
    Ok(withdrawn)
}

fn own_vendor(actor: &Actor) -> Result<VendorId, Failure<VendorFault>> {
    let vendor = actor.scope.vendor;
    vendor.ok_or(Failure::Refused(VendorFault::UnknownVendor))
}
