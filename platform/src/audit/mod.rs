//! Every staff action leaves a row: who, what, on which record, from where; and what the record was
//! and became, as digests. Rows are never changed, and hang together as a chain ([`chain`]).

mod chain;
mod read;

pub use chain::{ChainFault, Head, Verdict, verify};
pub use read::{AuditEntry, AuditQuery, router};

use crate::http::caller;
use kernel::Time;
use kernel::access::Actor;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

/// The record of an action before and after it, as SHA-256 of its JSON: enough to prove later which
/// state was meant, without keeping what may be personal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    before: Option<[u8; 32]>,
    after: Option<[u8; 32]>,
}

impl Change {
    /// Where there was nothing.
    pub fn made(after: &impl Serialize) -> Self {
        Self {
            before: None,
            after: Some(digest(after)),
        }
    }
    pub fn between(before: &impl Serialize, after: &impl Serialize) -> Self {
        Self {
            before: Some(digest(before)),
            after: Some(digest(after)),
        }
    }
}

/// SHA-256 of the value's JSON, without spaces.
fn digest(value: &impl Serialize) -> [u8; 32] {
    let json = serde_json::to_vec(value)
        .expect("records are structs of strings and numbers, which always serialise");
    Sha256::digest(json).into()
}

/// An action that changed no record, such as a look at a document.
pub async fn record(
    tx: &mut PgConnection,
    now: Time,
    actor: &Actor,
    action: &str,
    record: &str,
    details: serde_json::Value,
) -> sqlx::Result<()> {
    changed(tx, now, actor, action, record, Change::default(), details).await
}

/// An action that changed `record`. Written in the transaction of the change, so that neither is
/// there without the other.
pub async fn changed(
    tx: &mut PgConnection,
    now: Time,
    actor: &Actor,
    action: &str,
    record: &str,
    change: Change,
    details: serde_json::Value,
) -> sqlx::Result<()> {
    let caller = caller();
    sqlx::query!(
        "insert into platform.audit
             (at, actor, session, action, record, details, address, request_id, before_digest, after_digest)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        now,
        actor.user.uuid(),
        actor.session.uuid(),
        action,
        record,
        details,
        caller.address.map(|a| a.to_string()),
        caller.request_id.as_str(),
        change.before.as_ref().map(|digest| &digest[..]),
        change.after.as_ref().map(|digest| &digest[..]),
    )
    .execute(tx)
    .await?;
    Ok(())
}
