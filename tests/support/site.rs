//! A site on loopback: pages with an ETag and a Last-Modified, answered with 304 if a reader has them already.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A page: its body and how often it was changed.
#[derive(Clone, Default)]
struct Page {
    body: Vec<u8>,
    content_type: String,
    version: u32,
}

/// The site; it goes on until the test ends.
#[derive(Clone)]
pub struct Site {
    address: String,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub fn start() -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let site = Site { address, pages: Arc::default(), requests: Arc::default() };
        let serving = site.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let site = serving.clone();
                std::thread::spawn(move || site.serve(stream));
            }
        });
        site
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Puts a page up, or changes it.
    pub fn put(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) {
        let mut pages = self.pages.lock().expect("pages");
        let page = pages.entry(path.to_owned()).or_default();
        page.body = body.into();
        page.content_type = content_type.to_owned();
        page.version += 1;
    }

    /// The heads of the requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("requests").clone()
    }

    fn serve(&self, stream: TcpStream) {
        let Ok(copy) = stream.try_clone() else { return };
        let mut reader = BufReader::new(copy);
        let mut stream = stream;
        loop {
            let mut head = String::new();
            loop {
                let mut line = String::new();
                match reader.read_line(&mut line) {
                    Ok(0) | Err(_) => return,
                    Ok(_) if line == "\r\n" => break,
                    Ok(_) => head.push_str(&line),
                }
            }
            let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
            let page = self.pages.lock().expect("pages").get(&path).cloned();
            self.requests.lock().expect("requests").push(head.clone());
            let answer = match page {
                None => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
                Some(page) => answer(&page, &head),
            };
            if stream.write_all(&answer).is_err() {
                return;
            }
        }
    }
}

fn answer(page: &Page, head: &str) -> Vec<u8> {
    let etag = format!("\"v{}\"", page.version);
    let validators = format!("ETag: {etag}\r\nLast-Modified: Mon, 05 Jan 2026 10:00:{:02} GMT\r\n", page.version % 60);
    let has_it = head.lines().any(|line| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        name.eq_ignore_ascii_case("if-none-match") && value.trim() == etag
    });
    if has_it {
        return format!("HTTP/1.1 304 Not Modified\r\n{validators}\r\n").into_bytes();
    }
    let length = page.body.len();
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {length}\r\n{validators}\r\n",
        page.content_type
    )
    .into_bytes();
    bytes.extend_from_slice(&page.body);
    bytes
}

/// An RSS feed with these items: title, path, and time of publication.
pub fn rss(items: &[(&str, &str, &str)]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|(title, path, published)| {
            format!("<item><title>{title}</title><link>https://news.example{path}</link><guid isPermaLink=\"false\">{path}</guid><pubDate>{published}</pubDate></item>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>News</title><link>https://news.example/</link>{}</channel></rss>",
        items.join("")
    )
}
