//! The state file: one JSON record a line, appended before the answer leaves, the last of each
//! id counting; rewritten with only the current ones at start and at the end.

use crate::bank::{Bank, PaymentRecord, PayoutRecord, TokenRecord};
use crate::lock;
use crate::webhooks::Delivery;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use uuid::Uuid;

// Each lives only while its line is written or read.
#[allow(clippy::large_enum_variant)]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry<'a> {
    Payment(Cow<'a, PaymentRecord>),
    Token(Cow<'a, TokenRecord>),
    TokenDeleted(Cow<'a, str>),
    Payout(Cow<'a, PayoutRecord>),
    Delivery(Cow<'a, Delivery>),
    DeliveryOver(Uuid),
}

pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

impl Journal {
    /// Reads what is there and compacts it. A line cut off by a crash is skipped.
    pub(crate) fn open(path: &Path) -> anyhow::Result<(Self, Bank, Vec<Delivery>)> {
        let mut bank = Bank::default();
        let mut deliveries = BTreeMap::new();
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("creating the folder of {}", path.display()))?;
        }
        match File::open(path) {
            Ok(file) => {
                for line in BufReader::new(file).split(b'\n') {
                    let line = line.with_context(|| format!("reading {}", path.display()))?;
                    match serde_json::from_slice(&line) {
                        Ok(Entry::Payment(record)) => bank.put_payment(record.into_owned()),
                        Ok(Entry::Token(record)) => bank.put_token(record.into_owned()),
                        Ok(Entry::TokenDeleted(id)) => {
                            bank.remove_token(&id);
                        }
                        Ok(Entry::Payout(record)) => bank.put_payout(record.into_owned()),
                        Ok(Entry::Delivery(delivery)) => {
                            deliveries.insert(delivery.key, delivery.into_owned());
                        }
                        Ok(Entry::DeliveryOver(key)) => {
                            deliveries.remove(&key);
                        }
                        Err(_) if line.is_empty() => {}
                        Err(_) => tracing::warn!("skipped an unreadable line of the sandbox state"),
                    }
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error).context(format!("opening {}", path.display())),
        }
        let deliveries: Vec<Delivery> = deliveries.into_values().collect();
        let file = rewrite(path, &bank, &deliveries)?;
        let journal = Self {
            path: path.to_owned(),
            file: Mutex::new(file),
        };
        Ok((journal, bank, deliveries))
    }

    /// In one write, so that a reader after a crash sees whole lines but perhaps the last.
    pub(crate) fn append(&self, entry: &Entry<'_>) {
        let result = line(entry).and_then(|line| lock(&self.file).write_all(&line));
        if let Err(error) = result {
            tracing::error!(%error, "the sandbox state could not be written");
        }
    }

    pub(crate) fn compact(&self, bank: &Bank, deliveries: &[Delivery]) -> anyhow::Result<()> {
        let mut file = lock(&self.file);
        *file = rewrite(&self.path, bank, deliveries)?;
        Ok(())
    }
}

fn line(entry: &Entry<'_>) -> std::io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(entry)?;
    line.push(b'\n');
    Ok(line)
}

/// Through a temporary file and a rename: the old state or the new one, never half of it.
fn rewrite(path: &Path, bank: &Bank, deliveries: &[Delivery]) -> anyhow::Result<File> {
    let temporary = path.with_extension("tmp");
    let write = || -> std::io::Result<File> {
        let mut out = BufWriter::new(File::create(&temporary)?);
        for record in bank.payments() {
            out.write_all(&line(&Entry::Payment(Cow::Borrowed(record)))?)?;
        }
        for record in bank.tokens() {
            out.write_all(&line(&Entry::Token(Cow::Borrowed(record)))?)?;
        }
        for record in bank.payouts() {
            out.write_all(&line(&Entry::Payout(Cow::Borrowed(record)))?)?;
        }
        for delivery in deliveries {
            out.write_all(&line(&Entry::Delivery(Cow::Borrowed(delivery)))?)?;
        }
        out.into_inner()?.sync_all()?;
        fs::rename(&temporary, path)?;
        OpenOptions::new().append(true).open(path)
    };
    write().with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::WirePayout;

    fn payout(id: &str, status: &str) -> PayoutRecord {
        PayoutRecord {
            wire: WirePayout {
                id: id.into(),
                source_id: String::new(),
                sequence_number: id.into(),
                channel: "ips".into(),
                status: status.into(),
                amount: 1,
                currency: "SAR".into(),
                purpose: String::new(),
                comment: None,
                destination: serde_json::Value::Null,
                message: None,
                failure_reason: None,
                created_at: String::new(),
                updated_at: String::new(),
                metadata: None,
            },
        }
    }

    fn delivery() -> Delivery {
        Delivery {
            key: Uuid::new_v4(),
            gateway: crate::Gateway::Payments,
            url: "http://127.0.0.1:9/".into(),
            content_type: String::new(),
            body: "{}".into(),
            failed: 2,
        }
    }

    /// As after `kill -9` in the middle of a write: the last of each id counts, a line that was
    /// cut off does not, and deliveries that were not over go on.
    #[test]
    fn a_crash_loses_nothing_that_was_answered() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/sandbox.jsonl");
        let (journal, bank, deliveries) = Journal::open(&path).unwrap();
        assert!(bank.payouts().next().is_none() && deliveries.is_empty());
        let (over, open) = (delivery(), delivery());
        for status in ["queued", "paid"] {
            journal.append(&Entry::Payout(Cow::Owned(payout("1", status))));
        }
        journal.append(&Entry::Payout(Cow::Owned(payout("2", "queued"))));
        journal.append(&Entry::Delivery(Cow::Borrowed(&over)));
        journal.append(&Entry::Delivery(Cow::Borrowed(&open)));
        journal.append(&Entry::DeliveryOver(over.key));
        drop(journal);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"payout\":{\"wire\":{\"id\":\"3\",\"sou")
            .unwrap();
        drop(file);

        for _ in 0..2 {
            let (_, bank, deliveries) = Journal::open(&path).unwrap();
            assert_eq!(bank.payout("1").unwrap().wire.status, "paid");
            assert_eq!(bank.open_payouts(), ["2"]);
            assert!(bank.payout("3").is_none());
            assert_eq!(deliveries.len(), 1);
            assert_eq!((deliveries[0].key, deliveries[0].failed), (open.key, 2));
        }
    }
}
