//! A copy of one's data.

use crate::house::House;
use kernel::access::Role;
use kernel::{days, hours};
use platform::personal::File;
use platform::testing::{TestHttp, actor};
use privacy::PrivacySettings;
use serde_json::{Value, json};
use std::io::{Cursor, Read};
use zip::ZipArchive;

async fn fetch(url: &str) -> Option<Vec<u8>> {
    let answer = reqwest::get(url).await.unwrap();
    if !answer.status().is_success() {
        return None;
    }
    Some(answer.bytes().await.unwrap().to_vec())
}

fn entry(zip: &mut ZipArchive<Cursor<Vec<u8>>>, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

async fn ask(me: &TestHttp) -> String {
    let asked = me
        .post("/v1/me/privacy-requests", &json!({ "kind": "export" }))
        .await
        .ok();
    assert_eq!(asked["state"], "received");
    asked["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn everything_kept_comes_in_one_archive_that_only_its_owner_fetches_and_that_goes() {
    let house = House::open().await;
    let (who, me) = house.customer();
    // Larger than what is sent in one piece.
    let photo: Vec<u8> = (0..9_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let objects = &house.t.platform.objects;
    objects
        .put("bookings/there", photo.clone().into(), "image/jpeg")
        .await
        .unwrap();
    for (name, key) in [
        ("upl_1.jpg", "bookings/there"),
        ("upl_2.jpg", "bookings/gone"),
    ] {
        house.bookings.copied.lock().unwrap().files.push(File {
            name: name.to_owned(),
            object_key: key.to_owned(),
        });
    }
    let id = ask(&me).await;
    let again = json!({ "kind": "export" });
    me.post("/v1/me/privacy-requests", &again)
        .await
        .refused(409, "privacy.already_asked");
    house.t.run_pending_jobs().await;

    let done = house.newest(&me).await;
    assert_eq!((&done["id"], &done["state"]), (&json!(id), &json!("done")));
    let until = (house.t.now() + days(7)).to_string();
    assert_eq!(done["archive"]["until"], until);
    assert_eq!(house.post.to(who.user), ["privacy_archive_ready"]);

    let path = format!("/v1/me/privacy-requests/{id}/archive");
    let link = me.get(&path).await.ok();
    let bytes = fetch(link["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(done["archive"]["bytes"], bytes.len());
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    assert_eq!(entry(&mut zip, "bookings/files/upl_1.jpg"), photo);
    let things: Value = serde_json::from_slice(&entry(&mut zip, "identity/things.json")).unwrap();
    assert_eq!(
        things,
        json!([{ "of": "identity", "total_halalas": 12_500 }])
    );
    let manifest: Value = serde_json::from_slice(&entry(&mut zip, "manifest.json")).unwrap();
    let parts: Vec<_> = manifest["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["part"].as_str().unwrap())
        .collect();
    assert_eq!(parts, ["identity", "bookings", "notify", "privacy"]);
    assert_eq!(
        manifest["parts"][1]["files_no_longer_there"],
        json!(["upl_2.jpg"])
    );
    assert_eq!(manifest["parts"][3]["tables"]["requests"], 1);
    assert!(
        String::from_utf8(entry(&mut zip, "README.txt"))
            .unwrap()
            .contains("هللة")
    );

    // A token that lies about does not fetch it, and nobody else knows of it.
    let idle = house.http.as_actor(&who);
    idle.get(&path).await.refused(403, "http.second_factor");
    let (_, other) = house.customer();
    other
        .get(&path)
        .await
        .refused(404, "privacy.unknown_request");
    let staff = house
        .http
        .as_actor(&actor(Role::Administrator))
        .just_proven();
    staff
        .get(&path)
        .await
        .refused(404, "privacy.unknown_request");
    let fetched: i64 =
        sqlx::query_scalar("select count(*) from platform.audit where action = 'privacy.fetch'")
            .fetch_one(&house.t.platform.db)
            .await
            .unwrap();
    assert_eq!(fetched, 1);

    // One a day.
    let soon = me.post("/v1/me/privacy-requests", &again).await;
    soon.refused(429, "privacy.too_soon");
    house.t.clock.advance(hours(25));
    ask(&me).await;

    house.t.clock.advance(days(7));
    house.pass(2).await;
    me.get(&path).await.refused(404, "privacy.no_archive");
    let key = format!("privacy/{id}/khidma-data.zip");
    assert!(objects.find(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn a_copy_that_was_interrupted_is_gathered_again_and_told_once() {
    let house = House::open().await;
    let (who, me) = house.customer();
    ask(&me).await;
    // The process died while it gathered, and its job was lost.
    for sql in [
        "update privacy.requests set state = 'running'",
        "delete from platform.jobs where name = 'privacy.gather'",
    ] {
        sqlx::query(sql)
            .execute(&house.t.platform.db)
            .await
            .unwrap();
    }
    house.pass(2).await;
    assert_eq!(house.newest(&me).await["state"], "done");
    assert_eq!(house.post.to(who.user), ["privacy_archive_ready"]);
}

#[tokio::test]
async fn an_archive_of_an_account_erased_while_it_was_gathered_stays_nowhere() {
    let house = House::open().await;
    let (who, me) = house.customer();
    let id = ask(&me).await;
    *house.bookings.meanwhile.lock().unwrap() = Some((
        house.t.platform.db.clone(),
        "update privacy.requests set state = 'cancelled', ended_at = received_at",
    ));
    house.t.run_pending_jobs().await;
    let key = format!("privacy/{id}/khidma-data.zip");
    let left = house.t.platform.objects.find(&key).await.unwrap();
    assert!(left.is_none());
    assert!(house.post.to(who.user).is_empty());
}

#[tokio::test]
async fn an_archive_stored_by_a_run_that_died_goes_when_its_request_has_ended() {
    let house = House::open().await;
    let (_, me) = house.customer();
    let id = ask(&me).await;
    let key = format!("privacy/{id}/khidma-data.zip");
    let objects = &house.t.platform.objects;
    let put = objects.put(&key, "all".into(), "application/zip");
    put.await.unwrap();
    // Erased before; the run's job is tried again.
    sqlx::query("update privacy.requests set state = 'cancelled', ended_at = received_at")
        .execute(&house.t.platform.db)
        .await
        .unwrap();
    house.t.run_pending_jobs().await;
    assert!(objects.find(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn a_copy_that_is_done_is_not_taken_away_by_a_late_run() {
    let house = House::open().await;
    let (_, me) = house.customer();
    let id = ask(&me).await;
    let db = &house.t.platform.db;
    sqlx::query("create table public.once as select * from platform.jobs")
        .execute(db)
        .await
        .unwrap();
    house.t.run_pending_jobs().await;
    sqlx::query("insert into platform.jobs select * from public.once on conflict do nothing")
        .execute(db)
        .await
        .unwrap();
    house.t.run_pending_jobs().await;
    let key = format!("privacy/{id}/khidma-data.zip");
    let left = house.t.platform.objects.find(&key).await.unwrap();
    assert!(left.is_some());
    assert_eq!(house.newest(&me).await["state"], "done");
}

#[tokio::test]
async fn a_copy_too_large_for_the_platform_is_left_to_people_and_not_tried_again() {
    let house = House::open_with(PrivacySettings {
        archive_max_mib: 1,
        ..PrivacySettings::default()
    })
    .await;
    let (who, me) = house.customer();
    let photo = vec![7_u8; 700_000];
    let objects = &house.t.platform.objects;
    for name in ["bookings/one", "bookings/two"] {
        let put = objects.put(name, photo.clone().into(), "image/jpeg");
        put.await.unwrap();
        house.bookings.copied.lock().unwrap().files.push(File {
            name: name.replace('/', "-"),
            object_key: name.to_owned(),
        });
    }
    let id = ask(&me).await;
    house.t.run_pending_jobs().await;
    let stopped = house.newest(&me).await;
    assert_eq!(
        (&stopped["state"], &stopped["too_large"]),
        (&json!("received"), &json!(true))
    );
    let asked = *house.bookings.asked.lock().unwrap();
    house.pass(3).await;
    assert_eq!(*house.bookings.asked.lock().unwrap(), asked);
    assert!(house.post.to(who.user).is_empty());
    let key = format!("privacy/{id}/khidma-data.zip");
    assert!(objects.find(&key).await.unwrap().is_none());

    // People see it, and answer.
    let staff = house.administrator();
    let queue = staff.get("/v1/privacy/requests").await.ok();
    assert_eq!(queue["items"][0]["too_large"], true);
    let words = json!({ "text": "نرسلها إليك على قرص" });
    let path = format!("/v1/privacy/requests/{id}/refuse");
    let refused = staff.post(&path, &words).await.ok();
    assert_eq!(refused["request"]["state"], "refused");
    house.t.run_pending_jobs().await;
    assert_eq!(house.post.to(who.user), ["privacy_refused"]);
}
