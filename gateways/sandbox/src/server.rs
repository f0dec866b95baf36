use crate::faults::DropConnection;
use crate::{Sandbox, SandboxConfig, router};
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::ServiceExt;
use url::Url;

/// How long open connections may take to finish after the shutdown.
const GRACE: Duration = Duration::from_secs(2);

/// Serves the sandbox on the listener until `shutdown` completes, then writes its state.
///
/// # Errors
/// The state file cannot be read or written.
pub async fn serve(
    listener: TcpListener,
    config: SandboxConfig,
    shutdown: impl Future<Output = ()>,
) -> anyhow::Result<()> {
    let public_url = match &config.public_url {
        Some(url) => url.clone(),
        None => Url::parse(&format!("http://{}", listener.local_addr()?))?,
    };
    let sandbox = Sandbox::new(config, &public_url)?;
    let router = router(sandbox.clone());
    let (stop, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut background = JoinSet::new();
    {
        let sandbox = sandbox.clone();
        background.spawn(async move { sandbox.run().await });
    }
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, router.clone(), stopping.clone()));
                }
                Err(error) => {
                    // Out of file descriptors, most likely: closing connections will help.
                    tracing::warn!(%error, "the sandbox could not accept a connection");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    drop(stop);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, drained).await.is_err() {
        connections.shutdown().await;
    }
    background.shutdown().await;
    sandbox.compact()
}

async fn connection(stream: TcpStream, router: axum::Router, mut stopping: watch::Receiver<()>) {
    // Small answers must not wait for more to send.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    let service = service_fn(move |request: http::Request<Incoming>| {
        let router = router.clone();
        async move {
            let response: Response = match router.oneshot(request.map(Body::new)).await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.extensions().get::<DropConnection>().is_some() {
                // hyper answers an error of the service by closing the connection.
                return Err(io::Error::other("dropped on purpose"));
            }
            Ok(response)
        }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    tokio::select! {
        _ = &mut served => {}
        _ = stopping.changed() => {
            served.as_mut().graceful_shutdown();
            // What is cut off here the other side sees as a lost connection.
            let _ = served.await;
        }
    }
}
