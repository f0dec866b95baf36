//! What a button does. A second press while the first is under way does nothing; a press after an
//! unknown outcome repeats the same operation with the same key, so that nothing happens twice.

use crate::api::Key;
use crate::step_up::DECLINED;
use crate::trouble::{KEY_REUSED, Trouble};
use crate::web;
use leptos::prelude::*;
use leptos::reactive::owner::WeakOwner;
use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;

type Run<A, T> = Box<dyn Fn(A, Key) -> Pin<Box<dyn Future<Output = Result<T, Trouble>>>>>;

struct Inner<A> {
    go: Box<dyn Fn(A)>,
}

/// A handle of one button's operation; made by [`press`].
pub struct Press<A: 'static> {
    inner: StoredValue<Rc<Inner<A>>, LocalStorage>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<Trouble>>,
}

impl<A> Clone for Press<A> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A> Copy for Press<A> {}

impl<A> Press<A> {
    pub fn go(self, a: A) {
        // After the screen has left there is nothing to press.
        if let Some(inner) = self.inner.try_get_value() {
            (inner.go)(a);
        }
    }
    pub fn busy(self) -> Signal<bool> {
        self.busy.into()
    }
    /// Of the last try. Setting it to none hides the note.
    pub fn trouble(self) -> RwSignal<Option<Trouble>> {
        self.trouble
    }
}

/// `run` gets the key to send; it is kept until the operation succeeded or was refused. `done` is
/// called with the answer unless the screen has left by then.
pub fn press<A, T, F>(run: impl Fn(A, Key) -> F + 'static, done: impl Fn(T) + 'static) -> Press<A>
where
    A: Clone + 'static,
    T: 'static,
    F: Future<Output = Result<T, Trouble>> + 'static,
{
    let run: Run<A, T> = Box::new(move |a, key| Box::pin(run(a, key)));
    let work = Rc::new(Work {
        run,
        done: Box::new(done),
        key: Cell::new(None),
        busy: RwSignal::new(false),
        trouble: RwSignal::new(None),
    });
    let (busy, trouble) = (work.busy, work.trouble);
    // Not held by what it holds itself: a screen would never be cleaned up.
    let owner = Owner::current().map(|owner| owner.downgrade());
    let go = Box::new(move |a: A| {
        if work.busy.try_get_untracked().unwrap_or(true) {
            return;
        }
        work.busy.set(true);
        work.trouble.set(None);
        let (work, owner) = (work.clone(), owner.clone());
        web::spawn(async move { work.finish(a, owner).await });
    });
    Press {
        inner: StoredValue::new_local(Rc::new(Inner { go })),
        busy,
        trouble,
    }
}

struct Work<A, T> {
    run: Run<A, T>,
    done: Box<dyn Fn(T)>,
    key: Cell<Option<Key>>,
    busy: RwSignal<bool>,
    trouble: RwSignal<Option<Trouble>>,
}

impl<A: Clone, T> Work<A, T> {
    async fn finish(self: Rc<Self>, a: A, owner: Option<WeakOwner>) {
        let result = match self.attempt(a.clone()).await {
            // The last try's outcome is unknown and now something else is asked for: that is
            // another operation.
            Err(trouble) if trouble.is(KEY_REUSED) => self.attempt(a).await,
            result => result,
        };
        // The signals are gone when the screen has left.
        if self.busy.try_set(false).is_some() {
            return;
        }
        match result {
            // In the screen's own scope, so that what `done` makes is cleaned up with it.
            Ok(value) => match owner.and_then(|owner| owner.upgrade()) {
                Some(owner) => owner.with(|| (self.done)(value)),
                None => (self.done)(value),
            },
            // They were asked to prove who they are and would rather not: nothing to complain of.
            Err(trouble) if trouble.is(DECLINED) => {}
            Err(trouble) => {
                self.trouble.try_set(Some(trouble));
            }
        }
    }

    async fn attempt(&self, a: A) -> Result<T, Trouble> {
        let key = self.key.get().unwrap_or_else(Key::new);
        self.key.set(Some(key));
        let result = (self.run)(a, key).await;
        if !matches!(&result, Err(trouble) if trouble.outcome_unknown()) {
            self.key.set(None);
        }
        result
    }
}
