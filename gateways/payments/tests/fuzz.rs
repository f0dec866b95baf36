//! Fuzz target: the webhooks of the payment gateway.

#![allow(clippy::unwrap_used)]

use fuzz::Target;
use gateway_client::Secret;
use gateway_payments::{Subject, WebhookError, WebhookEvent, parse_webhook};
use serde_json::Value;

const SECRET: &str = "whsec_khidma_sandbox";

fn read(input: &[u8]) -> Result<WebhookEvent, WebhookError> {
    parse_webhook(input, &Secret::new(SECRET))
}

#[test]
fn fuzz_moyasar() {
    let target = Target::of("moyasar");
    target.check(|input| match read(input) {
        Ok(event) => {
            let said: Value = serde_json::from_slice(input).unwrap();
            assert_eq!(said["secret_token"], SECRET, "anybody may send it");
            assert_eq!(said["id"], event.id.as_str());
            // Both become keys of rows and jobs.
            assert!(is_short(&event.id), "{event:?}");
            let data = said["data"]["id"].as_str().unwrap();
            match &event.subject {
                Subject::Payment(id) => assert_eq!(data.parse(), Ok(*id)),
                Subject::Payout(id) => assert!(id == data && is_short(id), "{event:?}"),
                Subject::Other => {}
            }
            assert_eq!(read(&serde_json::to_vec(&said).unwrap()), Ok(event));
            for other in ["", "whsec_khidma_sandbo"] {
                let refused = parse_webhook(input, &Secret::new(other));
                assert_eq!(refused, Err(WebhookError::WrongSecret));
            }
        }
        Err(WebhookError::WrongSecret) => {
            // Only what is a webhook by its shape has a secret that can be wrong.
            let said: Value = serde_json::from_slice(input).unwrap();
            assert_ne!(said["secret_token"], SECRET);
        }
        Err(WebhookError::Malformed) => {}
    });
    target.is_linear(read);
}

fn is_short(id: &str) -> bool {
    (1..=128).contains(&id.len()) && !id.contains(char::is_control)
}
