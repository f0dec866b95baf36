use leptos::prelude::*;
use std::sync::Arc;

/// What a press does: made from a closure without arguments or a `Callback<()>`.
#[derive(Clone)]
pub struct Action(Arc<dyn Fn() + Send + Sync>);

impl Action {
    pub fn run(&self) {
        (self.0)();
    }
}
impl<F: Fn() + Send + Sync + 'static> From<F> for Action {
    fn from(f: F) -> Self {
        Self(Arc::new(f))
    }
}
impl From<Callback<()>> for Action {
    fn from(callback: Callback<()>) -> Self {
        Self(Arc::new(move || callback.run(())))
    }
}
