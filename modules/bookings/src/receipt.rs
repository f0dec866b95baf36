//! A booking's receipt: what was agreed, where the money is, and, once it was taken, the tax
//! invoice's QR code.

use crate::Bookings;
use crate::read::load_view;
use axum::extract::{Path, State};
use contract_bookings::{BookingFault, BookingMoney, BookingView, ExtraLine, MoneyState, Receipt};
use contract_settlement::{Statement, zatca};
use kernel::access::may;
use kernel::{BookingId, Lang, Lift, Money, Outcome, UserId, VAT_BASIS_POINTS};
use platform::http::{Permit, Problem, Reply};
use std::sync::Arc;

/// The receipt of a booking of one's own
///
/// From the moment the money is held. The QR code is there once it was taken.
#[utoipa::path(get, path = "/v1/bookings/{id}/receipt", tag = "bookings",
    params(("id" = BookingId, Path)),
    responses((status = 200, body = Receipt), (status = "default", body = Problem)),
    security(("bearer" = [])))]
pub(crate) async fn show(
    State(me): State<Arc<Bookings>>,
    permit: Permit<may::BookingsRead>,
    Path(id): Path<BookingId>,
) -> Result<Reply<Receipt>, Problem> {
    Ok(Reply::ok(me.receipt(id, permit.actor.user).await?))
}

impl Bookings {
    async fn receipt(&self, id: BookingId, customer: UserId) -> Outcome<Receipt, BookingFault> {
        let mut tx = self.p.db.begin().await?;
        let own = sqlx::query_scalar!(
            r#"select customer as "customer: UserId" from bookings.bookings where id = $1"#,
            id.uuid()
        )
        .fetch_optional(&mut *tx)
        .await?;
        if own != Some(customer) {
            return Err(BookingFault::UnknownBooking.into());
        }
        let view = load_view(&mut tx, id).await?;
        tx.commit().await?;
        if view.money.state == MoneyState::None {
            return Err(BookingFault::NoReceipt.into());
        }
        let statement = self.below.settlement.statement(id).await.lift()?;
        Ok(receipt(view, statement))
    }
}

fn receipt(view: BookingView, statement: Statement) -> Receipt {
    let money = so_far(view.money, &statement);
    let total = if view.fee.is_positive() {
        view.fee
    } else {
        view.total + view.materials
    };
    let vat = total.vat_inside(VAT_BASIS_POINTS);
    let seller = statement.seller;
    let qr = statement
        .captured_at
        .filter(|_| money.state == MoneyState::Charged)
        .map(|at| {
            zatca::qr(
                seller.name.get(Lang::Ar),
                &seller.vat_number,
                at,
                total,
                vat,
            )
        });
    let materials: Vec<ExtraLine> = view
        .extras
        .into_iter()
        .filter(|extra| extra.state == "approved")
        .flat_map(|extra| extra.lines)
        .collect();
    Receipt {
        booking: view.id,
        reference: view.reference,
        seller_name: seller.name,
        vat_number: seller.vat_number,
        issued_at: statement.captured_at.unwrap_or(view.created_at),
        service_name: view.service_name,
        lines: view.lines,
        materials,
        total,
        vat,
        fee: view.fee,
        remedy: view.remedy,
        money,
        card: statement.card,
        status: money.state,
        qr,
    }
}

/// The booking's end comes before the bank's: until the gateway has taken the money it is held.
fn so_far(money: BookingMoney, statement: &Statement) -> BookingMoney {
    if money.state != MoneyState::Charged || statement.captured_at.is_some() {
        return money;
    }
    BookingMoney {
        state: MoneyState::Held,
        held: money.charged + money.returned,
        charged: Money::ZERO,
        returned: Money::ZERO,
    }
}
