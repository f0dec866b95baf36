//! Every staff action leaves a row: who, what, on which record, from where.

use crate::http::caller;
use kernel::Time;
use kernel::access::Actor;
use sqlx::PgConnection;

pub async fn record(
    tx: &mut PgConnection,
    now: Time,
    actor: &Actor,
    action: &str,
    record: &str,
    details: serde_json::Value,
) -> sqlx::Result<()> {
    let caller = caller();
    sqlx::query!(
        "insert into platform.audit (at, actor, session, action, record, details, address, request_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        now,
        actor.user.uuid(),
        actor.session.uuid(),
        action,
        record,
        details,
        caller.address.map(|a| a.to_string()),
        caller.request_id.as_str(),
    )
    .execute(tx)
    .await?;
    Ok(())
}
