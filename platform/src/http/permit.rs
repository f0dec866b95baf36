use super::edge::Counted;
use super::{Edge, Problem};
use crate::tokens::{BadToken, NotAdmitted};
use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use kernel::access::{Actor, Grant, Permission};
use kernel::{Code, SessionId, Text, Time};
use std::marker::PhantomData;
use std::sync::Arc;

/// How a caller has to have proved who they are, as a type.
pub trait Proof: Send + Sync + 'static {
    fn check(actor: &Actor, now: Time) -> Result<(), Problem>;
}

/// Signed in, however long ago.
#[derive(Debug, Clone, Copy)]
pub struct Session;
impl Proof for Session {
    fn check(_: &Actor, _: Time) -> Result<(), Problem> {
        Ok(())
    }
}

/// With a second factor in the last five minutes, or a code by text message where one signs in with
/// a phone: for what a token that was left lying about must not do.
#[derive(Debug, Clone, Copy)]
pub struct Fresh;
impl Proof for Fresh {
    fn check(actor: &Actor, now: Time) -> Result<(), Problem> {
        if actor.is_fresh(now) {
            return Ok(());
        }
        Err(Problem::new(
            Code::Forbidden,
            "http.second_factor",
            Text::new(
                "نحتاج أن نتأكد أنك أنت. أدخل رمزًا جديدًا ثم أعد المحاولة.",
                "We need to be sure that it is you. Enter a new code, then repeat it.",
            ),
        ))
    }
}

/// Proof that the caller holds the permission `G`, and proved who they are by `P`. Authorisation is
/// visible in the signature of the handler; the scope comes with the actor and goes into the query.
#[derive(Debug, Clone)]
pub struct Permit<G, P = Session> {
    pub actor: Actor,
    /// From when on the access token is refused: what goes on for long ends then.
    pub until: Time,
    grant: PhantomData<(G, P)>,
}

/// How long something that goes on may go on: until then, or until the session ends.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    pub session: SessionId,
    pub until: Time,
}

impl<G, P> Permit<G, P> {
    pub fn pass(&self) -> Pass {
        Pass {
            session: self.actor.session,
            until: self.until,
        }
    }
}

impl<G: Grant, P: Proof, S: Send + Sync> FromRequestParts<S> for Permit<G, P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let (actor, until) = actor(parts).await?;
        count(parts, &actor).await?;
        if !actor.may(G::PERMISSION) {
            refused(&actor, G::PERMISSION, "role");
            return Err(Problem::new(
                Code::Forbidden,
                "http.forbidden",
                Text::new("هذا ليس من صلاحياتك.", "Your role does not allow this."),
            ));
        }
        P::check(&actor, edge(parts)?.clock.now())
            .inspect_err(|_| refused(&actor, G::PERMISSION, "second_factor"))?;
        Ok(Self {
            actor,
            until,
            grant: PhantomData,
        })
    }
}

/// Written down: who wants what they may not.
fn refused(actor: &Actor, permission: Permission, why: &'static str) {
    tracing::warn!(user = %actor.user, session = %actor.session, permission = permission.as_str(), why, "access refused");
}

/// The actor where a good token is given, else nobody.
#[derive(Debug, Clone)]
pub struct MaybeActor(pub Option<Actor>);

impl<S: Send + Sync> FromRequestParts<S> for MaybeActor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(actor(parts).await.ok().map(|(actor, _)| actor)))
    }
}

fn edge(parts: &Parts) -> Result<&Edge, Problem> {
    let edge = parts.extensions.get::<Arc<Edge>>();
    edge.map(Arc::as_ref).ok_or_else(Problem::internal)
}

async fn actor(parts: &Parts) -> Result<(Actor, Time), Problem> {
    let token = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme
                .eq_ignore_ascii_case("bearer")
                .then_some(token.trim())
        })
        .ok_or_else(sign_in)?;
    let edge = edge(parts)?;
    let opened = edge
        .tokens
        .open(token, edge.clock.now())
        .map_err(|bad| match bad {
            BadToken::Invalid => sign_in(),
            BadToken::Expired => Problem::new(
                Code::Unauthenticated,
                "http.token_expired",
                Text::new(
                    "انتهت صلاحية الجلسة. جدّدها.",
                    "The access token has expired. Refresh it.",
                ),
            ),
        })?;
    match edge.tokens.admit(&opened.0).await {
        Ok(()) => Ok(opened),
        Err(NotAdmitted::Ended) => Err(Problem::new(
            Code::Unauthenticated,
            "http.session_ended",
            Text::new(
                "انتهت جلستك. سجّل الدخول من جديد.",
                "Your session has ended. Sign in again.",
            ),
        )),
        Err(NotAdmitted::Unknown) => Err(Problem::unavailable()),
    }
}

/// Too many requests of one member are refused, whatever they ask for.
async fn count(parts: &Parts, actor: &Actor) -> Result<(), Problem> {
    let extensions = &parts.extensions;
    let (Some(edge), Some(counted)) = (extensions.get::<Arc<Edge>>(), extensions.get::<Counted>())
    else {
        return Ok(());
    };
    edge.count_actor(counted, actor.user).await
}

fn sign_in() -> Problem {
    Problem::new(
        Code::Unauthenticated,
        "http.unauthenticated",
        Text::new("سجّل الدخول أولًا.", "Sign in first."),
    )
}
