//! Whether the audit log is as it was written. The hashes are worked out anew, from the rows alone:
//! a changed function in the database fools nobody.
//!
//! Whoever owns the database can write the whole chain anew. So its head belongs somewhere else too:
//! the daily check logs it, and a head kept from another day must still be in the chain.

use sha2::{Digest, Sha256};
use sqlx::PgPool;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

const PAGE: i64 = 2_000;
/// So many faults tell enough.
const MOST_FAULTS: usize = 100;

/// A link of the chain: its place, counted from 1, and its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub position: i64,
    pub hash: [u8; 32],
}

impl Head {
    /// Before the first row.
    const START: Self = Self {
        position: 0,
        hash: [0; 32],
    };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.position, hex::encode(self.hash))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a head is POSITION:HASH, as `audit verify` prints it")]
pub struct NotAHead;

impl FromStr for Head {
    type Err = NotAHead;
    fn from_str(text: &str) -> Result<Self, NotAHead> {
        let (position, hash) = text.split_once(':').ok_or(NotAHead)?;
        let hash = hex::decode(hash).map_err(|_| NotAHead)?;
        Ok(Self {
            position: position.parse().map_err(|_| NotAHead)?,
            hash: hash.try_into().map_err(|_| NotAHead)?,
        })
    }
}

/// What is wrong with the log. `row` is `platform.audit.seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChainFault {
    /// The row, or its link, says something else than when it was written.
    Altered { row: i64, position: i64 },
    /// The link is there, its row is not.
    RowMissing { row: i64, position: i64 },
    /// Between two links others are missing.
    LinksMissing { from: i64, until: i64 },
    /// The row was put in past the chain.
    Unlinked { row: i64 },
    /// The chain does not end where its head says.
    WrongEnd { head: i64, last: i64 },
    /// A head that was kept elsewhere is not in the chain.
    NotExpected { position: i64 },
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { row, position } => {
                write!(f, "row {row} (link {position}) was altered")
            }
            Self::RowMissing { row, position } => {
                write!(f, "row {row} (link {position}) was removed")
            }
            Self::LinksMissing { from, until } => {
                write!(f, "links {from} to {until} were removed")
            }
            Self::Unlinked { row } => write!(f, "row {row} was put in past the chain"),
            Self::WrongEnd { head, last } => {
                write!(f, "the chain ends at link {last}, and should at {head}")
            }
            Self::NotExpected { position } => write!(
                f,
                "link {position} is not the one that was kept: the chain was written anew"
            ),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Links looked at.
    pub links: u64,
    /// The last link.
    pub head: Head,
    /// At most a hundred; none means that the log is as it was written.
    pub faults: Vec<ChainFault>,
}

struct Link {
    position: i64,
    seq: i64,
    hash: Vec<u8>,
    /// The row's own; absent with the row.
    row: Option<i64>,
    at_us: Option<i64>,
    actor: Option<Uuid>,
    session: Option<Uuid>,
    action: Option<String>,
    record: Option<String>,
    details: Option<String>,
    before_digest: Option<Vec<u8>>,
    after_digest: Option<Vec<u8>>,
    address: Option<String>,
    request_id: Option<String>,
}

impl Link {
    /// As `platform.audit_hash` has it.
    fn expected(&self, previous: &[u8]) -> [u8; 32] {
        let number = |n: Option<i64>| n.map(|n| n.to_string());
        let id = |id: Option<Uuid>| id.map(|id| id.to_string());
        let digest = |digest: &Option<Vec<u8>>| digest.as_ref().map(hex::encode);
        let fields = [
            number(self.row),
            number(self.at_us),
            id(self.actor),
            id(self.session),
            self.action.clone(),
            self.record.clone(),
            self.details.clone(),
            digest(&self.before_digest),
            digest(&self.after_digest),
            self.address.clone(),
            self.request_id.clone(),
        ];
        let mut hash = Sha256::new();
        hash.update(previous);
        for field in fields {
            match field {
                Some(text) => hash.update(format!("{}:{text}", text.len())),
                None => hash.update("-"),
            }
        }
        hash.finalize().into()
    }
}

/// Goes through the whole log, as it is at this moment. `kept` is a head from another day.
pub async fn verify(db: &PgPool, kept: Option<Head>) -> sqlx::Result<Verdict> {
    let mut tx = db.begin().await?;
    sqlx::query!("set transaction isolation level repeatable read read only")
        .execute(&mut *tx)
        .await?;
    let mut faults = Vec::new();
    let mut last = Head::START;
    let mut links = 0;
    // The place before the first row is in every chain.
    let mut found = kept.is_none_or(|kept| kept == Head::START);
    loop {
        let page = sqlx::query_as!(
            Link,
            r#"select c.position, c.seq, c.hash, a.seq as "row?",
                      (extract(epoch from a.at) * 1000000)::bigint as "at_us?", a.actor as "actor?",
                      a.session as "session?", a.action as "action?", a.record as "record?",
                      a.details::text as "details?", a.before_digest, a.after_digest, a.address, a.request_id
               from platform.audit_chain c left join platform.audit a on a.seq = c.seq
               where c.position > $1 order by c.position limit $2"#,
            last.position,
            PAGE
        )
        .fetch_all(&mut *tx)
        .await?;
        if page.is_empty() {
            break;
        }
        for link in page {
            links += 1;
            let (position, row) = (link.position, link.seq);
            let gap = position > last.position + 1;
            if gap {
                faults.push(ChainFault::LinksMissing {
                    from: last.position + 1,
                    until: position - 1,
                });
            }
            if link.row.is_none() {
                faults.push(ChainFault::RowMissing { row, position });
            } else if !gap && link.expected(&last.hash)[..] != link.hash[..] {
                faults.push(ChainFault::Altered { row, position });
            }
            // What follows is judged by what is written here, so that one change is one fault.
            let hash = link.hash.try_into().unwrap_or([0; 32]);
            last = Head { position, hash };
            found |= kept == Some(last);
        }
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    let unlinked = sqlx::query_scalar!(
        "select a.seq from platform.audit a
         where not exists (select from platform.audit_chain c where c.seq = a.seq) order by a.seq limit $1",
        MOST_FAULTS as i64
    )
    .fetch_all(&mut *tx)
    .await?;
    faults.extend(unlinked.into_iter().map(|row| ChainFault::Unlinked { row }));
    if faults.len() < MOST_FAULTS {
        let head = sqlx::query!("select position, hash from platform.audit_head")
            .fetch_one(&mut *tx)
            .await?;
        if head.position != last.position || head.hash[..] != last.hash[..] {
            faults.push(ChainFault::WrongEnd {
                head: head.position,
                last: last.position,
            });
        }
    }
    if let Some(kept) = kept.filter(|_| !found) {
        faults.push(ChainFault::NotExpected {
            position: kept.position,
        });
    }
    faults.truncate(MOST_FAULTS);
    Ok(Verdict {
        links,
        head: last,
        faults,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_its_text() {
        let head = Head {
            position: 12,
            hash: [0xab; 32],
        };
        assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
        for text in ["", "12", "12:", "12:ab", "x:00"] {
            assert!(text.parse::<Head>().is_err(), "{text}");
        }
    }

    #[test]
    fn no_two_rows_read_alike() {
        let row = |action: &str, record: &str, address: Option<&str>| Link {
            position: 1,
            seq: 1,
            hash: Vec::new(),
            row: Some(1),
            at_us: Some(0),
            actor: Some(Uuid::nil()),
            session: Some(Uuid::nil()),
            action: Some(action.into()),
            record: Some(record.into()),
            details: Some("{}".into()),
            before_digest: None,
            after_digest: None,
            address: address.map(str::to_owned),
            request_id: None,
        };
        let hashes = [
            row("a", "bc", None),
            row("ab", "c", None),
            row("a", "bc", Some("")),
            row("a", "bc", Some("-")),
        ]
        .map(|row| row.expected(&[0; 32]));
        for (at, hash) in hashes.iter().enumerate() {
            assert!(!hashes[at + 1..].contains(hash), "{at}");
        }
        assert_ne!(row("a", "bc", None).expected(&[1; 32]), hashes[0]);
    }
}
