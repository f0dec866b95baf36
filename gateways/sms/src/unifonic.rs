use crate::{SmsGateway, SmsReceipt, parts};
use async_trait::async_trait;
use gateway_client::{
    Authentication, Call, ClientError, ClientSettings, GatewayClient, GatewayError, Method, Probe,
    Rejection, Secret,
};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// Where Unifonic is and who we are there. `Debug` shows no key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnifonicConfig {
    /// `https://el.cloud.unifonic.com`.
    pub base_url: Url,
    pub app_sid: Secret,
    /// Registered, at most 11 characters.
    pub sender_id: String,
    /// Where delivery reports go; it must carry a secret of ours. `None`: no reports.
    #[serde(default)]
    pub status_callback: Option<Url>,
    #[serde(default)]
    pub client: ClientSettings,
}

/// Unifonic over HTTP (FACTS §3).
#[derive(Clone, Debug)]
pub struct Unifonic {
    client: GatewayClient,
    app_sid: Secret,
    sender_id: String,
    status_callback: Option<Url>,
}

impl Unifonic {
    pub fn new(config: UnifonicConfig) -> Result<Self, ClientError> {
        let client = GatewayClient::new(
            "unifonic",
            config.base_url,
            Authentication::None,
            read_rejection,
            config.client,
        )?;
        Ok(Self {
            client,
            app_sid: config.app_sid,
            sender_id: config.sender_id,
            status_callback: config.status_callback,
        })
    }
}

#[async_trait]
impl SmsGateway for Unifonic {
    async fn send(
        &self,
        to_e164: &str,
        body: &str,
        correlation_id: &str,
    ) -> Result<SmsReceipt, GatewayError> {
        let mut fields = vec![
            ("AppSid", self.app_sid.expose()),
            ("SenderID", self.sender_id.as_str()),
            ("Recipient", to_e164.trim_start_matches('+')),
            ("Body", body),
            ("responseType", "JSON"),
            ("CorrelationID", correlation_id),
            ("async", "false"),
        ];
        if let Some(url) = &self.status_callback {
            fields.push(("statusCallback", url.as_str()));
        }
        let call = Call::new("send", Method::POST, "rest/SMS/messages").form(fields);
        let receipt = |message_id, duplicate| SmsReceipt {
            message_id,
            duplicate,
            parts: parts(body).count,
        };
        match self.client.send(call).await {
            Ok(answer) => Ok(receipt(Some(accepted(&answer.json()?)?), false)),
            Err(error) if error.is_status(409) => Ok(receipt(None, true)),
            Err(error) => Err(error),
        }
    }

    fn probe(&self) -> Probe {
        self.client.probe()
    }
}

#[derive(Deserialize)]
struct Answered {
    /// A bool, or a bool written as text.
    success: Value,
    #[serde(default, rename = "errorCode")]
    error_code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    data: Option<Value>,
}

/// The message's id, or the refusal that came with status 200.
fn accepted(answer: &Answered) -> Result<String, GatewayError> {
    let success = match &answer.success {
        Value::Bool(success) => *success,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        _ => {
            return Err(GatewayError::bad_answer(
                "success is neither true nor false",
            ));
        }
    };
    if !success {
        return Err(GatewayError::Rejected {
            status: 200,
            code: answer.error_code.clone().unwrap_or_default(),
            message: answer.message.clone().unwrap_or_default(),
        });
    }
    match answer.data.as_ref().and_then(|data| data.get("MessageID")) {
        Some(Value::String(id)) => Ok(id.clone()),
        Some(Value::Number(id)) => Ok(id.to_string()),
        _ => Err(GatewayError::bad_answer("no MessageID")),
    }
}

fn read_rejection(body: &[u8]) -> Rejection {
    match serde_json::from_slice::<Answered>(body) {
        Ok(answer) => Rejection {
            code: answer.error_code.unwrap_or_default(),
            message: answer.message.unwrap_or_default(),
        },
        Err(_) => Rejection {
            code: "unreadable".into(),
            message: String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<String, GatewayError> {
        accepted(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn success_is_a_bool_or_a_text_and_ids_are_numbers_or_texts() {
        let yes = include_str!("../tests/vectors/sent.json");
        assert_eq!(read(yes).unwrap(), "3200017889310");
        let text =
            r#"{"success":"true","errorCode":"ER-00","data":{"MessageID":"77","Status":"Queued"}}"#;
        assert_eq!(read(text).unwrap(), "77");
        for no in [
            include_str!("../tests/vectors/refused.json"),
            r#"{"success":false,"message":"x","errorCode":"ER-482"}"#,
        ] {
            let error = read(no).unwrap_err();
            assert!(
                matches!(&error, GatewayError::Rejected { status: 200, code, .. } if code == "ER-482"),
                "{error}"
            );
            assert!(!error.is_outcome_unknown());
        }
        assert!(matches!(
            read(r#"{"success":true,"data":{}}"#),
            Err(GatewayError::BadAnswer { .. })
        ));
    }
}
