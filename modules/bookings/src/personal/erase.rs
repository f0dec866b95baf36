//! The erasure: what nobody needs goes, and what must stay no longer leads to a person. Each batch
//! stands by itself, and doing one again changes nothing.

use crate::Bookings;
use crate::sweep::Photo;
use kernel::{Basis, BookingId, UploadId, UserId};
use platform::personal::Kept;

/// Bookings of one transaction, photos of one round.
const A_BATCH: i64 = 100;

impl Bookings {
    /// What was only going to be.
    pub(super) async fn forget_plans(&self, customer: UserId) -> anyhow::Result<()> {
        let mut tx = self.p.db.begin().await?;
        sqlx::query!(
            "delete from bookings.saved_places where customer = $1",
            customer.uuid()
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "delete from bookings.quotes where customer = $1 and booking is null",
            customer.uuid()
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    pub(super) async fn blur_bookings(&self, customer: UserId) -> anyhow::Result<()> {
        let mut after = None;
        while let Some(last) = self.blur_batch(customer, after).await? {
            after = Some(last);
        }
        Ok(())
    }

    /// The next bookings after `after`, by id: to about a kilometre, and without what somebody wrote
    /// in their own words. Gives the last of them.
    async fn blur_batch(
        &self,
        customer: UserId,
        after: Option<BookingId>,
    ) -> anyhow::Result<Option<BookingId>> {
        let mut tx = self.p.db.begin().await?;
        let ids = sqlx::query_scalar!(
            "select id from bookings.bookings
             where customer = $1 and ($2::uuid is null or id > $2)
             order by id limit $3 for update",
            customer.uuid(),
            after.map(BookingId::uuid),
            A_BATCH
        )
        .fetch_all(&mut *tx)
        .await?;
        let Some(last) = ids.last().copied() else {
            return Ok(None);
        };
        // Why it expired is said by us, why it was cancelled by a person.
        sqlx::query!(
            "update bookings.bookings
             set lat = round(lat::numeric, 2), lon = round(lon::numeric, 2), address_note = '',
                 preferred = null,
                 ended_reason = case when state = 'cancelled' then null else ended_reason end
             where id = any($1)",
            &ids
        )
        .execute(&mut *tx)
        .await?;
        // A cell may be finer than the blurred point.
        sqlx::query!(
            "update bookings.quotes
             set place = place || jsonb_build_object('cell', '', 'point', jsonb_build_object(
                 'lat', round((place #>> '{point,lat}')::numeric, 2),
                 'lon', round((place #>> '{point,lon}')::numeric, 2)))
             where booking = any($1)",
            &ids
        )
        .execute(&mut *tx)
        .await?;
        // The photos go, so that nothing may name them.
        sqlx::query!(
            r#"update bookings.jobs j
               set checklist = (select jsonb_agg(item || '{"photo": null}' order by place)
                                from jsonb_array_elements(j.checklist) with ordinality as items (item, place))
               where booking = any($1) and jsonb_array_length(checklist) > 0"#,
            &ids
        )
        .execute(&mut *tx)
        .await?;
        // A technician's words about a home, and a bank's about an account.
        sqlx::query!(
            "update bookings.story set details = details - array['reason', 'response_code']
             where booking = any($1) and what in ('given_back', 'payment_declined')",
            &ids
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "update bookings.ratings set comment = '' where booking = any($1) and comment <> ''",
            &ids
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(BookingId::from_uuid(last)))
    }

    /// Photos of the home, and those of one's own that were never used. A receipt stays: the
    /// customer paid, or said no, by it.
    pub(super) async fn remove_photos(&self, person: UserId) -> anyhow::Result<()> {
        loop {
            let photos = sqlx::query_as!(
                Photo,
                r#"select id as "id!: UploadId", object_key as "object_key!" from (
                       select u.id, u.object_key from bookings.bookings b
                       join bookings.uploads u on u.booking = b.id where b.customer = $1
                       union
                       select id, object_key from bookings.uploads where owner = $1 and booking is null
                   ) theirs
                   where not exists (select from bookings.extra_costs where receipt = theirs.id)
                   order by id limit $2"#,
                person.uuid(),
                A_BATCH
            )
            .fetch_all(&self.p.db)
            .await?;
            if photos.is_empty() {
                return Ok(());
            }
            self.remove_each(photos).await?;
        }
    }

    pub(super) async fn kept_of(&self, person: UserId) -> anyhow::Result<Vec<Kept>> {
        let n = sqlx::query!(
            r#"with own as (select id from bookings.bookings where customer = $1)
               select (select count(*) from own) as "bookings!",
                      (select count(*) from bookings.quotes where booking in (select id from own)) as "quotes!",
                      (select count(*) from bookings.jobs where booking in (select id from own)) as "visits!",
                      (select count(*) from bookings.story where booking in (select id from own)) as "story!",
                      (select count(*) from bookings.extra_costs
                       where booking in (select id from own) and state = 'approved') as "extras_paid!",
                      (select count(*) from bookings.extra_costs
                       where booking in (select id from own) and state <> 'approved') as "extras_declined!",
                      (select count(*) from bookings.ratings where booking in (select id from own)) as "ratings!",
                      (select count(*) from bookings.uploads
                       where owner = $1 and booking is not null and booking not in (select id from own)) as "taken!""#,
            person.uuid()
        )
        .fetch_one(&self.p.db)
        .await?;
        let kept = [
            ("bookings", n.bookings, Basis::TaxLaw),
            ("quotes", n.quotes, Basis::Proof),
            ("visits", n.visits, Basis::Proof),
            ("story", n.story, Basis::Proof),
            // Each with the photo of its receipt.
            ("extra_costs", n.extras_paid, Basis::TaxLaw),
            ("extra_costs", n.extras_declined, Basis::Proof),
            ("ratings", n.ratings, Basis::Others),
            // Of other people's visits, by who worked here once.
            ("photos", n.taken, Basis::Others),
        ];
        let kept = kept.into_iter();
        Ok(kept
            .filter_map(|(what, rows, basis)| Kept::some(what, rows.unsigned_abs(), basis))
            .collect())
    }
}
