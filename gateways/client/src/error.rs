/// What became of a call to a gateway, as far as the caller can act on it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// The request left, and no whole answer came in time or the connection broke first. **The
    /// outcome is unknown**: ask the gateway before deciding anything.
    #[error("no answer from the gateway, the outcome is unknown")]
    TimedOut,
    /// No connection could be made: the gateway has not seen the request.
    #[error("the gateway cannot be reached")]
    Unreachable,
    /// Not sent: too many calls failed of late.
    #[error("calls to the gateway are suspended for {retry_after_ms} ms")]
    CircuitOpen { retry_after_ms: u64 },
    /// Refused unread because we call too often.
    #[error("the gateway asks for fewer calls")]
    RateLimited { retry_after_ms: Option<u64> },
    /// The gateway answered with a refusal. `code` is its own error type; `message` is its own
    /// words, which may repeat what we sent, so it is not part of `Display`.
    #[error("the gateway refused: {status} {code}")]
    Rejected {
        status: u16,
        code: String,
        message: String,
    },
    /// An answer came that is not what the protocol says. If the call changes something, it may
    /// have been done.
    #[error("unexpected answer from the gateway: {reason}")]
    BadAnswer { reason: String },
}

impl GatewayError {
    /// Whether the gateway may have done what was asked. A server error counts: nothing says
    /// whether it came before or after the work.
    pub fn is_outcome_unknown(&self) -> bool {
        match self {
            Self::TimedOut | Self::BadAnswer { .. } => true,
            Self::Rejected { status, .. } => *status >= 500,
            Self::Unreachable | Self::CircuitOpen { .. } | Self::RateLimited { .. } => false,
        }
    }

    /// Whether trying the same call again later may go better: the trouble is with the gateway
    /// or the way to it, not with what was asked.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Rejected { status, .. } => *status >= 500,
            _ => true,
        }
    }

    /// Short and constant, for metrics and logs.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::TimedOut => "timed_out",
            Self::Unreachable => "unreachable",
            Self::CircuitOpen { .. } => "circuit_open",
            Self::RateLimited { .. } => "rate_limited",
            Self::Rejected { status, .. } if *status >= 500 => "server_error",
            Self::Rejected { .. } => "rejected",
            Self::BadAnswer { .. } => "bad_answer",
        }
    }

    pub fn is_status(&self, wanted: u16) -> bool {
        matches!(self, Self::Rejected { status, .. } if *status == wanted)
    }

    pub fn bad_answer(reason: impl Into<String>) -> Self {
        Self::BadAnswer {
            reason: reason.into(),
        }
    }

    /// Whether this outcome speaks against the gateway's health. A refusal or a rate limit is a
    /// living gateway.
    pub(crate) fn is_breakdown(&self) -> bool {
        match self {
            Self::TimedOut | Self::Unreachable | Self::BadAnswer { .. } => true,
            Self::Rejected { status, .. } => *status >= 500,
            Self::CircuitOpen { .. } | Self::RateLimited { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_have_been_done_is_unknown() {
        let rejected = |status| GatewayError::Rejected {
            status,
            code: "x".into(),
            message: "+966501234567".into(),
        };
        for (error, unknown, breakdown) in [
            (GatewayError::TimedOut, true, true),
            (GatewayError::Unreachable, false, true),
            (
                GatewayError::CircuitOpen { retry_after_ms: 1 },
                false,
                false,
            ),
            (
                GatewayError::RateLimited {
                    retry_after_ms: None,
                },
                false,
                false,
            ),
            (rejected(400), false, false),
            (rejected(502), true, true),
            (GatewayError::bad_answer("not JSON"), true, true),
        ] {
            assert_eq!(error.is_outcome_unknown(), unknown, "{error}");
            assert_eq!(error.is_breakdown(), breakdown, "{error}");
        }
        assert!(!rejected(400).to_string().contains("966"));
    }
}
