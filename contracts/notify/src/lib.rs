//! What notify promises: a message reaches its channel at least once and never twice for one key.

mod api;

pub use api::*;

use async_trait::async_trait;
use kernel::{Event, Lang, Outcome, Phone, Slug, Time, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

kernel::faults! {
    pub enum NotifyFault {
        UnknownTemplate { template: String } => NotFound, "notify.unknown_template",
            ar "لا يوجد قالب رسالة بهذا الاسم: {template}.",
            en "There is no message template named {template}.";
        MissingParameter { parameter: String } => BadRequest, "notify.missing_parameter",
            ar "ينقص الرسالة: {parameter}.",
            en "The message lacks {parameter}.";
        /// Or somebody else's: not told apart.
        UnknownMessage => NotFound, "notify.unknown_message",
            ar "لا توجد رسالة بهذا المعرّف.",
            en "There is no message with this id.";
        BadWebhook => Unauthenticated, "notify.bad_webhook",
            ar "إشعار غير موثوق.",
            en "Untrusted notification.";
        BadReport => BadRequest, "notify.bad_report",
            ar "تقرير تسليم غير مفهوم.",
            en "This is not a delivery report.";
    }
}

/// How to reach a person; told by identity whenever it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub user: UserId,
    pub phone: Option<Phone>,
    pub lang: Lang,
    /// When this became so. An older telling that arrives late changes nothing.
    pub as_of: Time,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Recipient {
    User(UserId),
    /// Somebody we may not know yet: a sign-in code.
    Phone {
        phone: Phone,
        lang: Lang,
    },
}

/// One message. `key` is unique per event and recipient: a repeat sends nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub key: String,
    pub to: Recipient,
    pub template: Slug,
    pub params: BTreeMap<String, String>,
}

/// A message for somebody's inbox was stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MessageStored {
    pub user: UserId,
}
impl Event for MessageStored {
    const NAME: &'static str = "notify.message_stored";
}

#[async_trait]
pub trait Notify: Send + Sync {
    /// Stores the message and queues its sending. A user without a contact gets it in the app only.
    async fn send(&self, notice: Notice) -> Outcome<(), NotifyFault>;
    async fn set_contact(&self, contact: Contact) -> Outcome<(), NotifyFault>;
}
