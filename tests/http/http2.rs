//! HTTP/2: a server that speaks nothing else is polled over TLS, with conditional requests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::sync::{Arc, Mutex};

use crate::support::kazbek::Kazbek;
use crate::support::site::rss;
use bytes::Bytes;
use http::{Request, Response, Version};

const ETAG: &str = "\"one\"";

/// A server at 127.0.0.1 that offers only `h2`: its address, its certificate, and the requests it got.
struct Server {
    url: String,
    certificate: String,
    asked: Arc<Mutex<Vec<Request<()>>>>,
}

impl Server {
    fn start() -> Server {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let asked = Arc::default();
        let server = Server { url, certificate: made.cert.pem(), asked: Arc::clone(&asked) };
        std::thread::spawn(move || serve(listener, Arc::new(tls), &asked));
        server
    }
}

fn serve(listener: std::net::TcpListener, tls: Arc<rustls::ServerConfig>, asked: &Arc<Mutex<Vec<Request<()>>>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(tls);
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, asked) = (acceptor.clone(), Arc::clone(asked));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let Ok(mut connection) = h2::server::handshake(stream).await else { return };
                while let Some(Ok((request, mut answer))) = connection.accept().await {
                    let (head, _) = request.into_parts();
                    let has_it = head.headers.get("if-none-match").is_some_and(|etag| etag == ETAG);
                    let path = head.uri.path().to_owned();
                    asked.lock().unwrap().push(Request::from_parts(head, ()));
                    let response = Response::builder().header("etag", ETAG);
                    if has_it {
                        answer.send_response(response.status(304).body(()).unwrap(), true).unwrap();
                        continue;
                    }
                    let mut body = answer.send_response(response.status(200).body(()).unwrap(), false).unwrap();
                    let feed = rss(&[(&format!("Armenia at {path}"), &path, "Mon, 05 Jan 2026 08:00:00 GMT")]);
                    body.send_data(Bytes::from(feed), true).unwrap();
                }
            });
        }
    });
}

#[test]
fn feeds_of_a_server_that_speaks_http_2_alone_are_polled() {
    let server = Server::start();
    let urls: Vec<String> = (0..3).map(|number| format!("{}/{number}", server.url)).collect();
    let kazbek = Kazbek::polling(&urls);
    let certificate = kazbek.write("trusted.pem", &server.certificate);
    let poll = || {
        let output = kazbek.command(&["poll", "--json"]).env("SSL_CERT_FILE", &certificate).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let first = poll();
    assert_eq!((first["fetched"].as_u64(), first["items_new"].as_u64()), (Some(3), Some(3)), "{first}");
    let again = poll();
    assert_eq!(again["not_modified"], 3, "{again}");
    let asked = server.asked.lock().unwrap();
    assert_eq!(asked.len(), 6);
    assert!(asked.iter().all(|request| request.version() == Version::HTTP_2), "{asked:?}");
    // Headers of HTTP/1 connections must not be in a request (RFC 9113, section 8.2.2).
    assert!(asked.iter().all(|request| !request.headers().contains_key("connection")), "{asked:?}");
    assert!(asked.iter().skip(3).all(|request| request.headers()["if-none-match"] == ETAG));
}
