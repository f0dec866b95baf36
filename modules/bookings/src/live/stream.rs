//! The two streams over HTTP.

use super::customers::CustomerWords;
use super::staff::StaffWords;
use crate::Bookings;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use contract_bookings::Live;
use kernel::access::may;
use platform::http::{Permit, Problem};
use platform::live::{Words, events};
use std::sync::Arc;

/// Where the reader was when the connection before this one ended.
fn last_event(headers: &HeaderMap) -> Option<&str> {
    headers
        .get("last-event-id")
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty())
}

/// What happens to one's own bookings, as it happens
///
/// `text/event-stream`; each event's data is a `Live`. The stream ends when the access token
/// does: connect again with a fresh one and `Last-Event-ID`, and what happened meanwhile is told,
/// or `reset` if that is not known any more.
#[utoipa::path(get, path = "/v1/live", tag = "bookings",
    params(("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event received")),
    responses((status = 200, body = Live, content_type = "text/event-stream"), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn customer_live(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsRead>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let user = permit.actor.user;
    let lane = &me.lanes.customers;
    let seat = lane.seat(user)?;
    let joined = lane
        .join(last_event(&headers), |note| note.to() == user)
        .await?;
    let words = CustomerWords { user };
    Ok(events(lane, joined, words, vec![], seat, permit.pass()))
}

/// What happens in one's zones, as it happens
///
/// `text/event-stream`; each event's data is a `Live`: jobs as they are now, alarms, positions of
/// technicians every two seconds, who looks at which job. Begin with `GET /v1/staff/console` and
/// its `event` as `Last-Event-ID`.
#[utoipa::path(get, path = "/v1/staff/live", tag = "staff",
    params(("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event received")),
    responses((status = 200, body = Live, content_type = "text/event-stream"), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn staff_live(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::DispatchRead>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let lane = &me.lanes.staff;
    let seat = lane.seat(permit.actor.user)?;
    let joined = lane.join(last_event(&headers), |_| true).await?;
    let words = StaffWords {
        zones: permit.actor.scope.zones.clone(),
    };
    // Listening already: what changes from here on comes by itself.
    let first = words.of(&me.lanes.ticker.all());
    me.lanes.ticker.start();
    Ok(events(lane, joined, words, first, seat, permit.pass()))
}
