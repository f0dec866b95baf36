//! Fuzz target: the delivery reports of the SMS gateway.

#![allow(clippy::unwrap_used)]

use fuzz::Target;
use gateway_sms::{DeliveryState, parse_delivery_report};

#[test]
fn fuzz_unifonic() {
    let target = Target::of("unifonic");
    target.check(|input| {
        let read = parse_delivery_report(input);
        assert_eq!(parse_delivery_report(input), read, "it means this or that");
        let Ok(report) = read else { return };
        let state = match &report.state {
            DeliveryState::Delivered => "Delivered",
            DeliveryState::Undeliverable => "Undeliverable",
            DeliveryState::Other(text) => text,
        };
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("MessageID", &report.message_id);
        form.append_pair("DLR", state);
        for text in [
            Some(report.message_id.as_str()),
            Some(state),
            report.correlation_id.as_deref(),
        ] {
            let text = text.unwrap_or("-");
            assert!(
                (1..=128).contains(&text.len()) && !text.contains(char::is_control),
                "{report:?}"
            );
        }
        if let Some(ours) = &report.correlation_id {
            form.append_pair("CorrelationID", ours);
        }
        assert_eq!(
            parse_delivery_report(form.finish().as_bytes()),
            Ok(report.clone())
        );
    });
    target.is_linear(parse_delivery_report);
}
