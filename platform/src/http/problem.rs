use super::caller;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Code, Failure, Fault, FieldError, Lang, Text};
use serde::{Deserialize, Serialize};

/// A refusal on the wire: RFC 9457 `application/problem+json`, in the caller's language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// `urn:khidma:problem:<code>`
    #[serde(rename = "type")]
    pub kind: String,
    /// Stable; what programs compare.
    pub code: String,
    /// The kind of refusal in a few words.
    pub title: String,
    pub status: u16,
    /// What happened, what it means, what to do.
    pub detail: String,
    /// Quote it to support.
    pub request_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Facts a client can use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub data: Option<serde_json::Value>,
}

impl Problem {
    pub fn new(class: Code, code: &str, detail: Text) -> Self {
        let caller = caller();
        Self {
            kind: format!("urn:khidma:problem:{code}"),
            code: code.to_owned(),
            title: title(class).get(caller.lang).to_owned(),
            status: class.http_status(),
            detail: detail.get(caller.lang).to_owned(),
            request_id: caller.request_id,
            errors: Vec::new(),
            data: None,
        }
    }
    pub fn bad_request(code: &str, detail: Text) -> Self {
        Self::new(Code::BadRequest, code, detail)
    }
    pub fn not_found() -> Self {
        Self::new(
            Code::NotFound,
            "http.not_found",
            Text::new(
                "لا يوجد شيء بهذا العنوان.",
                "There is nothing at this address.",
            ),
        )
    }
    pub fn internal() -> Self {
        let id = caller().request_id;
        Self::new(
            Code::Internal,
            "http.internal",
            Text::new(
                format!("تعذّر هذا من جهتنا. لم يتغيّر شيء. أعد المحاولة، والرقم للدعم {id}."),
                format!("This failed on our side. Nothing changed. Try again; for support: {id}."),
            ),
        )
    }
    pub fn unavailable() -> Self {
        Self::new(
            Code::Unavailable,
            "http.unavailable",
            Text::new(
                "خدمة نعتمد عليها لا تجيب الآن. أعد المحاولة بعد قليل، ولن يتكرّر شيء.",
                "A service we depend on is not answering. Try again shortly; nothing will be done twice.",
            ),
        )
    }
    /// Names the field at fault; its words are the problem's own.
    pub fn field(mut self, field: &str) -> Self {
        self.errors.push(FieldError {
            field: field.to_owned(),
            code: self.code.clone(),
            detail: self.detail.clone(),
        });
        self
    }
}

fn title(class: Code) -> Text {
    match class {
        Code::BadRequest => Text::new("طلب غير صحيح", "Not valid"),
        Code::Unauthenticated => Text::new("سجّل الدخول", "Sign in"),
        Code::Forbidden => Text::new("غير مسموح", "Not allowed"),
        Code::NotFound => Text::new("غير موجود", "Not found"),
        Code::Conflict => Text::new("تعارض", "Conflict"),
        Code::TooManyRequests => Text::new("طلبات كثيرة", "Too many requests"),
        Code::Timeout => Text::new("انتهت المهلة", "Timed out"),
        Code::Unavailable => Text::new("غير متاح الآن", "Unavailable"),
        Code::Internal => Text::new("خطأ من جهتنا", "Our mistake"),
    }
}

impl Problem {
    /// A named refusal, in the caller's language.
    pub fn of<F: Fault>(fault: &F) -> Self {
        let words = Text::new(fault.say(Lang::Ar), fault.say(Lang::En));
        let mut problem = Self::new(fault.class(), fault.code(), words);
        problem.data = fault.data();
        match fault.field() {
            Some(field) => problem.field(field),
            None => problem,
        }
    }
}
impl<F: Fault> From<Failure<F>> for Problem {
    fn from(failure: Failure<F>) -> Self {
        match failure {
            Failure::Refused(fault) => Self::of(&fault),
            Failure::Unavailable(_) => Self::unavailable(),
            Failure::Internal(_) => Self::internal(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry = self
            .data
            .as_ref()
            .and_then(|data| data.get("retry_after_s"))
            .and_then(serde_json::Value::as_u64);
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(value) = retry.and_then(|s| HeaderValue::from_str(&s.to_string()).ok()) {
            headers.insert(header::RETRY_AFTER, value);
        }
        response
    }
}
