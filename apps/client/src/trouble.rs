//! Why a request gave nothing, in the reader's language.

use crate::step_up::DECLINED;
use crate::words::{self, Words};
use kernel::{FieldError, Lang};
use serde::Deserialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// The network is not there; nothing is known of the outcome unless nothing was sent.
    Offline,
    /// No answer in time; the outcome is unknown.
    Timeout,
    /// There is no session, or it has ended.
    SignedOut,
    /// A rule said no (4xx); nothing was changed.
    Refused,
    /// Our fault (5xx), or an answer that makes no sense.
    Broken,
}

/// A request's failure, ready to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Trouble {
    pub kind: TroubleKind,
    /// Stable: `location.outside_zones`; the client's own begin with `client.`.
    pub code: String,
    /// In the reader's language: what happened, what it means, what to do.
    pub detail: String,
    /// The (first) request field at fault.
    pub field: Option<String>,
    pub fields: Vec<FieldError>,
    /// Facts for the program; null when there are none.
    pub data: serde_json::Value,
    /// What support can look up.
    pub request_id: Option<String>,
}

/// RFC 9457 with our additions.
#[derive(Deserialize)]
struct Problem {
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    request_id: Option<String>,
    #[serde(default)]
    errors: Vec<FieldError>,
    #[serde(default)]
    data: serde_json::Value,
}

impl Trouble {
    fn own(kind: TroubleKind, code: &str, words: &Words, lang: Lang) -> Self {
        Self {
            kind,
            code: code.into(),
            detail: words.get(lang).into(),
            field: None,
            fields: Vec::new(),
            data: serde_json::Value::Null,
            request_id: None,
        }
    }
    /// Known before anything was sent.
    pub fn offline(lang: Lang) -> Self {
        Self::own(
            TroubleKind::Offline,
            "client.offline",
            &words::OFFLINE,
            lang,
        )
    }
    pub(crate) fn lost(lang: Lang) -> Self {
        Self::own(TroubleKind::Offline, "client.lost", &words::LOST, lang)
    }
    pub(crate) fn slow(lang: Lang) -> Self {
        Self::own(TroubleKind::Timeout, "client.timeout", &words::SLOW, lang)
    }
    pub(crate) fn signed_out(lang: Lang) -> Self {
        Self::own(
            TroubleKind::SignedOut,
            "client.signed_out",
            &words::SIGNED_OUT,
            lang,
        )
    }
    pub(crate) fn nonsense(lang: Lang) -> Self {
        Self::own(TroubleKind::Broken, "client.nonsense", &words::BROKEN, lang)
    }
    pub(crate) fn card_refused(lang: Lang) -> Self {
        Self::own(
            TroubleKind::Refused,
            "client.card_refused",
            &words::CARD_REFUSED,
            lang,
        )
    }
    pub(crate) fn no_passkey(lang: Lang) -> Self {
        Self::own(
            TroubleKind::Refused,
            "client.no_passkey",
            &words::NO_PASSKEY,
            lang,
        )
    }

    /// From an answer that was not a success. A 401 is a refusal here; whether it means that the
    /// session ended is for the caller to know.
    pub(crate) fn from_answer(status: u16, body: &str, lang: Lang) -> Self {
        let Ok(problem) = serde_json::from_str::<Problem>(body) else {
            return Self::nonsense(lang);
        };
        let kind = if status >= 500 {
            TroubleKind::Broken
        } else {
            TroubleKind::Refused
        };
        let detail = if problem.detail.is_empty() {
            problem.title
        } else {
            problem.detail
        };
        Self {
            kind,
            code: problem.code,
            detail,
            field: problem.errors.first().map(|e| e.field.clone()),
            fields: problem.errors,
            data: problem.data,
            request_id: problem.request_id,
        }
    }

    /// The person would rather not prove who they are.
    pub(crate) fn declined(self) -> Self {
        Self {
            code: DECLINED.into(),
            ..self
        }
    }
    pub fn is(&self, code: &str) -> bool {
        self.code == code
    }
    /// The words for one field, if it is among those refused.
    pub fn of_field(&self, field: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|e| e.field == field)
            .map(|e| e.detail.as_str())
    }
    /// Seconds to wait before the same may be asked again.
    pub fn retry_after_s(&self) -> Option<u64> {
        self.data.get("retry_after_s")?.as_u64()
    }
    /// Whether the operation may have happened all the same: then it is repeated with its key.
    pub fn outcome_unknown(&self) -> bool {
        match self.kind {
            TroubleKind::Timeout | TroubleKind::Broken | TroubleKind::Offline => true,
            TroubleKind::Refused => self.code == IN_PROGRESS,
            TroubleKind::SignedOut => false,
        }
    }
    /// Whether asking again, unchanged, may help.
    pub fn can_retry(&self) -> bool {
        self.outcome_unknown()
    }
}

pub(crate) const IN_PROGRESS: &str = "http.in_progress";
pub(crate) const KEY_REUSED: &str = "http.idempotency_key_reused";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_becomes_words_fields_and_facts() {
        let t = Trouble::from_answer(
            422,
            r#"{"type":"urn:x","code":"location.outside_zones","title":"Not valid","status":422,
                "detail":"We don't serve this place yet.","request_id":"REQ-1",
                "errors":[{"field":"pin","code":"location.outside_zones","detail":"Outside"}],
                "data":{"nearest_en":"Tuwaiq","retry_after_s":7}}"#,
            Lang::En,
        );
        assert_eq!(t.kind, TroubleKind::Refused);
        assert_eq!(t.field.as_deref(), Some("pin"));
        assert_eq!(t.of_field("pin"), Some("Outside"));
        assert_eq!(t.of_field("slot"), None);
        assert_eq!(t.retry_after_s(), Some(7));
        assert_eq!(t.request_id.as_deref(), Some("REQ-1"));
        assert!(!t.outcome_unknown());
    }

    #[test]
    fn a_short_problem_and_no_problem_at_all() {
        let t = Trouble::from_answer(404, r#"{"code":"x.gone","title":"Not found"}"#, Lang::En);
        assert_eq!((t.detail.as_str(), t.field), ("Not found", None));
        let t = Trouble::from_answer(502, "<html>Bad gateway</html>", Lang::Ar);
        assert_eq!(t.kind, TroubleKind::Broken);
        assert_eq!(t.detail, words::BROKEN.get(Lang::Ar));
        assert!(t.outcome_unknown());
    }

    #[test]
    fn a_running_first_try_leaves_the_outcome_open() {
        let t = Trouble::from_answer(409, r#"{"code":"http.in_progress"}"#, Lang::En);
        assert!(t.outcome_unknown());
        let t = Trouble::from_answer(409, r#"{"code":"bookings.not_in_state"}"#, Lang::En);
        assert!(!t.outcome_unknown());
    }
}
