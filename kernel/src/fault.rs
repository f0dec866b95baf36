//! How a refusal is said. Each module has one enum of faults in its contract, listing only
//! what a caller can act on; [`Failure`] adds the two things no caller can: the outside did not
//! answer, or we broke. The cause of those is logged once, where it happened, and goes no further.

use crate::text::Lang;
use serde::{Deserialize, Serialize};

/// What kind of refusal it is; closed. Decides the HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    BadRequest,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    TooManyRequests,
    Timeout,
    Unavailable,
    Internal,
}

impl Code {
    pub const fn http_status(self) -> u16 {
        match self {
            Self::BadRequest => 422,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooManyRequests => 429,
            Self::Timeout => 504,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

/// A named refusal with its words. Implemented by [`crate::faults!`].
pub trait Fault: std::error::Error + Clone + Send + Sync + 'static {
    /// Stable, dotted: `location.outside_zones`.
    fn code(&self) -> &'static str;
    fn class(&self) -> Code;
    /// What happened, what it means for the person, what to do; in that order.
    fn say(&self, lang: Lang) -> String;
    /// The request field at fault, a JSON path such as `pin.lat`.
    fn field(&self) -> Option<&'static str> {
        None
    }
    /// Facts a client can use (the nearest sector, the new price).
    fn data(&self) -> Option<serde_json::Value> {
        None
    }
}

/// A field that was refused and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FieldError {
    pub field: String,
    pub code: String,
    pub detail: String,
}

/// Proof that a cause was logged; carries nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident(());

impl Incident {
    /// Logs `cause` and forgets it.
    #[track_caller]
    pub fn log(cause: &dyn std::fmt::Display) -> Self {
        let at = std::panic::Location::caller();
        tracing::error!(cause = %cause, file = at.file(), line = at.line(), "internal error");
        Self(())
    }
    #[track_caller]
    pub fn warn(cause: &dyn std::fmt::Display) -> Self {
        let at = std::panic::Location::caller();
        tracing::warn!(cause = %cause, file = at.file(), line = at.line(), "dependency unavailable");
        Self(())
    }
}

/// Why a use case gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Failure<F> {
    /// A rule said no; nothing was changed.
    #[error(transparent)]
    Refused(F),
    /// Something we need did not answer. If it was a command its outcome is unknown: repeat it
    /// with the same key.
    #[error("a dependency did not answer")]
    Unavailable(Incident),
    #[error("internal error")]
    Internal(Incident),
}

/// What a use case returns.
pub type Outcome<T, F> = Result<T, Failure<F>>;

impl<F> Failure<F> {
    #[track_caller]
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(Incident::log(&cause))
    }
    #[track_caller]
    pub fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable(Incident::warn(&cause))
    }
    /// The same failure in the words of a higher module.
    pub fn lift<G: From<F>>(self) -> Failure<G> {
        match self {
            Self::Refused(fault) => Failure::Refused(fault.into()),
            Self::Unavailable(incident) => Failure::Unavailable(incident),
            Self::Internal(incident) => Failure::Internal(incident),
        }
    }
    /// For calls whose refusals cannot happen here: a refusal is then our own mistake.
    #[track_caller]
    pub fn unexpected<G>(self) -> Failure<G>
    where
        F: std::fmt::Display,
    {
        match self {
            Self::Refused(fault) => Failure::internal(fault),
            Self::Unavailable(incident) => Failure::Unavailable(incident),
            Self::Internal(incident) => Failure::Internal(incident),
        }
    }
    pub fn refused(&self) -> Option<&F> {
        match self {
            Self::Refused(fault) => Some(fault),
            _ => None,
        }
    }
}

impl<F: Fault> From<F> for Failure<F> {
    fn from(fault: F) -> Self {
        Self::Refused(fault)
    }
}

#[cfg(feature = "server")]
impl<F> From<sqlx::Error> for Failure<F> {
    #[track_caller]
    fn from(cause: sqlx::Error) -> Self {
        match cause {
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) => {
                Self::unavailable(cause)
            }
            _ => Self::internal(cause),
        }
    }
}
#[cfg(feature = "server")]
impl<F> From<redis::RedisError> for Failure<F> {
    #[track_caller]
    fn from(cause: redis::RedisError) -> Self {
        Self::unavailable(cause)
    }
}
impl<F> From<serde_json::Error> for Failure<F> {
    #[track_caller]
    fn from(cause: serde_json::Error) -> Self {
        Self::internal(cause)
    }
}

/// `result.lift()?` hands a lower module's refusal on in this module's words.
pub trait Lift<T, F> {
    fn lift<G: From<F>>(self) -> Outcome<T, G>;
    /// For a call whose refusals would be our own mistake.
    fn unexpected<G>(self) -> Outcome<T, G>
    where
        F: std::fmt::Display;
}
impl<T, F> Lift<T, F> for Outcome<T, F> {
    fn lift<G: From<F>>(self) -> Outcome<T, G> {
        self.map_err(Failure::lift)
    }
    #[track_caller]
    fn unexpected<G>(self) -> Outcome<T, G>
    where
        F: std::fmt::Display,
    {
        match self {
            Ok(value) => Ok(value),
            Err(failure) => Err(failure.unexpected()),
        }
    }
}

/// Declares a module's faults with their codes and words.
///
/// ```
/// kernel::faults! {
///     /// Why a place is refused.
///     pub enum PlaceFault {
///         /// The pin lies in no active zone.
///         Outside { nearest: String } => NotFound, "place.outside", field "pin",
///             ar "لم نصل إلى هذا الموقع بعد. أقرب حيّ نخدمه: {nearest}.",
///             en "We don't serve this place yet. The nearest district we do: {nearest}.";
///         Unknown => NotFound, "place.unknown",
///             ar "لا نعرف هذا الحيّ.",
///             en "We don't know this district.";
///     }
/// }
/// use kernel::{Fault, Lang};
/// let fault = PlaceFault::Outside { nearest: "An Narjis".into() };
/// assert_eq!(fault.code(), "place.outside");
/// assert!(fault.say(Lang::Ar).ends_with("An Narjis."));
/// assert_eq!(fault.data().unwrap()["nearest"], "An Narjis");
/// ```
/// A variant `| Name(LowerFault);` hands a lower module's fault on unchanged.
#[macro_export]
macro_rules! faults {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$vmeta:meta])*
                $variant:ident $({ $($field:ident : $ty:ty),* $(,)? })?
                    => $class:ident, $code:literal, $(field $at:literal,)?
                    ar $ar:literal, en $en:literal;
            )*
            $(| $lower:ident($lower_ty:ty);)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, $crate::reexport::serde::Serialize, $crate::reexport::serde::Deserialize)]
        #[serde(crate = "kernel::reexport::serde", rename_all = "snake_case")]
        pub enum $name {
            $(
                $(#[$vmeta])*
                $variant $({ $($field: $ty),* })?,
            )*
            $($lower($lower_ty),)*
        }

        $(impl From<$lower_ty> for $name {
            fn from(fault: $lower_ty) -> Self {
                Self::$lower(fault)
            }
        })*

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&$crate::Fault::say(self, $crate::Lang::En))
            }
        }
        impl std::error::Error for $name {}

        impl $crate::Fault for $name {
            fn code(&self) -> &'static str {
                match self {
                    $(Self::$variant $({ $($field: _),* })? => $code,)*
                    $(Self::$lower(fault) => $crate::Fault::code(fault),)*
                }
            }
            fn class(&self) -> $crate::Code {
                match self {
                    $(Self::$variant $({ $($field: _),* })? => $crate::Code::$class,)*
                    $(Self::$lower(fault) => $crate::Fault::class(fault),)*
                }
            }
            #[allow(unused_variables)]
            fn say(&self, lang: $crate::Lang) -> String {
                match self {
                    $(Self::$variant $({ $($field),* })? => match lang {
                        $crate::Lang::Ar => format!($ar),
                        $crate::Lang::En => format!($en),
                    },)*
                    $(Self::$lower(fault) => $crate::Fault::say(fault, lang),)*
                }
            }
            fn field(&self) -> Option<&'static str> {
                match self {
                    $(Self::$variant $({ $($field: _),* })? => { $(if true { return Some($at); })? None },)*
                    $(Self::$lower(fault) => $crate::Fault::field(fault),)*
                }
            }
            fn data(&self) -> Option<serde_json::Value> {
                match self {
                    $(Self::$variant $({ $($field),* })? => {
                        $(return Some(serde_json::json!({ $(stringify!($field): $field),* }));)?
                        #[allow(unreachable_code)]
                        None
                    })*
                    $(Self::$lower(fault) => $crate::Fault::data(fault),)*
                }
            }
        }
    };
}
