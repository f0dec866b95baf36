//! Reading the books.

use crate::Settlement;
use axum::extract::{Path, State};
use contract_settlement::{AccountLine, EntryView, PostingView, SettlementFault, TrialBalance};
use kernel::access::may;
use kernel::{BookingId, EntryId, Failure, Money, Outcome, Page};
use platform::http::{Params, Permit, Problem, Reply, cursor, limit};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Settlement {
    /// Sums everything: for officers and the nightly check.
    pub async fn trial_balance(&self) -> Outcome<TrialBalance, SettlementFault> {
        let mut tx = self.p.db.begin().await?;
        sqlx::query!("set transaction isolation level repeatable read read only")
            .execute(&mut *tx)
            .await?;
        let lines = sqlx::query_as!(
            AccountLine,
            r#"select regexp_replace(a.name, '^(customer|vendor|corporate):[^:]+:', '\1:*:') as "name!",
                      a.kind as "kind!", count(distinct a.name) as "accounts!",
                      coalesce(sum(b.balance_halalas), 0)::bigint as "balance!: Money",
                      coalesce(sum(b.pending_halalas), 0)::bigint as "pending!: Money"
               from settlement.accounts a left join settlement.balances b on b.account = a.name
               group by 1, 2 order by 1"#
        )
        .fetch_all(&mut *tx)
        .await?;
        let drifting = sqlx::query_scalar!(
            r#"select name as "name!" from (
                   select account as name, sum(balance_halalas) as balance from settlement.balances group by 1
               ) b full join (
                   select account as name, sum(amount_halalas) as posted from settlement.postings group by 1
               ) p using (name)
               where coalesce(balance, 0) <> coalesce(posted, 0)
               order by 1 limit 100"#
        )
        .fetch_all(&mut *tx)
        .await?;
        let in_lots = sqlx::query_scalar!(
            r#"select coalesce(sum(remaining_halalas), 0)::bigint as "held!: Money"
               from settlement.held_lots where released_at is null"#
        )
        .fetch_one(&mut *tx)
        .await?;
        // By the sums of single accounts, not of lines.
        let sides = sqlx::query!(
            r#"select coalesce(sum(balance) filter (where balance > 0), 0)::bigint as "debits!: Money",
                      coalesce(-sum(balance) filter (where balance < 0), 0)::bigint as "credits!: Money"
               from (select sum(balance_halalas) as balance from settlement.balances group by account) b"#
        )
        .fetch_one(&mut *tx)
        .await?;
        tx.commit().await?;
        let held: Money = lines
            .iter()
            .filter(|line| line.name == "vendor:*:held")
            .map(|line| line.balance)
            .sum();
        Ok(TrialBalance {
            at: self.now(),
            debits: sides.debits,
            credits: sides.credits,
            imbalance: sides.debits - sides.credits,
            pending_imbalance: lines.iter().map(|line| line.pending).sum(),
            held_imbalance: -held - in_lots,
            drifting,
            lines,
        })
    }
}

/// The trial balance: every account, its sum, and whether balances and postings agree.
#[utoipa::path(
    get,
    path = "/v1/ledger/trial-balance",
    tag = "settlement",
    responses((status = 200, body = TrialBalance), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn show_trial_balance(
    State(me): State<Arc<Settlement>>,
    _: Permit<may::LedgerRead>,
) -> Result<Reply<TrialBalance>, Problem> {
    Ok(Reply::ok(me.trial_balance().await?))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AccountsQuery {
    /// Accounts whose names begin so: `vendor:vnd_0197…`, `platform:`.
    #[serde(default)]
    prefix: String,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Accounts by name, with their balances.
#[utoipa::path(
    get,
    path = "/v1/ledger/accounts",
    tag = "settlement",
    params(AccountsQuery),
    responses((status = 200, body = Page<AccountLine>), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn list_accounts(
    State(me): State<Arc<Settlement>>,
    _: Permit<may::LedgerRead>,
    Params(query): Params<AccountsQuery>,
) -> Result<Reply<Page<AccountLine>>, Problem> {
    let after: String = match &query.cursor {
        Some(text) => cursor::decode(text)?,
        None => String::new(),
    };
    let limit = limit(query.limit);
    let rows = sqlx::query_as!(
        AccountLine,
        r#"select a.name, a.kind, 1::bigint as "accounts!",
                  coalesce(sum(b.balance_halalas), 0)::bigint as "balance!: Money",
                  coalesce(sum(b.pending_halalas), 0)::bigint as "pending!: Money"
           from settlement.accounts a left join settlement.balances b on b.account = a.name
           where starts_with(a.name, $1) and a.name > $2
           group by a.name, a.kind order by a.name limit $3"#,
        query.prefix,
        after,
        limit as i64 + 1
    )
    .fetch_all(&me.p.db)
    .await
    .map_err(Failure::<SettlementFault>::from)?;
    Ok(Reply::ok(Page::from_rows(rows, limit, |row| {
        cursor::encode(&row.name)
    })))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

/// One account's postings, newest first.
#[utoipa::path(
    get,
    path = "/v1/ledger/accounts/{name}/postings",
    tag = "settlement",
    params(("name" = String, Path, description = "As in DOMAIN §5: `platform:commission`"), PageQuery),
    responses((status = 200, body = Page<PostingView>), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn list_postings(
    State(me): State<Arc<Settlement>>,
    _: Permit<may::LedgerRead>,
    Path(name): Path<String>,
    Params(query): Params<PageQuery>,
) -> Result<Reply<Page<PostingView>>, Problem> {
    let before: Option<(EntryId, i16)> = query.cursor.as_deref().map(cursor::decode).transpose()?;
    let limit = limit(query.limit);
    Ok(Reply::ok(me.postings(&name, before, limit).await?))
}

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntriesQuery {
    booking: BookingId,
}

/// All that was posted for a booking, oldest first.
#[utoipa::path(
    get,
    path = "/v1/ledger/entries",
    tag = "settlement",
    params(EntriesQuery),
    responses((status = 200, body = Vec<EntryView>), (status = "default", body = Problem)),
    security(("bearer" = []))
)]
pub(crate) async fn list_entries(
    State(me): State<Arc<Settlement>>,
    _: Permit<may::LedgerRead>,
    Params(query): Params<EntriesQuery>,
) -> Result<Reply<Vec<EntryView>>, Problem> {
    Ok(Reply::ok(me.entries_of(query.booking).await?))
}

impl Settlement {
    async fn postings(
        &self,
        account: &str,
        before: Option<(EntryId, i16)>,
        limit: usize,
    ) -> Outcome<Page<PostingView>, SettlementFault> {
        let known = sqlx::query_scalar!(
            r#"select true as "known!" from settlement.accounts where name = $1"#,
            account
        )
        .fetch_optional(&self.p.db)
        .await?;
        if known.is_none() {
            return Err(SettlementFault::UnknownAccount.into());
        }
        let (entry, line) = before.map_or((None, None), |(e, l)| (Some(e.uuid()), Some(l)));
        let rows = sqlx::query_as!(
            PostingView,
            r#"select p.entry as "entry: EntryId", p.line, p.account, p.amount_halalas as "amount: Money",
                      e.kind, e.memo, e.booking as "booking: BookingId", e.at
               from settlement.postings p join settlement.journal_entries e on e.id = p.entry
               where p.account = $1 and ($2::uuid is null or (p.entry, p.line) < ($2, $3::smallint))
               order by p.entry desc, p.line desc limit $4"#,
            account,
            entry,
            line,
            limit as i64 + 1
        )
        .fetch_all(&self.p.db)
        .await?;
        Ok(Page::from_rows(rows, limit, |row| {
            cursor::encode(&(row.entry, row.line))
        }))
    }

    pub async fn entries_of(&self, booking: BookingId) -> Outcome<Vec<EntryView>, SettlementFault> {
        let rows = sqlx::query_as!(
            PostingView,
            r#"select p.entry as "entry: EntryId", p.line, p.account, p.amount_halalas as "amount: Money",
                      e.kind, e.memo, e.booking as "booking: BookingId", e.at
               from settlement.journal_entries e join settlement.postings p on p.entry = e.id
               where e.booking = $1
               order by p.entry, p.line"#,
            booking.uuid()
        )
        .fetch_all(&self.p.db)
        .await?;
        let mut entries: BTreeMap<EntryId, EntryView> = BTreeMap::new();
        for posting in rows {
            let entry = entries.entry(posting.entry).or_insert_with(|| EntryView {
                id: posting.entry,
                kind: posting.kind.clone(),
                memo: posting.memo.clone(),
                booking: posting.booking,
                at: posting.at,
                postings: Vec::new(),
            });
            entry.postings.push(posting);
        }
        Ok(entries.into_values().collect())
    }
}
