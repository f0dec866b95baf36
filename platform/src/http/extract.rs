use super::edge::too_large;
use super::{Problem, slow};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use kernel::{Code, FieldError, Text};
use serde::de::DeserializeOwned;

/// A JSON body. What does not fit is refused with the path of the field at fault.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|v| {
                v.split(';')
                    .next()
                    .is_some_and(|t| t.trim() == "application/json")
            });
        if !json {
            return Err(Problem::bad_request(
                "http.not_json",
                Text::new(
                    "أرسل الطلب بصيغة JSON.",
                    "Send the request as application/json.",
                ),
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        parse(&bytes).map(Self)
    }
}

fn unread(rejection: BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return too_large();
    }
    if slow::caused(&rejection) {
        let mut problem = Problem::new(
            Code::Timeout,
            "http.too_slow",
            Text::new(
                "لم يصل الطلب كاملًا في الوقت المسموح.",
                "The request did not arrive in the time allowed.",
            ),
        );
        problem.status = 408;
        return problem;
    }
    Problem::bad_request(
        "http.unreadable",
        Text::new(
            "انقطع الطلب قبل أن يكتمل.",
            "The request ended before it was complete.",
        ),
    )
}

/// Whether a JSON text holds the character NUL, which PostgreSQL can't store and nobody types.
fn holds_nul(json: &[u8]) -> bool {
    const NUL: &[u8] = br"\u0000";
    json.windows(NUL.len()).enumerate().any(|(at, part)| {
        let before = json[..at].iter().rev().take_while(|b| **b == b'\\');
        part == NUL && before.count() % 2 == 0
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if holds_nul(bytes) {
        return Err(field_problem("body", "a text holds the character U+0000"));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = e.path().to_string();
        field_problem(
            // Also where the field at fault has no name: `{"":…`.
            if matches!(path.as_str(), "." | "") {
                "body"
            } else {
                &path
            },
            &e.into_inner().to_string(),
        )
    })?;
    reader
        .end()
        .map_err(|e| field_problem("body", &e.to_string()))?;
    Ok(value)
}

fn field_problem(field: &str, cause: &str) -> Problem {
    let mut problem = Problem::new(
        Code::BadRequest,
        "http.bad_field",
        Text::new(
            format!("قيمة غير صحيحة في الحقل {field}. راجعه وأعد الإرسال."),
            format!("The value of {field} is not valid. Check it and send again."),
        ),
    );
    problem.errors.push(FieldError {
        field: field.to_owned(),
        code: "http.bad_field".into(),
        // The parser's own words: they name what was expected, for whoever writes the client.
        detail: cause.to_owned(),
    });
    problem
}

/// A query string, refused like a body.
#[derive(Debug, Clone)]
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(field_problem("query", "it holds the character U+0000"));
        }
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|e| field_problem("query", &e.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nul_is_found_and_a_backslash_before_it_is_not_mistaken() {
        assert!(holds_nul(br#"{"a":"x\u0000"}"#));
        assert!(holds_nul(br#"{"a":"\\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"\\u0000"}"#));
        assert!(!holds_nul(br#"{"a":"\u0001"}"#));
        assert!(parse::<serde_json::Value>(br#"["\u0000"]"#).is_err());
        assert!(parse::<serde_json::Value>(br#"["\\u0000"]"#).is_ok());
    }
}
