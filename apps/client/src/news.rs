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
    use contract_bookings::Presence;
    use contract_sla::{Alarm, AlarmLevel, AlarmSeverity, AlarmState, ClockKind};
    use kernel::{AlarmId, ClockId, Slug};

    fn at(minute: i64) -> Time {
        Time::from_millis(1_796_536_800_000 + minute * 60_000)
    }

    fn alarm() -> Alarm {
        Alarm {
            id: AlarmId::new(),
            clock: ClockId::new(),
            job: JobId::new(),
            booking: BookingId::new(),
            kind: ClockKind::Arrive,
            category: Slug::parse("plumbing").unwrap(),
            zone: Slug::parse("north").unwrap(),
            severity: AlarmSeverity::Warn80,
            level: AlarmLevel::Dispatcher,
            state: AlarmState::Open,
            deadline: at(30),
            expected_at: None,
            raised_at: at(0),
            acknowledged_by: None,
            acknowledged_at: None,
            snoozed_until: None,
        }
    }

    #[test]
    fn reads_what_the_contract_writes() {
        let (job, booking) = (JobId::new(), BookingId::new());
        let state = BookingState::Confirmed;
        let (now, speed) = (at(0), 60.0);
        for news in [
            Live::Hello { now, speed },
            Live::Booking { booking, state },
            Live::Reset,
            Live::Notification,
        ] {
            let text = serde_json::to_string(&news).unwrap();
            assert_eq!(for_customers(&text).unwrap(), news);
            assert_eq!(for_staff(&text).unwrap(), news);
        }
        let people = Vec::new();
        let dots = Vec::new();
        for news in [
            Live::JobGone { job },
            Live::Alarm(alarm()),
            Live::Positions { at: now, dots },
            Live::Presence(Presence { job, people }),
        ] {
            let text = serde_json::to_string(&news).unwrap();
            assert_eq!(for_staff(&text).unwrap(), news);
            assert!(for_customers(&text).is_err());
        }
    }

    #[test]
    fn what_is_not_whole_or_not_known_is_an_error() {
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
