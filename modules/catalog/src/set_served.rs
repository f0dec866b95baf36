//! An operator opens or closes a category in a zone. Bookings already made are kept.

use crate::Catalog;
use axum::extract::{Path, State};
use contract_catalog::{CatalogFault, SetServed};
use kernel::access::{Actor, may};
use kernel::{Failure, Outcome, Slug, Time};
use platform::Tx;
use platform::audit::{self, Change};
use platform::http::{Body, Idempotency, Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// Opens or closes a category in a zone.
#[utoipa::path(put, path = "/v1/catalog/categories/{category}/zones/{zone}", tag = "catalog", request_body = SetServed,
    params(("Idempotency-Key" = uuid::Uuid, Header), ("category" = Slug, Path, description = "Key of the category"), ("zone" = Slug, Path, description = "Key of the zone")),
    responses((status = 200, body = SetServed), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn set_served(
    State(me): State<Arc<Catalog>>,
    permit: Permit<may::CatalogManage>,
    Path((category, zone)): Path<(String, String)>,
    idem: Idempotency,
    Body(command): Body<SetServed>,
) -> Result<Reply<SetServed>, Problem> {
    let category =
        Slug::parse(&category).map_err(|_| Failure::Refused(CatalogFault::UnknownCategory))?;
    let zone = Slug::parse(&zone).map_err(|_| Failure::Refused(CatalogFault::NotServedHere))?;
    let now = me.p.now();
    idem.once(&me.p, &permit.actor, &command, async |mut tx: Tx| {
        apply(
            &mut tx,
            now,
            &permit.actor,
            &category,
            &zone,
            command.served,
        )
        .await?;
        Ok((tx, command))
    })
    .await
}

async fn apply(
    tx: &mut Tx,
    now: Time,
    actor: &Actor,
    category: &Slug,
    zone: &Slug,
    served: bool,
) -> Outcome<(), CatalogFault> {
    sqlx::query!("update catalog.edition set version = version + 1")
        .execute(&mut **tx)
        .await?;
    let known = sqlx::query_scalar!(
        r#"select exists (select from catalog.categories where slug = $1 and offered) as "known!""#,
        category.as_str(),
    )
    .fetch_one(&mut **tx)
    .await?;
    if !known {
        return Err(CatalogFault::UnknownCategory.into());
    }
    let done = if served {
        sqlx::query!(
            "delete from catalog.exclusions where category = $1 and zone = $2",
            category.as_str(),
            zone.as_str(),
        )
        .execute(&mut **tx)
        .await?
    } else {
        sqlx::query!(
            "insert into catalog.exclusions (category, zone) values ($1, $2) on conflict do nothing",
            category.as_str(),
            zone.as_str(),
        )
        .execute(&mut **tx)
        .await?
    };
    // Nothing was there to do: it was served, or not, before.
    let before = served == (done.rows_affected() == 0);
    audit::changed(
        tx,
        now,
        actor,
        "catalog.set_served",
        category.as_str(),
        Change::between(&(zone, before), &(zone, served)),
        json!({ "zone": zone, "served": served }),
    )
    .await?;
    Ok(())
}
