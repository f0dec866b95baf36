use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An answer with its status.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply<T> {
    pub status: StatusCode,
    pub body: T,
    /// The first answer to this key, given again.
    pub replayed: bool,
}

impl<T> Reply<T> {
    pub fn ok(body: T) -> Self {
        Self {
            status: StatusCode::OK,
            body,
            replayed: false,
        }
    }
    pub fn created(body: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..Self::ok(body)
        }
    }
    pub fn accepted(body: T) -> Self {
        Self {
            status: StatusCode::ACCEPTED,
            ..Self::ok(body)
        }
    }
    /// The same answer as 201, whether first or replayed.
    pub fn as_created(self) -> Self {
        Self {
            status: StatusCode::CREATED,
            ..self
        }
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if self.replayed {
            response
                .headers_mut()
                .insert(REPLAYED.clone(), HeaderValue::from_static("true"));
        }
        response
    }
}
