//! The bodies of the public requests about one's messages in the app.

use kernel::{MessageId, Slug, Time};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Notification {
    pub id: MessageId,
    /// Which kind of message it is: `booking_confirmed`.
    pub template: Slug,
    pub title: String,
    /// Empty once a code in it has served.
    pub body: String,
    pub created_at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct MarkedRead {
    pub read_at: Time,
}
