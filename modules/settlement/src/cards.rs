//! Cards kept for the next time. The gateway keeps them; we have its name for each, which never
//! leaves here, and what the owner recognises the card by.

use crate::jobs::ForgetCard;
use crate::{Settlement, rules};
use axum::extract::{Path, State};
use contract_settlement::{CardRemoved, SavedCard, SavedCards, SettlementFault};
use gateway_payments::{PaymentSource, Secret};
use kernel::access::may;
use kernel::{CardId, Failure, Outcome, Time, UserId};
use platform::Tx;
use platform::http::{Idempotency, Permit, Problem, Reply};
use platform::queue::{Ctx, Run, enqueue};
use std::sync::Arc;

/// One's own saved cards, the last used first.
#[utoipa::path(get, path = "/v1/me/cards", tag = "settlement",
    responses((status = 200, body = SavedCards), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn list_cards(
    State(me): State<Arc<Settlement>>,
    permit: Permit<may::BookingsRead>,
) -> Result<Reply<SavedCards>, Problem> {
    let items = sqlx::query_as!(
        SavedCard,
        r#"select id as "id: CardId", brand, last4 from settlement.cards
           where customer = $1 and removed_at is null order by used_at desc, id"#,
        permit.actor.user.uuid()
    )
    .fetch_all(&me.p.db)
    .await
    .map_err(Failure::<SettlementFault>::from)?;
    Ok(Reply::ok(SavedCards { items }))
}

/// Removes a saved card; the gateway is told to forget it as well.
#[utoipa::path(delete, path = "/v1/me/cards/{id}", tag = "settlement",
    params(("id" = CardId, Path), ("Idempotency-Key" = String, Header, description = "A UUID per operation")),
    responses((status = 200, body = CardRemoved), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn remove_card(
    State(me): State<Arc<Settlement>>,
    permit: Permit<may::BookingsCreate>,
    idem: Idempotency,
    Path(id): Path<CardId>,
) -> Result<Reply<CardRemoved>, Problem> {
    idem.once(&me.p, &permit.actor, &(), async |mut tx: Tx| {
        remove(&mut tx, me.now(), permit.actor.user, id).await?;
        Ok((tx, CardRemoved { removed: true }))
    })
    .await
}

async fn remove(
    tx: &mut Tx,
    now: Time,
    customer: UserId,
    card: CardId,
) -> Outcome<(), SettlementFault> {
    let removed = sqlx::query!(
        "update settlement.cards set removed_at = $3
         where id = $1 and customer = $2 and removed_at is null",
        card.uuid(),
        customer.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    if removed.rows_affected() == 0 {
        return Err(SettlementFault::UnknownCard.into());
    }
    enqueue(tx, &ForgetCard { card }, Run::now(now)).await?;
    Ok(())
}

/// Keeps the card that a payment was authorised with, as the gateway told it. The same card saved
/// anew takes the place of the older one.
pub(crate) async fn keep(
    tx: &mut Tx,
    now: Time,
    customer: UserId,
    source: &PaymentSource,
) -> Outcome<(), SettlementFault> {
    let (Some(token), Some(mark)) = (&source.token, rules::card_mark(source)) else {
        tracing::warn!("the gateway named no card to keep");
        return Ok(());
    };
    let older = sqlx::query_scalar!(
        r#"update settlement.cards set removed_at = $5
           where customer = $1 and brand = $2 and last4 = $3 and token <> $4 and removed_at is null
           returning id as "id: CardId""#,
        customer.uuid(),
        mark.brand,
        mark.last4,
        token.expose(),
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    for card in older {
        enqueue(tx, &ForgetCard { card }, Run::now(now)).await?;
    }
    sqlx::query!(
        "insert into settlement.cards (id, customer, token, brand, last4, saved_at, used_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (customer, brand, last4) where removed_at is null do update set used_at = excluded.used_at",
        CardId::new().uuid(),
        customer.uuid(),
        token.expose(),
        mark.brand,
        mark.last4,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Settlement {
    /// The gateway's name for a card of this customer; anyone else's does not exist.
    pub(crate) async fn use_card(
        &self,
        customer: UserId,
        card: CardId,
    ) -> Outcome<Secret, SettlementFault> {
        let token = sqlx::query_scalar!(
            "update settlement.cards set used_at = $3
             where id = $1 and customer = $2 and removed_at is null returning token",
            card.uuid(),
            customer.uuid(),
            self.now()
        )
        .fetch_optional(&self.p.db)
        .await?;
        Ok(token.ok_or(SettlementFault::UnknownCard)?.into())
    }

    pub(crate) async fn forget_card(&self, ctx: Ctx, job: ForgetCard) -> anyhow::Result<()> {
        let row = sqlx::query!(
            r#"select token, exists (
                   select from settlement.cards kept where kept.token = gone.token and kept.removed_at is null
               ) as "kept!"
               from settlement.cards gone where id = $1 and removed_at is not null"#,
            job.card.uuid()
        )
        .fetch_optional(&self.p.db)
        .await?;
        let Some(row) = row else {
            return Ok(());
        };
        if !row.kept {
            self.gateway.delete_card_token(&row.token.into()).await?;
        }
        let mut tx = ctx.begin().await?;
        sqlx::query!(
            "delete from settlement.cards where id = $1 and removed_at is not null",
            job.card.uuid()
        )
        .execute(&mut *tx)
        .await?;
        ctx.complete(tx).await?;
        Ok(())
    }
}
