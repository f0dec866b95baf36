use crate::GatewayError;
use bytes::Bytes;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One request to a gateway, described before it is sent so that it can be repeated.
pub struct Call {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    pub(crate) safe_to_repeat: bool,
}

#[derive(Clone)]
pub(crate) enum Body {
    None,
    Json(Bytes),
    Form(Bytes),
}

impl Call {
    /// `operation` is a constant for metrics and traces (`capture`); `path` is relative to the
    /// gateway's base URL, without a leading slash. Reads and deletions are safe to repeat from
    /// the start; anything else only after [`Call::safe_to_repeat`].
    pub fn new(operation: &'static str, method: Method, path: impl Into<String>) -> Self {
        let safe_to_repeat = method.is_idempotent();
        Self {
            operation,
            method,
            path: path.into(),
            query: Vec::new(),
            body: Body::None,
            safe_to_repeat,
        }
    }

    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub fn json(mut self, body: &impl Serialize) -> Result<Self, GatewayError> {
        let bytes = serde_json::to_vec(body).map_err(|error| {
            GatewayError::bad_answer(format!("the request is not JSON: {error}"))
        })?;
        self.body = Body::Json(bytes.into());
        Ok(self)
    }

    pub fn form<'a>(mut self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let encoded = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.body = Body::Form(encoded.into());
        self
    }

    /// Says that the gateway itself recognises a repeat of this call (by an id we chose), so that
    /// doing it twice is doing it once.
    pub fn safe_to_repeat(mut self) -> Self {
        self.safe_to_repeat = true;
        self
    }
}

/// A 2xx answer.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

impl Answer {
    /// The body as JSON. The error names the place, never the content.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, GatewayError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            GatewayError::bad_answer(format!(
                "not the JSON it should be at line {} column {}",
                error.line(),
                error.column()
            ))
        })
    }
}
