//! TLS, here and to the stores.

use crate::{Server, ask, cut_off, greeted, quick, start};
use platform::serve::Tls;
use platform::serve::tls::TlsFiles;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

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
