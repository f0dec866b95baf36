//! What this module keeps about somebody, for themselves; and how an account ends (PDPL).
//!
//! An erased account has no phone, name, role or session, and nothing opens it again. Its row stays:
//! what others keep names it, and by itself it leads to nobody. Counts in Redis are under digests and
//! gone within a day.

use crate::devices::{self, Which};
use crate::sessions::Ending;
use crate::{Identity, accounts};
use anyhow::ensure;
use async_trait::async_trait;
use kernel::access::{Role, Scope};
use kernel::{Basis, CorporateAccountId, Lang, Obstacle, PasskeyId, Slug, Subject, Time, UserId};
use platform::Tx;
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::{Value, json};
use sqlx::PgConnection;
use sqlx::types::Json;
use std::collections::BTreeSet;

#[async_trait]
impl PersonalRecords for Identity {
    fn holder(&self) -> &'static str {
        "identity"
    }

    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        let mut conn = self.p.db.acquire().await?;
        let user = subject.user;
        Ok(Copied::default()
            .with("account", account(&mut conn, user).await?)
            .with("sessions", sessions(&mut conn, user).await?)
            .with("passkeys", passkeys(&mut conn, user).await?)
            .with("sign_in_codes", sign_in_codes(&mut conn, user).await?))
    }

    async fn obstacles(&self, subject: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        let mut conn = self.p.db.acquire().await?;
        let works = works_here(&mut conn, subject.user).await?;
        Ok(works.then_some(Obstacle::WorksHere).into_iter().collect())
    }

    /// Fails, and changes nothing, where the account is more than a customer's.
    async fn erase(&self, subject: Subject, now: Time) -> anyhow::Result<Vec<Kept>> {
        erase(self, now, subject.user).await
    }
}

async fn account(conn: &mut PgConnection, user: UserId) -> anyhow::Result<Vec<Value>> {
    let roles = sqlx::query!(
        r#"select role, scope as "scope: Json<Scope>", granted_at from identity.grants
           where user_id = $1 order by granted_at, role"#,
        user.uuid()
    )
    .fetch_all(&mut *conn)
    .await?;
    let roles: Vec<_> = roles
        .into_iter()
        .map(|row| json!({ "role": row.role, "limits": row.scope.0, "granted_at": row.granted_at }))
        .collect();
    let found = sqlx::query!(
        r#"select phone, email, name, lang, tier as "tier: Slug", created_at, changed_at, signed_in_at,
                  password_hash is not null as "has_password!",
                  totp_secret is not null as "has_authenticator_app!",
                  disabled_at, disabled_reason, member_of as "member_of: CorporateAccountId"
           from identity.users where id = $1"#,
        user.uuid()
    )
    .fetch_optional(conn)
    .await?;
    let row = found.map(|row| {
        json!({
            "id": user,
            "name": row.name,
            "phone": row.phone,
            "email": row.email,
            "language": row.lang,
            "tier": row.tier,
            "since": row.created_at,
            "changed_at": row.changed_at,
            "last_sign_in_at": row.signed_in_at,
            "has_password": row.has_password,
            "has_authenticator_app": row.has_authenticator_app,
            "disabled_at": row.disabled_at,
            "disabled_reason": row.disabled_reason,
            "member_of": row.member_of,
            "roles": roles,
        })
    });
    Ok(Vec::from_iter(row))
}

async fn sessions(conn: &mut PgConnection, user: UserId) -> anyhow::Result<Vec<Value>> {
    let rows = sqlx::query!(
        "select device, proof, created_at, last_used_at, second_factor_at, expires_at, ended_at, ended_by
         from identity.sessions where user_id = $1 order by created_at, id",
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| {
        json!({
            "device": row.device,
            "opened_with": row.proof,
            "opened_at": row.created_at,
            "last_used_at": row.last_used_at,
            "second_factor_at": row.second_factor_at,
            "expires_at": row.expires_at,
            "ended_at": row.ended_at,
            "ended_by": row.ended_by,
        })
    });
    Ok(rows.collect())
}

async fn passkeys(conn: &mut PgConnection, user: UserId) -> anyhow::Result<Vec<Value>> {
    let rows = sqlx::query!(
        r#"select id as "id: PasskeyId", name, added_at, last_used_at, blocked_at
           from identity.passkeys where user_id = $1 order by added_at, id"#,
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| {
        json!({
            "id": row.id,
            "name": row.name,
            "added_at": row.added_at,
            "last_used_at": row.last_used_at,
            "blocked_at": row.blocked_at,
        })
    });
    Ok(rows.collect())
}

/// When codes were sent to the phone, not what they were. They are known for a day.
async fn sign_in_codes(conn: &mut PgConnection, user: UserId) -> anyhow::Result<Vec<Value>> {
    let rows = sqlx::query!(
        "select c.phone, c.purpose, c.lang, c.created_at, c.ended_at
         from identity.codes c join identity.users u on u.phone = c.phone
         where u.id = $1 order by c.created_at, c.id",
        user.uuid()
    )
    .fetch_all(conn)
    .await?;
    let rows = rows.into_iter().map(|row| {
        json!({
            "phone": row.phone,
            "purpose": row.purpose,
            "language": row.lang,
            "asked_at": row.created_at,
            "ended_at": row.ended_at,
        })
    });
    Ok(rows.collect())
}

/// Whether the account is anything but a customer's.
async fn works_here(conn: &mut PgConnection, user: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"select exists (select from identity.users u
               where u.id = $1 and (num_nonnulls(u.email, u.password_hash) > 0 or exists
                   (select from identity.grants g where g.user_id = u.id and g.role <> $2))) as "works!""#,
        user.uuid(),
        Role::Customer.as_str()
    )
    .fetch_one(conn)
    .await
}

async fn erase(me: &Identity, now: Time, user: UserId) -> anyhow::Result<Vec<Kept>> {
    let mut tx = me.p.db.begin().await?;
    // Before the account is locked: whoever signs in locks the code, then the account.
    sqlx::query!(
        "delete from identity.codes c using identity.users u where u.id = $1 and c.phone = u.phone",
        user.uuid()
    )
    .execute(&mut *tx)
    .await?;
    let found = sqlx::query_scalar!(
        "select 1 from identity.users where id = $1 for update",
        user.uuid()
    )
    .fetch_optional(&mut *tx)
    .await?;
    if found.is_none() {
        return Ok(Vec::new());
    }
    ensure!(
        !works_here(&mut tx, user).await?,
        "{user} is more than a customer"
    );
    let all = Which {
        only: None,
        but: None,
    };
    let ended = devices::end_of(me, &mut tx, now, user, all, Ending::Owner).await?;
    forget(&mut tx, user).await?;
    sqlx::query!(
        "update identity.users set
             phone = null, name = '', lang = $2, tier = null, signed_in_at = null,
             changed_at = greatest(changed_at, $3), erased_at = $3
         where id = $1 and erased_at is null",
        user.uuid(),
        Lang::default().as_str(),
        now
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    me.p.tokens.heed(now, &ended);
    Ok(Vec::from_iter(Kept::some("account", 1, Basis::Others)))
}

/// What hangs on the account. Refresh tokens go with their sessions.
async fn forget(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    accounts::drop_keys(tx, user).await?;
    let user = user.uuid();
    sqlx::query!("delete from identity.grants where user_id = $1", user)
        .execute(&mut **tx)
        .await?;
    sqlx::query!("delete from identity.sessions where user_id = $1", user)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "delete from identity.password_resets where user_id = $1",
        user
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from identity.enrolments where user_id = $1", user)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
