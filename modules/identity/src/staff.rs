//! Staff sign in with a password and an authenticator app or a passkey.

use crate::challenge::Wanted;
use crate::door::{Cookies, Door};
use crate::second_factor::{Answer, Given};
use crate::sessions::{Proof, note, open};
use crate::{Identity, change_password, password_rule, people, second_factor, sessions};
use axum::extract::State;
use contract_identity::{IdentityFault, SignedIn, StaffSignIn};
use kernel::{Outcome, Time, UserId};
use platform::http::{Body, Caller, Problem, Public, Reply};
use std::net::IpAddr;
use std::sync::Arc;

/// Opens a session for staff: twelve hours at most. Which of the three was wrong is not told, and
/// a code of the app counts once, as does a recovery code, which may stand in for it. A passkey's
/// answer takes the place of the code.
#[utoipa::path(post, path = "/v1/auth/staff/sessions", tag = "identity", request_body = StaffSignIn,
    params(("X-Khidma-App" = Option<String>, Header, description = "A web app: the refresh token goes into its cookie")),
    responses((status = 200, body = SignedIn), (status = "default", body = Problem),
        (status = 401, body = Problem, description = "What was shown opens nothing"),
        (status = 403, body = Problem, description = "Another site's page asks")))]
pub(crate) async fn staff_sign_in(
    State(me): State<Arc<Identity>>,
    _: Public,
    caller: Caller,
    door: Door,
    Body(command): Body<StaffSignIn>,
) -> Result<(Cookies, Reply<SignedIn>), Problem> {
    let signed_in = with_password(&me, me.p.now(), command, caller.address, &door).await?;
    let (cookies, signed_in) = door.hand_out(signed_in);
    Ok((cookies, Reply::ok(signed_in)))
}

async fn with_password(
    me: &Identity,
    now: Time,
    command: StaffSignIn,
    address: Option<IpAddr>,
    door: &Door,
) -> Outcome<SignedIn, IdentityFault> {
    let email = people::plain_email(&command.email);
    me.throttle().staff_try(now, &email, address).await?;
    let account = sqlx::query!(
        r#"select id as "id: UserId", password_hash, totp_secret from identity.users
           where email = $1 and password_hash is not null and disabled_at is null"#,
        email
    )
    .fetch_optional(&me.p.db)
    .await?;
    let (user, hash, secret) = match account {
        Some(row) => (Some(row.id), row.password_hash, row.totp_secret),
        None => (None, None, None),
    };
    let password: String = command
        .password
        .chars()
        .take(password_rule::LONGEST)
        .collect();
    let password_right = me.passwords.matches(password.clone(), hash.clone()).await?;
    // Both factors are always checked: the time taken does not tell which one failed.
    let somebody = user.unwrap_or_else(UserId::new);
    let (proof, counted) = match command.passkey {
        Some(_) => (Proof::PasswordPasskey, "password_passkey"),
        None => (Proof::PasswordTotp, "password_totp"),
    };
    let answer = Answer {
        code: command.code.as_deref(),
        passkey: command.passkey.as_ref(),
        wanted: Wanted::SignIn,
    };
    let mut given = second_factor::read(me, now, somebody, secret.as_deref(), answer).await?;
    // Who knew no password is counted for nobody, and waits as long for it.
    let guesser = if password_right {
        somebody
    } else {
        UserId::new()
    };
    if !me.throttle().factor_try(now, guesser).await? {
        note(counted, "throttled", user);
        given = Given::Wrong;
    }
    let (Some(user), Some(hash), true) = (user, hash, password_right && given != Given::Wrong)
    else {
        note(counted, "refused", user);
        return Err(IdentityFault::WrongCredentials.into());
    };
    // The only moment at which the password is known and its hash may be outdated.
    let renewed = match me.passwords.is_stale(&hash) {
        true => Some(me.passwords.hash(password).await?),
        false => None,
    };

    let mut tx = me.p.db.begin().await?;
    if !change_password::hold_with(&mut tx, user, &hash).await? {
        note(counted, "overtaken", Some(user));
        return Err(IdentityFault::WrongCredentials.into());
    }
    if !second_factor::take(&mut tx, now, user, &given).await? {
        note(counted, "replayed", Some(user));
        return Err(IdentityFault::WrongCredentials.into());
    }
    if let Some(hash) = renewed {
        change_password::put(&mut tx, user, &hash).await?;
    }
    let session = open(me, &mut tx, now, user, proof, door).await?;
    let signed_in = sessions::answer(me, &mut tx, now, session).await?;
    tx.commit().await?;
    note(counted, "opened", Some(user));
    Ok(signed_in)
}
