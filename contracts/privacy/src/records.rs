//! What every module that keeps people's data answers for.

use crate::{Kept, PrivacyFault};
use async_trait::async_trait;
use kernel::{Outcome, Text, Time, UserId};
use serde::{Deserialize, Serialize};

macro_rules! worded {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $case:ident, ar $ar:literal, en $en:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
        pub enum $name { $($(#[$each])* $case,)* }

        impl $name {
            pub fn words(self) -> Text {
                match self { $(Self::$case => Text::new($ar, $en),)* }
            }
        }
    };
}

worded! {
    /// Why somebody's data can't be erased yet.
    Obstacle {
        /// A booking is under way, or not accepted, or disputed.
        OpenBooking,
            ar "لديك حجز لم ينتهِ بعد.",
            en "A booking of yours is not over yet.";
        /// A card's hold was neither captured nor let go.
        MoneyHeld,
            ar "على بطاقتك مبلغ محجوز لم يُخصم ولم يُفكّ بعد.",
            en "An amount is held on your card that is neither charged nor let go yet.";
        /// Money of a booking that did not come about, or a credit, is on its way back.
        RefundPending,
            ar "لك مبلغ لم يُعَد إليك بعد.",
            en "Money is owed to you that was not given back yet.";
        /// Works on the platform: the contract with it ends first.
        WorksHere,
            ar "لك عمل على المنصة. يُمحى الحساب بعد انتهاء هذا العمل.",
            en "You work on the platform. The account is erased after that work ends.";
    }
}

worded! {
    /// Why something stays.
    Basis {
        /// Six years from the end of the tax period (FACTS §1).
        TaxLaw,
            ar "سجلات ضريبية يُلزم النظام بحفظها ست سنوات.",
            en "Tax records, which the law makes us keep for six years.";
        /// The journal is append-only: amounts, dates and ids.
        Accounts,
            ar "القيود المحاسبية لا تُغيَّر، وليس فيها اسم ولا رقم جوال.",
            en "Entries of the accounts are never changed; there is no name or phone in them.";
        /// That somebody agreed, asked, was answered.
        Proof,
            ar "إثبات ما وافقت عليه وما طلبته وما أجبناك به.",
            en "Proof of what you agreed to, what you asked for and what we answered.";
        /// Chained; staff's actions.
        Audit,
            ar "سجل أعمال الموظفين لا يُغيَّر، وفيه المعرّفات وحدها.",
            en "The log of what staff did is never changed; it has ids only.";
        /// What another person did or is owed: a technician's work.
        Others,
            ar "سجل عمل شخص آخر، وليس فيه ما يدل عليك.",
            en "The record of another person's work, with nothing in it that points to you.";
    }
}

/// What a module has of one person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copied {
    /// One JSON object: its fields are what the module keeps, each a list or a record. Ids as
    /// shown, times ISO 8601 in UTC, money in halalas.
    pub records: serde_json::Value,
    /// Objects of the module's that belong to the copy.
    pub files: Vec<CopiedFile>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedFile {
    /// Inside the archive: `photos/upl_….jpg`.
    pub name: String,
    /// In object storage.
    pub object: String,
}

/// What became of one person's data in a module.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// What is gone, in words.
    pub gone: Vec<Text>,
    pub kept: Vec<Kept>,
}

/// The personal data in one module's schema, objects and keys. Each method is repeatable.
#[async_trait]
pub trait PersonalRecords: Send + Sync {
    /// The module's name; also of its file in the archive.
    fn name(&self) -> &'static str;

    async fn copy(&self, user: UserId) -> Outcome<Copied, PrivacyFault>;

    /// What must end before this person's data can be erased.
    async fn obstacles(&self, user: UserId) -> Outcome<Vec<Obstacle>, PrivacyFault>;

    /// Erases what nothing makes us keep and takes the person out of the rest, in one transaction.
    /// Repeating it finds nothing more to do and answers the same.
    async fn erase(&self, user: UserId, now: Time) -> Outcome<Erased, PrivacyFault>;
}
