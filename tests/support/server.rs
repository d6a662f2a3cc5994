//! A scripted HTTP server on a loopback port of its own: raw bytes per path, so that it can misbehave in every way.
//!
//! ```ignore
//! let server = Server::start().await;
//! server.on("/feed", Reply::ok("application/rss+xml", FEED).header("ETag", "\"v1\""));
//! server.on("/slow", Reply::drip(b"HTTP/1.1 200 OK\r\n", Duration::from_millis(50)));
//! let url = server.url("/feed");
//! assert_eq!(server.hits("/feed"), 1);
//! ```
//!
//! It serves one request a connection and closes, stops when dropped, and needs a tokio runtime; a blocking test gets one
//! with [`Server::start_blocking`].

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// A request as it came: method, path with query, headers with lower-case names in their order.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
}

impl Seen {
    /// The value of a header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What happens to a connection once the request has come.
#[derive(Clone, Debug)]
pub enum Step {
    /// Write these bytes.
    Bytes(Vec<u8>),
    /// Wait.
    Wait(Duration),
    /// Write these bytes again and again, with a pause between, until the other side leaves.
    Forever(Vec<u8>, Duration),
    /// Close with a reset instead of an orderly end.
    Reset,
    /// Keep the connection open and say nothing more.
    Hang,
}

/// What a path answers.
#[derive(Clone, Debug)]
pub struct Reply {
    status: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    raw: Option<Vec<Step>>,
    /// 304 where the request bears the ETag or the Last-Modified of the headers.
    conditional: bool,
}

impl Reply {
    /// A status line's code and reason with a body and its length.
    pub fn status(status: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status: status.to_owned(), headers: Vec::new(), body: Some(body.into()), raw: None, conditional: false }
    }

    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply::status("200 OK", body).header("Content-Type", content_type)
    }

    pub fn redirect(status: &str, location: &str) -> Reply {
        Reply::status(status, "").header("Location", location)
    }

    /// Exactly these steps after the request, no header added.
    pub fn raw(steps: Vec<Step>) -> Reply {
        Reply { raw: Some(steps), ..Reply::status("", "") }
    }

    /// These bytes, one at a time with a pause behind each, then silence: a slow loris.
    pub fn drip(bytes: &[u8], pause: Duration) -> Reply {
        let mut steps = Vec::new();
        for byte in bytes {
            steps.push(Step::Bytes(vec![*byte]));
            steps.push(Step::Wait(pause));
        }
        steps.push(Step::Hang);
        Reply::raw(steps)
    }

    pub fn header(mut self, name: &str, value: &str) -> Reply {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answer 304 to a request that bears this reply's ETag or Last-Modified.
    pub fn conditional(mut self) -> Reply {
        self.conditional = true;
        self
    }

    fn steps(&self, seen: &Seen) -> Vec<Step> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let own = |wanted: &str| {
            self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
        };
        let held = |asked: &str, own: Option<&str>| own.is_some() && seen.header(asked) == own;
        let unchanged =
            self.conditional && (held("if-none-match", own("etag")) || held("if-modified-since", own("last-modified")));
        let (status, body) = match (unchanged, &self.body) {
            (true, _) => ("304 Not Modified", None),
            (false, body) => (self.status.as_str(), body.as_ref()),
        };
        let mut head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let length_given = own("content-length").is_some() || own("transfer-encoding").is_some();
        if let (Some(body), false) = (body, length_given || status.starts_with("204")) {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body.map_or(&[][..], |body| body));
        vec![Step::Bytes(bytes)]
    }
}

#[derive(Default)]
struct State {
    /// Replies by path: each request takes the next, the last one stays.
    replies: Mutex<HashMap<String, Vec<Reply>>>,
    seen: Mutex<Vec<Seen>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    written: AtomicUsize,
}

/// The server. Dropping it closes its port and its connections.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    state: Arc<State>,
    accept: AbortHandle,
    /// The runtime of a server that was started without one.
    _runtime: Option<tokio::runtime::Runtime>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accept.abort();
        if let Some(runtime) = self._runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Server {
    /// Listens on a free port of 127.0.0.1.
    pub async fn start() -> Server {
        Server::start_at("127.0.0.1:0", None).await
    }

    /// Listens at an address, e.g. `127.0.0.7:0`, with TLS where a configuration is given.
    pub async fn start_at(address: &str, tls: Option<Arc<tokio_rustls::rustls::ServerConfig>>) -> Server {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let accept = tokio::spawn(async move {
            // Connections end with the listener, as their tasks are owned here.
            let mut tasks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                tasks.spawn(async move {
                    state.most_open.fetch_max(state.open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    match tls {
                        None => serve(stream, &state).await,
                        Some(config) => {
                            if let Ok(stream) = tokio_rustls::TlsAcceptor::from(config).accept(stream).await {
                                serve(Tls(Box::new(stream)), &state).await;
                            }
                        }
                    }
                    state.open.fetch_sub(1, Ordering::SeqCst);
                });
                while tasks.try_join_next().is_some() {}
            }
        })
        .abort_handle();
        Server { address, scheme, state, accept, _runtime: None }
    }

    /// For tests that are not async: the server runs on a thread of its own.
    pub fn start_blocking() -> Server {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut server = runtime.block_on(Server::start());
        server._runtime = Some(runtime);
        server
    }

    /// What a path answers from now on. Without it the answer is 404.
    pub fn on(&self, path: &str, reply: Reply) {
        self.on_each(path, vec![reply]);
    }

    /// What a path answers to one request after the other; the last answer stays.
    pub fn on_each(&self, path: &str, replies: Vec<Reply>) {
        self.state.replies.lock().unwrap().insert(path.to_owned(), replies);
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// How many requests came for a path.
    pub fn hits(&self, path: &str) -> usize {
        self.state.seen.lock().unwrap().iter().filter(|seen| seen.path == path).count()
    }

    /// All requests so far, in the order in which they came.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// The last request for a path.
    pub fn last(&self, path: &str) -> Seen {
        self.seen().into_iter().rfind(|seen| seen.path == path).expect("no request for this path")
    }

    /// The most connections that were open at once.
    pub fn most_open(&self) -> usize {
        self.state.most_open.load(Ordering::SeqCst)
    }

    /// Bytes written so far, over all connections.
    pub fn written(&self) -> usize {
        self.state.written.load(Ordering::SeqCst)
    }
}

/// A stream that can be closed with a reset where it is plain TCP.
trait Peer: AsyncRead + AsyncWrite + Unpin + Send {
    fn reset(&self) {}
}

impl Peer for TcpStream {
    fn reset(&self) {
        // A linger of zero turns the close into a reset.
        #[expect(
            deprecated,
            reason = "it blocks only where there is something to linger for, and zero lingers for nothing"
        )]
        self.set_linger(Some(Duration::ZERO)).unwrap();
    }
}

struct Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>);

impl Peer for Tls {}

impl AsyncRead for Tls {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut *self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Tls {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        std::pin::Pin::new(&mut *self.0).poll_write(context, bytes)
    }
    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut *self.0).poll_flush(context)
    }
    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut *self.0).poll_shutdown(context)
    }
}

async fn serve(mut stream: impl Peer, state: &State) {
    let Some(seen) = read_request(&mut stream).await else { return };
    let steps = {
        let mut replies = state.replies.lock().unwrap();
        match replies.get_mut(&seen.path) {
            None => Reply::status("404 Not Found", "").steps(&seen),
            Some(list) if list.len() > 1 => list.remove(0).steps(&seen),
            Some(list) => list[0].steps(&seen),
        }
    };
    state.seen.lock().unwrap().push(seen);
    for step in steps {
        match step {
            Step::Bytes(bytes) => {
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
                state.written.fetch_add(bytes.len(), Ordering::SeqCst);
            }
            Step::Wait(pause) => tokio::time::sleep(pause).await,
            Step::Forever(bytes, pause) => {
                while stream.write_all(&bytes).await.is_ok() {
                    state.written.fetch_add(bytes.len(), Ordering::SeqCst);
                    tokio::time::sleep(pause).await;
                }
                return;
            }
            Step::Reset => {
                // What was written must arrive first, or the reset overtakes it.
                stream.flush().await.ok();
                tokio::time::sleep(Duration::from_millis(20)).await;
                stream.reset();
                return;
            }
            Step::Hang => {
                // Until the other side closes.
                let mut rest = [0; 64];
                while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
                return;
            }
        }
    }
    stream.shutdown().await.ok();
    // Reading what is left avoids a reset that could overtake the answer.
    let mut rest = [0; 1024];
    while matches!(stream.read(&mut rest).await, Ok(count) if count > 0) {}
}

async fn read_request(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 && bytes.len() < 65_536 => bytes.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
        // The other side speaks TLS to a plain port; a real server says so and closes.
        if !bytes[0].is_ascii_uppercase() {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await.ok();
            return None;
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut lines = text.split("\r\n");
    let mut request = lines.next()?.split(' ');
    let (method, path) = (request.next()?.to_owned(), request.next()?.to_owned());
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    Some(Seen { method, path, headers })
}

/// A TLS configuration with a certificate of its own making for these names, and that certificate in PEM for those who trust it.
pub fn tls_for(names: &[&str]) -> (Arc<tokio_rustls::rustls::ServerConfig>, String) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let key = tokio_rustls::rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = tokio_rustls::rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

/// Zeros behind gzip, about a thousandth of their size.
pub fn gzip_bomb(size_bytes: usize) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 16];
    for _ in 0..size_bytes >> 16 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

/// Zeros behind brotli, a few hundred bytes for any size.
pub fn brotli_bomb(size_bytes: usize) -> Vec<u8> {
    let mut bomb = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 5, ..Default::default() };
    brotli::BrotliCompress(&mut std::io::Read::take(std::io::repeat(0), size_bytes as u64), &mut bomb, &params)
        .unwrap();
    bomb
}

/// Zeros behind zstd.
pub fn zstd_bomb(size_bytes: usize) -> Vec<u8> {
    zstd::encode_all(std::io::Read::take(std::io::repeat(0), size_bytes as u64), 3).unwrap()
}
