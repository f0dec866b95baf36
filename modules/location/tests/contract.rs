//! One suite, two implementations: here, and over HTTP. Callers can't tell them apart.
#![allow(clippy::unwrap_used)]

#[path = "module/helpers.rs"]
#[allow(dead_code)]
mod helpers;

use contract_location::{Leg, Location, LocationFault, Report};
use helpers::{World, at};
use kernel::{Failure, JobId, Lang, TechnicianId, hours, seconds};
use location::RemoteLocation;
use platform::rpc;
use std::sync::Arc;

const SECRET: &str = "a secret of the contract test";

/// Serves the module on a port of its own for as long as the test's runtime lives.
async fn remote(w: &World, secret: &str) -> Arc<dyn Location> {
    let router = rpc::guarded(w.location.internal_router(), SECRET);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    RemoteLocation::new(rpc::Client::new(&base, secret).unwrap())
}

/// What every implementation promises.
async fn suite(w: &World, location: &dyn Location) {
    let pin = at(24.812, 46.607);
    let place = location.locate(pin).await.unwrap();
    assert_eq!(
        (place.point, place.sector.as_str(), place.zone.as_str()),
        (pin, "al-malqa", "north")
    );
    let refused = location.locate(at(21.5, 39.2)).await.unwrap_err();
    let Some(LocationFault::OutsideZones {
        nearest,
        nearest_ar,
        distance_m,
        ..
    }) = refused.refused()
    else {
        panic!("{refused:?}")
    };
    assert_eq!(
        (nearest.as_str(), nearest_ar.as_str()),
        ("al-malqa", "الملقا")
    );
    assert!(*distance_m > 800_000);

    let legs = vec![
        Leg {
            from: pin,
            to: at(24.6, 46.7),
        },
        Leg { from: pin, to: pin },
    ];
    let travel = location.travel(legs, w.t.now()).await.unwrap();
    assert_eq!(travel.len(), 2);
    assert!(travel[0].seconds > travel[1].seconds);
    assert_eq!((travel[1].distance_m, travel[1].seconds), (0, 120));

    let (who, job) = (TechnicianId::new(), JobId::new());
    let report = Report {
        technician: who,
        point: pin,
        at: w.t.now(),
        job: Some(job),
    };
    for _ in 0..2 {
        location.report(report).await.unwrap();
    }
    let near = location.nearby(pin, 100, 5, w.t.now()).await.unwrap();
    assert_eq!(
        near.iter()
            .map(|n| (n.technician, n.distance_m))
            .collect::<Vec<_>>(),
        [(who, 0)]
    );
    let known = location
        .positions(vec![TechnicianId::new(), who], w.t.now())
        .await
        .unwrap();
    assert_eq!(
        (
            known.len(),
            known[0].technician,
            known[0].fresh,
            known[0].at
        ),
        (1, who, true, w.t.now())
    );
    assert!(
        !location
            .positions(vec![who], w.t.now() + hours(1))
            .await
            .unwrap()[0]
            .fresh
    );
    // Everybody at first, then only who has moved.
    let all = location.moved(None, w.t.now()).await.unwrap();
    assert!(all.whole);
    let seen: Vec<_> = all
        .moved
        .iter()
        .map(|s| (s.position.technician, s.zone.as_ref().map(|z| z.as_str())))
        .collect();
    assert_eq!(seen, [(who, Some("north"))]);
    let mark = Some(all.mark);
    let none = location.moved(mark.clone(), w.t.now()).await.unwrap();
    assert_eq!((none.whole, none.moved.len()), (false, 0));
    let other = Report {
        technician: TechnicianId::new(),
        point: at(21.5, 39.2),
        job: None,
        ..report
    };
    location.report(other).await.unwrap();
    let one = location.moved(mark, w.t.now()).await.unwrap();
    assert!(!one.whole);
    assert_eq!(one.moved.len(), 1);
    assert_eq!(one.moved[0].position.technician, other.technician);
    assert_eq!(one.moved[0].zone, None, "nobody is served there");
    let lost = location
        .moved(Some("another epoch:7".into()), w.t.now())
        .await
        .unwrap();
    assert_eq!((lost.whole, lost.moved.len()), (true, 2));
    let trail = location.trail(job, who).await.unwrap();
    assert_eq!((trail.len(), trail[0].point), (1, pin));
    // What another says of the job is not in it.
    let stray = Report {
        job: Some(job),
        ..other
    };
    location.report(stray).await.unwrap();
    assert_eq!(location.trail(job, who).await.unwrap(), trail);
    let strays = location.trail(job, other.technician).await.unwrap();
    assert_eq!(strays.len(), 1);
    for (job, technician) in [(JobId::new(), who), (job, TechnicianId::new())] {
        assert_eq!(location.trail(job, technician).await.unwrap(), []);
    }

    w.t.clock.advance(seconds(30));
    let leap = Report {
        point: at(25.2, 46.7),
        at: w.t.now(),
        ..report
    };
    let refused = location.report(leap).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&LocationFault::ImplausiblePosition));
    w.t.clock.advance(hours(1));
    assert_eq!(location.nearby(pin, 100, 5, w.t.now()).await.unwrap(), []);

    let address = location.address(pin, Lang::Ar).await.unwrap().unwrap();
    assert_eq!(address.line, "٨٢٢٨ طريق الملك فهد");
    assert_eq!(location.sectors().await.unwrap().len(), 4);
}

#[tokio::test]
async fn here() {
    let w = World::seeded().await;
    suite(&w, &*w.location).await;
}

#[tokio::test]
async fn over_http() {
    let w = World::seeded().await;
    suite(&w, &*remote(&w, SECRET).await).await;
}

#[tokio::test]
async fn a_stranger_is_not_answered_and_an_absent_module_is_unavailable() {
    let w = World::seeded().await;
    let stranger = remote(&w, "another secret").await;
    assert!(matches!(
        stranger.sectors().await,
        Err(Failure::Unavailable(_))
    ));
    // A port that was free a moment ago.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let absent = RemoteLocation::new(rpc::Client::new(&base, SECRET).unwrap());
    assert!(matches!(
        absent.locate(at(24.8, 46.6)).await,
        Err(Failure::Unavailable(_))
    ));
}
