//! "Prove it is you": what the server allows with a fresh second factor only. The request that was
//! refused for the lack of one waits while the app asks for it, and is then sent again as it was, with
//! its own key. All requests that wait, wait for the same question.

use crate::flight::Landing;
use crate::trouble::Trouble;
use crate::{api, passkey, session};
use contract_identity::{
    AskStepUpCode, CodeSent, PasskeyOptions, PasskeyProof, PhoneProof, StepUp, SteppedUp,
};
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use uuid::Uuid;

/// The server's word for a second factor that is missing or too old.
pub(crate) const NOT_FRESH: &str = "http.second_factor";
/// Instead of it where the person has been asked and would rather not: they know why nothing happened.
pub(crate) const DECLINED: &str = "client.not_proved";

#[derive(Default)]
struct Question {
    /// Whether somebody shows it: without, nobody would ever answer.
    shown_by: u32,
    waiting: Option<Rc<Landing<bool>>>,
}

thread_local! {
    static QUESTION: RefCell<Question> = RefCell::default();
    static ASKED: RefCell<Option<ArcRwSignal<bool>>> = const { RefCell::new(None) };
}

fn signal() -> ArcRwSignal<bool> {
    ASKED.with_borrow_mut(|asked| asked.get_or_insert_with(|| ArcRwSignal::new(false)).clone())
}

/// Whether something waits for the proof now. Whoever calls this shows the question while it is true,
/// until its owner is cleaned up.
pub fn asked() -> Signal<bool> {
    QUESTION.with_borrow_mut(|question| question.shown_by += 1);
    on_cleanup(|| {
        QUESTION.with_borrow_mut(|question| question.shown_by -= 1);
        cancel();
    });
    signal().into()
}

/// Waits until the question is answered: true when proved, false when declined. None where nobody
/// shows it.
pub(crate) async fn proved() -> Option<bool> {
    let landing = QUESTION.with_borrow_mut(ask)?;
    signal().set(true);
    Some(landing.wait().await)
}

fn ask(question: &mut Question) -> Option<Rc<Landing<bool>>> {
    (question.shown_by > 0).then(|| question.waiting.get_or_insert_with(Landing::new).clone())
}

/// Six digits of the authenticator app, or a recovery code. Once it is taken what waited goes on.
pub async fn prove(code: &str) -> Result<(), Trouble> {
    take(StepUp {
        code: Some(code.into()),
        passkey: None,
        phone: None,
    })
    .await
}

/// With a passkey in place of the code; the browser asks its holder.
pub async fn prove_with_passkey() -> Result<(), Trouble> {
    let asked: PasskeyOptions = api::post_once("/v1/auth/step-up/options", &()).await?;
    let proof = PasskeyProof {
        challenge: asked.challenge,
        credential: passkey::answer(&asked.options).await?,
    };
    take(StepUp {
        code: None,
        passkey: Some(proof),
        phone: None,
    })
    .await
}

/// Sends a code to one's own phone, for whoever signs in with one.
pub async fn ask_code() -> Result<CodeSent, Trouble> {
    let body = AskStepUpCode {
        device: session::device(),
    };
    api::post_once("/v1/auth/step-up/code", &body).await
}

/// With that code in place of the authenticator app's.
pub async fn prove_by_phone(challenge: Uuid, code: &str) -> Result<(), Trouble> {
    let proof = PhoneProof {
        challenge,
        code: code.into(),
        device: session::device(),
    };
    take(StepUp {
        code: None,
        passkey: None,
        phone: Some(proof),
    })
    .await
}

async fn take(body: StepUp) -> Result<(), Trouble> {
    let fresh: SteppedUp = api::post_once("/v1/auth/step-up", &body).await?;
    session::take_access(fresh.access_token, fresh.expires_at);
    land(true);
    Ok(())
}

/// Nothing is done; what waited ends quietly.
pub fn cancel() {
    land(false);
}

fn land(proved: bool) {
    let waiting = QUESTION.with_borrow_mut(|question| question.waiting.take());
    if let Some(landing) = waiting {
        signal().set(false);
        landing.land(proved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn one_question_for_all_that_wait() {
        let mut context = Context::from_waker(Waker::noop());
        let unseen = pin!(proved()).poll(&mut context);
        assert_eq!(unseen, Poll::Ready(None), "nobody would answer");

        let owner = Owner::new();
        let asked = owner.with(asked);
        for answer in [true, false] {
            let (mut first, mut second) = (pin!(proved()), pin!(proved()));
            assert!(first.as_mut().poll(&mut context).is_pending());
            assert!(second.as_mut().poll(&mut context).is_pending());
            assert!(asked.get_untracked());
            land(answer);
            assert!(!asked.get_untracked());
            assert_eq!(first.poll(&mut context), Poll::Ready(Some(answer)));
            assert_eq!(second.poll(&mut context), Poll::Ready(Some(answer)));
        }

        let mut left = pin!(proved());
        assert!(left.as_mut().poll(&mut context).is_pending());
        owner.cleanup();
        assert_eq!(
            left.poll(&mut context),
            Poll::Ready(Some(false)),
            "nobody is there now"
        );
    }
}
