//! One person's records: the copy of them, and what is left after their erasure.

use super::{Desk, below, desk, id};
use kernel::access::Role;
use kernel::{Basis, Obstacle, Subject, UserId};
use platform::personal::{Copied, Kept, PersonalRecords};
use platform::testing::actor;
use serde_json::{Value, json};

const NOTE: &str = "Blue gate, ask for Hessa";
const COMMENT: &str = "Kind to my grandmother";
/// Of the stand-in for location; the bookings are made at 24.8, 46.65.
const EXACT: (f64, f64) = (24.812_345, 46.607_891);

fn nobody() -> Subject {
    Subject {
        user: UserId::new(),
        technician: None,
        vendor: None,
    }
}

fn rows<'a>(copied: &'a Copied, table: &str) -> &'a [Value] {
    let table = copied.tables.iter().find(|t| t.name == table);
    table.map_or(&[], |table| &table.rows)
}

fn kept(what: &str, rows: u64, basis: Basis) -> Kept {
    Kept::some(what, rows, basis).unwrap()
}

impl Desk {
    pub(super) async fn photo(&self) -> String {
        let photo = below::PNG.to_vec();
        let uploaded = self
            .technician
            .post_bytes("/v1/uploads", "image/png", photo)
            .await;
        id(&uploaded.ok()).to_owned()
    }

    pub(super) async fn there(&self, photo: &str) -> bool {
        let objects = &self.t.platform.objects;
        objects.get(&format!("bookings/{photo}")).await.is_ok()
    }

    async fn extra(&self, booking: &Value, decide: &str) -> String {
        let receipt = self.photo().await;
        let lines = json!([{ "name": "خلاط", "quantity": 2, "unit_price": 4250 }]);
        let ask = json!({ "lines": lines, "receipt": receipt });
        let extra = self.step(booking, "extra-costs", ask).await.ok();
        let path = format!("/v1/extra-costs/{}/{decide}", id(&extra));
        let body = match decide {
            "approve" => json!({ "card_token": "token_ok" }),
            _ => Value::Null,
        };
        self.customer.post(&path, &body).await.ok();
        self.t.run_pending_jobs().await;
        receipt
    }

    /// A visit with everything: a note, a receipt that was paid and one that was not, a photo of the
    /// home, a rating. Settled. Gives the booking, its receipts and its photo.
    async fn whole_visit(&self) -> (Value, [String; 2], String) {
        let booking = self.in_progress().await;
        sqlx::query(
            "update bookings.bookings set address_note = $1, lat = $2, lon = $3 where id = $4",
        )
        .bind(NOTE)
        .bind(EXACT.0)
        .bind(EXACT.1)
        .bind(id(&booking).parse::<kernel::BookingId>().unwrap().uuid())
        .execute(&self.t.platform.db)
        .await
        .unwrap();
        sqlx::query(
            "update bookings.quotes set place = jsonb_set(place, '{point}', $1)
             where id = (select quote from bookings.bookings where id = $2)",
        )
        .bind(json!({ "lat": EXACT.0, "lon": EXACT.1 }))
        .bind(id(&booking).parse::<kernel::BookingId>().unwrap().uuid())
        .execute(&self.t.platform.db)
        .await
        .unwrap();
        let receipts = [
            self.extra(&booking, "approve").await,
            self.extra(&booking, "decline").await,
        ];
        let photo = self.photo().await;
        let finish =
            json!({ "checklist": [{ "slug": "water-off", "done": true, "photo": photo }] });
        self.step(&booking, "finish", finish).await.ok();
        let path = format!("/v1/bookings/{}/accept", id(&booking));
        self.customer.post(&path, &Value::Null).await.ok();
        let rating = json!({ "stars": 5, "tags": ["tidy"], "comment": COMMENT });
        let path = format!("/v1/bookings/{}/rating", id(&booking));
        self.customer.put(&path, &rating).await.ok();
        self.t.run_pending_jobs().await;
        self.world.captured(self.t.now());
        self.settled(&booking).await;
        (self.show(&booking).await, receipts, photo)
    }

    async fn plans(&self) {
        let home = json!({ "label": "Home", "note": NOTE,
            "pin": { "lat": EXACT.0, "lon": EXACT.1 } });
        self.customer.post("/v1/me/places", &home).await.ok();
        self.quote().await;
    }

    async fn copied(&self, subject: Subject) -> Copied {
        self.bookings.copy(subject).await.unwrap()
    }

    async fn erased(&self) -> Vec<Kept> {
        let now = self.t.now();
        self.bookings
            .erase(self.customer_subject, now)
            .await
            .unwrap()
    }

    /// Everything in the schema, as text.
    async fn everything(&self) -> String {
        let mut all = String::new();
        for table in [
            "bookings",
            "quotes",
            "jobs",
            "story",
            "uploads",
            "extra_costs",
            "ratings",
            "saved_places",
        ] {
            let rows: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
                "select row_to_json(t)::text from bookings.{table} t"
            )))
            .fetch_all(&self.t.platform.db)
            .await
            .unwrap();
            all.extend(rows);
        }
        all
    }
}

#[tokio::test]
async fn a_copy_holds_what_is_one_s_own_and_nothing_of_anybody_else() {
    let d = desk().await;
    assert_eq!(d.copied(nobody()).await, Copied::default());
    d.plans().await;
    let (booking, receipts, photo) = d.whole_visit().await;
    let copied = d.copied(d.customer_subject).await;
    let names: Vec<&str> = copied.tables.iter().map(|t| t.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "bookings",
            "visits",
            "story",
            "extra_costs",
            "ratings",
            "saved_places",
            "quotes",
            "photos"
        ]
    );
    let [own] = rows(&copied, "bookings") else {
        panic!("{copied:?}")
    };
    assert_eq!(
        (&own["reference"], &own["state"], &own["address_note"]),
        (&booking["reference"], &json!("settled"), &json!(NOTE))
    );
    assert_eq!(
        (
            &own["lat"],
            &own["total_halalas"],
            &own["materials_halalas"]
        ),
        (&json!(EXACT.0), &json!(23_000), &json!(8_500))
    );
    assert_eq!(own["lines"][2]["amount_halalas"], 15_000);
    assert_eq!(own["created_at"], booking["created_at"]);
    let [visit] = rows(&copied, "visits") else {
        panic!("{copied:?}")
    };
    assert!(visit["finished_at"].is_string(), "{visit}");
    let [paid, not] = rows(&copied, "extra_costs") else {
        panic!("{copied:?}")
    };
    assert_eq!(
        (&paid["state"], &paid["lines"][0]["unit_price_halalas"]),
        (&json!("approved"), &json!(4_250))
    );
    assert_eq!(not["receipt"], json!(receipts[1]));
    assert_eq!(rows(&copied, "ratings")[0]["comment"], COMMENT);
    assert_eq!(rows(&copied, "saved_places")[0]["note"], NOTE);
    assert_eq!(rows(&copied, "quotes").len(), 2);
    let story = rows(&copied, "story");
    assert!(story.iter().any(|line| line["by_oneself"] == true));
    assert!(story.iter().any(|line| line["by_oneself"] == false));
    // The files are there, under names that end as they are.
    let mut files: Vec<&str> = copied.files.iter().map(|f| f.name.as_str()).collect();
    files.sort_unstable();
    let mut expected = [&receipts[0], &receipts[1], &photo].map(|upload| format!("{upload}.png"));
    expected.sort_unstable();
    assert_eq!(files, expected);
    for file in &copied.files {
        let object = d.t.platform.objects.get(&file.object_key).await.unwrap();
        assert_eq!(&object[..], &below::PNG[..]);
    }
    let code: String = sqlx::query_scalar("select finish_code from bookings.bookings")
        .fetch_one(&d.t.platform.db)
        .await
        .unwrap();
    let text = serde_json::to_string(&copied).unwrap();
    assert!(!text.contains("finish_code") && !text.contains(&format!("\"{code}\"")));

    // The technician has the visit, without the home and its photo.
    let copied = d.copied(d.technician_subject).await;
    let [done] = rows(&copied, "visits_done") else {
        panic!("{copied:?}")
    };
    assert_eq!(
        (&done["booking"], &done["finished_at"]),
        (&booking["reference"], &visit["finished_at"])
    );
    assert_eq!(rows(&copied, "ratings_received")[0]["stars"], 5);
    assert_eq!(rows(&copied, "photos").len(), 3);
    assert_eq!(
        (rows(&copied, "bookings").len(), copied.files.len()),
        (0, 0)
    );
    let text = serde_json::to_string(&copied).unwrap();
    for word in [NOTE, COMMENT, "24.8", "Ar Rabi"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[tokio::test]
async fn a_booking_stands_against_an_erasure_until_it_has_ended() {
    let d = desk().await;
    let obstacles = async || d.bookings.obstacles(d.customer_subject).await.unwrap();
    assert!(obstacles().await.is_empty());
    d.in_progress().await;
    for state in bookings_states() {
        sqlx::query("update bookings.bookings set state = $1")
            .bind(state)
            .execute(&d.t.platform.db)
            .await
            .unwrap();
        let ended = ["settled", "cancelled", "expired"].contains(&state);
        let open = (!ended).then_some(Obstacle::OpenBooking);
        assert_eq!(obstacles().await, open.into_iter().collect(), "{state}");
    }
    assert!(d.bookings.obstacles(nobody()).await.unwrap().is_empty());
}

fn bookings_states() -> impl Iterator<Item = &'static str> {
    contract_bookings::BookingState::ALL
        .iter()
        .map(|state| state.as_str())
}

#[tokio::test]
async fn an_erased_customer_s_visits_stay_without_the_home_and_the_words() {
    let d = desk().await;
    d.plans().await;
    let (booking, receipts, photo) = d.whole_visit().await;
    let expected = [
        kept("bookings", 1, Basis::TaxLaw),
        kept("quotes", 1, Basis::Proof),
        kept("visits", 1, Basis::Proof),
        kept(
            "story",
            booking["story"].as_array().unwrap().len() as u64,
            Basis::Proof,
        ),
        kept("extra_costs", 1, Basis::TaxLaw),
        kept("extra_costs", 1, Basis::Proof),
        kept("ratings", 1, Basis::Others),
    ];
    // As if a run before had died between the object and its row.
    let objects = &d.t.platform.objects;
    objects.delete(&format!("bookings/{photo}")).await.unwrap();
    assert_eq!(d.erased().await, expected);
    assert_eq!(d.erased().await, expected);

    assert_eq!(
        (d.count("saved_places").await, d.count("quotes").await),
        (0, 1)
    );
    assert_eq!(d.count("uploads").await, 2);
    assert!(d.there(&receipts[0]).await && d.there(&receipts[1]).await);
    assert!(!d.there(&photo).await);
    let all = d.everything().await;
    for word in [NOTE, COMMENT, "24.812", "46.607", "88536a6e01fffff", &photo] {
        assert!(!all.contains(word), "{word} in {all}");
    }

    // Whoever works on is answered: staff, the tax office, the technician.
    let staff = d.http.as_actor(&actor(Role::OperationsManager));
    let path = format!("/v1/staff/bookings/{}", id(&booking));
    let page = staff.get(&path).await.ok();
    assert_eq!(page["pin"], json!({ "lat": 24.81, "lon": 46.61 }));
    assert_eq!(
        (&page["address_note"], &page["sector"]),
        (&json!(""), &booking["sector"])
    );
    assert_eq!(
        (&page["rating"]["stars"], &page["rating"]["comment"]),
        (&json!(5), &json!(""))
    );
    assert_eq!(
        (&page["lines"], &page["total"]),
        (&booking["lines"], &booking["total"])
    );
    assert_eq!(page["extras"], booking["extras"]);
    let list = staff.get("/v1/staff/bookings").await.ok();
    assert_eq!(list["items"][0]["reference"], booking["reference"]);
    let path = format!("/v1/staff/jobs/{}/people", booking["job"].as_str().unwrap());
    let people = staff.get(&path).await.ok();
    assert_eq!(
        (&people["customer"]["erased"], &people["customer"]["name"]),
        (&json!(true), &json!(""))
    );
    assert_eq!(people["customer"]["since"], booking["created_at"]);
    let receipt = d.receipt(&booking).await.ok();
    assert_eq!(
        (&receipt["status"], &receipt["total"]),
        (&json!("charged"), &json!(31_500))
    );
    let jobs = d.technician.get("/v1/technician/jobs?all=true").await.ok();
    assert_eq!(jobs["items"][0]["address_note"], "");
    let link = format!("/v1/uploads/{photo}");
    d.technician.get(&link).await.refused(404, "http.not_found");
}

#[tokio::test]
async fn what_people_typed_about_a_booking_goes_and_what_we_said_of_it_stays() {
    let d = desk().await;
    let booking = d.assigned().await;
    let reason = json!({ "reason": "Hessa's dog bites" });
    d.step(&booking, "give-back", reason).await.ok();
    d.t.run_pending_jobs().await;
    let path = format!("/v1/bookings/{}/cancel", id(&booking));
    let reason = json!({ "reason": "Hessa is ill" });
    d.customer.post(&path, &reason).await.ok();
    // Never paid for.
    let silent = d.book().await;
    d.t.clock.advance(kernel::minutes(15));
    d.t.run_pending_jobs().await;
    assert_eq!(d.show(&silent).await["state"], "expired");
    assert!(d.everything().await.contains("Hessa"));
    d.erased().await;
    let all = d.everything().await;
    assert!(!all.contains("Hessa"), "{all}");
    assert!(all.contains("payment never came"), "{all}");
    let staff = d.http.as_actor(&actor(Role::OperationsManager));
    let path = format!("/v1/staff/bookings/{}", id(&booking));
    let story = staff.get(&path).await.ok()["story"].clone();
    let story = story.as_array().unwrap();
    assert!(story.iter().any(|line| line["what"] == "given_back"));
}

#[tokio::test]
async fn another_s_records_stay_and_hundreds_of_one_s_own_are_all_done() {
    let d = desk().await;
    d.plans().await;
    let (_, _, photo) = d.whole_visit().await;
    let before = d.everything().await;
    assert!(
        d.bookings
            .erase(nobody(), d.t.now())
            .await
            .unwrap()
            .is_empty()
    );
    let technician = d.bookings.erase(d.technician_subject, d.t.now()).await;
    // The photos are of somebody else's visit.
    assert_eq!(technician.unwrap(), [kept("photos", 3, Basis::Others)]);
    assert_eq!(d.everything().await, before);
    assert!(d.there(&photo).await);

    let db = &d.t.platform.db;
    sqlx::query(
        "insert into bookings.quotes
         select (jsonb_populate_record(q, jsonb_build_object('id', gen_random_uuid(), 'booking', gen_random_uuid()))).*
         from bookings.quotes q, generate_series(1, 230) where q.booking is not null",
    )
    .execute(db)
    .await
    .unwrap();
    sqlx::query(
        "insert into bookings.bookings
         select (jsonb_populate_record(b, jsonb_build_object('id', q.booking, 'quote', q.id, 'reference', q.id))).*
         from bookings.bookings b, bookings.quotes q where q.booking is not null and q.booking <> b.id",
    )
    .execute(db)
    .await
    .unwrap();
    let kept_now = d.erased().await;
    assert_eq!(kept_now[0], kept("bookings", 231, Basis::TaxLaw));
    assert_eq!(kept_now[1], kept("quotes", 231, Basis::Proof));
    let all = d.everything().await;
    for word in [NOTE, "24.812", "46.607"] {
        assert!(!all.contains(word), "{word}");
    }
}

#[tokio::test]
async fn quotes_that_nobody_used_are_forgotten_after_a_month_and_photos_after_a_week() {
    let d = desk().await;
    d.t.run_pending_jobs().await;
    let booked = d.assigned().await;
    d.quote().await;
    let unused = d.photo().await;
    d.t.clock.advance(kernel::days(6));
    d.t.run_pending_jobs().await;
    assert_eq!((d.count("quotes").await, d.count("uploads").await), (2, 1));
    assert!(d.there(&unused).await);
    let late = d.photo().await;
    d.t.clock.advance(kernel::days(2));
    d.t.run_pending_jobs().await;
    assert_eq!((d.count("quotes").await, d.count("uploads").await), (2, 1));
    assert!(!d.there(&unused).await && d.there(&late).await);
    d.t.clock.advance(kernel::days(23));
    d.t.run_pending_jobs().await;
    assert_eq!((d.count("quotes").await, d.count("uploads").await), (1, 0));
    d.show(&booked).await;
}
