//! The server: it listens, and serves each connection until it ends, stalls, or the server stops.
//!
//! It has a thread and a runtime of its own, so that pages and polls do not wait for each other. Pages are made on a
//! few blocking threads ([`READER_THREADS`]), since they query the store.

use std::io;
use std::net::TcpListener as StdTcpListener;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixListener as StdUnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::patient::Patient;
use super::site::Site;
use crate::config::Listen;

/// Threads that query the store and write pages.
const READER_THREADS: usize = 3;
/// Connections at the same time; further ones wait to be accepted.
const CONNECTIONS: usize = 256;
/// How long a client may take to send the head of a request, and how long an idle connection stays open.
const HEAD_LIMIT: Duration = Duration::from_secs(15);
/// How long a client may take nothing of an answer.
const STALL_LIMIT: Duration = Duration::from_secs(20);
/// How long a stop waits for answers under way.
const DRAIN_LIMIT: Duration = Duration::from_millis(1_000);
/// How long a stop waits for the thread.
const STOP_LIMIT: Duration = Duration::from_millis(1_500);

/// Why pages cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// Another program listens there.
    #[error(
        "another program uses {listen}; stop it, or choose another address with `[serve] listen` or, for \
         `kazbek serve`, --listen"
    )]
    Taken {
        /// Where it should listen.
        listen: Listen,
    },
    /// The system refuses the address.
    #[error("pages cannot be served at {listen}: {source}; choose another address with `[serve] listen`")]
    Refused {
        /// Where it should listen.
        listen: Listen,
        /// What the system says.
        source: io::Error,
    },
    /// Nothing says where to listen.
    #[error("`[serve] listen` is empty; set it, or give --listen")]
    NoAddress,
    /// Others could connect without a token.
    #[error("{0}")]
    Open(String),
}

#[derive(Debug)]
enum Listener {
    Tcp(StdTcpListener),
    Unix(StdUnixListener),
}

impl Listener {
    fn again(&self) -> io::Result<Listener> {
        match self {
            Listener::Tcp(listener) => listener.try_clone().map(Listener::Tcp),
            Listener::Unix(listener) => listener.try_clone().map(Listener::Unix),
        }
    }

    /// Opens a socket. That of a server which was killed is replaced.
    fn bind(listen: &Listen) -> Result<Listener, ServeError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::AddrInUse => ServeError::Taken { listen: listen.clone() },
            _ => ServeError::Refused { listen: listen.clone(), source },
        };
        match listen {
            Listen::Tcp(address) => StdTcpListener::bind(address).map(Listener::Tcp).map_err(failed),
            Listen::Unix(path) => {
                let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
                if is_socket && std::os::unix::net::UnixStream::connect(path).is_err() {
                    std::fs::remove_file(path).map_err(failed)?;
                }
                let listener = StdUnixListener::bind(path).map_err(failed)?;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
                Ok(Listener::Unix(listener))
            }
        }
    }
}

/// Sockets that the supervisor has opened (systemd socket activation). They outlive a reload.
#[derive(Debug, Default)]
pub struct Sockets {
    given: Option<Listener>,
}

impl Sockets {
    /// Takes the socket that the supervisor has passed to this process, if any.
    pub(crate) fn from_supervisor() -> Sockets {
        let mut passed = listenfd::ListenFd::from_env();
        let tcp = passed.take_tcp_listener(0).ok().flatten().map(Listener::Tcp);
        let given = tcp.or_else(|| passed.take_unix_listener(0).ok().flatten().map(Listener::Unix));
        Sockets { given }
    }

    /// Returns whether the supervisor has passed a socket.
    pub(crate) fn has_any(&self) -> bool {
        self.given.is_some()
    }
}

/// A server at work. Dropping it stops it without waiting.
#[derive(Debug)]
pub(crate) struct Server {
    stop: CancellationToken,
    ended: mpsc::Receiver<()>,
    /// The path of a unix socket that this server has made.
    socket: Option<std::path::PathBuf>,
}

impl Server {
    /// Starts to serve a site, on the socket of the supervisor or else where the configuration says.
    ///
    /// # Errors
    /// Fails if there is no address, if it is taken or refused, or if others could connect without a token.
    pub(crate) fn start(site: Site, sockets: &Sockets) -> Result<Server, ServeError> {
        let options = &site.config.serve;
        let (listener, listen) = match (&sockets.given, &options.listen) {
            (Some(given), _) => {
                let listen = given_address(given);
                let checked = crate::config::ServeOptions { listen: Some(listen.clone()), ..options.clone() }.check();
                checked.map_err(ServeError::Open)?;
                let again = given.again().map_err(|source| ServeError::Refused { listen: listen.clone(), source })?;
                (again, listen)
            }
            (None, Some(listen)) => {
                options.check().map_err(ServeError::Open)?;
                (Listener::bind(listen)?, listen.clone())
            }
            (None, None) => return Err(ServeError::NoAddress),
        };
        let refused = |source| ServeError::Refused { listen: listen.clone(), source };
        let socket = match (&listen, sockets.has_any()) {
            (Listen::Unix(path), false) => Some(path.clone()),
            _ => None,
        };
        let shown = match &listener {
            Listener::Tcp(listener) => format!("http://{}/", listener.local_addr().map_err(refused)?),
            Listener::Unix(_) => listen.to_string(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .max_blocking_threads(READER_THREADS)
            .thread_name("pages")
            .enable_all()
            .build()
            .map_err(refused)?;
        let stop = CancellationToken::new();
        let (sender, ended) = mpsc::channel();
        let stopped = stop.clone();
        let work = move || {
            let site = Arc::new(site);
            let router = super::routes::router(Arc::clone(&site));
            runtime.block_on(async {
                site.warm_up();
                match listener {
                    Listener::Tcp(listener) => match tcp(listener) {
                        Ok(listener) => accept(|| accept_tcp(&listener), router, &stopped).await,
                        Err(error) => warn!(%error, "pages cannot be served"),
                    },
                    Listener::Unix(listener) => match unix(listener) {
                        Ok(listener) => accept(|| accept_unix(&listener), router, &stopped).await,
                        Err(error) => warn!(%error, "pages cannot be served"),
                    },
                }
            });
            // A query that takes long must not delay the stop.
            runtime.shutdown_background();
            sender.send(()).unwrap_or_default();
        };
        std::thread::Builder::new().name("serve".to_owned()).spawn(work).map_err(refused)?;
        info!(address = shown, "pages are served");
        Ok(Server { stop, ended, socket })
    }

    /// Stops: answers under way are finished, if they take no longer than a second.
    pub(crate) fn stop(self) {
        self.stop.cancel();
        if let Err(RecvTimeoutError::Timeout) = self.ended.recv_timeout(STOP_LIMIT) {
            debug!("the pages did not stop in time");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(path) = &self.socket
            && let Err(error) = std::fs::remove_file(path)
        {
            debug!(%error, "the socket could not be removed");
        }
    }
}

fn given_address(listener: &Listener) -> Listen {
    match listener {
        Listener::Tcp(listener) => listener.local_addr().ok().map(Listen::Tcp),
        Listener::Unix(listener) => listener
            .local_addr()
            .ok()
            .map(|address| Listen::Unix(address.as_pathname().unwrap_or(Path::new("")).into())),
    }
    .unwrap_or_else(|| Listen::Unix(std::path::PathBuf::new()))
}

fn tcp(listener: StdTcpListener) -> io::Result<TcpListener> {
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

fn unix(listener: StdUnixListener) -> io::Result<UnixListener> {
    listener.set_nonblocking(true)?;
    UnixListener::from_std(listener)
}

async fn accept_tcp(listener: &TcpListener) -> io::Result<tokio::net::TcpStream> {
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn accept_unix(listener: &UnixListener) -> io::Result<tokio::net::UnixStream> {
    Ok(listener.accept().await?.0)
}

/// Accepts connections until the server is stopped, and then waits a moment for those under way.
async fn accept<S, F>(mut next: impl FnMut() -> F, router: Router, stop: &CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = io::Result<S>>,
{
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let accepted = async {
            let place = Arc::clone(&places).acquire_owned().await.map_err(io::Error::other)?;
            Ok::<_, io::Error>((next().await?, place))
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = accepted => match accepted {
                Ok((stream, place)) => {
                    connections.spawn(serve(stream, router.clone(), stop.clone(), place));
                }
                Err(error) => {
                    // Most likely there are too many open files; without a pause this loop would spin.
                    debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(DRAIN_LIMIT, drained).await.is_err() {
        debug!("connections were cut off at the stop");
    }
}

/// Serves one connection.
async fn serve<S>(stream: S, router: Router, stop: CancellationToken, place: OwnedSemaphorePermit)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(Patient::new(stream, STALL_LIMIT));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .max_buf_size(64 * 1_024)
        .serve_connection(io, TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
    drop(place);
}
