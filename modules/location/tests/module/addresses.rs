use crate::helpers::{World, at};
use contract_location::Location as _;
use kernel::Lang;
use std::sync::atomic::Ordering::SeqCst;

#[tokio::test]
async fn an_address_is_asked_for_once_by_place_and_language() {
    let w = World::empty().await;
    let asked = || w.street.asked.load(SeqCst);
    let first = w
        .location
        .address(at(24.7, 46.7), Lang::En)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (first.line.as_str(), first.source.as_str()),
        ("8228 King Fahd Road", "national_address")
    );
    // Four metres away, another process.
    let again = w
        .another()
        .address(at(24.70004, 46.7), Lang::En)
        .await
        .unwrap();
    assert_eq!((again, asked()), (Some(first), 1));
    let arabic = w
        .location
        .address(at(24.7, 46.7), Lang::Ar)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((arabic.line.as_str(), asked()), ("٨٢٢٨ طريق الملك فهد", 2));
    w.location
        .address(at(24.701, 46.7), Lang::En)
        .await
        .unwrap();
    assert_eq!(asked(), 3);
}

#[tokio::test]
async fn without_a_gateway_there_is_no_address_and_nothing_is_remembered() {
    let w = World::empty().await;
    w.street.is_down.store(true, SeqCst);
    assert_eq!(
        w.location.address(at(24.7, 46.7), Lang::En).await.unwrap(),
        None
    );
    w.street.is_down.store(false, SeqCst);
    assert!(
        w.location
            .address(at(24.7, 46.7), Lang::En)
            .await
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn that_none_is_known_is_remembered_too() {
    let w = World::empty().await;
    w.street.knows_none.store(true, SeqCst);
    for _ in 0..2 {
        assert_eq!(
            w.location.address(at(24.7, 46.7), Lang::En).await.unwrap(),
            None
        );
    }
    assert_eq!(w.street.asked.load(SeqCst), 1);
}
