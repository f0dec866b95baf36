//! S3-compatible object storage inside this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, bail};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::place;

/// How long requests under way may take once a stop is asked for.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// How to serve objects.
#[derive(Clone)]
pub struct ObjectStoreOptions {
    /// Folder that holds a folder per bucket. Made (0700) if missing.
    pub dir: PathBuf,
    /// Made if missing.
    pub bucket: String,
    /// Every request must be signed with this pair.
    pub access_key: String,
    /// The secret of the pair.
    pub secret_key: String,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
}

/// A running object store; dropping it stops it.
pub struct ObjectStore {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
}

impl ObjectStore {
    /// Starts serving on loopback, on a thread and a runtime of its own.
    ///
    /// Fails if the folder can't be made, the bucket's name isn't one, or the port is taken.
    pub fn start(options: ObjectStoreOptions) -> anyhow::Result<ObjectStore> {
        check_bucket(&options.bucket)?;
        place::private_dir(&options.dir)?;
        std::fs::create_dir_all(options.dir.join(&options.bucket))
            .with_context(|| format!("cannot make bucket {}", options.bucket))?;
        let service = service(&options.dir, &options.access_key, &options.secret_key)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listener = std::net::TcpListener::bind(address)
            .with_context(|| format!("cannot serve objects on {address}"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let server = std::thread::Builder::new()
            .name("objects".to_owned())
            .spawn(move || {
                if let Err(error) = runtime.block_on(serve(listener, service, stopped)) {
                    tracing::error!(%error, "the object store ended");
                }
            })?;
        Ok(ObjectStore {
            address,
            stop: Some(stop),
            server: Some(server),
        })
    }

    /// `http://127.0.0.1:port`; addresses are path-style (`/bucket/key`).
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Finishes requests under way (5 s at most), then stops.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for ObjectStore {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(server) = self.server.take()
            && server.join().is_err()
        {
            tracing::error!("the object store's thread panicked");
        }
    }
}

fn service(dir: &Path, access_key: &str, secret_key: &str) -> anyhow::Result<S3Service> {
    let files = match s3s_fs::FileSystem::new(dir) {
        Ok(files) => files,
        Err(error) => bail!("cannot keep objects in {}: {error:?}", dir.display()),
    };
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_auth(SimpleAuth::from_single(access_key, secret_key));
    Ok(builder.build())
}

async fn serve(
    listener: std::net::TcpListener,
    service: S3Service,
    mut stopped: oneshot::Receiver<()>,
) -> anyhow::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let connections = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // Sent or dropped, both mean stop.
            _ = &mut stopped => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, most likely: let some be closed before trying again.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service.clone());
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "an object store connection ended early");
            }
        });
    }
    if tokio::time::timeout(DRAIN_LIMIT, connections.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("object store requests were cut off");
    }
    Ok(())
}

/// The part of S3's rule for names that also keeps a bucket inside its folder.
fn check_bucket(name: &str) -> anyhow::Result<()> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(3..=63).contains(&name.len()) || !name.chars().all(allowed) {
        bail!("`{name}` is no bucket name: 3 to 63 of a-z, 0-9 and -");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_stay_inside_the_folder() {
        for (name, good) in [
            ("khidma", true),
            ("khidma-2", true),
            ("ab", false),
            ("../x", false),
            ("Khidma", false),
        ] {
            assert_eq!(check_bucket(name).is_ok(), good, "{name}");
        }
    }
}
