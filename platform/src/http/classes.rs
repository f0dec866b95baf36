//! What a request of each kind may take.

use super::gcra::Rate;
use axum::http::Method;
use std::time::Duration;

/// A kind of request, by its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// A JSON body, a JSON answer.
    Api,
    /// A file.
    Upload,
    /// An answer that goes on; who may have how many is the stream's own matter.
    Live,
    /// A gateway that tells us something.
    Webhook,
    /// Pages and files of the apps, descriptions.
    Static,
    /// Calls between our own processes, and what only development has.
    Internal,
    /// Whether we are well: for probes, which must hear of it while Redis is silent. Each process
    /// counts them for itself.
    Health,
}

impl Class {
    pub const ALL: [Self; 7] = [
        Self::Api,
        Self::Upload,
        Self::Live,
        Self::Webhook,
        Self::Static,
        Self::Internal,
        Self::Health,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Upload => "upload",
            Self::Live => "live",
            Self::Webhook => "webhook",
            Self::Static => "static",
            Self::Internal => "internal",
            Self::Health => "health",
        }
    }
}

/// Which class a route is of: the method, and the path as it was declared.
pub type Classify = fn(&Method, &str) -> Class;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most bytes of a body.
    pub body: usize,
    /// Until all of the body is there.
    pub body_time: Duration,
    /// Until the answer begins.
    pub time: Duration,
    /// Requests at a time; more are refused at once rather than queued without end.
    pub concurrency: usize,
    /// Per member, after the token is checked.
    pub actor: Rate,
    /// Per network address, before anything is done.
    pub address: Rate,
}

/// One per class, in the order of [`Class::ALL`].
#[derive(Debug, Clone)]
pub struct ClassLimits([Limits; 7]);

impl ClassLimits {
    pub fn of(&self, class: Class) -> &Limits {
        &self.0[class as usize]
    }
    pub fn set(&mut self, class: Class, change: impl FnOnce(&mut Limits)) {
        change(&mut self.0[class as usize]);
    }
}

impl Default for ClassLimits {
    fn default() -> Self {
        let api = Limits {
            body: 256 * 1024,
            body_time: Duration::from_secs(10),
            time: Duration::from_secs(30),
            concurrency: 512,
            actor: Rate::NONE,
            address: Rate::NONE,
        };
        Self(Class::ALL.map(|class| match class {
            Class::Api => api,
            Class::Upload => Limits {
                body: 11 * 1024 * 1024,
                body_time: Duration::from_secs(60),
                time: Duration::from_secs(70),
                concurrency: 32,
                ..api
            },
            Class::Live => Limits {
                time: Duration::from_secs(10),
                ..api
            },
            Class::Webhook => Limits {
                concurrency: 64,
                ..api
            },
            Class::Static => Limits {
                time: Duration::from_secs(15),
                concurrency: 256,
                ..api
            },
            Class::Internal => Limits {
                body: 11 * 1024 * 1024,
                ..api
            },
            Class::Health => Limits {
                time: Duration::from_secs(10),
                ..api
            },
        }))
    }
}
