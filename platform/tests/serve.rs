//! Connections over real sockets: who dawdles is cut off while others are served, TLS with a
//! certificate that is renewed, and stores over TLS.
#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use futures::stream;
use platform::serve::tls::TlsFiles;
use platform::serve::{ConnectionLimits, Tls, serve};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

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

// --- TLS ------------------------------------------------------------------------------------------

fn certificate() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap()
}

fn write(folder: &Path, pair: &CertifiedKey<KeyPair>) -> TlsFiles {
    let files = TlsFiles {
        certificate: folder.join("tls.pem"),
        key: folder.join("tls.key"),
    };
    std::fs::write(&files.certificate, pair.cert.pem()).unwrap();
    std::fs::write(&files.key, pair.signing_key.serialize_pem()).unwrap();
    files
}

/// A client that trusts this certificate alone.
fn client(
    trusted: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

async fn greeted_over_tls(server: &Server, client: &TlsConnector) -> bool {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    match client.connect(name, stream).await {
        Ok(stream) => ask(stream)
            .await
            .is_ok_and(|answer| answer.contains("hello 127")),
        Err(_) => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_from_1_2_on_and_a_new_certificate_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (certificate(), certificate());
    let files = write(folder.path(), &first);
    let tls = Tls::load(&files).unwrap();
    let following = tokio::spawn(tls.clone().follow(Duration::from_millis(20)));
    let server = start(quick(), Some(tls.clone())).await;

    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let client = client(first.cert.der(), &[version]);
        assert!(greeted_over_tls(&server, &client).await, "{version:?}");
    }
    // TLS 1.1: an alert (21), fatal (2).
    let mut old = TcpStream::connect(server.address).await.unwrap();
    let mut hello = vec![0x16, 3, 1, 0, 45, 1, 0, 0, 41, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0, 0x2f, 1, 0]);
    old.write_all(&hello).await.unwrap();
    let mut alert = [0; 6];
    old.read_exact(&mut alert).await.unwrap();
    assert_eq!((alert[0], alert[5]), (21, 2), "{alert:?}");
    // Plain HTTP, and who never finishes the handshake, get nothing.
    assert!(!greeted(&server).await);
    let silent = TcpStream::connect(server.address).await.unwrap();
    assert!(cut_off(silent).await < Duration::from_secs(20));

    let all = rustls::ALL_VERSIONS;
    let (old, new) = (
        client(first.cert.der(), all),
        client(second.cert.der(), all),
    );
    assert!(!greeted_over_tls(&server, &new).await);
    // A pair that doesn't fit together is not taken.
    std::fs::write(&files.certificate, second.cert.pem()).unwrap();
    assert!(tls.reload().is_err());
    assert!(greeted_over_tls(&server, &old).await);
    write(folder.path(), &second);
    let began = Instant::now();
    while !greeted_over_tls(&server, &new).await {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "still the old one"
        );
    }
    assert!(!greeted_over_tls(&server, &old).await);
    following.abort();
}

#[test]
fn files_that_are_no_certificate_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), &certificate());
    std::fs::write(&files.certificate, "no PEM").unwrap();
    assert!(Tls::load(&files).is_err());
    std::fs::remove_file(&files.certificate).unwrap();
    let error = format!("{:#}", Tls::load(&files).err().unwrap());
    assert!(error.contains("tls.pem"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_reached_over_tls_by_whom_it_shows_the_right_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let pair = certificate();
    let files = write(folder.path(), &pair);
    let port = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let options = stores::RedisOptions {
        more: [
            ["--tls-port", &port.to_string()],
            ["--tls-cert-file", &text(&files.certificate)],
            ["--tls-key-file", &text(&files.key)],
            ["--tls-auth-clients", "no"],
            ["--bind", "127.0.0.1"],
        ]
        .concat()
        .into_iter()
        .map(str::to_owned)
        .collect(),
        ..stores::RedisOptions::throwaway(folder.path().join("redis"))
    };
    let _redis = tokio::task::spawn_blocking(|| stores::Redis::start(options).unwrap())
        .await
        .unwrap();
    let url = format!("rediss://localhost:{port}/");
    let authority = |pair: &CertifiedKey<KeyPair>| Some(pair.cert.pem().into_bytes());
    let connect = |authority| platform::Redis::connect_trusting(&url, "x:", authority);
    connect(authority(&pair))
        .await
        .unwrap()
        .ping()
        .await
        .unwrap();
    assert!(connect(authority(&certificate())).await.is_err());
    assert!(connect(None).await.is_err());
}

/// Answers a PostgreSQL client's wish for TLS with `answer`; returns what it says next, decrypted
/// where TLS was agreed on. Empty: it said nothing and left.
async fn postgres(answer: u8, pair: &CertifiedKey<KeyPair>, query: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let files = write(folder.path(), pair);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://someone:secret@localhost:{port}/x?{query}");
    let client = tokio::spawn(async move {
        let _ = tokio::time::timeout(Duration::from_secs(5), platform::db::connect(&url, 1)).await;
    });
    let (mut stream, _) = listener.accept().await.unwrap();
    drop(listener);
    let mut wish = [0; 8];
    stream.read_exact(&mut wish).await.unwrap();
    assert_eq!(wish, [0, 0, 0, 8, 4, 210, 22, 47], "SSLRequest");
    stream.write_all(&[answer]).await.unwrap();
    let mut said = vec![0; 512];
    let read = if answer == b'S' {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let key = rustls::pki_types::pem::PemObject::from_pem_file(&files.key).unwrap();
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![pair.cert.der().clone()], key)
            .unwrap();
        match tokio_rustls::TlsAcceptor::from(Arc::new(config))
            .accept(stream)
            .await
        {
            Ok(mut stream) => stream.read(&mut said).await.unwrap_or(0),
            Err(_) => 0,
        }
    } else {
        stream.read(&mut said).await.unwrap_or(0)
    };
    client.abort();
    said.truncate(read);
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_hears_nothing_before_it_has_shown_the_right_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let pair = certificate();
    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, pair.cert.pem()).unwrap();
    let strict = format!("sslmode=verify-full&sslrootcert={}", authority.display());
    let said = postgres(b'S', &pair, &strict).await;
    assert!(said.windows(7).any(|part| part == b"someone"), "{said:?}");
    assert!(postgres(b'S', &certificate(), &strict).await.is_empty());
    assert!(postgres(b'N', &pair, &strict).await.is_empty());
}
