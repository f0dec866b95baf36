//! Whom to call about a job.

use super::zones;
use crate::Bookings;
use axum::extract::{Path, State};
use contract_bookings::{BookingFault, JobCustomer, JobPeople, JobTechnician, JobVendor};
use contract_identity::Person;
use kernel::access::{Actor, may};
use kernel::{JobId, Lift, Outcome, Phone, TechnicianId, Time, UserId, VendorId, days};
use platform::audit;
use platform::http::{Permit, Problem, Reply};
use serde_json::json;
use std::sync::Arc;

/// How long after a visit its customer may be called about it.
const CALLED_FOR_DAYS: i64 = 7;

/// The people around a job: customer, vendor, technician
///
/// The customer's telephone until seven days after the visit is over, or while it is disputed; that
/// somebody was given it is written to the audit log.
#[utoipa::path(get, path = "/v1/staff/jobs/{job}/people", tag = "staff", params(("job" = JobId, Path)),
    responses((status = 200, body = JobPeople), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn people(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::DispatchRead>,
    Path(job): Path<JobId>,
) -> Result<Reply<JobPeople>, Problem> {
    Ok(Reply::ok(me.people(&permit.actor, job).await?))
}

impl Bookings {
    /// Out of scope is unknown.
    async fn people(&self, actor: &Actor, job: JobId) -> Outcome<JobPeople, BookingFault> {
        let (zones, now) = (zones(actor), self.p.now());
        let row = sqlx::query!(
            r#"select b.customer as "customer: UserId", j.technician as "technician: TechnicianId",
                      j.vendor as "vendor: VendorId", b.created_at, b.state = 'disputed' as "disputed!",
                      case when j.state in ('finished', 'closed', 'failed', 'cancelled') then coalesce(
                          j.finished_at,
                          (select max(s.at) from bookings.story s
                           where s.booking = j.booking and s.job = j.id and s.becomes = j.state),
                          j.created_at) end as "over_at: Time",
                      (select count(*) from bookings.bookings o where o.customer = b.customer) as "bookings!"
               from bookings.jobs j join bookings.bookings b on b.id = j.booking
               where j.id = $1 and ($2::text[] is null or b.zone = any($2))"#,
            job.uuid(),
            zones.as_deref()
        )
        .fetch_optional(&self.p.db)
        .await?
        .ok_or(BookingFault::UnknownJob)?;
        let technician = match row.technician {
            Some(id) => self
                .below
                .vendors
                .technicians(vec![id])
                .await
                .unexpected()?,
            None => Vec::new(),
        }
        .pop();
        let vendor = match row.vendor {
            Some(id) => Some(self.below.vendors.vendor(id).await.unexpected()?),
            None => None,
        };
        let mut users = vec![row.customer];
        users.extend(technician.as_ref().map(|card| card.user));
        let people = self.below.identity.people(users).await.unexpected()?;
        let person = |user: UserId| people.iter().find(|person| person.id == user);
        let phone = |user| person(user)?.phone.as_ref().map(grouped);
        let over_at = row.over_at.filter(|_| !row.disputed);
        let called = phone(row.customer).filter(|_| may_be_called(over_at, now));
        if called.is_some() {
            let mut conn = self.p.db.acquire().await?;
            let record = job.to_string();
            audit::record(&mut conn, now, actor, "people.view", &record, json!({})).await?;
        }
        Ok(JobPeople {
            job,
            customer: JobCustomer {
                id: row.customer,
                name: person(row.customer)
                    .map(|person| person.name.clone())
                    .unwrap_or_default(),
                erased: person(row.customer).is_none_or(is_erased),
                phone: called,
                since: person(row.customer)
                    .filter(|person| !is_erased(person))
                    .map_or(row.created_at, |person| person.since),
                bookings: row.bookings as u32,
            },
            vendor: vendor.map(|card| JobVendor {
                id: card.id,
                name: card.name,
                tier: card.tier,
                active: card.active,
            }),
            technician: technician.map(|card| JobTechnician {
                id: card.id,
                phone: phone(card.user),
                name: card.name,
                on_shift: card.on_shift,
            }),
        })
    }
}

/// Customers sign in by telephone: who has none, nor a name, was taken out of what is kept.
fn is_erased(person: &Person) -> bool {
    person.phone.is_none() && person.name.is_empty()
}

/// Whether a customer is still called about a visit that was over at `over_at`, if it is.
fn may_be_called(over_at: Option<Time>, now: Time) -> bool {
    over_at.is_none_or(|at| now.since(at) < days(CALLED_FOR_DAYS))
}

/// `+966 50 123 4567`
fn grouped(phone: &Phone) -> String {
    let digits = phone.e164();
    match (
        digits.get(..4),
        digits.get(4..6),
        digits.get(6..9),
        digits.get(9..),
    ) {
        (Some(country), Some(network), Some(first), Some(last)) => {
            format!("{country} {network} {first} {last}")
        }
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_called_for_a_week_after_the_visit() {
        let over = Time::from_millis(1_800_000_000_000);
        assert!(may_be_called(None, over + days(900)));
        assert!(may_be_called(Some(over), over));
        assert!(may_be_called(
            Some(over),
            over + days(7) - kernel::seconds(1)
        ));
        assert!(!may_be_called(Some(over), over + days(7)));
    }

    #[test]
    fn phones_are_grouped_for_reading() {
        let phone = Phone::parse("0501234567").unwrap();
        assert_eq!(grouped(&phone), "+966 50 123 4567");
    }
}
