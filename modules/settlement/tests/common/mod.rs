//! Settlement over a real database and a real sandbox gateway.

#![allow(dead_code, clippy::unwrap_used)]

use contract_settlement::*;
use gateway_payments::{ClientSettings, Moyasar, MoyasarConfig};
use gateway_sandbox::SandboxConfig;
use kernel::access::{Actor, Role};
use kernel::{BookingId, Clock, Event, Money, Text, Time, UserId, VendorId};
use platform::queue::Registry;
use platform::testing::{TestHttp, TestPlatform, actor};
use serde_json::{Value, json};
use settlement::{MIGRATOR, Settlement, SettlementSettings};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use uuid::Uuid;

/// A challenge first.
pub(crate) const MADA: &str = "4201320111111010";
pub(crate) const FRICTIONLESS: &str = "4111114005765430";
pub(crate) const CODE_51: &str = "4201320000311101";
pub(crate) const IBAN: &str = "SA0380000000608010167519";
/// The sandbox's bank sends this one back.
pub(crate) const RETURNING_IBAN: &str = "SA9280000000608010160000";

pub(crate) struct World {
    pub t: TestPlatform,
    pub settlement: Arc<Settlement>,
    pub http: TestHttp,
    pub sandbox: String,
    pub client: reqwest::Client,
    pub gateway: Arc<Moyasar>,
    events: Arc<Mutex<Vec<(&'static str, Value)>>>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(ClientSettings {
            attempt_timeout_ms: 5_000,
            backoff_base_ms: 2,
            backoff_cap_ms: 10,
            ..ClientSettings::default()
        })
        .await
    }

    /// The first trouble is reported: nothing is tried twice inside one call.
    pub(crate) async fn impatient() -> Self {
        Self::with(ClientSettings {
            attempt_timeout_ms: 1_000,
            max_attempts: 1,
            ..ClientSettings::default()
        })
        .await
    }

    async fn with(client: ClientSettings) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sandbox = format!("http://{}", listener.local_addr().unwrap());
        let config = SandboxConfig {
            returning_ibans: vec![RETURNING_IBAN.into()],
            payout_delay_ms: 3_600_000,
            ..SandboxConfig::default()
        };
        let gateway = Moyasar::new(MoyasarConfig {
            base_url: format!("{sandbox}/moyasar/v1").parse().unwrap(),
            secret_key: config.secret_key.clone().into(),
            publishable_key: config.publishable_key.clone(),
            webhook_secret: config.webhook_secret.clone().into(),
            payout_source_id: config.payout_source_id.clone(),
            client,
        })
        .unwrap();
        tokio::spawn(gateway_sandbox::serve(
            listener,
            config,
            std::future::pending(),
        ));
        let mut t = TestPlatform::start(&[&MIGRATOR]).await;
        let gateway = Arc::new(gateway);
        let settlement = Settlement::new(
            t.platform.clone(),
            gateway.clone(),
            SettlementSettings::default(),
        );
        settlement.register(&mut t.registry);
        let events = Arc::default();
        listen::<HoldAuthorized>(&mut t.registry, &events);
        listen::<HoldDeclined>(&mut t.registry, &events);
        listen::<HoldExpired>(&mut t.registry, &events);
        listen::<BookingSettled>(&mut t.registry, &events);
        listen::<PayoutPaid>(&mut t.registry, &events);
        listen::<PayoutReturned>(&mut t.registry, &events);
        t.subscribe().await;
        let http = t.http(settlement.router().into());
        Self {
            t,
            settlement,
            http,
            sandbox,
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            gateway,
            events,
        }
    }

    pub(crate) fn api(&self) -> &dyn contract_settlement::Settlement {
        &*self.settlement
    }
    pub(crate) fn clock(&self) -> &Clock {
        &self.t.clock
    }
    pub(crate) fn now(&self) -> Time {
        self.t.now()
    }

    /// How often this event was told.
    pub(crate) fn told<E: Event>(&self) -> Vec<Value> {
        let events = self.events.lock().unwrap();
        events
            .iter()
            .filter(|(name, _)| *name == E::NAME)
            .map(|(_, event)| event.clone())
            .collect()
    }

    pub(crate) async fn faults(&self, payments: Value) {
        let put = self.client.put(format!("{}/sandbox/faults", self.sandbox));
        let answer = put.json(&json!({ "payments": payments })).send().await;
        assert!(answer.unwrap().status().is_success());
    }

    /// Stores a card as the browser does.
    pub(crate) async fn token(&self, number: &str) -> String {
        let card = json!({"name": "Sara Ahmad", "number": number, "month": "12", "year": "2035", "cvc": "123", "save_only": true});
        let key = SandboxConfig::default().publishable_key;
        let post = self
            .client
            .post(format!("{}/moyasar/v1/tokens", self.sandbox));
        let answer = post.basic_auth(key, Some("")).json(&card).send().await;
        let token: Value = answer.unwrap().json().await.unwrap();
        token["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn order(&self, booking: &Booking, card: &str, halalas: i64) -> PlaceHold {
        PlaceHold {
            key: Uuid::new_v4(),
            booking: booking.id,
            customer: booking.customer,
            purpose: HoldPurpose::Booking,
            amount: sar(halalas),
            card: PayWith::Token {
                token: self.token(card).await,
                save: false,
            },
            callback_url: "http://127.0.0.1:9/back".into(),
            description: "booking".into(),
        }
    }

    /// A hold that stands, without a challenge.
    pub(crate) async fn held(&self, booking: &Booking, halalas: i64) -> Hold {
        let order = self.order(booking, FRICTIONLESS, halalas).await;
        let hold = self.api().place_hold(order).await.unwrap();
        assert_eq!(hold.status, HoldStatus::Authorized);
        hold
    }

    pub(crate) async fn press(&self, hold: &Hold, decision: &str) {
        let page = hold.challenge_url.as_ref().expect("a challenge");
        let no_redirects = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let post = no_redirects.post(page).form(&[("decision", decision)]);
        assert_eq!(post.send().await.unwrap().status(), 303);
    }

    /// Payments at the gateway: `(id, status, captured)`.
    pub(crate) async fn payments(&self) -> Vec<(String, String, i64)> {
        let get = self
            .client
            .get(format!("{}/moyasar/v1/payments", self.sandbox));
        let get = get.basic_auth(SandboxConfig::default().secret_key, Some(""));
        let list: Value = get.send().await.unwrap().json().await.unwrap();
        let list = list["payments"].as_array().unwrap();
        list.iter()
            .map(|p| {
                let text = |name: &str| p[name].as_str().unwrap().to_owned();
                (text("id"), text("status"), p["captured"].as_i64().unwrap())
            })
            .collect()
    }

    pub(crate) async fn run(&self) {
        self.t.run_pending_jobs().await;
    }

    /// An account's balance; a debit is positive.
    pub(crate) async fn balance(&self, account: &str) -> i64 {
        self.column(account, "balance_halalas").await
    }
    pub(crate) async fn in_flight(&self, account: &str) -> i64 {
        self.column(account, "pending_halalas").await
    }
    async fn column(&self, account: &str, column: &str) -> i64 {
        let sql = format!(
            "select coalesce(sum({column}), 0)::bigint from settlement.balances where account = $1"
        );
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(account)
            .fetch_one(&self.t.platform.db)
            .await
            .unwrap()
    }

    pub(crate) async fn the_books_balance(&self) {
        let books = self.settlement.trial_balance().await.unwrap();
        assert!(books.is_sound(), "{books:?}");
    }

    /// A booking held, settled and split.
    pub(crate) async fn settled(&self, booking: &Booking) {
        self.held(booking, booking.agreed.total().halalas()).await;
        self.api().settle(booking.agreed.clone()).await.unwrap();
        self.run().await;
    }

    pub(crate) async fn payee(&self, vendor: VendorId, iban: &str) {
        let payee = Payee {
            vendor,
            name: Text::new("سباكة النرجس", "Narjis Plumbing"),
            iban: iban.into(),
            mobile: "0501234567".into(),
            city: "Riyadh".into(),
            as_of: self.clock().now(),
        };
        self.settlement.set_payee(payee).await.unwrap();
    }

    pub(crate) async fn webhook(&self, body: &Value) -> platform::testing::TestAnswer {
        let body = serde_json::to_vec(body).unwrap();
        self.http
            .post_bytes("/v1/webhooks/moyasar", "application/json", body)
            .await
    }
}

fn listen<E: Event>(registry: &mut Registry, events: &Arc<Mutex<Vec<(&'static str, Value)>>>) {
    let events = events.clone();
    registry.on::<E, _>("test.listener", move |_, event: E| {
        let event = serde_json::to_value(event).unwrap();
        events.lock().unwrap().push((E::NAME, event));
        async { Ok(()) }
    });
}

/// 30 SAR fee and 200 SAR of service at 15 %, by a registered vendor.
pub(crate) struct Booking {
    pub id: BookingId,
    pub customer: UserId,
    pub vendor: VendorId,
    pub agreed: SettleBooking,
}

pub(crate) fn booking() -> Booking {
    booking_of(VendorId::new())
}

pub(crate) fn booking_of(vendor: VendorId) -> Booking {
    let (id, customer) = (BookingId::new(), UserId::new());
    Booking {
        id,
        customer,
        vendor,
        agreed: SettleBooking {
            booking: id,
            customer,
            vendor,
            platform_fee: sar(3000),
            service: sar(20000),
            materials: Money::ZERO,
            commission_basis_points: 1500,
            vendor_vat_registered: true,
            hold_days: 45,
        },
    }
}

impl Booking {
    pub(crate) fn wallet(&self) -> String {
        format!("customer:{}:wallet", self.customer)
    }
    pub(crate) fn held(&self) -> String {
        format!("vendor:{}:held", self.vendor)
    }
    pub(crate) fn payable(&self) -> String {
        format!("vendor:{}:payable", self.vendor)
    }
    pub(crate) fn in_transit(&self) -> String {
        format!("vendor:{}:payout_in_transit", self.vendor)
    }
}

pub(crate) const CLEARING: &str = "gateway:moyasar:clearing";

pub(crate) fn sar(halalas: i64) -> Money {
    Money::from_halalas(halalas)
}

pub(crate) fn officer() -> Actor {
    actor(Role::FinanceOfficer)
}
