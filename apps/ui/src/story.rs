use crate::{format, msg};
use kernel::Time;
use leptos::prelude::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    Done,
    /// Happened, and not as wished.
    Warn,
    Current,
    Todo,
}

/// A line of what happened, happens, or will.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryStep {
    pub title: String,
    pub at: Option<Time>,
    pub sub: Option<String>,
    pub kind: StepKind,
}

/// A story in order of time. Staff read the 24-hour clock.
#[component]
pub fn Story(
    #[prop(into)] steps: Signal<Vec<StoryStep>>,
    #[prop(optional, into)] class: String,
) -> impl IntoView {
    let lines = move || {
        steps.with(|steps| {
            steps
                .iter()
                .cloned()
                .map(|step| {
                    let (class, word) = match step.kind {
                        StepKind::Done => ("", msg::story_done()),
                        StepKind::Warn => ("warn", msg::story_warn()),
                        StepKind::Current => ("", msg::story_current()),
                        StepKind::Todo => ("todo", msg::story_todo()),
                    };
                    view! {
                        <li class=class aria-current=(step.kind == StepKind::Current).then_some("step")>
                            <span class="t"><span class="vh">{word}" "</span>{step.title}</span>
                            {step.at.map(|at| view! {
                                <time datetime=at.to_string()>{format::clock(at)}</time>
                            })}
                            {step.sub.map(|sub| view! { <span class="s">{sub}</span> })}
                        </li>
                    }
                })
                .collect_view()
        })
    };
    view! { <ol class=format!("story {class}")>{lines}</ol> }
}
