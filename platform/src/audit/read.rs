//! The auditor's search.

use crate::Platform;
use crate::http::{Params, Permit, Problem, Reply, cursor, limit};
use axum::extract::State;
use kernel::access::may;
use kernel::{Page, SessionId, Time, UserId};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

pub fn router(platform: Platform) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(crate::routes!(search))
        .with_state(platform)
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only what this person did.
    pub actor: Option<UserId>,
    /// Only what was done to this record: its id, or its name.
    pub record: Option<String>,
    /// Only this action, such as `payouts.release`.
    pub action: Option<String>,
    /// From this moment on.
    pub from: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
    pub cursor: Option<String>,
    /// 1 to 100; 20 when not said.
    pub limit: Option<u32>,
}

/// One action of staff.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// The row's number; later rows have higher ones.
    pub row: i64,
    pub at: Time,
    pub actor: UserId,
    pub session: SessionId,
    pub action: String,
    pub record: String,
    #[schema(value_type = Object)]
    pub details: serde_json::Value,
    /// SHA-256 of the record as JSON, before and after, where the action changed one.
    pub before_digest: Option<String>,
    pub after_digest: Option<String>,
    /// The address that the request came from.
    pub address: Option<String>,
    pub request_id: Option<String>,
    /// The row's link in the chain.
    pub hash: Option<String>,
}

/// What staff did, newest first
///
/// Rows are never changed, and hang together as a chain of hashes: `khidma audit verify` finds one
/// that was altered, removed or put in.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn search(
    State(p): State<Platform>,
    _: Permit<may::AuditRead>,
    Params(query): Params<AuditQuery>,
) -> Result<Reply<Page<AuditEntry>>, Problem> {
    let before: Option<i64> = query.cursor.as_deref().map(cursor::decode).transpose()?;
    let size = limit(query.limit);
    let rows = page(&p, &query, before, size as i64 + 1)
        .await
        .map_err(|error| {
            tracing::error!(%error, "the audit log could not be read");
            Problem::internal()
        })?;
    Ok(Reply::ok(Page::from_rows(rows, size, |entry| {
        cursor::encode(&entry.row)
    })))
}

async fn page(
    p: &Platform,
    query: &AuditQuery,
    before: Option<i64>,
    size: i64,
) -> sqlx::Result<Vec<AuditEntry>> {
    let mut tx = p.db.begin().await?;
    // Each set of filters has an index of its own; one plan for all of them would use none.
    sqlx::query!("set local plan_cache_mode = force_custom_plan")
        .execute(&mut *tx)
        .await?;
    sqlx::query_as!(
        AuditEntry,
        r#"select a.seq as row, a.at, a.actor as "actor: UserId", a.session as "session: SessionId",
                  a.action, a.record, a.details, encode(a.before_digest, 'hex') as before_digest,
                  encode(a.after_digest, 'hex') as after_digest, a.address, a.request_id,
                  encode(c.hash, 'hex') as hash
           from platform.audit a left join platform.audit_chain c on c.seq = a.seq
           where ($1::uuid is null or a.actor = $1)
             and ($2::text is null or a.record = $2)
             and ($3::text is null or a.action = $3)
             and ($4::timestamptz is null or a.at >= $4)
             and ($5::timestamptz is null or a.at < $5)
             and ($6::bigint is null or a.seq < $6)
           order by a.seq desc limit $7"#,
        query.actor.map(UserId::uuid),
        query.record,
        query.action,
        query.from as _,
        query.until as _,
        before,
        size
    )
    .fetch_all(&mut *tx)
    .await
}
