//! Another tenant's row does not exist: every operation that names a record, asked by somebody who
//! may ask it of their own, answers 404 for another's and leaves everything as it was.

use crate::access::operations;
use crate::net::{FRICTIONLESS, Load};
use crate::person::{Person, Proofs};
use crate::story::{Order, Stage, Technician, book, id, photo, quote};
use crate::world::{World, pin};
use corporate::{EnrolCompany, EnrolMember};
use kernel::access::{Reach, Role};
use kernel::{Text, UserId, minutes};
use platform::http::Access;
use reqwest::Method;
use serde_json::{Value, json};
use server::seed::DEMO_PASSWORD;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Records of one customer, one technician with their vendor, and one zone.
struct Theirs {
    bank_account_change: String,
    order: Order,
    quote: String,
    extra: String,
    receipt: String,
    place: String,
    card: String,
    message: String,
    offer: String,
    alarm: String,
    technician: String,
    passkey: String,
    request: String,
    session: String,
    /// Of a company that has others.
    branch: String,
    member: String,
}

impl Theirs {
    /// `sql` gives one id.
    async fn row(w: &World, prefix: &str, sql: &'static str) -> String {
        let id: Uuid = sqlx::query_scalar(sql)
            .fetch_one(&w.app.platform.db)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        format!("{prefix}_{}", id.simple())
    }

    async fn make(w: &World, customer: &Person) -> Self {
        // Nobody is on shift: an alarm comes.
        let waiting = id(&book(customer).await);
        let token = customer.net.card_token(FRICTIONLESS).await;
        let payment = json!({ "card_token": token, "save": true });
        let path = format!("/v1/bookings/{waiting}/payment");
        customer.post(&path, payment).await.ok();
        w.advance(minutes(20)).await;
        let alarm = Self::row(w, "alm", "select id from sla.alarms order by id limit 1").await;
        let path = format!("/v1/bookings/{waiting}/cancel");
        let cancel = json!({ "reason": "nobody came" });
        customer.post(&path, cancel).await.ok();
        w.settle().await;

        let member = w.plumbers().await.remove(0);
        let technician = Technician::on_shift(w, &member, pin()).await;
        let order = w.confirmed(customer).await;
        w.go_on(customer, &technician, &order, Stage::InProgress)
            .await;
        let receipt = id(&technician.person.upload(photo()).await.ok());
        let line = json!({ "name": "Siphon", "quantity": 1, "unit_price": 4500 });
        let ask = json!({ "lines": [line], "receipt": receipt });
        let extra = id(&technician.step(&order.job, "extra-costs", ask).await.ok());
        w.settle().await;
        let owner = w.phone(&member.owner_phone).await;
        let iban = json!({ "iban": "SA0380000000608010167519" });
        let change = owner.post("/v1/vendor/bank-account/changes", iban).await;
        w.settle().await;
        let home = json!({ "label": "Home", "pin": pin(), "note": "" });
        Self {
            bank_account_change: id(&change.ok()),
            quote: id(&quote(customer).await),
            extra,
            receipt,
            place: id(&customer.post("/v1/me/places", home).await.ok()),
            card: id(&customer.get("/v1/me/cards").await.ok()["items"][0]),
            message: Self::row(
                w,
                "msg",
                "select id from notify.messages where channel = 'in_app' limit 1",
            )
            .await,
            offer: Self::row(
                w,
                "off",
                "select id from dispatch.offers order by id desc limit 1",
            )
            .await,
            alarm,
            technician: member.card.id.to_string(),
            passkey: Self::row(
                w,
                "pky",
                "insert into identity.passkeys (id, user_id, credential_id, credential, name, added_at)
                 select gen_random_uuid(), id, 'key', '{}', 'Key', created_at from identity.users
                 where email = 'dispatcher@khidma.example' returning id",
            )
            .await,
            request: id(&customer
                .post("/v1/me/privacy-requests", json!({ "kind": "export" }))
                .await
                .ok()),
            session: id(&customer.get("/v1/me/sessions").await.ok()["items"][0]),
            branch: Self::row(
                w,
                "brn",
                "select id from corporate.branches order by id desc limit 1",
            )
            .await,
            member: Self::row(
                w,
                "usr",
                "select user_id from corporate.members where branch is null",
            )
            .await,
            order,
        }
    }

    fn body(&self, path: &str) -> Value {
        let line = json!({ "name": "Siphon", "quantity": 1, "unit_price": 4500 });
        let name = json!({ "ar": "لي", "en": "Mine" });
        match path.rsplit('/').next().unwrap() {
            "{id}" if path == "/v1/company/branches/{id}" => json!({ "version": 1, "name": name }),
            "close" | "reopen" | "remove" => json!({ "version": 1 }),
            "role" => json!({ "version": 1, "role": "corporate_manager" }),
            "cancel" | "decline" | "give-back" => json!({ "reason": "none of mine" }),
            "rating" => json!({ "stars": 5, "tags": [], "comment": "" }),
            "payment" | "approve" => json!({ "card_token": "token_of_mine" }),
            "arrive" => json!({ "point": pin() }),
            "finish" => json!({ "checklist": [] }),
            "extra-costs" => json!({ "lines": [line], "receipt": self.receipt }),
            "assign" => json!({ "technician": self.technician, "reason": "none of mine" }),
            "snooze" => json!({ "minutes": 5 }),
            "accept" => json!({ "code": "0000" }),
            "{id}" => json!({ "name": "Mine" }),
            _ => json!({}),
        }
    }

    fn named(&self, kind: &str) -> &str {
        match kind {
            "AlarmId" => &self.alarm,
            "BankAccountChangeId" => &self.bank_account_change,
            "BookingId" => &self.order.booking,
            "BranchId" => &self.branch,
            "CardId" => &self.card,
            "ExtraCostId" => &self.extra,
            "JobId" => &self.order.job,
            "MessageId" => &self.message,
            "OfferId" => &self.offer,
            "PasskeyId" => &self.passkey,
            "PrivacyRequestId" => &self.request,
            "QuoteId" => &self.quote,
            "SavedPlaceId" => &self.place,
            "SessionId" => &self.session,
            "UploadId" => &self.receipt,
            "UserId" => &self.member,
            other => panic!("a record of kind {other} is wanted here, of another tenant"),
        }
    }
}

#[tokio::test]
async fn another_tenants_row_does_not_exist() {
    let w = World::start().await;
    let customer = w.customer().await;
    let theirs = Theirs::make(&w, &customer).await;

    let mut others = w.plumbers().await;
    others.retain(|member| member.card.id.to_string() != theirs.technician);
    let colleague = others.remove(0);
    let elsewhere = w.plumbers().await.remove(0).vendor.id;
    let stranger = others
        .iter()
        .find(|member| member.vendor.id != elsewhere)
        .unwrap();
    sqlx::query(
        "update identity.grants set scope = '{\"zones\": [\"south\"]}'
         where user_id = (select id from identity.users where email = 'dispatcher.north@khidma.example')",
    )
    .execute(&w.app.platform.db)
    .await
    .unwrap();
    let south = w.staff("dispatcher.north@khidma.example").await;
    let secret = "KHIDMASTRANGERAAAAAAAAAAAAAAAAAA";
    let company = EnrolCompany {
        name: Text::new("شركة أخرى", "Another company"),
        unified_number: "7000000002".into(),
        vat_number: None,
        branches: Vec::new(),
        members: vec![EnrolMember {
            email: "manager@another.example".into(),
            name: "Another manager".into(),
            password: DEMO_PASSWORD.into(),
            totp_secret: secret.into(),
            branch: None,
        }],
        by: UserId::new(),
    };
    w.modules().corporate.enrol(company).await.unwrap();
    let another = Proofs {
        email: "manager@another.example".into(),
        password: DEMO_PASSWORD.into(),
        totp_secret: secret.into(),
    };
    let people = [
        (Role::CorporateManager, w.with_password(another).await),
        // Of another branch of theirs.
        (Role::BranchManager, w.staff("branch@company.example").await),
        (Role::Customer, w.customer().await),
        (Role::Technician, w.phone(&colleague.phone).await),
        (Role::VendorOwner, w.phone(&stranger.owner_phone).await),
        (Role::Dispatcher, south),
    ];
    w.settle().await;
    let before = w.rows().await;
    let mut tried = BTreeSet::new();
    let mut wrong = Vec::new();
    for operation in operations().await {
        let [kind] = operation.ids.as_slice() else {
            continue;
        };
        let Access::Needs(permission) = operation.access else {
            continue;
        };
        for (role, person) in &people {
            if permission
                .reach(*role)
                .is_none_or(|reach| reach == Reach::All)
            {
                continue;
            }
            let (open, rest) = operation.path.split_once('{').unwrap();
            let (_, close) = rest.split_once('}').unwrap();
            let path = format!("{open}{}{close}", theirs.named(kind));
            let load = match operation.method {
                Method::GET | Method::DELETE => Load::None,
                _ => Load::Json(theirs.body(&operation.path)),
            };
            let key = Some(Uuid::new_v4());
            let answer = person
                .send(operation.method.clone(), &path, key, load)
                .await;
            // Who would have to prove themselves anew is told that, whatever is there.
            if answer.status.as_u16() != 404 && answer.code() != "http.second_factor" {
                let name = operation.name();
                wrong.push(format!(
                    "{role:?}: {name}: {} {}",
                    answer.status, answer.json
                ));
            }
            tried.insert((role.as_str(), operation.name()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let mut after = w.rows().await;
    // It is theirs, and it is there: the same questions of the right people.
    for path in [
        format!("/v1/bookings/{}", theirs.order.booking),
        format!("/v1/quotes/{}", theirs.quote),
        format!("/v1/uploads/{}", theirs.receipt),
    ] {
        customer.get(&path).await.ok();
    }
    let dispatcher = w.staff("dispatcher@khidma.example").await;
    for path in [
        format!("/v1/dispatch/jobs/{}", theirs.order.job),
        format!("/v1/staff/bookings/{}", theirs.order.booking),
        format!("/v1/staff/jobs/{}/people", theirs.order.job),
    ] {
        dispatcher.get(&path).await.ok();
    }
    assert!(tried.len() > 35, "{} were tried: {tried:?}", tried.len());
    // What refuses keeps nothing but the sessions of whoever asked.
    for table in ["identity.sessions", "identity.refresh_tokens"] {
        after.insert(table.into(), before[table]);
    }
    assert_eq!(after, before);
    w.finish().await;
}
