//! The keys of access tokens in the database, and how processes hear of them.
#![allow(clippy::unwrap_used)]

use kernel::access::Role;
use kernel::{SessionId, Time, minutes, seconds};
use platform::Tokens;
use platform::testing::{TestPlatform, actor};
use platform::tokens::{BadToken, NotAdmitted, follow, keys};
use std::time::{Duration, Instant};

const SECRET: [u8; 32] = [9; 32];

async fn process(t: &TestPlatform, secret: [u8; 32]) -> Tokens {
    let tokens = Tokens::stored(secret, t.platform.db.clone());
    tokens.load().await.unwrap();
    tokens
}

fn kids(tokens: &Tokens, now: Time) -> Vec<String> {
    let keys = tokens.published(now).keys.into_iter();
    keys.map(|key| key.kid).collect()
}

async fn until(what: &str, mut check: impl FnMut() -> bool) {
    let began = Instant::now();
    while !check() {
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn processes_that_start_together_share_one_key() {
    let t = TestPlatform::start(&[]).await;
    let all = futures::future::join_all((0..5).map(|_| process(&t, SECRET))).await;
    let someone = actor(Role::Customer);
    let (token, _) = all[0].sign(&someone, t.now()).unwrap();
    for tokens in &all {
        assert_eq!(kids(tokens, t.now()), kids(&all[0], t.now()));
        assert_eq!(tokens.verify(&token, t.now()).unwrap(), someone);
    }
    assert_eq!(kids(&all[0], t.now()).len(), 1);
    // The row makes no token without the secret.
    let stored: Vec<Vec<u8>> = sqlx::query_scalar("select salt from platform.token_keys")
        .fetch_all(&t.platform.db)
        .await
        .unwrap();
    let salt: [u8; 32] = stored[0].clone().try_into().unwrap();
    let (forged, _) = Tokens::from_seed(&salt)
        .unwrap()
        .sign(&someone, t.now())
        .unwrap();
    assert_eq!(all[0].verify(&forged, t.now()), Err(BadToken::Invalid));
}

#[tokio::test]
async fn a_key_is_changed_and_nobody_notices() {
    let t = TestPlatform::start(&[]).await;
    let here = process(&t, SECRET).await;
    let someone = actor(Role::Customer);
    let before = kids(&here, t.now());
    let rotated = keys::rotate(&t.platform.db, &SECRET, t.now(), false)
        .await
        .unwrap();
    assert_eq!(rotated.signs_from, t.now() + minutes(2));
    assert_eq!(rotated.before_ends, t.now() + minutes(14));
    let again = keys::rotate(&t.platform.db, &SECRET, t.now(), false).await;
    assert!(again.unwrap_err().to_string().contains("is not over"));
    let (other, late) = (process(&t, SECRET).await, here);
    // One process has heard of it, the other not: both sign with the old key, whose clock is
    // right or a minute behind.
    assert_eq!(
        kids(&other, t.now()),
        [rotated.kid.as_str(), before[0].as_str()]
    );
    t.clock.set(rotated.signs_from - seconds(1));
    let (old, _) = other.sign(&someone, t.now()).unwrap();
    assert!(late.verify(&old, t.now()).is_ok());
    late.load().await.unwrap();

    t.clock.set(rotated.signs_from);
    let (new, _) = other.sign(&someone, t.now()).unwrap();
    for tokens in [&other, &late] {
        assert!(tokens.verify(&old, t.now()).is_ok() && tokens.verify(&new, t.now()).is_ok());
    }
    // To its last second the old token is good; its key no longer than need be.
    t.clock.set(rotated.signs_from + minutes(10));
    assert!(other.verify(&old, t.now()).is_ok());
    t.clock.set(rotated.before_ends);
    assert_eq!(other.verify(&old, t.now()), Err(BadToken::Invalid));
    assert_eq!(kids(&other, t.now()), [rotated.kid.as_str()]);
    let lines = keys::list(&t.platform.db, &SECRET, t.now()).await.unwrap();
    let states: Vec<_> = lines.iter().map(|line| line.state).collect();
    assert_eq!(states, ["signs", "ended"]);
    // Now the next may come.
    keys::rotate(&t.platform.db, &SECRET, t.now(), false)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_key_that_leaked_is_refused_everywhere_at_once() {
    let t = TestPlatform::start(&[]).await;
    let all = futures::future::join_all((0..2).map(|_| process(&t, SECRET))).await;
    let following: Vec<_> = all
        .iter()
        .map(|tokens| tokio::spawn(follow(t.platform.db.clone(), tokens.clone())))
        .collect();
    let (old, _) = all[0].sign(&actor(Role::Customer), t.now()).unwrap();
    assert!(all[1].verify(&old, t.now()).is_ok());
    let rotated = keys::rotate(&t.platform.db, &SECRET, t.now(), true)
        .await
        .unwrap();
    for tokens in &all {
        until("the new key", || {
            kids(tokens, t.now()) == [rotated.kid.as_str()]
        })
        .await;
        assert_eq!(tokens.verify(&old, t.now()), Err(BadToken::Invalid));
        tokens.sign(&actor(Role::Customer), t.now()).unwrap();
    }
    for task in following {
        task.abort();
    }
}

#[tokio::test]
async fn a_new_secret_comes_in_process_by_process() {
    let t = TestPlatform::start(&[]).await;
    let before = process(&t, SECRET).await;
    let (old, _) = before.sign(&actor(Role::Customer), t.now()).unwrap();
    let after = process(&t, [8; 32]).await;
    let (new, _) = after.sign(&actor(Role::Customer), t.now()).unwrap();
    before.load().await.unwrap();
    // Each signs with its own and believes the other's.
    for tokens in [&before, &after] {
        assert!(tokens.verify(&old, t.now()).is_ok() && tokens.verify(&new, t.now()).is_ok());
    }
    let (still, _) = before.sign(&actor(Role::Customer), t.now()).unwrap();
    assert_eq!(still.split('.').next(), old.split('.').next());
    let again = process(&t, [8; 32]).await;
    assert_eq!(kids(&again, t.now()).len(), 2, "no key is made twice");
}

#[tokio::test]
async fn an_ended_session_is_told_to_every_process() {
    let t = TestPlatform::start(&[]).await;
    let elsewhere = process(&t, SECRET).await;
    let following = tokio::spawn(follow(t.platform.db.clone(), elsewhere.clone()));
    let (gone, stays) = (actor(Role::Customer), actor(Role::Customer));
    let mut ended = vec![gone.session];
    ended.extend((0..20).map(|_| SessionId::new()));
    let mut tx = t.platform.db.begin().await.unwrap();
    t.platform
        .tokens
        .end(&mut tx, t.now(), &ended)
        .await
        .unwrap();
    assert_eq!(elsewhere.admit(&gone).await, Ok(()), "not committed");
    tx.commit().await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(30), elsewhere.when_ended(gone.session));
    heard.await.unwrap();
    assert_eq!(elsewhere.admit(&gone).await, Err(NotAdmitted::Ended));
    assert_eq!(elsewhere.admit(&stays).await, Ok(()));
    following.abort();

    // What has served is cleared away by those that come later.
    t.clock.advance(minutes(13));
    let mut tx = t.platform.db.begin().await.unwrap();
    let one = [SessionId::new()];
    t.platform.tokens.end(&mut tx, t.now(), &one).await.unwrap();
    tx.commit().await.unwrap();
    let rows: i64 = sqlx::query_scalar("select count(*) from platform.ended_sessions")
        .fetch_one(&t.platform.db)
        .await
        .unwrap();
    assert_eq!(rows, 1);
}
