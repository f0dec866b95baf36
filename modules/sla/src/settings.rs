//! Policies and calendars as an operator reads them.

use crate::Sla;
use crate::calendar::{Blackout, Calendar, Days, Week};
use crate::policy::Policy;
use axum::extract::State;
use contract_sla::Urgency;
use kernel::access::may;
use kernel::{Money, Slug, Text};
use platform::http::{Permit, Problem, Reply};
use serde::Serialize;
use std::sync::Arc;

/// An absent field matches everything.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PolicyView {
    slug: Slug,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<Slug>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<Slug>,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<Slug>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urgency: Option<Urgency>,
    /// Minutes of the calendar's open time, like the two after it.
    respond_minutes: i64,
    arrive_minutes: i64,
    complete_minutes: i64,
    warn_percents: Vec<u8>,
    remedy_percent: u8,
    vendor_penalty_halalas: Money,
    calendar: Slug,
}

impl From<&Policy> for PolicyView {
    fn from(policy: &Policy) -> Self {
        Self {
            slug: policy.slug.clone(),
            tier: policy.tier.clone(),
            category: policy.category.clone(),
            zone: policy.zone.clone(),
            urgency: policy.urgency,
            respond_minutes: policy.respond_ms / 60_000,
            arrive_minutes: policy.arrive_ms / 60_000,
            complete_minutes: policy.complete_ms / 60_000,
            warn_percents: policy.warn_percents.clone(),
            remedy_percent: policy.remedy_percent,
            vendor_penalty_halalas: policy.vendor_penalty,
            calendar: policy.calendar.clone(),
        }
    }
}

/// Dates, both in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DaysView {
    from: String,
    to: String,
}
impl From<&Days> for DaysView {
    fn from(days: &Days) -> Self {
        Self {
            from: days.from.to_string(),
            to: days.to.to_string(),
        }
    }
}

/// Closed every day of a season, from and to a time of day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BlackoutView {
    slug: Slug,
    from_month_day: String,
    to_month_day: String,
    from: String,
    to: String,
}
impl From<&Blackout> for BlackoutView {
    fn from(blackout: &Blackout) -> Self {
        Self {
            slug: blackout.slug.clone(),
            from_month_day: blackout.from_day.into(),
            to_month_day: blackout.to_day.into(),
            from: blackout.span.from.into(),
            to: blackout.span.to.into(),
        }
    }
}

/// Hours are local time of `timezone`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CalendarView {
    slug: Slug,
    name: Text,
    timezone: &'static str,
    hours: Week,
    #[serde(skip_serializing_if = "Option::is_none")]
    ramadan_hours: Option<Week>,
    ramadans: Vec<DaysView>,
    holidays: Vec<DaysView>,
    blackouts: Vec<BlackoutView>,
    open_now: bool,
}

impl CalendarView {
    fn of(calendar: &Calendar, now: kernel::Time) -> Self {
        Self {
            slug: calendar.slug.clone(),
            name: calendar.name.clone(),
            timezone: "Asia/Riyadh",
            hours: calendar.hours.clone(),
            ramadan_hours: calendar.ramadan_hours.clone(),
            ramadans: calendar.ramadans.iter().map(DaysView::from).collect(),
            holidays: calendar.holidays.iter().map(DaysView::from).collect(),
            blackouts: calendar.blackouts.iter().map(BlackoutView::from).collect(),
            open_now: calendar.is_open(now),
        }
    }
}

/// All policies, by name.
#[utoipa::path(get, path = "/v1/sla/policies", tag = "sla",
    responses((status = 200, body = Vec<PolicyView>), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn list_policies(
    State(me): State<Arc<Sla>>,
    _permit: Permit<may::AlarmsRead>,
) -> Result<Reply<Vec<PolicyView>>, Problem> {
    let book = me.book().await?;
    Ok(Reply::ok(
        book.policies.iter().map(PolicyView::from).collect(),
    ))
}

/// All calendars, by name, with the days off and blackouts each keeps.
#[utoipa::path(get, path = "/v1/sla/calendars", tag = "sla",
    responses((status = 200, body = Vec<CalendarView>), (status = "default", body = Problem)), security(("bearer" = [])))]
pub(crate) async fn list_calendars(
    State(me): State<Arc<Sla>>,
    _permit: Permit<may::AlarmsRead>,
) -> Result<Reply<Vec<CalendarView>>, Problem> {
    let book = me.book().await?;
    let now = me.p.now();
    Ok(Reply::ok(
        book.calendars
            .values()
            .map(|calendar| CalendarView::of(calendar, now))
            .collect(),
    ))
}
