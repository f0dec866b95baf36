//! A stream that ends when nothing goes over it. hyper times the head of an HTTP/1 request; this
//! covers what comes before it knows the protocol, a client that does not read its answer, and
//! whatever else stands still.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// From so many bytes on it is known which protocol is spoken: the preface of HTTP/2.
const PREFACE: u64 = 24;

pub(super) struct Watched<S> {
    stream: S,
    idle: Duration,
    /// When the other side must have said what it speaks.
    first: Instant,
    read: u64,
    moved: Instant,
    wake: Pin<Box<Sleep>>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, first: Duration, idle: Duration) -> Self {
        let now = Instant::now();
        Self {
            stream,
            idle,
            first: now + first,
            read: 0,
            moved: now,
            wake: Box::pin(sleep_until(now + first.min(idle))),
        }
    }

    fn deadline(&self) -> Instant {
        let still = self.moved + self.idle;
        if self.read < PREFACE {
            still.min(self.first)
        } else {
            still
        }
    }

    /// Ready when it stood still for too long.
    fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.wake.as_mut().poll(cx));
            let deadline = self.deadline();
            if Instant::now() >= deadline {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.wake.as_mut().reset(deadline);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        match Pin::new(&mut self.stream).poll_read(cx, buf) {
            Poll::Ready(done) => {
                self.read += (buf.filled().len() - before) as u64;
                self.moved = Instant::now();
                Poll::Ready(done)
            }
            Poll::Pending => self.poll_late(cx).map(Err),
        }
    }
}

impl<S: AsyncWrite + Unpin> Watched<S> {
    fn wrote<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.moved = Instant::now();
            return done;
        }
        self.poll_late(cx).map(Err)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.wrote(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.wrote(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    // Nothing to flush moves nothing: it must not count as a sign of life.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
