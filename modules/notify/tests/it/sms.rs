use crate::{House, TOKEN, code, notice};
use contract_notify::{Contact, Notify as _, NotifyFault, Recipient};
use gateway_sms::{GatewayError, SmsReceipt};
use kernel::{Failure, Lang, UserId, minutes, seconds};

fn rejected(status: u16) -> GatewayError {
    GatewayError::Rejected {
        status,
        code: "ER-1".into(),
        message: "words of the gateway".into(),
    }
}

#[tokio::test]
async fn a_repeated_key_sends_once_even_at_once() {
    let house = House::open().await;
    futures::future::try_join_all((0..10).map(|_| house.notify.send(code("k"))))
        .await
        .unwrap();
    house.t.run_pending_jobs().await;
    house.notify.send(code("k")).await.unwrap();
    house.t.run_pending_jobs().await;
    let asked = house.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].0, "+966501234567");
    assert_eq!(asked[0].1, "رمز الدخول إلى خدمة: 042137. لا تعطه أحدًا.");
    assert!(asked[0].2.starts_with("msg_"));
    // Another key is another message.
    house.notify.send(code("l")).await.unwrap();
    house.t.run_pending_jobs().await;
    assert_eq!(house.asked().len(), 2);
}

#[tokio::test]
async fn a_code_is_not_kept_once_it_is_sent() {
    let house = House::open().await;
    house.notify.send(code("k")).await.unwrap();
    house.t.run_pending_jobs().await;
    assert_eq!(
        house.messages().await,
        [("sms".into(), "sent".into(), None, None)]
    );
    let rest = house
        .column("select jsonb_agg(m) from notify.messages m")
        .await;
    assert!(!rest.to_string().contains("042137"));
}

#[tokio::test]
async fn a_silent_gateway_is_asked_again_with_the_same_id() {
    let house = House::open().await;
    house.answer(Err(GatewayError::TimedOut));
    house.answer(Err(rejected(502)));
    house.answer(Ok(SmsReceipt {
        message_id: None,
        duplicate: true,
        parts: 1,
    }));
    house.notify.send(code("k")).await.unwrap();
    for (asked_before, wait_s) in [(1, 5), (2, 10)] {
        house.t.run_pending_jobs().await;
        assert_eq!(house.asked().len(), asked_before);
        house.t.clock.advance(seconds(wait_s - 1));
        house.t.run_pending_jobs().await;
        assert_eq!(house.asked().len(), asked_before, "not before its time");
        house.t.clock.advance(seconds(1));
    }
    house.t.run_pending_jobs().await;
    let asked = house.asked();
    assert_eq!(asked.len(), 3);
    assert!(asked.iter().all(|call| *call == asked[0]));
    assert_eq!(
        house.messages().await,
        [("sms".into(), "sent".into(), None, None)]
    );
    assert_eq!(
        house
            .column("select to_jsonb(attempts) from notify.messages")
            .await,
        3
    );
}

#[tokio::test]
async fn a_refusal_is_final() {
    let house = House::open().await;
    house.answer(Err(rejected(480)));
    house.notify.send(code("k")).await.unwrap();
    house.t.run_pending_jobs().await;
    house.t.clock.advance(minutes(60));
    house.t.run_pending_jobs().await;
    assert_eq!(house.asked().len(), 1);
    let failed = ("sms".into(), "failed".into(), Some("rejected".into()), None);
    assert_eq!(house.messages().await, [failed]);
}

#[tokio::test]
async fn a_code_that_comes_too_late_is_not_sent_and_other_messages_wait_for_hours() {
    let house = House::open().await;
    let user = house.customer(Lang::En).await;
    for _ in 0..2 {
        house.answer(Err(GatewayError::Unreachable));
    }
    house.notify.send(code("k")).await.unwrap();
    let arrived = notice(
        "a",
        Recipient::User(user),
        "technician_arrived",
        &[("name", "Fahad")],
    );
    house.notify.send(arrived).await.unwrap();
    house.t.run_pending_jobs().await;
    house.t.clock.advance(minutes(5));
    house.t.run_pending_jobs().await;
    let states: Vec<_> = house
        .messages()
        .await
        .into_iter()
        .map(|m| (m.0, m.1, m.2))
        .collect();
    assert_eq!(
        states,
        [
            ("sms".into(), "failed".into(), Some("stale".into())),
            ("sms".into(), "sent".into(), None),
            ("in_app".into(), "delivered".into(), None),
        ]
    );
}

#[tokio::test]
async fn a_report_tells_what_became_of_a_message() {
    let house = House::open().await;
    for key in ["a", "b", "c"] {
        house.notify.send(code(key)).await.unwrap();
    }
    house.t.run_pending_jobs().await;
    let by_id = house.asked()[2].2.clone();
    for form in [
        "MessageID=gw-1&DLR=Delivered".to_owned(),
        "MessageID=gw-2&DLR=Undeliverable".to_owned(),
        format!("MessageID=other&DLR=Delivered&CorrelationID={by_id}"),
        // Late, repeated, unknown or undecided: taken and ignored.
        "MessageID=gw-1&DLR=Undeliverable".to_owned(),
        "MessageID=gw-2&DLR=Delivered".to_owned(),
        "MessageID=nobody&DLR=Delivered".to_owned(),
        "MessageID=gw-1&DLR=Queued".to_owned(),
    ] {
        assert_eq!(
            house.report(TOKEN, &form).await.ok()["received"],
            true,
            "{form}"
        );
    }
    let states: Vec<_> = house
        .messages()
        .await
        .into_iter()
        .map(|m| (m.1, m.2))
        .collect();
    assert_eq!(
        states,
        [
            ("delivered".into(), None),
            ("failed".into(), Some("undeliverable".into())),
            ("delivered".into(), None),
        ]
    );
}

#[tokio::test]
async fn a_report_that_overtakes_our_own_answer_counts() {
    let house = House::open().await;
    house.answer(Err(GatewayError::TimedOut));
    house.notify.send(code("k")).await.unwrap();
    house.t.run_pending_jobs().await;
    let id = house.asked()[0].2.clone();
    let form = format!("MessageID=gw-9&DLR=Delivered&CorrelationID={id}");
    house.report(TOKEN, &form).await.ok();
    house.t.clock.advance(minutes(1));
    house.t.run_pending_jobs().await;
    assert_eq!(house.asked().len(), 1);
    assert_eq!(
        house.messages().await,
        [("sms".into(), "delivered".into(), None, None)]
    );
}

#[tokio::test]
async fn a_report_without_the_secret_or_without_sense_is_refused() {
    let house = House::open().await;
    house.notify.send(code("k")).await.unwrap();
    house.t.run_pending_jobs().await;
    for token in [
        "",
        "a-token-for-tests-onlx",
        "a-token-for-tests-only-and-more",
    ] {
        let said = house.report(token, "MessageID=gw-1&DLR=Delivered").await;
        said.refused(401, "notify.bad_webhook");
    }
    house
        .report(TOKEN, "DLR=Delivered")
        .await
        .refused(422, "notify.bad_report");
    assert_eq!(house.messages().await[0].1, "sent");
}

#[tokio::test]
async fn a_message_goes_out_on_every_channel_that_reaches() {
    let house = House::open().await;
    let known = house.customer(Lang::En).await;
    let unknown = UserId::new();
    for (key, user) in [("a", known), ("b", unknown)] {
        let slip = notice(key, Recipient::User(user), "sla_slip", &[("minutes", "12")]);
        house.notify.send(slip.clone()).await.unwrap();
        house.notify.send(slip).await.unwrap();
    }
    house.t.run_pending_jobs().await;
    let rows = house.messages().await;
    let channels: Vec<_> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(channels, ["sms", "in_app", "in_app"]);
    assert!(
        rows[1]
            .3
            .as_ref()
            .unwrap()
            .starts_with("Your technician may be about 12 min")
    );
    assert!(
        rows[2]
            .3
            .as_ref()
            .unwrap()
            .starts_with("قد يتأخّر الفنّي نحو 12 د")
    );
    assert_eq!(house.asked().len(), 1);
}

#[tokio::test]
async fn an_older_telling_of_a_contact_changes_nothing() {
    let house = House::open().await;
    let user = house.customer(Lang::En).await;
    let older = Contact {
        user,
        phone: None,
        lang: Lang::Ar,
        as_of: house.t.now() - seconds(1),
    };
    house.notify.set_contact(older.clone()).await.unwrap();
    let arrived = |key: &str| {
        notice(
            key,
            Recipient::User(user),
            "technician_arrived",
            &[("name", "Fahad")],
        )
    };
    house.notify.send(arrived("a")).await.unwrap();
    house.t.run_pending_jobs().await;
    assert_eq!(house.asked()[0].1, "Fahad has arrived at your place.");
    let newer = Contact {
        as_of: house.t.now(),
        ..older
    };
    house.notify.set_contact(newer).await.unwrap();
    house.notify.send(arrived("b")).await.unwrap();
    house.t.run_pending_jobs().await;
    assert_eq!(house.asked().len(), 1);
}

#[tokio::test]
async fn a_message_that_cannot_be_written_is_refused_whole() {
    let house = House::open().await;
    let user = house.customer(Lang::En).await;
    let refused = |notice| async {
        match house.notify.send(notice).await {
            Err(Failure::Refused(fault)) => fault,
            other => panic!("{other:?}"),
        }
    };
    let to = Recipient::User(user);
    let unknown = notice("a", to.clone(), "no_such_thing", &[]);
    assert_eq!(
        refused(unknown).await,
        NotifyFault::UnknownTemplate {
            template: "no_such_thing".into()
        }
    );
    let lacking = notice("b", to, "booking_accepted", &[("reference", "K7Q2MX")]);
    assert_eq!(
        refused(lacking).await,
        NotifyFault::MissingParameter {
            parameter: "amount".into()
        }
    );
    assert!(house.messages().await.is_empty());
}
