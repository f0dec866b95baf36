use super::{Spec, after_s, before, now, s, standing};
use crate::{
    BookingPill, ClockRing, JobPill, PromiseLine, RequestPill, Sla, SlaGlyph, SlaTag, Stars,
    StepKind, Steps, Story, StoryStep,
};
use contract_bookings::{BookingState, JobState};
use contract_privacy::RequestState;
use contract_sla::{ClockKind, ClockState, ClockView};
use kernel::{ClockId, Time};
use leptos::prelude::*;

/// A clock of an hour with so many seconds left.
fn clock(state: ClockState, left_s: i64) -> ClockView {
    let deadline = after_s(left_s);
    ClockView {
        id: ClockId::from_uuid(Default::default()),
        kind: ClockKind::Arrive,
        state,
        started_at: deadline - kernel::hours(1),
        deadline,
        paused_for: (state == ClockState::Paused).then(|| "customer".to_owned()),
        paused_at: (state == ClockState::Paused).then(now),
        stopped_at: (state == ClockState::Met).then(now),
        breached: left_s < 0,
    }
}

fn clocks() -> [ClockView; 6] {
    [
        clock(ClockState::Running, 44 * 60 + 10),
        clock(ClockState::Running, 18 * 60 + 47),
        clock(ClockState::Running, 6 * 60 + 10),
        clock(ClockState::Running, -(6 * 60 + 12)),
        clock(ClockState::Paused, 34 * 60 + 10),
        clock(ClockState::Met, 14 * 60),
    ]
}

pub(super) fn view() -> AnyView {
    view! {
        <Spec id="clocks" title=s("ساعة الوعد", "Promise clock")>{rings()}</Spec>
        <Spec id="promise" title=s("خط الوعد", "Promise line")>{lines()}</Spec>
        <Spec id="job-states" title=s("حالات العمل للموظّف", "Job states, for staff")>
            <div class="flex wrap">
                {JobState::ALL.iter().map(|state| view! { <JobPill state=*state/> }).collect_view()}
            </div>
        </Spec>
        <Spec id="booking-states" title=s("حالات الحجز للعميل", "Booking states, for customers")>
            {bookings()}
        </Spec>
        <Spec id="story" title=s("قصّة العمل", "Job story")>{story()}</Spec>
        <Spec id="steps" title=s("الخطوات والتقييم", "Steps and rating")>
            <Steps n=3_usize of=5/>
            <div class="flex"><Stars value=4.8/><span class="meta">{s("213 زيارة", "213 visits")}</span></div>
        </Spec>
    }
    .into_any()
}

fn rings() -> AnyView {
    let rings = clocks()
        .into_iter()
        .map(|clock| view! { <ClockRing clock=clock now=standing()/> })
        .collect_view();
    let mini = clocks()
        .into_iter()
        .take(4)
        .map(|clock| view! { <ClockRing clock=clock now=standing() class="mini"/> })
        .collect_view();
    let tags = clocks()
        .into_iter()
        .map(|clock| view! { <SlaTag clock=clock now=standing()/> })
        .collect_view();
    let glyphs = Sla::ALL
        .map(|sla| view! { <span class="flex"><SlaGlyph sla=sla/><span class="meta">{sla.word()}</span></span> })
        .collect_view();
    view! {
        <div class="grid2">{rings}</div>
        <div class="flex wrap">{mini}</div>
        <div class="flex wrap">{tags}</div>
        <div class="flex wrap">{glyphs}</div>
    }
    .into_any()
}

fn lines() -> AnyView {
    let line =
        |words: &'static str, started: i64, due_s: i64, eta: Option<i64>, done: Option<Time>| {
            view! {
                <div class="stack sm">
                    <span class="meta">{words}</span>
                    <PromiseLine
                        start=before(started)
                        deadline=after_s(due_s)
                        eta=eta.map(after_s)
                        done=done
                        now=standing()
                    />
                </div>
            }
        };
    view! {
        <div class="stack lg">
            {line(s("قبل الوعد", "Ahead of the promise"), 27, 33 * 60, Some(19 * 60), None)}
            {line(s("على الحافة", "Close to it"), 38, 22 * 60, Some(20 * 60), None)}
            {line(s("متوقّع أن يتأخّر، ننبّه قبل الموعد", "Expected late, told before"), 38, 14 * 60, Some(28 * 60), None)}
            {line(s("تأخّر", "Late"), 66, -6 * 60, None, None)}
            {line(s("وصل قبل الموعد", "Arrived in time"), 70, -10 * 60, None, Some(before(24)))}
        </div>
    }
    .into_any()
}

fn bookings() -> AnyView {
    let pills = [
        (BookingState::AwaitingPayment, None),
        (BookingState::Confirmed, Some(JobState::Queued)),
        (BookingState::Confirmed, None),
        (BookingState::Confirmed, Some(JobState::Assigned)),
        (BookingState::InService, Some(JobState::EnRoute)),
        (BookingState::InService, Some(JobState::Arrived)),
        (BookingState::InService, Some(JobState::InProgress)),
        (BookingState::InService, Some(JobState::AwaitingApproval)),
        (BookingState::AwaitingAcceptance, Some(JobState::Finished)),
        (BookingState::Settled, Some(JobState::Closed)),
        (BookingState::Cancelled, None),
        (BookingState::Expired, Some(JobState::Cancelled)),
        (BookingState::Expired, None),
        (BookingState::Disputed, Some(JobState::Closed)),
    ]
    .map(|(state, job)| view! { <BookingPill state=state job=job/> })
    .collect_view();
    let requests = RequestState::ALL
        .map(|state| view! { <RequestPill state=state/> })
        .collect_view();
    view! {
        <div class="flex wrap">{pills}</div>
        <div class="flex wrap">{requests}</div>
    }
    .into_any()
}

fn story() -> AnyView {
    let step = |title: &'static str, at: Option<i64>, sub: Option<&'static str>, kind| StoryStep {
        title: title.to_owned(),
        at: at.map(before),
        sub: sub.map(str::to_owned),
        kind,
    };
    let steps = vec![
        step(
            s("حُجز وحُفظ المبلغ", "Booked, the amount is held"),
            Some(27),
            None,
            StepKind::Done,
        ),
        step(
            s(
                "اعتذر فنّي، بحثنا عن غيره",
                "A technician declined; we asked another",
            ),
            Some(26),
            None,
            StepKind::Warn,
        ),
        step(
            s("أُسند إلى محمد الحربي", "Assigned to Mohammed Al Harbi"),
            Some(24),
            Some(s(
                "أقرب فنّي متاح يحمل القطعة",
                "The nearest who is free and carries the part",
            )),
            StepKind::Done,
        ),
        step(
            s("في الطريق إليك", "On the way to you"),
            Some(4),
            Some(s("على بُعد 19 دقيقة", "19 minutes away")),
            StepKind::Current,
        ),
        step(
            s("العمل، ثم قبولك", "The work, then your acceptance"),
            None,
            None,
            StepKind::Todo,
        ),
    ];
    view! { <Story steps=steps/> }.into_any()
}
