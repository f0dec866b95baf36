//! The methods there are. A client may spell any: what it made up would be a label of a metric for
//! ever, and stand in every line of the log.

use super::Problem;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use kernel::{Code, Text};

/// Stands for every other.
pub(super) const OTHER: &str = "other";
/// No TRACE, no CONNECT.
const KNOWN: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// A method that some route may take, by a name of ours.
pub(super) fn name(method: &Method) -> Option<&'static str> {
    KNOWN.split(", ").find(|known| *known == method.as_str())
}

/// 405
pub(super) fn not_allowed() -> Problem {
    let mut problem = Problem::new(
        Code::BadRequest,
        "http.method_not_allowed",
        Text::new(
            "هذا العنوان لا يقبل هذه الطريقة.",
            "This address does not take this method.",
        ),
    );
    problem.status = 405;
    problem
}

/// What no address takes.
pub(super) fn unknown() -> Response {
    let mut response = not_allowed().into_response();
    let allow = HeaderValue::from_static(KNOWN);
    response.headers_mut().insert(header::ALLOW, allow);
    response
}
