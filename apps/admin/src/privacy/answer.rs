//! What staff say to whoever asked: why it takes longer, why not, or what was corrected. Offered is
//! only what the request, as it stands, allows.

use super::{path_of, took};
use crate::msg;
use crate::rights::may;
use client::{Key, press};
use contract_privacy::{
    AnswerPrivacy, PrivacyRequest, PrivacyRequestDetail, RequestKind, RequestState,
};
use kernel::access::Permission;
use kernel::{PrivacyRequestId, Time};
use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use ui::{Button, Dialog, Field, Icon, Kind, TroubleNote, elsewhere, field_error, toast};

/// Characters, as the server counts them.
const LONGEST: &str = "500";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Complete,
    Extend,
    Refuse,
}

impl Answer {
    const ALL: [Self; 3] = [Self::Complete, Self::Extend, Self::Refuse];

    const fn path(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Extend => "extend",
            Self::Refuse => "refuse",
        }
    }
    fn words(self) -> Words {
        match self {
            Self::Complete => Words {
                icon: "check",
                button: msg::privacy_complete(),
                title: msg::privacy_complete_title(),
                label: msg::privacy_complete_label(),
                done: msg::privacy_completed_toast(),
            },
            Self::Extend => Words {
                icon: "calendar-days",
                button: msg::privacy_extend(),
                title: msg::privacy_extend_title(),
                label: msg::privacy_extend_label(),
                done: msg::privacy_extended_toast(),
            },
            Self::Refuse => Words {
                icon: "ban",
                button: msg::privacy_refuse(),
                title: msg::privacy_refuse_title(),
                label: msg::privacy_refuse_label(),
                done: msg::privacy_refused_toast(),
            },
        }
    }
    const fn kind(self) -> Kind {
        match self {
            Self::Complete => Kind::Primary,
            Self::Extend => Kind::Secondary,
            Self::Refuse => Kind::Danger,
        }
    }
    /// Whether the server would take it at `now`. More time is given once, and before the first is over;
    /// what is under way can't be stopped, and copies and erasures are the platform's to do.
    fn fits(self, request: &PrivacyRequest, now: Time) -> bool {
        let waits = matches!(
            request.state,
            RequestState::Received | RequestState::Blocked
        );
        waits
            && match self {
                Self::Complete => request.kind == RequestKind::Correction,
                Self::Extend => request.extended_for.is_none() && now < request.due_at,
                Self::Refuse => true,
            }
    }
}

#[derive(Clone, Copy)]
struct Words {
    icon: &'static str,
    button: &'static str,
    title: &'static str,
    label: &'static str,
    done: &'static str,
}

#[component]
pub fn Answers(detail: PrivacyRequestDetail) -> impl IntoView {
    let request = detail.request;
    let (id, now) = (request.id, client::now());
    let offered: Vec<Answer> = Answer::ALL
        .into_iter()
        .filter(|answer| may(Permission::PrivacyManage) && answer.fits(&request, now))
        .collect();
    if offered.is_empty() {
        return ().into_any();
    }
    let asking = RwSignal::new(false);
    let answer = RwSignal::new(offered[0]);
    let buttons = offered
        .into_iter()
        .map(|offer| {
            let words = offer.words();
            let ask = move || {
                answer.set(offer);
                asking.set(true);
            };
            view! { <Button kind=offer.kind() on_press=ask><Icon name=words.icon/>{words.button}</Button> }
        })
        .collect_view();
    view! {
        <div class="btn-row">{buttons}</div>
        <Dialog open=asking title=move || answer.get().words().title>
            <Form request=id answer=answer.get_untracked() close=Callback::new(move |()| asking.set(false))/>
        </Dialog>
    }
    .into_any()
}

#[component]
fn Form(request: PrivacyRequestId, answer: Answer, close: Callback<()>) -> impl IntoView {
    let words = answer.words();
    let (text, tried) = (RwSignal::new(String::new()), RwSignal::new(false));
    let send = press(
        move |text: String, key: Key| async move {
            let path = format!("{}/{}", path_of(request), answer.path());
            client::post::<_, PrivacyRequestDetail>(&path, &AnswerPrivacy { text }, key).await
        },
        move |detail| {
            close.run(());
            took(detail);
            toast(words.done);
        },
    );
    let refused = field_error(send.trouble(), "text");
    let error = Signal::derive(move || {
        let empty = tried.get() && text.with(|text| text.trim().is_empty());
        empty
            .then(|| msg::privacy_text_missing().to_owned())
            .or_else(|| refused.get())
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let text = text.get_untracked().trim().to_owned();
        if !text.is_empty() {
            send.go(text);
        }
    };
    view! {
        <form class="stack" novalidate on:submit=submit>
            <TroubleNote trouble=elsewhere(send.trouble(), &["text"])/>
            <Field label=words.label hint=msg::privacy_read_by() error=error let:id>
                <textarea id=id class="input" rows="4" maxlength=LONGEST dir="auto" bind:value=text></textarea>
            </Field>
            <div class="btn-row">
                <Button on_press=move || close.run(())>{msg::privacy_keep()}</Button>
                <Button kind=answer.kind() submit=true busy=send.busy()>{words.button}</Button>
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(kind: RequestKind, state: RequestState) -> PrivacyRequest {
        PrivacyRequest {
            id: PrivacyRequestId::new(),
            kind,
            state,
            received_at: Time::UNIX_EPOCH,
            due_at: Time::UNIX_EPOCH + kernel::seconds(30 * 86_400),
            extended_for: None,
            begins_at: None,
            obstacles: Vec::new(),
            text: None,
            ended_at: None,
            answer: None,
            archive: None,
            too_large: false,
        }
    }

    fn offered(request: &PrivacyRequest, day: i64) -> Vec<Answer> {
        let now = Time::UNIX_EPOCH + kernel::seconds(day * 86_400);
        let fits = |answer: &Answer| answer.fits(request, now);
        Answer::ALL.into_iter().filter(fits).collect()
    }

    #[test]
    fn offered_is_what_the_request_allows() {
        use Answer::{Complete, Extend, Refuse};
        for (kind, state, expected) in [
            (
                RequestKind::Correction,
                RequestState::Received,
                &[Complete, Extend, Refuse][..],
            ),
            (
                RequestKind::Erasure,
                RequestState::Received,
                &[Extend, Refuse],
            ),
            (
                RequestKind::Erasure,
                RequestState::Blocked,
                &[Extend, Refuse],
            ),
            (RequestKind::Erasure, RequestState::Running, &[]),
            (RequestKind::Export, RequestState::Running, &[]),
            (RequestKind::Correction, RequestState::Done, &[]),
            (RequestKind::Correction, RequestState::Refused, &[]),
            (RequestKind::Correction, RequestState::Cancelled, &[]),
        ] {
            assert_eq!(
                offered(&request(kind, state), 1),
                expected,
                "{kind:?} {state:?}"
            );
        }
    }

    #[test]
    fn more_time_is_given_once_and_in_time() {
        let mut request = request(RequestKind::Correction, RequestState::Received);
        assert_eq!(offered(&request, 30), [Answer::Complete, Answer::Refuse]);
        request.extended_for = Some("The archive is on paper".to_owned());
        assert_eq!(offered(&request, 1), [Answer::Complete, Answer::Refuse]);
    }
}
