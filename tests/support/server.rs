//! A scripted HTTP server on loopback: what each path answers is a function over the naked connection, so that it can
//! misbehave in every way. It records its requests.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// One request as it came in.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The target of the request line: a path, or a full address if the server acts as a proxy.
    pub target: String,
    /// Headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, if its length was given.
    pub body: Vec<u8>,
}

impl Asked {
    /// The first header of a name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A connection in the clear or through TLS.
pub trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

type Script = Arc<dyn Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync>;

/// The server; its threads end with the test's process.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    scripts: Arc<Mutex<HashMap<String, Script>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A complete answer with `Content-Length`.
pub fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let bytes = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());

    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

impl Server {
    /// A server at 127.0.0.1, at a port of its own.
    pub fn start() -> Server {
        Server::at("127.0.0.1")
    }

    /// A server at an address of 127.0.0.0/8; each is a domain of its own.
    pub fn at(address: &str) -> Server {
        Server::listen(address, None)
    }

    /// A server that speaks TLS.
    pub fn with_tls(address: &str, config: Arc<rustls::ServerConfig>) -> Server {
        Server::listen(address, Some(config))
    }

    fn listen(address: &str, tls: Option<Arc<rustls::ServerConfig>>) -> Server {
        let listener = TcpListener::bind((address, 0)).expect("a port on loopback");
        let server = Server {
            address: listener.local_addr().expect("an address"),
            scheme: if tls.is_some() { "https" } else { "http" },
            scripts: Arc::default(),
            asked: Arc::default(),
        };
        let (scripts, asked) = (Arc::clone(&server.scripts), Arc::clone(&server.asked));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(connection) = connection else { continue };
                let (scripts, asked, tls) = (Arc::clone(&scripts), Arc::clone(&asked), tls.clone());
                // A client that goes away in the middle is what many tests are about.
                std::thread::spawn(move || drop(serve(connection, &scripts, &asked, tls)));
            }
        });
        server
    }

    /// What a path does, from now on.
    pub fn script(
        &self,
        path: &str,
        script: impl Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync + 'static,
    ) {
        self.scripts.lock().expect("no other thread has panicked").insert(path.to_owned(), Arc::new(script));
    }

    /// The bytes that a path answers, from now on.
    pub fn answer(&self, path: &str, bytes: Vec<u8>) {
        self.script(path, move |_, stream| stream.write_all(&bytes));
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests for a path (or for a full address through a proxy), in order.
    pub fn asked(&self, target: &str) -> Vec<Asked> {
        self.asked
            .lock()
            .expect("no other thread has panicked")
            .iter()
            .filter(|asked| asked.target == target)
            .cloned()
            .collect()
    }
}

fn serve(
    connection: TcpStream,
    scripts: &Mutex<HashMap<String, Script>>,
    asked: &Mutex<Vec<Asked>>,
    tls: Option<Arc<rustls::ServerConfig>>,
) -> io::Result<()> {
    let mut stream: Box<dyn Stream> = match tls {
        None => Box::new(connection),
        Some(config) => {
            let session = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
            Box::new(rustls::StreamOwned::new(session, connection))
        }
    };
    let mut reader = BufReader::new(&mut stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut request = Asked { target: line.split(' ').nth(1).unwrap_or_default().to_owned(), ..Asked::default() };
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        request.headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    reader.take(length).read_to_end(&mut request.body)?;
    asked.lock().expect("no other thread has panicked").push(request.clone());
    let script = scripts.lock().expect("no other thread has panicked").get(&request.target).cloned();
    match script {
        Some(script) => script(&request, &mut *stream)?,
        None => stream.write_all(&answer("404 Not Found", "", "nothing here"))?,
    }
    stream.flush()
}
