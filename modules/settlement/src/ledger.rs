//! Posting. An entry is written once, whole, under a key; the database refuses anything that does
//! not sum to zero, and any change afterwards. Balances move in the same transaction, in one
//! statement sorted by account, so that two posters never wait for each other in a circle.

use crate::digest;
use contract_settlement::SettlementFault;
use kernel::{BookingId, EntryId, Failure, Money, Outcome, Time, UserId, VendorId};
use platform::Tx;
use std::collections::BTreeMap;

/// The gateway in account names.
const GATEWAY: &str = "moyasar";
/// Rows an account that every booking touches is spread over; its balance is their sum. On one
/// row, posters queue behind each other's commits: eight of them with 3 ms between their last
/// statement and the end of their commit made 167 entries a second, on 16 rows 730 (PostgreSQL 15,
/// two cores).
const HOT_SLOTS: i16 = 16;

/// The chart of accounts (DOMAIN §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    CustomerWallet(UserId),
    GatewayClearing,
    GatewayFees,
    VendorHeld(VendorId),
    VendorPayable(VendorId),
    VendorInTransit(VendorId),
    Commission,
    VatOutput,
    VatInput,
    SlaCredits,
    Bank,
}

impl Account {
    pub(crate) fn name(self) -> String {
        match self {
            Self::CustomerWallet(id) => format!("customer:{id}:wallet"),
            Self::GatewayClearing => format!("gateway:{GATEWAY}:clearing"),
            Self::GatewayFees => format!("gateway:{GATEWAY}:fees"),
            Self::VendorHeld(id) => format!("vendor:{id}:held"),
            Self::VendorPayable(id) => format!("vendor:{id}:payable"),
            Self::VendorInTransit(id) => format!("vendor:{id}:payout_in_transit"),
            Self::Commission => "platform:commission".into(),
            Self::VatOutput => "platform:vat_output".into(),
            Self::VatInput => "platform:vat_input".into(),
            Self::SlaCredits => "platform:sla_credits".into(),
            Self::Bank => "bank:operating".into(),
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::GatewayClearing | Self::VatInput | Self::Bank => "asset",
            Self::CustomerWallet(_)
            | Self::VendorHeld(_)
            | Self::VendorPayable(_)
            | Self::VendorInTransit(_)
            | Self::VatOutput => "liability",
            Self::Commission => "income",
            Self::GatewayFees | Self::SlaCredits => "expense",
        }
    }

    const fn slots(self) -> i16 {
        match self {
            Self::CustomerWallet(_)
            | Self::VendorHeld(_)
            | Self::VendorPayable(_)
            | Self::VendorInTransit(_) => 1,
            _ => HOT_SLOTS,
        }
    }
}

/// A debit (positive) or a credit (negative) of an account.
pub(crate) type Line = (Account, Money);

/// What happened, in the books. Lines of zero are left out.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub kind: &'static str,
    /// Unique for ever: a repeat changes nothing.
    pub key: String,
    pub booking: Option<BookingId>,
    pub memo: &'static str,
    lines: Vec<Line>,
}

impl Entry {
    pub(crate) fn new(
        kind: &'static str,
        key: String,
        booking: Option<BookingId>,
        memo: &'static str,
        lines: impl IntoIterator<Item = Line>,
    ) -> Self {
        let lines = lines
            .into_iter()
            .filter(|(_, amount)| !amount.is_zero())
            .collect();
        Self {
            kind,
            key,
            booking,
            memo,
            lines,
        }
    }

    fn digest(&self) -> [u8; 32] {
        let lines: Vec<_> = self.lines.iter().map(|(a, m)| (a.name(), m)).collect();
        digest(&(self.kind, self.booking, lines))
    }
}

/// Balance and in-flight changes by account and slot, in the order in which rows are locked.
#[derive(Default)]
struct Changes(BTreeMap<(String, i16), (Money, Money)>);

impl Changes {
    fn of(&mut self, account: Account, spread: u8) -> &mut (Money, Money) {
        let slot = i16::from(spread) % account.slots();
        self.0.entry((account.name(), slot)).or_default()
    }
}

/// Writes the entries whose keys are new and moves the balances; `in_flight` moves the pending
/// side (holds), which is no money and no entry. Call it once in a transaction: it locks balances.
///
/// Returns how many entries were new. A key that was used for another entry is refused.
pub(crate) async fn post(
    tx: &mut Tx,
    now: Time,
    entries: &[Entry],
    in_flight: &[Line],
) -> Outcome<usize, SettlementFault> {
    let spread = EntryId::new().uuid().as_bytes()[15];
    let mut accounts = BTreeMap::new();
    for (account, _) in entries.iter().flat_map(|e| &e.lines).chain(in_flight) {
        accounts.insert(account.name(), *account);
    }
    open_accounts(tx, now, &accounts).await?;
    let mut changes = Changes::default();
    let mut new = 0;
    for entry in entries {
        if entry.lines.is_empty() || !insert(tx, now, entry).await? {
            continue;
        }
        new += 1;
        for (account, amount) in &entry.lines {
            changes.of(*account, spread).0 += *amount;
        }
    }
    for (account, amount) in in_flight {
        changes.of(*account, spread).1 += *amount;
    }
    move_balances(tx, changes).await?;
    Ok(new)
}

async fn open_accounts(
    tx: &mut Tx,
    now: Time,
    accounts: &BTreeMap<String, Account>,
) -> Outcome<(), SettlementFault> {
    let names: Vec<String> = accounts.keys().cloned().collect();
    let kinds: Vec<String> = accounts.values().map(|a| a.kind().to_owned()).collect();
    let slots: Vec<i16> = accounts.values().map(|a| a.slots()).collect();
    sqlx::query!(
        "insert into settlement.accounts (name, kind, slots, created_at)
         select name, kind, slots, $4
         from unnest($1::text[], $2::text[], $3::smallint[]) as t (name, kind, slots)
         order by name
         on conflict (name) do nothing",
        &names,
        &kinds,
        &slots,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// False when an entry with this key and content is there already.
async fn insert(tx: &mut Tx, now: Time, entry: &Entry) -> Outcome<bool, SettlementFault> {
    let digest = entry.digest();
    let id = sqlx::query_scalar!(
        "insert into settlement.journal_entries (id, kind, key, digest, booking, memo, at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (key) do nothing
         returning id",
        EntryId::new().uuid(),
        entry.kind,
        entry.key,
        &digest[..],
        entry.booking.map(BookingId::uuid),
        entry.memo,
        now
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(id) = id else {
        let before = sqlx::query_scalar!(
            "select digest from settlement.journal_entries where key = $1",
            entry.key
        )
        .fetch_one(&mut **tx)
        .await?;
        if before != digest {
            return Err(Failure::Refused(SettlementFault::KeyReused));
        }
        return Ok(false);
    };
    let accounts: Vec<String> = entry.lines.iter().map(|(a, _)| a.name()).collect();
    let amounts: Vec<i64> = entry.lines.iter().map(|(_, m)| m.halalas()).collect();
    sqlx::query!(
        "insert into settlement.postings (entry, line, account, amount_halalas)
         select $1, line, account, amount
         from unnest($2::text[], $3::bigint[]) with ordinality as t (account, amount, line)",
        id,
        &accounts,
        &amounts
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

async fn move_balances(tx: &mut Tx, changes: Changes) -> Outcome<(), SettlementFault> {
    let mut names = Vec::new();
    let mut slots = Vec::new();
    let mut balances = Vec::new();
    let mut pendings = Vec::new();
    for ((name, slot), (balance, pending)) in changes.0 {
        names.push(name);
        slots.push(slot);
        balances.push(balance.halalas());
        pendings.push(pending.halalas());
    }
    if names.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"insert into settlement.balances as b (account, slot, balance_halalas, pending_halalas)
         select account, slot, balance, pending
         from unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[])
              as t (account, slot, balance, pending)
         order by account collate "C", slot
         on conflict (account, slot) do update set
             balance_halalas = b.balance_halalas + excluded.balance_halalas,
             pending_halalas = b.pending_halalas + excluded.pending_halalas"#,
        &names,
        &slots,
        &balances,
        &pendings
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// An account's balance as this transaction sees it; zero when it was never used. A debit
/// balance is positive.
pub(crate) async fn balance(tx: &mut Tx, account: Account) -> Outcome<Money, SettlementFault> {
    let balance = sqlx::query_scalar!(
        r#"select coalesce(sum(balance_halalas), 0)::bigint as "balance!: Money"
         from settlement.balances where account = $1"#,
        account.name()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(balance)
}

/// Serialises whatever decides about one booking's money: an authorisation that arrives while the
/// booking is being cancelled is seen by one of the two.
pub(crate) async fn lock_booking(tx: &mut Tx, booking: BookingId) -> Outcome<(), SettlementFault> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended('settlement.booking:' || $1, 0))::text as locked",
        booking.to_string()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(())
}
