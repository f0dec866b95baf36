use crate::helpers::{World, at};
use contract_location::{Location as _, Report};
use kernel::{JobId, Subject, TechnicianId, UserId, minutes};
use platform::personal::{Copied, PersonalRecords};
use serde_json::{Value, json};

fn subject(technician: Option<TechnicianId>) -> Subject {
    Subject {
        user: UserId::new(),
        technician,
        vendor: None,
    }
}

#[tokio::test]
async fn a_technician_gets_where_they_were_and_a_customer_nothing() {
    let w = World::empty().await;
    let (me, other) = (TechnicianId::new(), TechnicianId::new());
    let (first, second) = (JobId::new(), JobId::new());
    for (technician, job, lat) in [
        (me, Some(first), 24.70),
        (other, Some(first), 24.75),
        (me, Some(second), 24.71),
        (me, None, 24.72),
    ] {
        w.t.clock.advance(minutes(5));
        let report = Report {
            technician,
            point: at(lat, 46.7),
            at: w.t.now(),
            job,
        };
        w.location.report(report).await.unwrap();
    }
    let copied = w.location.copy(subject(Some(me))).await.unwrap();
    let tables: Vec<(&str, &[Value])> = copied
        .tables
        .iter()
        .map(|table| (table.name.as_str(), &table.rows[..]))
        .collect();
    let point = |lat: f64| json!({ "lat": lat, "lon": 46.7 });
    let last = [json!({ "at": "2026-12-06T06:20:00Z", "point": point(24.72) })];
    let trails = [
        json!({ "job": first, "at": "2026-12-06T06:05:00Z", "point": point(24.70) }),
        json!({ "job": second, "at": "2026-12-06T06:15:00Z", "point": point(24.71) }),
    ];
    assert_eq!(
        tables,
        [("last_position", &last[..]), ("trails", &trails[..])]
    );

    let customer = subject(None);
    assert_eq!(w.location.copy(customer).await.unwrap(), Copied::default());
    assert!(w.location.obstacles(customer).await.unwrap().is_empty());
    assert_eq!(w.location.erase(customer, w.t.now()).await.unwrap(), []);
}

#[tokio::test]
async fn a_long_trail_is_copied_whole_and_in_order() {
    let w = World::empty().await;
    let me = TechnicianId::new();
    // Two jobs at the same moments: pages end between them.
    sqlx::query(
        "insert into location.trails (job_id, technician_id, at, lat, lon)
         select job, $2, $3 + n * interval '1 minute', 24.7, 46.7
         from generate_series(1, 1500) n cross join unnest($1) job",
    )
    .bind([JobId::new().uuid(), JobId::new().uuid()])
    .bind(me.uuid())
    .bind(w.t.now())
    .execute(&w.t.platform.db)
    .await
    .unwrap();
    let copied = w.location.copy(subject(Some(me))).await.unwrap();
    let rows = &copied.tables[0].rows;
    let key = |row: &Value| (row["at"].to_string(), row["job"].to_string());
    assert_eq!(rows.len(), 3_000);
    assert!(rows.is_sorted_by(|a, b| key(a) < key(b)));
}
