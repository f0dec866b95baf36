//! An operator sets a service's base price. Quotes already given keep theirs.

use crate::Catalog;
use crate::rules::check_base;
use axum::extract::{Path, State};
use contract_catalog::{CatalogFault, Service, SetPrice};
use kernel::access::{Actor, may};
use kernel::{Failure, Money, Outcome, Slug, Time};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Sets the base price of a service; later seeds leave it alone.
#[utoipa::path(put, path = "/v1/catalog/services/{slug}/price", tag = "catalog", request_body = SetPrice,
    params(("Idempotency-Key" = uuid::Uuid, Header), ("slug" = Slug, Path, description = "Key of the service")),
    responses((status = 200, body = Service), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn set_price(
    State(me): State<Arc<Catalog>>,
    permit: Permit<may::CatalogManage>,
    Path(slug): Path<String>,
    idem: Idempotency,
    Body(command): Body<SetPrice>,
) -> Result<Reply<Service>, Problem> {
    let slug = Slug::parse(&slug).map_err(|_| Failure::Refused(CatalogFault::UnknownService))?;
    let mut service = me.edition().await?.entry(&slug)?.service.clone();
    let now = me.p.now();
    idem.once(
        &me.p,
        &permit.actor,
        &command,
        async |mut tx: Tx| -> Outcome<(Tx, Service), CatalogFault> {
            apply(&mut tx, now, &permit.actor, &slug, command.base_halalas).await?;
            service.base = command.base_halalas;
            Ok((tx, service))
        },
    )
    .await
}

async fn apply(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    slug: &Slug,
    base: Money,
) -> Outcome<(), CatalogFault> {
    check_base(base)?;
    // First the edition's row: two operators change the catalog one after the other.
    sqlx::query!("update catalog.edition set version = version + 1")
        .execute(&mut **tx)
        .await?;
    let before = sqlx::query_scalar!(
        r#"select base_halalas as "base: Money" from catalog.services where slug = $1 and offered for update"#,
        slug.as_str(),
    )
    .fetch_optional(&mut **tx)
    .await?
    .ok_or(CatalogFault::UnknownService)?;
    sqlx::query!(
        "update catalog.services set base_halalas = $2, base_set_by_operator = true where slug = $1",
        slug.as_str(),
        base.halalas(),
    )
    .execute(&mut **tx)
    .await?;
    audit::changed(
        tx,
        now,
        actor,
        "catalog.set_price",
        slug.as_str(),
        Change::between(&before, &base),
        json!({ "before_halalas": before, "after_halalas": base }),
    )
    .await?;
    Ok(())
}
