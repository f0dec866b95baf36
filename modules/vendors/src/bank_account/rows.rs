//! Changes as they are stored.

use super::rules::People;
use contract_settlement::masked_iban;
use contract_vendors::{BankAccountChange, ChangeState, VendorFault};
use kernel::{BankAccountChangeId, Failure, Outcome, Text, Time, UserId, VendorId};
use platform::Tx;
use sqlx::PgConnection;

/// A row of `vendors.bank_account_changes`, with what is wanted of its vendor.
pub(crate) struct Row {
    pub(crate) id: BankAccountChangeId,
    pub(crate) vendor: VendorId,
    pub(super) vendor_name_ar: String,
    pub(super) vendor_name_en: String,
    pub(super) vendor_status: String,
    pub(super) owner: Option<UserId>,
    pub(super) owner_phone: String,
    state: String,
    /// Sealed; absent some time after the end.
    pub(crate) iban: Option<String>,
    pub(super) ends_with: String,
    replaces: String,
    reason: Option<String>,
    pub(super) asked_by: UserId,
    pub(super) asked_at: Time,
    pub(super) effective_at: Option<Time>,
    pub(super) ended_at: Option<Time>,
    pub(super) ended_by: Option<UserId>,
    rejected_for: Option<String>,
}

/// Which rows: of one id, of one vendor, or both.
#[derive(Default)]
pub(crate) struct Of {
    pub(crate) id: Option<BankAccountChangeId>,
    pub(crate) vendor: Option<VendorId>,
}

/// Newest first.
pub(crate) async fn rows(conn: &mut PgConnection, of: Of, most: i64) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"select c.id as "id: BankAccountChangeId", c.vendor as "vendor: VendorId",
                  v.name_ar as vendor_name_ar, v.name_en as vendor_name_en, v.status as vendor_status,
                  v.owner_user as "owner: UserId", v.owner_phone, c.state, c.iban, c.ends_with,
                  c.replaces, c.reason, c.asked_by as "asked_by: UserId", c.asked_at, c.effective_at,
                  c.ended_at, c.ended_by as "ended_by: UserId", c.rejected_for
           from vendors.bank_account_changes c join vendors.vendors v on v.id = c.vendor
           where ($1::uuid is null or c.id = $1) and ($2::uuid is null or c.vendor = $2)
           order by c.id desc limit $3"#,
        of.id.map(|id| id.uuid()),
        of.vendor.map(|vendor| vendor.uuid()),
        most
    )
    .fetch_all(conn)
    .await
}

/// Where a page ends: the last row's moment and id.
pub(super) type Mark = Option<(Time, BankAccountChangeId)>;

/// Those in one of `states` after `mark`, the oldest first.
pub(super) async fn under_way(
    conn: &mut PgConnection,
    states: &[ChangeState],
    mark: Mark,
    most: i64,
) -> sqlx::Result<Vec<Row>> {
    let states: Vec<String> = states
        .iter()
        .map(|state| state.as_str().to_owned())
        .collect();
    sqlx::query_as!(
        Row,
        r#"select c.id as "id: BankAccountChangeId", c.vendor as "vendor: VendorId",
                  v.name_ar as vendor_name_ar, v.name_en as vendor_name_en, v.status as vendor_status,
                  v.owner_user as "owner: UserId", v.owner_phone, c.state, c.iban, c.ends_with,
                  c.replaces, c.reason, c.asked_by as "asked_by: UserId", c.asked_at, c.effective_at,
                  c.ended_at, c.ended_by as "ended_by: UserId", c.rejected_for
           from vendors.bank_account_changes c join vendors.vendors v on v.id = c.vendor
           where c.ended_at is null and c.state = any($1)
             and ($2::timestamptz is null or (c.asked_at, c.id) > ($2, $3::uuid))
           order by c.asked_at, c.id limit $4"#,
        &states,
        mark.map(|(at, _)| at) as Option<Time>,
        mark.map(|(_, id)| id.uuid()),
        most
    )
    .fetch_all(conn)
    .await
}

/// Those that ended before `mark`, the last first.
pub(super) async fn ended(
    conn: &mut PgConnection,
    mark: Mark,
    most: i64,
) -> sqlx::Result<Vec<Row>> {
    sqlx::query_as!(
        Row,
        r#"select c.id as "id: BankAccountChangeId", c.vendor as "vendor: VendorId",
                  v.name_ar as vendor_name_ar, v.name_en as vendor_name_en, v.status as vendor_status,
                  v.owner_user as "owner: UserId", v.owner_phone, c.state, c.iban, c.ends_with,
                  c.replaces, c.reason, c.asked_by as "asked_by: UserId", c.asked_at, c.effective_at,
                  c.ended_at, c.ended_by as "ended_by: UserId", c.rejected_for
           from vendors.bank_account_changes c join vendors.vendors v on v.id = c.vendor
           where c.ended_at is not null
             and ($1::timestamptz is null or (c.ended_at, c.id) < ($1, $2::uuid))
           order by c.ended_at desc, c.id desc limit $3"#,
        mark.map(|(at, _)| at) as Option<Time>,
        mark.map(|(_, id)| id.uuid()),
        most
    )
    .fetch_all(conn)
    .await
}

/// One change; of `vendor` alone where one is named.
pub(super) async fn one(
    conn: &mut PgConnection,
    id: BankAccountChangeId,
    vendor: Option<VendorId>,
) -> Outcome<Row, VendorFault> {
    let of = Of {
        id: Some(id),
        vendor,
    };
    Ok(rows(conn, of, 1)
        .await?
        .pop()
        .ok_or(VendorFault::UnknownChange)?)
}

/// The same, with every other step waiting until the transaction ends.
pub(super) async fn locked(
    tx: &mut Tx,
    id: BankAccountChangeId,
    vendor: Option<VendorId>,
) -> Outcome<Row, VendorFault> {
    sqlx::query!(
        "select id from vendors.bank_account_changes where id = $1 for update",
        id.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    one(tx, id, vendor).await
}

pub(super) struct Approval {
    pub(super) change: BankAccountChangeId,
    pub(super) reviewer: UserId,
    pub(super) at: Time,
}

/// Each change's in the order in which they were given.
pub(super) async fn approvals(
    conn: &mut PgConnection,
    changes: &[BankAccountChangeId],
) -> sqlx::Result<Vec<Approval>> {
    let changes: Vec<_> = changes.iter().map(|id| id.uuid()).collect();
    sqlx::query_as!(
        Approval,
        r#"select change as "change: BankAccountChangeId", reviewer as "reviewer: UserId", at
           from vendors.bank_account_approvals where change = any($1) order by at, reviewer"#,
        &changes
    )
    .fetch_all(conn)
    .await
}

impl Row {
    pub(super) fn state(&self) -> Outcome<ChangeState, VendorFault> {
        let mut all = ChangeState::ALL.into_iter();
        // A constraint keeps other words out.
        all.find(|state| state.as_str() == self.state)
            .ok_or_else(|| Failure::internal("a bank account's change is in no state we know"))
    }

    pub(super) fn vendor_is_active(&self) -> bool {
        self.vendor_status == crate::VendorStatus::Active.as_str()
    }

    pub(super) fn vendor_name(&self) -> Text {
        Text::new(self.vendor_name_ar.clone(), self.vendor_name_en.clone())
    }

    pub(super) fn people(&self, approvals: &[Approval]) -> People {
        People {
            asked_by: self.asked_by,
            owner: self.owner,
            approved: approvals.iter().map(|given| given.reviewer).collect(),
        }
    }

    pub(crate) fn seen(&self) -> Outcome<BankAccountChange, VendorFault> {
        Ok(BankAccountChange {
            id: self.id,
            state: self.state()?,
            from: masked_iban(&self.replaces),
            to: masked_iban(&self.ends_with),
            reason: self.reason.clone(),
            asked_at: self.asked_at,
            effective_at: self.effective_at,
            ended_at: self.ended_at,
            rejected_for: self.rejected_for.clone(),
        })
    }
}
