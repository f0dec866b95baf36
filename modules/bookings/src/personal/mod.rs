//! What bookings know of one person (PDPL): the copy for themselves, what must end before an
//! erasure, and the erasure.
//!
//! An invoice and what it rests on stay for six years (FACTS §1), without what leads to a door or was
//! written about a home.

mod copy;
mod erase;

use crate::Bookings;
use async_trait::async_trait;
use contract_bookings::BookingState;
use kernel::{Obstacle, Subject, Time};
use platform::personal::{Copied, Kept, PersonalRecords};
use std::collections::BTreeSet;

/// After these nothing happens to a booking any more. An accepted one still has its money taken.
const ENDS: [BookingState; 3] = [
    BookingState::Settled,
    BookingState::Cancelled,
    BookingState::Expired,
];

#[async_trait]
impl PersonalRecords for Bookings {
    fn holder(&self) -> &'static str {
        "bookings"
    }

    async fn copy(&self, subject: Subject) -> anyhow::Result<Copied> {
        self.copy_of(subject).await
    }

    async fn obstacles(&self, subject: Subject) -> anyhow::Result<BTreeSet<Obstacle>> {
        let ends = ENDS.map(|state| state.as_str().to_owned());
        let open = sqlx::query_scalar!(
            r#"select exists (select from bookings.bookings
                              where customer = $1 and state <> all($2)) as "open!""#,
            subject.user.uuid(),
            &ends
        )
        .fetch_one(&self.p.db)
        .await?;
        Ok(open.then_some(Obstacle::OpenBooking).into_iter().collect())
    }

    async fn erase(&self, subject: Subject, _: Time) -> anyhow::Result<Vec<Kept>> {
        self.forget_plans(subject.user).await?;
        self.blur_bookings(subject.user).await?;
        self.remove_photos(subject.user).await?;
        self.kept_of(subject.user).await
    }
}
