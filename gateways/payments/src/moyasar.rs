use crate::wire::{WirePayment, WirePayout, WireToken, read_rejection};
use crate::{
    Authorise, CardToken, Payment, PaymentGateway, PaymentStatus, Payout, PayoutRequest,
    WebhookError, WebhookEvent, parse_webhook,
};
use async_trait::async_trait;
use gateway_client::{
    Answer, Authentication, Call, ClientError, ClientSettings, GatewayClient, GatewayError, Method,
    Probe, Secret,
};
use kernel::Money;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

/// Where Moyasar is and who we are there. `Debug` shows no key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoyasarConfig {
    /// `https://api.moyasar.com/v1`.
    pub base_url: Url,
    /// `sk_live_…` or `sk_test_…`.
    pub secret_key: Secret,
    /// `pk_…`: not a secret, the browser needs it to tokenise a card.
    pub publishable_key: String,
    /// What a webhook must carry as `secret_token`.
    pub webhook_secret: Secret,
    /// The account that payouts are paid from.
    pub payout_source_id: String,
    #[serde(default)]
    pub client: ClientSettings,
}

impl MoyasarConfig {
    /// Whether these keys move real money.
    pub fn is_live(&self) -> bool {
        self.secret_key.expose().starts_with("sk_live_")
    }
}

/// Moyasar over HTTP (FACTS §2).
#[derive(Clone, Debug)]
pub struct Moyasar {
    client: GatewayClient,
    webhook_secret: Secret,
    payout_source_id: String,
}

impl Moyasar {
    pub fn new(config: MoyasarConfig) -> Result<Self, ClientError> {
        let client = GatewayClient::new(
            "moyasar",
            config.base_url,
            Authentication::BasicKey(config.secret_key),
            read_rejection,
            config.client,
        )?;
        Ok(Self {
            client,
            webhook_secret: config.webhook_secret,
            payout_source_id: config.payout_source_id,
        })
    }

    async fn change(
        &self,
        operation: &'static str,
        id: Uuid,
        amount: Option<Money>,
        safe_to_repeat: bool,
    ) -> Result<Payment, GatewayError> {
        let body = match amount {
            Some(amount) => json!({ "amount": amount.halalas() }),
            None => json!({}),
        };
        let path = format!("payments/{id}/{operation}");
        let mut call = Call::new(operation, Method::POST, path).json(&body)?;
        if safe_to_repeat {
            call = call.safe_to_repeat();
        }
        payment_in(&self.client.send(call).await?)
    }

    /// After a failed call: the payment, if it shows that the work was done all the same.
    async fn done_after_all(
        &self,
        id: Uuid,
        error: GatewayError,
        done: impl Fn(&Payment) -> bool,
    ) -> Result<Payment, GatewayError> {
        let worth_asking = error.is_outcome_unknown()
            || matches!(error, GatewayError::Rejected { status, .. } if status != 401 && status != 403);
        if worth_asking
            && let Ok(Some(payment)) = self.payment(id).await
            && done(&payment)
        {
            return Ok(payment);
        }
        Err(error)
    }
}

#[async_trait]
impl PaymentGateway for Moyasar {
    async fn authorise(&self, request: &Authorise) -> Result<Payment, GatewayError> {
        let mut body = json!({
            "given_id": request.given_id,
            "amount": request.amount.halalas(),
            "currency": "SAR",
            "description": request.description,
            "metadata": request.metadata,
            "source": {
                "type": "token",
                "token": request.token.expose(),
                "3ds": request.three_ds,
                "manual": request.hold_only,
            },
        });
        if let Some(url) = &request.callback_url {
            body["callback_url"] = Value::from(url.as_str());
        }
        let call = Call::new("authorise", Method::POST, "payments")
            .json(&body)?
            .safe_to_repeat();
        let error = match self.client.send(call).await {
            Ok(answer) => match payment_in(&answer) {
                Ok(payment) => return Ok(payment),
                Err(error) => error,
            },
            Err(error) => error,
        };
        let used = matches!(&error, GatewayError::Rejected { code, .. } if code == "used_given_id");
        if !used && !error.is_outcome_unknown() {
            return Err(error);
        }
        match self.payment(request.given_id).await {
            Ok(Some(payment)) if payment.amount == request.amount => Ok(payment),
            Ok(Some(_)) => Err(GatewayError::Rejected {
                status: 409,
                code: "given_id_of_another_payment".into(),
                message: "the id was used for another amount".into(),
            }),
            // The request may still be on its way: not finding the payment proves nothing.
            Ok(None) | Err(_) => Err(error),
        }
    }

    async fn payment(&self, id: Uuid) -> Result<Option<Payment>, GatewayError> {
        let call = Call::new("payment", Method::GET, format!("payments/{id}"));
        found(self.client.send(call).await)?
            .map(|answer| payment_in(&answer))
            .transpose()
    }

    async fn capture(&self, id: Uuid, amount: Option<Money>) -> Result<Payment, GatewayError> {
        match self.change("capture", id, amount, true).await {
            Ok(payment) => Ok(payment),
            Err(error) => {
                self.done_after_all(id, error, |payment| {
                    payment.status == PaymentStatus::Captured
                        && payment.captured == amount.unwrap_or(payment.amount)
                })
                .await
            }
        }
    }

    async fn void(&self, id: Uuid) -> Result<Payment, GatewayError> {
        match self.change("void", id, None, true).await {
            Ok(payment) => Ok(payment),
            Err(error) => {
                self.done_after_all(id, error, |payment| payment.status == PaymentStatus::Voided)
                    .await
            }
        }
    }

    async fn refund(
        &self,
        id: Uuid,
        amount: Money,
        already_refunded: Money,
    ) -> Result<Payment, GatewayError> {
        let total = already_refunded + amount;
        let before = self.payment(id).await?.ok_or(GatewayError::Rejected {
            status: 404,
            code: "not_found".into(),
            message: String::new(),
        })?;
        if before.refunded == total {
            return Ok(before);
        }
        if before.refunded != already_refunded {
            return Err(GatewayError::Rejected {
                status: 409,
                code: "refund_out_of_step".into(),
                message: format!(
                    "refunded {} at the gateway, {} in our books",
                    before.refunded, already_refunded
                ),
            });
        }
        match self.change("refund", id, Some(amount), false).await {
            Ok(payment) => Ok(payment),
            Err(error) => {
                self.done_after_all(id, error, |payment| payment.refunded == total)
                    .await
            }
        }
    }

    async fn card_token(&self, token: &Secret) -> Result<Option<CardToken>, GatewayError> {
        let Some(id) = path_segment(token.expose()) else {
            return Ok(None);
        };
        let call = Call::new("card_token", Method::GET, format!("tokens/{id}"));
        found(self.client.send(call).await)?
            .map(|answer| answer.json::<WireToken>()?.read())
            .transpose()
    }

    async fn delete_card_token(&self, token: &Secret) -> Result<(), GatewayError> {
        let Some(id) = path_segment(token.expose()) else {
            return Ok(());
        };
        let call = Call::new("delete_card_token", Method::DELETE, format!("tokens/{id}"));
        found(self.client.send(call).await).map(|_| ())
    }

    async fn create_payout(&self, request: &PayoutRequest) -> Result<Payout, GatewayError> {
        let to = &request.beneficiary;
        let call = Call::new("create_payout", Method::POST, "payouts")
            .json(&json!({
                "source_id": self.payout_source_id,
                "sequence_number": request.sequence_number.to_string(),
                "amount": request.amount.halalas(),
                "currency": "SAR",
                "purpose": request.purpose,
                "comment": request.comment,
                "destination": {
                    "type": "bank",
                    "iban": to.iban,
                    "name": to.name,
                    "mobile": to.mobile.to_string(),
                    "country": to.country,
                    "city": to.city,
                },
            }))?
            .safe_to_repeat();
        let answer = self.client.send(call).await?;
        Ok(answer.json::<WirePayout>()?.read())
    }

    async fn payout(&self, id: &str) -> Result<Option<Payout>, GatewayError> {
        let Some(id) = path_segment(id) else {
            return Ok(None);
        };
        let call = Call::new("payout", Method::GET, format!("payout/{id}"));
        found(self.client.send(call).await)?
            .map(|answer| Ok(answer.json::<WirePayout>()?.read()))
            .transpose()
    }

    fn parse_webhook(&self, body: &[u8]) -> Result<WebhookEvent, WebhookError> {
        parse_webhook(body, &self.webhook_secret)
    }

    fn probe(&self) -> Probe {
        self.client.probe()
    }
}

fn payment_in(answer: &Answer) -> Result<Payment, GatewayError> {
    answer.json::<WirePayment>()?.read()
}

fn found(result: Result<Answer, GatewayError>) -> Result<Option<Answer>, GatewayError> {
    match result {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_status(404) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ids come from outside (a browser, a webhook): one that could change the path names nothing.
fn path_segment(id: &str) -> Option<&str> {
    let plain = !id.is_empty()
        && id.len() <= 128
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    plain.then_some(id)
}
