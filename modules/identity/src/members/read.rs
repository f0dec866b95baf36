//! Members as their company sees them.

use crate::Identity;
use crate::accounts::read::state;
use contract_identity::{IdentityFault, Member};
use kernel::{CorporateAccountId, Outcome, UserId};

/// By id; whoever is not of the account is left out.
pub(crate) async fn members(
    me: &Identity,
    account: CorporateAccountId,
    users: &[UserId],
) -> Outcome<Vec<Member>, IdentityFault> {
    let ids: Vec<_> = users.iter().map(|user| user.uuid()).collect();
    let rows = sqlx::query!(
        r#"select id as "id: UserId", name, email as "email!", signed_in_at,
                  disabled_at is not null as "disabled!", password_hash is not null as "has_password!"
           from identity.users where id = any($1) and member_of = $2 order by id"#,
        &ids,
        account.uuid()
    )
    .fetch_all(&me.p.db)
    .await?;
    let rows = rows.into_iter().map(|row| Member {
        user: row.id,
        name: row.name,
        email: row.email,
        state: state(row.disabled, row.has_password),
        last_sign_in_at: row.signed_in_at,
    });
    Ok(rows.collect())
}
