//! Somebody means harm: ten thousand tries from two hundred addresses at many phones.

use crate::{House, cheap};
use futures::StreamExt;
use identity::{IdentitySettings, SignInLimits};
use platform::testing::TestHttp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use uuid::Uuid;

const TRIES: usize = 10_000;
const ADDRESSES: usize = 200;
const PHONES: usize = 400;

/// Small, so that reaching them takes little time.
fn limits() -> SignInLimits {
    SignInLimits {
        codes_per_address_and_hour: 2,
        codes_per_minute: 20,
        code_tries_per_address_and_hour: 20,
        code_halalas: 10,
        code_halalas_per_hour: 300,
        ..SignInLimits::default()
    }
}

/// What the attack met: how often each answer.
type Met = BTreeMap<(u16, String), usize>;

struct Attacker {
    http: TestHttp,
    device: Uuid,
    challenge: Option<Value>,
}

/// One attacker an address. Each asks for a code to the next phone and guesses at it until that
/// is over, then at the next; so many at once.
async fn attack(house: &House, at_once: usize) -> Met {
    let each = TRIES / ADDRESSES;
    let attackers = (0..ADDRESSES).map(|n| async move {
        let address = Ipv4Addr::from(0xc0a8_0000 + n as u32).into();
        let mut attacker = Attacker {
            http: house.http.from_address(address),
            device: Uuid::new_v4(),
            challenge: None,
        };
        let mut met = Met::new();
        for at in 0..each {
            attacker.step(n, at, &mut met).await;
        }
        met
    });
    let all: Vec<Met> = futures::stream::iter(attackers)
        .buffer_unordered(at_once)
        .collect()
        .await;
    let mut sum = Met::new();
    for (answer, times) in all.into_iter().flatten() {
        *sum.entry(answer).or_default() += times;
    }
    sum
}

impl Attacker {
    /// One try; every fifth time after asking for a code, where there is none to try.
    async fn step(&mut self, n: usize, at: usize, met: &mut Met) {
        if self.challenge.is_none() && at.is_multiple_of(5) {
            let phone = format!("05{:08}", 55_000_000 + (n * 7 + at * 31) % PHONES);
            let body = json!({ "phone": phone, "device": self.device });
            let answer = self.http.post("/v1/auth/codes", &body).await;
            count(met, answer.status.as_u16(), answer.code());
            if answer.status.is_success() {
                self.challenge = Some(answer.json["challenge"].clone());
            }
        }
        // Without a code of one's own there are still challenges to make up.
        let challenge = self
            .challenge
            .clone()
            .unwrap_or_else(|| json!(Uuid::new_v4()));
        let guess = format!("{:06}", (n * 7919 + at * 104_729) % 1_000_000);
        let body = json!({ "challenge": challenge, "code": guess, "device": self.device });
        let answer = self.http.post("/v1/auth/sessions", &body).await;
        count(met, answer.status.as_u16(), answer.code());
        if answer.json["data"]["tries_left"] == 0 {
            self.challenge = None;
        }
    }
}

fn count(met: &mut Met, status: u16, code: &str) {
    *met.entry((status, code.to_owned())).or_default() += 1;
}

fn times(met: &Met, status: u16, code: &str) -> usize {
    met.get(&(status, code.to_owned()))
        .copied()
        .unwrap_or_default()
}

const CODES: &str = "select count(*) from identity.codes";
const COMPARED: &str = "select coalesce(sum(5 - tries_left), 0) from identity.codes";
const SESSIONS: &str = "select count(*) from identity.sessions";

/// A guess is right once in a million: the two hundred that are compared at most would open a
/// session in one run of five thousand.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_tries_get_no_sign_in_and_no_more_codes_than_the_caps() {
    let settings = || IdentitySettings {
        limits: limits(),
        ..cheap()
    };
    let mut house = House::with(settings()).await;
    let gone = house.put_a_gate_before_redis(settings()).await;

    // Redis is up: one minute's worth of codes.
    let met = attack(&house, 16).await;
    assert_eq!(times(&met, 202, ""), 20, "{met:?}");
    assert_eq!(house.count(CODES).await, 20);
    assert!(house.count(COMPARED).await <= 100);
    assert!(times(&met, 429, "identity.too_many_tries") > 0, "{met:?}");
    assert!(times(&met, 503, "identity.codes_paused") > 0, "{met:?}");
    let tried: usize = [
        (401, "identity.wrong_code"),
        (429, "identity.too_many_tries"),
    ]
    .into_iter()
    .map(|(status, code)| times(&met, status, code))
    .sum();
    assert_eq!(tried, TRIES, "{met:?}");

    // Restarted without its data: it remembers nobody, and what codes cost still has its ceiling.
    house.forget_counts().await;
    let met = attack(&house, 16).await;
    let sent = times(&met, 202, "") as i64;
    assert!(sent <= 10, "{met:?}");
    assert_eq!(house.count(CODES).await, 20 + sent);
    assert!(house.count(COMPARED).await <= 150);
    let by_address = "select coalesce(max(n), 0) from (select count(*) as n from identity.codes group by address) a";
    assert!(house.count(by_address).await <= 2);

    // Down: nothing is sent and nothing is tried.
    gone.abort();
    let _ = gone.await;
    let compared = house.count(COMPARED).await;
    let met = attack(&house, ADDRESSES).await;
    let unavailable = times(&met, 503, "http.unavailable");
    assert_eq!(met.values().sum::<usize>(), unavailable, "{met:?}");
    assert_eq!(house.count(COMPARED).await, compared);

    house.t.run_pending_jobs().await;
    let notices = house.told.notices.lock().unwrap().len() as i64;
    // A newer code to the same phone makes the one before not worth a message.
    assert!(notices <= 20 + sent);
    assert_eq!(house.count(CODES).await, 20 + sent);
    assert_eq!(house.count(SESSIONS).await, 0);
}
