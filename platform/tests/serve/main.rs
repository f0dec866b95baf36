//! Connections over real sockets: who dawdles is cut off while others are served, TLS with a
//! certificate that is renewed, and stores over TLS.
#![allow(clippy::unwrap_used)]

mod tls;
mod waiting;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use futures::stream;
use platform::serve::{ConnectionLimits, Tls, serve};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

fn routes() -> Router {
    Router::new()
        .route(
            "/hello",
            get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move {
                format!("hello {}", peer.ip())
            }),
        )
        .route(
            "/endless",
            get(|| async {
                axum::body::Body::from_stream(stream::repeat_with(|| {
                    Ok::<_, Infallible>("x".repeat(65_536))
                }))
            }),
        )
        .route(
            "/later",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                "later"
            }),
        )
        .route(
            "/much-later",
            get(|| async {
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                "much later"
            }),
        )
}

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<anyhow::Result<()>>,
}

async fn start(limits: ConnectionLimits, tls: Option<Tls>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let stopped = async move {
        let _ = stopped.await;
    };
    let task = tokio::spawn(serve(listener, routes(), limits, tls, stopped));
    Server {
        address,
        stop,
        task,
    }
}

fn quick() -> ConnectionLimits {
    ConnectionLimits {
        head: Duration::from_millis(400),
        handshake: Duration::from_millis(400),
        idle: Duration::from_secs(1),
        ..ConnectionLimits::default()
    }
}

/// Sends a request and reads the answer to its end.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<String> {
    stream.write_all(HELLO).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

async fn greeted(server: &Server) -> bool {
    let stream = TcpStream::connect(server.address).await.unwrap();
    ask(stream)
        .await
        .is_ok_and(|answer| answer.contains("hello 127.0.0.1"))
}

/// How long the other side let this connection live, once nothing more is said.
async fn cut_off(mut stream: TcpStream) -> Duration {
    let began = Instant::now();
    let mut rest = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut rest)).await;
    // Closed or reset, both end it.
    let _ = read.expect("the connection lives for ever");
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_dawdles_is_cut_off_and_others_are_served() {
    let server = start(quick(), None).await;
    let mut slow = Vec::new();
    for said in [
        // Nothing at all; the beginning of a head; of the preface of HTTP/2; of a second request.
        "",
        "GET /hello HTTP/1.1\r\nHost: x\r\nX-Dawdle: ",
        "PRI * HTTP/2.0\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hel",
    ] {
        for _ in 0..50 {
            let mut stream = TcpStream::connect(server.address).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            slow.push(stream);
        }
    }
    // Two hundred of them hold nobody up.
    for _ in 0..20 {
        assert!(greeted(&server).await);
    }
    for stream in slow {
        assert!(cut_off(stream).await < Duration::from_secs(20));
    }
    assert!(greeted(&server).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn dripping_headers_do_not_keep_a_connection() {
    let server = start(quick(), None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /hello HTTP/1.1\r\n").await.unwrap();
    let began = Instant::now();
    // A byte now and then, always sooner than the idle limit.
    while stream.write_all(b"a: b\r\n").await.is_ok() {
        assert!(began.elapsed() < Duration::from_secs(20), "still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_read_is_cut_off() {
    let server = start(quick(), None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    // Read by nobody for longer than the idle limit: then only what the system had kept is left.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let (mut left, mut buffer) = (0, vec![0; 65_536]);
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        left += read;
        assert!(left < 100_000_000, "it goes on and on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_a_size() {
    let server = start(ConnectionLimits::default(), None).await;
    for (fields, size) in [(200, 10), (1, 100_000)] {
        let mut head = String::from("GET /hello HTTP/1.1\r\nHost: x\r\n");
        for n in 0..fields {
            head.push_str(&format!("x-{n}: {}\r\n", "a".repeat(size)));
        }
        head.push_str("\r\n");
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // It may stop reading before all is written.
        let _ = stream.write_all(head.as_bytes()).await;
        let mut answer = [0; 12];
        let read = stream.read_exact(&mut answer).await;
        if read.is_ok() {
            assert_eq!(&answer, b"HTTP/1.1 431");
        }
    }
    assert!(greeted(&server).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_address_has_so_many_connections_and_gets_them_back() {
    let limits = ConnectionLimits {
        most_per_address: 3,
        ..ConnectionLimits::default()
    };
    let server = start(limits, None).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream
            .write_all(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        // Answered: so it is counted.
        stream.read_exact(&mut [0; 12]).await.unwrap();
        held.push(stream);
    }
    assert!(!greeted(&server).await);
    drop(held);
    let began = Instant::now();
    while !greeted(&server).await {
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_requests_end_and_idle_connections_go() {
    let server = start(ConnectionLimits::default(), None).await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    idle.read_exact(&mut [0; 12]).await.unwrap();
    let mut busy = TcpStream::connect(server.address).await.unwrap();
    busy.write_all(b"GET /later HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    // Long enough to be taken up, and shorter than its answer takes.
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.send(()).unwrap();
    let mut answer = String::new();
    busy.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("later"), "{answer}");
    server.task.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}
