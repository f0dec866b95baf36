//! Connections: accepted, kept few enough, and cut off when they dawdle. HTTP/1.1, and HTTP/2 where
//! TLS agrees on it or the client begins with it.

mod dawdle;
mod quiet;
pub mod tls;

pub use tls::Tls;

use crate::http::{Proxies, network};
use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use dawdle::Watched;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use quiet::Requests;
use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;

/// What a connection may take. Times are real.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// Open at a time; more wait in the system's queue.
    pub most: usize,
    /// The same from one address, of IPv6 from one /64; more are closed at once. Proxies of ours are
    /// exempt.
    pub most_per_address: usize,
    pub proxies: Proxies,
    /// Until the TLS handshake is done.
    pub handshake: Duration,
    /// Until the head of a request is there; also how long a connection may wait for its next one,
    /// and ten times what it may where three quarters of all connections are taken.
    pub head: Duration,
    /// In which not a byte went either way. Longer than any request takes and than the silence
    /// between two heartbeats of a live stream.
    pub idle: Duration,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            most: 8_192,
            most_per_address: 1_024,
            proxies: Proxies::default(),
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(20),
            idle: Duration::from_secs(90),
        }
    }
}

/// Most bytes of a request's head; longer ones are answered with 431.
const HEAD_BYTES: usize = 32 * 1024;
const HEAD_FIELDS: usize = 64;
/// After an accept that failed for want of something (file descriptors, say).
const BREATH: Duration = Duration::from_millis(200);
/// How much less patience there is with connections that wait, where there are many.
const CROWDED: u32 = 10;

/// Serves `router` until `stopped` ends; then takes nothing new and returns when all that was under
/// way has ended.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    tls: Option<Tls>,
    stopped: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let stop = watch::Sender::new(());
    let slots = Arc::new(Semaphore::new(limits.most));
    let seats = Seats::default();
    let limits = Arc::new(limits);
    let accepting = async {
        loop {
            let slot = slots.clone().acquire_owned().await.context("slots")?;
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(e) => {
                    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset};
                    if !matches!(e.kind(), ConnectionAborted | ConnectionReset) {
                        tracing::error!(cause = %e, "a connection can't be accepted");
                        tokio::time::sleep(BREATH).await;
                    }
                    continue;
                }
            };
            let exempt = limits.proxies.trusts(peer.ip());
            let Some(seat) = seats.take(peer.ip(), limits.most_per_address, exempt) else {
                metrics::counter!("khidma_http_connections_refused_total").increment(1);
                continue;
            };
            let connection = Connection {
                peer,
                router: router.clone(),
                limits: limits.clone(),
                slots: slots.clone(),
                stopping: stop.subscribe(),
            };
            let tls = tls.clone();
            tokio::spawn(async move {
                connection.accept(stream, tls).await;
                drop((slot, seat));
            });
        }
    };
    let ended: anyhow::Result<()> = tokio::select! {
        ended = accepting => ended,
        () = stopped => Ok(()),
    };
    drop(listener);
    let _ = stop.send(());
    stop.closed().await;
    ended
}

struct Connection {
    peer: SocketAddr,
    router: Router,
    limits: Arc<ConnectionLimits>,
    slots: Arc<Semaphore>,
    /// Held until the connection has ended: who stops waits for that.
    stopping: watch::Receiver<()>,
}

impl Connection {
    async fn accept(self, stream: TcpStream, tls: Option<Tls>) {
        // Small answers and live news go out at once.
        let _ = stream.set_nodelay(true);
        let stream = Watched::new(stream, self.limits.head, self.limits.idle);
        match tls {
            None => self.serve(stream).await,
            Some(tls) => {
                let handshake = tls.acceptor().accept(stream);
                match tokio::time::timeout(self.limits.handshake, handshake).await {
                    Ok(Ok(stream)) => self.serve(stream).await,
                    Ok(Err(e)) => tracing::debug!(cause = %e, "no TLS with this one"),
                    Err(_) => tracing::debug!("a TLS handshake took too long"),
                }
            }
        }
    }

    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let Self {
            peer,
            router,
            limits,
            slots,
            mut stopping,
        } = self;
        let requests = Requests::new();
        let asked = requests.clone();
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let under_way = asked.begin();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request);
            async move {
                let answer = answer.await?;
                Ok::<_, Infallible>(answer.map(|body| under_way.until_sent(body)))
            }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEAD_FIELDS);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(limits.head)
            .keep_alive_timeout(limits.head)
            .max_header_list_size(HEAD_BYTES as u32)
            .max_concurrent_streams(100);
        let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
        let crowded = limits.head / CROWDED;
        let mut leaving = false;
        loop {
            let patience = || match leaving {
                // It has been told, and may still have to read what was sent.
                true => limits.idle,
                false if slots.available_permits() < limits.most / 4 => crowded,
                false => limits.head,
            };
            tokio::select! {
                ended = &mut connection => {
                    if let Err(e) = ended {
                        // The other side's doing: it left, dawdled, or spoke no HTTP.
                        tracing::debug!(cause = %e, "a connection ended early");
                    }
                    return;
                }
                _ = stopping.changed(), if !leaving => {}
                () = requests.none_for(patience, crowded) => {
                    if leaving {
                        tracing::debug!("a connection that was told to end did not");
                        return;
                    }
                }
            }
            leaving = true;
            connection.as_mut().graceful_shutdown();
        }
    }
}

/// Which network has how many connections.
#[derive(Clone, Default)]
struct Seats(Arc<Mutex<HashMap<[u8; 16], usize>>>);

struct Seat {
    seats: Seats,
    network: Option<[u8; 16]>,
}

impl Seats {
    fn take(&self, address: IpAddr, most: usize, exempt: bool) -> Option<Seat> {
        let network = (!exempt).then(|| network(address));
        if let Some(network) = network {
            let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let count = taken.entry(network).or_insert(0);
            if *count >= most {
                return None;
            }
            *count += 1;
        }
        Some(Seat {
            seats: self.clone(),
            network,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some(network) = self.network else { return };
        let mut taken = self.seats.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_seated_once() {
        let seats = Seats::default();
        let take = |text: &str, exempt| seats.take(text.parse().unwrap(), 2, exempt);
        let held = [take("2001:db8::1", false), take("2001:db8::2", false)];
        assert!(held.iter().all(Option::is_some));
        assert!(take("2001:db8::3", false).is_none());
        assert!(take("2001:db8::3", true).is_some());
        assert!(take("2001:db8:0:1::3", false).is_some());
        drop(held);
        assert!(take("2001:db8::3", false).is_some());
        let held = [
            take("203.0.113.9", false),
            take("::ffff:203.0.113.9", false),
        ];
        assert!(held.iter().all(Option::is_some) && take("203.0.113.9", false).is_none());
        assert!(take("203.0.113.10", false).is_some());
        drop(held);
        assert!(seats.0.lock().unwrap().is_empty());
    }
}
