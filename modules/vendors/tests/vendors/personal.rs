use crate::fakes::{Town, company, plumber};
use contract_vendors::Vendors as _;
use kernel::{Basis, Subject, UserId};
use platform::personal::{Copied, Kept, PersonalRecords};
use serde_json::json;

fn subject(user: UserId) -> Subject {
    Subject {
        user,
        technician: None,
        vendor: None,
    }
}

fn kept(what: &str, basis: Basis) -> Vec<Kept> {
    Vec::from_iter(Kept::some(what, 1, basis))
}

#[tokio::test]
async fn each_gets_their_own_and_nobody_is_erased() {
    let town = Town::start().await;
    let vendor = town.vendors.enrol_vendor(company(1)).await.unwrap();
    let other = town.vendors.enrol_vendor(company(2)).await.unwrap();
    let id = town.vendors.enrol_technician(plumber(vendor, 1)).await;
    let id = id.unwrap();
    town.vendors
        .enrol_technician(plumber(other, 2))
        .await
        .unwrap();
    let user = town.vendors.technicians(vec![id]).await.unwrap()[0].user;
    let owner: uuid::Uuid =
        sqlx::query_scalar("select owner_user from vendors.vendors where id = $1")
            .bind(vendor.uuid())
            .fetch_one(&town.t.platform.db)
            .await
            .unwrap();
    let owner = UserId::from_uuid(owner);

    let copied = town.vendors.copy(subject(user)).await.unwrap();
    assert_eq!(copied.tables.len(), 1);
    assert_eq!(copied.tables[0].name, "technician");
    let day = json!([480, 1080]);
    assert_eq!(
        copied.tables[0].rows,
        [json!({
            "id": id, "vendor": vendor, "phone": "+966552000001",
            "name": { "ar": "محمد خان", "en": "Mohammed Khan" },
            "home": { "lat": 24.8, "lon": 46.6 },
            "quality": copied.tables[0].rows[0]["quality"],
            "week": [day, day, day, day, day, null, day],
            "skills": [{ "skill": "plumbing.general", "expert": true }],
            "on_shift_since": null, "since": "2026-12-06T06:00:00Z",
        })]
    );
    assert!(copied.tables[0].rows[0]["quality"].is_f64());

    let copied = town.vendors.copy(subject(owner)).await.unwrap();
    assert_eq!(copied.tables.len(), 1);
    assert_eq!(copied.tables[0].name, "vendor");
    let row = &copied.tables[0].rows[0];
    assert_eq!(copied.tables[0].rows.len(), 1);
    assert_eq!(row["id"], json!(vendor));
    assert_eq!(row["registration"], "7000000001");
    assert_eq!(row["owner_phone"], "+966551000001");
    assert_eq!(row["categories"], json!(["plumbing"]));
    assert_eq!(row["zones"], json!(["north"]));
    assert!(!row.to_string().contains("Khan"));

    let nobody = subject(UserId::new());
    assert_eq!(town.vendors.copy(nobody).await.unwrap(), Copied::default());
    for (who, left) in [
        (subject(user), kept("technician", Basis::Others)),
        (subject(owner), kept("vendor", Basis::Ledger)),
        (nobody, vec![]),
    ] {
        assert_eq!(town.vendors.erase(who, town.t.now()).await.unwrap(), left);
    }
    assert_eq!(
        town.vendors.copy(subject(user)).await.unwrap().tables.len(),
        1
    );
}
