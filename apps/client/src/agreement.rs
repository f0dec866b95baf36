//! Whether whoever is signed in has agreed to the terms and the notice as they hold now. Decided once
//! a person and page: a text that changes while somebody is in the middle of something waits for the
//! next time they open the app.

use crate::cache::{Cached, cached};
use crate::page::page;
use crate::session::session;
use crate::web;
use contract_privacy::Consents;
use kernel::UserId;
use leptos::prelude::*;

pub const CONSENTS: &str = "/v1/me/consents";

/// What a person may do for that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Everything; also whoever is not signed in, and looks around.
    Open,
    /// Not known yet: the server has not answered, and this browser remembers nothing.
    Unknown,
    /// Nothing before they agree.
    Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    user: Option<UserId>,
    standing: Standing,
    /// By the server's word in this page, which stays.
    settled: bool,
}

/// `answer`: what the server says of `user`. `remembered`: who had agreed when this browser was used
/// last.
fn seen(
    before: Option<&Seen>,
    user: Option<UserId>,
    answer: Option<&Consents>,
    remembered: Option<UserId>,
) -> Seen {
    let before = before.filter(|before| before.user == user);
    let now = |standing, settled| Seen {
        user,
        standing,
        settled,
    };
    match (before, answer) {
        _ if user.is_none() => now(Standing::Open, false),
        (Some(before), _) if before.settled => *before,
        (_, Some(answer)) if answer.outstanding().texts.is_empty() => now(Standing::Open, true),
        (_, Some(_)) => now(Standing::Asked, false),
        (Some(before), None) => *before,
        (None, None) if remembered == user => now(Standing::Open, false),
        (None, None) => now(Standing::Unknown, false),
    }
}

/// What is known of it, for the screens; made by [`follow`].
#[derive(Clone, Copy)]
pub struct Agreement {
    pub consents: Cached<Consents>,
    pub standing: Signal<Standing>,
}

/// Asks for the consents of whoever signs in, and remembers who has agreed. Call once, at the root.
pub fn follow() -> Agreement {
    let user = Memo::new(|_| session().with(|s| s.as_ref().map(|s| s.user.id)));
    let consents = cached::<Consents>(move || user.get().map(|_| CONSENTS.to_owned()));
    let known = Memo::new(move |before: Option<&Seen>| {
        let answer = consents.get();
        seen(before, user.get(), answer.as_deref(), remembered())
    });
    Effect::new(move |_| {
        let Seen {
            user,
            standing,
            settled,
        } = known.get();
        match (user, standing) {
            (Some(user), Standing::Open) if settled => remember(Some(user)),
            (None, _) | (_, Standing::Asked) => remember(None),
            _ => {}
        }
    });
    Agreement {
        consents,
        standing: Signal::derive(move || known.get().standing),
    }
}

fn store_key() -> String {
    format!("khidma.{}.agreed", page().app)
}

fn remembered() -> Option<UserId> {
    web::stored(&store_key())?.parse().ok()
}

fn remember(user: Option<UserId>) {
    web::store(&store_key(), user.map(|user| user.to_string()).as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract_privacy::{Consent, Purpose};

    fn agreed_to(version: Option<&str>) -> Consents {
        let items = Purpose::ALL.map(|purpose| Consent {
            purpose,
            given: version.is_some() && purpose != Purpose::Marketing,
            current_version: "2".to_owned(),
            version: version.map(str::to_owned),
            lang: None,
            at: None,
        });
        Consents {
            items: items.into(),
        }
    }

    #[test]
    fn whoever_has_agreed_waits_for_nothing_and_whoever_has_not_is_asked() {
        let (me, other) = (Some(UserId::new()), Some(UserId::new()));
        let (none, old, new) = (agreed_to(None), agreed_to(Some("1")), agreed_to(Some("2")));
        let (none, old, new) = (Some(&none), Some(&old), Some(&new));
        for (user, answer, remembered, standing) in [
            (None, None, me, Standing::Open),
            (None, none, None, Standing::Open),
            (me, None, None, Standing::Unknown),
            (me, None, other, Standing::Unknown),
            (me, None, me, Standing::Open),
            (me, none, None, Standing::Asked),
            (me, old, me, Standing::Asked),
            (me, new, None, Standing::Open),
        ] {
            let first = seen(None, user, answer, remembered);
            assert_eq!(
                first.standing, standing,
                "{user:?} {answer:?} {remembered:?}"
            );
        }
        // Opened from memory and then told otherwise; asked, and then agreed.
        let opened = seen(None, me, None, me);
        let asked = seen(Some(&opened), me, old, me);
        assert_eq!(asked.standing, Standing::Asked);
        assert_eq!(seen(Some(&asked), me, None, me).standing, Standing::Asked);
        let agreed = seen(Some(&asked), me, new, None);
        assert_eq!((agreed.standing, agreed.settled), (Standing::Open, true));
        // A text that changes meanwhile disturbs nobody; somebody else is somebody else.
        assert_eq!(seen(Some(&agreed), me, old, None), agreed);
        assert_eq!(
            seen(Some(&agreed), other, none, me).standing,
            Standing::Asked
        );
        assert_eq!(seen(Some(&agreed), None, None, me).standing, Standing::Open);
    }
}
