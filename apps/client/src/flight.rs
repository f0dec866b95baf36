//! Work of which at most one is under way: whoever comes while it is waits for the same result.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

/// The result to come, for any number of those who wait.
pub struct Landing<T> {
    result: RefCell<Option<T>>,
    waiting: RefCell<Vec<Waker>>,
}

impl<T: Clone> Landing<T> {
    pub fn new() -> Rc<Self> {
        Rc::new(Self {
            result: RefCell::new(None),
            waiting: RefCell::default(),
        })
    }
    pub fn land(&self, result: T) {
        *self.result.borrow_mut() = Some(result);
        for waker in self.waiting.take() {
            waker.wake();
        }
    }
    pub async fn wait(&self) -> T {
        poll_fn(|context| match &*self.result.borrow() {
            Some(result) => Poll::Ready(result.clone()),
            None => {
                self.waiting.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::Context;

    #[test]
    fn everybody_waits_for_the_same() {
        let landing = Landing::new();
        let mut context = Context::from_waker(Waker::noop());
        let (mut first, mut second) = (pin!(landing.wait()), pin!(landing.wait()));
        assert!(first.as_mut().poll(&mut context).is_pending());
        assert!(second.as_mut().poll(&mut context).is_pending());
        landing.land(7);
        assert_eq!(first.poll(&mut context), Poll::Ready(7));
        assert_eq!(second.poll(&mut context), Poll::Ready(7));
        assert_eq!(
            pin!(landing.wait()).poll(&mut context),
            Poll::Ready(7),
            "late"
        );
    }
}
