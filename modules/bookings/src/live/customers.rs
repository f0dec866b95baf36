//! What customers hear: that something of theirs is new. They read it with their own eyes.

use crate::state::parse;
use async_trait::async_trait;
use contract_bookings::{BookingState, Live};
use kernel::{BookingId, Time, UserId};
use platform::live::{Source, Words};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Customers {
    pub db: PgPool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CustomerNote {
    Booking { to: UserId, booking: BookingId },
    Message { to: UserId },
}

impl CustomerNote {
    pub(crate) const fn to(&self) -> UserId {
        match self {
            Self::Booking { to, .. } | Self::Message { to } => *to,
        }
    }
}

#[derive(Debug)]
pub(crate) enum CustomerNews {
    Booking {
        to: UserId,
        booking: BookingId,
        state: BookingState,
    },
    Message {
        to: UserId,
    },
}

#[async_trait]
impl Source for Customers {
    const NAME: &'static str = "live:customers";
    const KEPT: usize = 10_000;
    type Note = CustomerNote;
    type News = CustomerNews;

    async fn news(&self, notes: Vec<CustomerNote>) -> anyhow::Result<Vec<CustomerNews>> {
        let mut bookings = BTreeSet::new();
        for note in &notes {
            if let CustomerNote::Booking { booking, .. } = note {
                bookings.insert(booking.uuid());
            }
        }
        let bookings: Vec<_> = bookings.into_iter().collect();
        let rows = sqlx::query!(
            r#"select id as "id: BookingId", state from bookings.bookings where id = any($1)"#,
            &bookings
        )
        .fetch_all(&self.db)
        .await?;
        let mut states = BTreeMap::new();
        for row in rows {
            states.insert(row.id, parse(&row.state)?);
        }
        // In the order of the notes, each thing once.
        let mut news = Vec::new();
        let mut told = BTreeSet::new();
        for note in notes {
            match note {
                CustomerNote::Booking { to, booking } => {
                    if let Some(state) = states.remove(&booking) {
                        news.push(CustomerNews::Booking { to, booking, state });
                    }
                }
                CustomerNote::Message { to } => {
                    if told.insert(to) {
                        news.push(CustomerNews::Message { to });
                    }
                }
            }
        }
        Ok(news)
    }
}

/// One customer's own.
pub(crate) struct CustomerWords {
    pub user: UserId,
}

impl Words<CustomerNews> for CustomerWords {
    type Word = Live;

    fn hello(&self, now: Time, speed: f64) -> Live {
        Live::Hello { now, speed }
    }
    fn reset(&self) -> Live {
        Live::Reset
    }
    fn of(&self, news: &[CustomerNews]) -> Vec<Live> {
        let own = news.iter().filter_map(|news| match news {
            CustomerNews::Booking { to, booking, state } => (*to == self.user).then_some({
                Live::Booking {
                    booking: *booking,
                    state: *state,
                }
            }),
            CustomerNews::Message { to } => (*to == self.user).then_some(Live::Notification),
        });
        own.collect()
    }
}
