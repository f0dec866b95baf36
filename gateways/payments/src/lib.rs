//! Card holds, captures, refunds and payouts through a payment gateway.
//!
//! Invariants:
//! - No card number passes here: a payment is made from a token that the gateway gave to the
//!   customer's browser.
//! - Every operation is safe to repeat: a hold by the id we give it, a capture and a void by the
//!   state they leave, a refund by how much was refunded before, a payout by its sequence number.
//!   After [`GatewayError::TimedOut`] the caller repeats the same call or asks for the payment.
//! - A webhook only says "look again": what it carries is never believed.

mod moyasar;
mod payment;
mod payout;
mod token;
mod webhook;
mod wire;

pub use gateway_client::{BreakerState, ClientSettings, GatewayError, Probe, Secret};
pub use moyasar::{Moyasar, MoyasarConfig};
pub use payment::{
    Authorise, DeclineReason, Declined, Outcome, Payment, PaymentSource, PaymentStatus,
};
pub use payout::{Beneficiary, Payout, PayoutRequest, PayoutStatus, SequenceNumber};
pub use token::{CardToken, CardTokenStatus};
pub use webhook::{Subject, WebhookError, WebhookEvent, WebhookKind, parse_webhook};

use async_trait::async_trait;
use kernel::Money;
use uuid::Uuid;

/// What the platform asks of a payment gateway.
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// Places a hold (or takes the money, see [`Authorise::hold_only`]). A decline is not an
    /// error: look at [`Payment::outcome`]. Repeating it with the same `given_id` returns the
    /// first payment.
    async fn authorise(&self, request: &Authorise) -> Result<Payment, GatewayError>;

    /// The payment as the gateway has it now, `None` if it has none by that id.
    async fn payment(&self, id: Uuid) -> Result<Option<Payment>, GatewayError>;

    /// Takes the held money, or part of it, which releases the rest. `None` takes all. Repeating
    /// it with the same amount is doing it once.
    async fn capture(&self, id: Uuid, amount: Option<Money>) -> Result<Payment, GatewayError>;

    /// Releases a hold, or undoes a payment of the last two hours. Repeating it is doing it once.
    async fn void(&self, id: Uuid) -> Result<Payment, GatewayError>;

    /// Gives `amount` back, on top of the `already_refunded` that our books know of. If the
    /// gateway's total is already the sum of the two, this refund has been done; if it is
    /// anything else than `already_refunded`, the call is refused with the code
    /// `refund_out_of_step` and nothing is sent.
    async fn refund(
        &self,
        id: Uuid,
        amount: Money,
        already_refunded: Money,
    ) -> Result<Payment, GatewayError>;

    /// A stored card, `None` if the gateway has none by that token.
    async fn card_token(&self, token: &Secret) -> Result<Option<CardToken>, GatewayError>;

    /// Forgets a stored card; forgetting an unknown one is done already.
    async fn delete_card_token(&self, token: &Secret) -> Result<(), GatewayError>;

    /// Sends money to a bank account. The same sequence number is the same payout.
    async fn create_payout(&self, request: &PayoutRequest) -> Result<Payout, GatewayError>;

    /// The payout by the gateway's id, `None` if it has none.
    async fn payout(&self, id: &str) -> Result<Option<Payout>, GatewayError>;

    /// Reads a webhook that claims to come from the gateway, after checking its secret.
    fn parse_webhook(&self, body: &[u8]) -> Result<WebhookEvent, WebhookError>;

    /// The state of the connection, without calling.
    fn probe(&self) -> Probe;
}
