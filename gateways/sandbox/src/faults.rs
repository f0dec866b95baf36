use crate::{Sandbox, lock};
use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

/// What goes wrong at one gateway. Absent fields are "nothing".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Real time between the work and its answer, not divided by the speed.
    pub latency_ms: u64,
    /// Of all calls, this share fails with 500 before any work: evenly spread, 0.25 is every
    /// fourth.
    pub fail_rate: f64,
    /// So many next calls fail with 500 before any work.
    pub next_n_500: u32,
    /// So many next calls are done, then the connection is closed without an answer. At the
    /// payment gateway only calls that change something count.
    pub drop_next_n: u32,
    /// Every webhook and report goes out twice.
    pub duplicate_webhooks: bool,
    /// Of each two webhooks the later goes first.
    pub reorder_webhooks: bool,
    /// Webhooks and reports are never sent: what happens meanwhile is never told.
    pub webhooks_off: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AllFaults {
    pub payments: Faults,
    pub sms: Faults,
    pub national_address: Faults,
    pub nominatim: Faults,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gateway {
    Payments,
    Sms,
    NationalAddress,
    Nominatim,
}

impl Gateway {
    pub const ALL: [Self; 4] = [
        Self::Payments,
        Self::Sms,
        Self::NationalAddress,
        Self::Nominatim,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Payments => "payments",
            Self::Sms => "sms",
            Self::NationalAddress => "national_address",
            Self::Nominatim => "nominatim",
        }
    }
}

impl AllFaults {
    pub fn of(&self, gateway: Gateway) -> &Faults {
        match gateway {
            Gateway::Payments => &self.payments,
            Gateway::Sms => &self.sms,
            Gateway::NationalAddress => &self.national_address,
            Gateway::Nominatim => &self.nominatim,
        }
    }
    pub fn of_mut(&mut self, gateway: Gateway) -> &mut Faults {
        match gateway {
            Gateway::Payments => &mut self.payments,
            Gateway::Sms => &mut self.sms,
            Gateway::NationalAddress => &mut self.national_address,
            Gateway::Nominatim => &mut self.nominatim,
        }
    }
}

/// The faults in force, and how far each rate has come.
#[derive(Default)]
pub(crate) struct Book {
    pub(crate) all: AllFaults,
    owed: [f64; 4],
}

#[derive(Debug, PartialEq, Eq)]
struct Fate {
    fails: bool,
    drops: bool,
    latency: Duration,
}

impl Book {
    fn next(&mut self, gateway: Gateway, changes: bool) -> Fate {
        let owed = &mut self.owed[gateway as usize];
        let faults = self.all.of_mut(gateway);
        let mut fails = false;
        if faults.next_n_500 > 0 {
            faults.next_n_500 -= 1;
            fails = true;
        } else if faults.fail_rate > 0.0 {
            *owed += faults.fail_rate.min(1.0);
            // A hair less than 1, since ten times 0.1 is not quite 1.
            if *owed >= 1.0 - 1e-9 {
                *owed -= 1.0;
                fails = true;
            }
        }
        let droppable = changes || gateway != Gateway::Payments;
        let drops = !fails && droppable && faults.drop_next_n > 0;
        if drops {
            faults.drop_next_n -= 1;
        }
        Fate {
            fails,
            drops,
            latency: Duration::from_millis(faults.latency_ms),
        }
    }
}

/// On a response: close the connection instead of sending it.
#[derive(Clone, Copy)]
pub(crate) struct DropConnection;

pub(crate) async fn middleware(
    State((sandbox, gateway)): State<(Sandbox, Gateway)>,
    request: Request,
    next: Next,
) -> Response {
    let changes = !request.method().is_safe();
    let fate = lock(&sandbox.0.faults).next(gateway, changes);
    let mut response = if fate.fails {
        let body = json!({"type": "api_error", "message": "Internal server error", "errors": null});
        (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
    } else {
        next.run(request).await
    };
    if !fate.latency.is_zero() {
        tokio::time::sleep(fate.latency).await;
    }
    if fate.drops {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response.extensions_mut().insert(DropConnection);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_first_and_rates_are_spread_evenly() {
        let mut book = Book::default();
        book.all.sms.next_n_500 = 1;
        book.all.sms.drop_next_n = 1;
        book.all.sms.fail_rate = 0.25;
        let fates: Vec<(bool, bool)> = (0..9)
            .map(|_| {
                let fate = book.next(Gateway::Sms, true);
                (fate.fails, fate.drops)
            })
            .collect();
        let failed: Vec<usize> = (0..9).filter(|i| fates[*i].0).collect();
        let dropped: Vec<usize> = (0..9).filter(|i| fates[*i].1).collect();
        assert_eq!(failed, [0, 4, 8]);
        assert_eq!(dropped, [1]);
        assert!(!book.next(Gateway::Payments, true).fails);
    }
}
