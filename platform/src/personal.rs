//! What a module answers for about one person: each for its own schema, its objects and its keys in
//! Redis (PDPL: access, copy, destruction; FACTS §1). The module `privacy` asks them all.

use async_trait::async_trait;
use kernel::{Basis, Obstacle, Subject, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// One holder of personal data. Everything here may be asked again after a process died half-way.
#[async_trait]
pub trait PersonalRecords: Send + Sync {
    /// Names the holder in archives, rows and logs: the schema it answers for.
    fn holder(&self) -> &'static str;

    /// What is kept about somebody, for themselves to read and for a machine: no secret, no digest,
    /// nobody else's data.
    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied>;

    /// What has to end first.
    async fn obstacles(&self, subject: Subject) -> anyhow::Result<BTreeSet<Obstacle>>;

    /// Deletes what nobody needs and takes the person out of what must stay. Erasing again finds
    /// nothing left and fails at nothing. Answers for the whole, not for this run.
    async fn erase(&self, subject: Subject, now: Time) -> anyhow::Result<Vec<Kept>>;
}

/// One holder's part of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    pub tables: Vec<Table>,
    pub files: Vec<File>,
}

impl Copied {
    /// Adds a table, unless it has no rows.
    pub fn with(mut self, name: &str, rows: Vec<Value>) -> Self {
        if !rows.is_empty() {
            let name = name.to_owned();
            self.tables.push(Table { name, rows });
        }
        self
    }
}

/// Rows of one kind, oldest first, as objects of plain fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// A plain word of the field: `bookings`, `saved_places`.
    pub name: String,
    pub rows: Vec<Value>,
}

/// A photo or a document in object storage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Inside the holder's folder of the archive, with its ending: `upl_….jpg`.
    pub name: String,
    pub object_key: String,
}

/// What stays after an erasure, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Kept {
    /// As tables are named in archives.
    pub what: String,
    pub rows: u64,
    pub basis: Basis,
}

impl Kept {
    /// Nothing, where there are no rows.
    pub fn some(what: &str, rows: u64, basis: Basis) -> Option<Self> {
        (rows > 0).then(|| Self {
            what: what.to_owned(),
            rows,
            basis,
        })
    }
}
