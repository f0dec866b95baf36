//! The stream's events, read by their tag. The derived reading of a tagged enum keeps all fields
//! aside until the tag has come, and needs the code for every type twice; and a customer's app has
//! no use for the code that reads what only staff are told.

use contract_bookings::{BookingState, Live, TechnicianDot};
use kernel::{BookingId, JobId, Time};
use serde::Deserialize;
use serde::de::Error;
use serde_json::{Result, from_str};

/// How an app reads an event's data.
pub type Reader = fn(&str) -> Result<Live>;

#[derive(Deserialize)]
struct Tag {
    #[serde(rename = "type")]
    kind: String,
}

/// What anybody may be told.
#[derive(Deserialize)]
struct Common {
    #[serde(rename = "type")]
    kind: String,
    now: Option<Time>,
    speed: Option<f64>,
    booking: Option<BookingId>,
    state: Option<BookingState>,
}

/// Errors: an event that is not whole, or that this app doesn't know.
pub fn for_customers(data: &str) -> Result<Live> {
    let event: Common = from_str(data)?;
    match (event.kind.as_str(), event.now, event.speed) {
        ("hello", Some(now), Some(speed)) => Ok(Live::Hello { now, speed }),
        ("reset", ..) => Ok(Live::Reset),
        ("notification", ..) => Ok(Live::Notification),
        ("booking", ..) => match (event.booking, event.state) {
            (Some(booking), Some(state)) => Ok(Live::Booking { booking, state }),
            _ => Err(Error::custom("news of no booking")),
        },
        (kind, ..) => Err(Error::custom(format_args!("unknown news: {kind}"))),
    }
}

#[derive(Deserialize)]
struct Gone {
    job: JobId,
}

#[derive(Deserialize)]
struct Positions {
    at: Time,
    dots: Vec<TechnicianDot>,
}

/// The same, with what only staff are told.
pub fn for_staff(data: &str) -> Result<Live> {
    Ok(match from_str::<Tag>(data)?.kind.as_str() {
        "job" => Live::Job(from_str(data)?),
        "job_gone" => Live::JobGone {
            job: from_str::<Gone>(data)?.job,
        },
        "alarm" => Live::Alarm(from_str(data)?),
        "positions" => {
            let Positions { at, dots } = from_str(data)?;
            Live::Positions { at, dots }
        }
        "presence" => Live::Presence(from_str(data)?),
        _ => return for_customers(data),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(reader: Reader, event: &serde_json::Value) {
        let text = event.to_string();
        let derived: Live = serde_json::from_value(event.clone()).unwrap();
        assert_eq!(reader(&text).unwrap(), derived, "{text}");
    }

    #[test]
    fn reads_as_the_contract_writes() {
        let id = "01a20a68-d5aa-7000-8000-000000000001";
        let common = [
            serde_json::json!({ "type": "hello", "now": "2026-12-06T06:00:00.000Z", "speed": 60.0 }),
            serde_json::json!({ "type": "booking", "booking": id, "state": "confirmed" }),
            serde_json::json!({ "type": "reset" }),
            serde_json::json!({ "type": "notification" }),
        ];
        for event in &common {
            same(for_customers, event);
            same(for_staff, event);
        }
        let staff = [
            serde_json::json!({ "type": "job_gone", "job": id }),
            serde_json::json!({ "type": "presence", "job": id, "people": [] }),
            serde_json::json!({ "type": "positions", "at": "2026-12-06T06:00:00.000Z", "dots": [] }),
            serde_json::json!({ "type": "alarm", "id": id, "clock": id, "job": id, "booking": id, "kind": "arrive",
                "category": "plumbing", "zone": "north", "severity": "warn80", "level": "dispatcher", "state": "open",
                "deadline": "2026-12-06T06:30:00.000Z", "raised_at": "2026-12-06T06:00:00.000Z" }),
        ];
        for event in &staff {
            same(for_staff, event);
            assert!(for_customers(&event.to_string()).is_err());
        }
        for bad in [
            "",
            "{}",
            r#"{"type":"hello"}"#,
            r#"{"type":"booking"}"#,
            r#"{"type":"new"}"#,
        ] {
            assert!(
                for_customers(bad).is_err() && for_staff(bad).is_err(),
                "{bad}"
            );
        }
    }
}
