//! Serving and working until told to stop.

use crate::app::{self, App, Placement};
use crate::config::Config;
use anyhow::Context;
use axum::Router;
use platform::serve::tls::LOOK;
use platform::serve::{ConnectionLimits, Tls};
use platform::{CancellationToken, Platform, rpc};
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

/// How long a shutdown waits for requests under way.
const GRACE: Duration = Duration::from_secs(10);

/// Ends on Ctrl-C or SIGTERM.
pub async fn told_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate =
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(signal) => signal,
            Err(_) => {
                let _ = interrupt.await;
                return;
            }
        };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

/// Serves `router` until `stop` turns true, then lets requests under way end; those that would go
/// on for ever are told by `closing`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ConnectionLimits,
    tls: Option<Tls>,
    closing: CancellationToken,
    mut stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let mut stopped = stop.clone();
    let stopping = async move {
        let _ = stopped.wait_for(|stop| *stop).await;
        closing.cancel();
    };
    let server = platform::serve::serve(listener, router, limits, tls, stopping);
    let deadline = async move {
        let _ = stop.wait_for(|stop| *stop).await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = server => ended.context("HTTP server"),
        () = deadline => {
            tracing::warn!("requests still under way at shutdown are cut off");
            Ok(())
        }
    }
}

/// A task that follows what is stored for all processes: the clock, the keys of access tokens, and
/// which sessions have ended.
pub async fn follow(platform: &Platform) -> anyhow::Result<JoinHandle<()>> {
    platform
        .clock
        .set_anchor(platform::clock::load(&platform.db).await?);
    platform.tokens.load().await?;
    let Platform {
        db, clock, tokens, ..
    } = platform.clone();
    Ok(tokio::spawn(async move {
        tokio::join!(
            platform::clock::follow(db.clone(), clock),
            platform::tokens::follow(db, tokens)
        );
    }))
}

/// `khidma serve`: the API alone.
pub async fn serve_command(config: &Config, placement: Placement) -> anyhow::Result<()> {
    let app = started(config, placement).await?;
    app.registry.subscribe(&app.platform.db).await?;
    let listener = listen(config.listen).await?;
    let (stop, stopped) = watch::channel(false);
    let router = app::with_metrics(app.router.clone(), platform::telemetry::metrics()?);
    let tls = config
        .tls
        .as_ref()
        .map(Tls::load)
        .transpose()
        .context("tls")?;
    let following = tls.clone().map(|tls| tokio::spawn(tls.follow(LOOK)));
    tracing::info!(listen = %config.listen, tls = tls.is_some(), "serving");
    let closing = app.platform.closing.clone();
    let limits = config.edge.connections()?;
    until_told(stop, serve(listener, router, limits, tls, closing, stopped)).await?;
    if let Some(following) = following {
        following.abort();
    }
    Ok(())
}

/// `khidma work`: the workers alone.
pub async fn work_command(config: &Config) -> anyhow::Result<()> {
    let app = started(config, Placement::All).await?;
    app.registry.subscribe(&app.platform.db).await?;
    let (stop, stopped) = watch::channel(false);
    tracing::info!(concurrency = config.worker.concurrency, "working");
    let worker = app::worker(&app, config);
    let watched = match config.worker.listen {
        Some(address) => {
            let router = app::with_metrics(app.health.clone(), platform::telemetry::metrics()?);
            Some(tokio::spawn(serve(
                listen(address).await?,
                router,
                ConnectionLimits::default(),
                None,
                app.platform.closing.clone(),
                stopped.clone(),
            )))
        }
        None => None,
    };
    until_told(stop, async {
        worker.run(stopped).await;
        if let Some(watched) = watched {
            watched.await??;
        }
        Ok(())
    })
    .await
}

async fn started(config: &Config, placement: Placement) -> anyhow::Result<App> {
    let platform = app::connect(config).await?;
    follow(&platform).await?;
    app::build(config, platform, placement).await
}

/// Waits for `work` to end, telling it to when a signal comes.
async fn until_told(
    stop: watch::Sender<bool>,
    work: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<()> {
    tokio::pin!(work);
    tokio::select! {
        ended = &mut work => ended,
        () = told_to_stop() => {
            tracing::info!("stopping");
            let _ = stop.send(true);
            work.await
        }
    }
}

pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "port {} is taken: another platform may be running; give --port",
            address.port()
        )
    })
}

/// Public paths of a module that lives elsewhere are handed on to it.
pub fn hand_on(url: Url) -> Router {
    let paths = [
        "/v1/places",
        "/v1/places/{*rest}",
        "/v1/zones",
        "/v1/zones/{*rest}",
        "/v1/technician/position",
        "/v1/technician/positions",
    ];
    rpc::forward(url, &paths)
}
