//! A server at work, and a client that says exactly what a test wants it to say.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::support::kazbek::Kazbek;

/// What the log says before the address.
const SERVED: &str = "pages are served address=\"http://";

/// A process that serves pages; it is killed when the test ends.
pub(crate) struct Desk {
    pub(crate) process: Child,
    pub(crate) address: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Desk {
    /// Starts `serve` or `run`, and waits until it serves pages.
    pub(crate) fn start(kazbek: &Kazbek, arguments: &[&str]) -> Desk {
        let arguments = [&["--log-format", "text", "--log-level", "info"], arguments].concat();
        let mut process = kazbek.command(&arguments).stderr(Stdio::piped()).spawn().expect("kazbek starts");
        let mut log = BufReader::new(process.stderr.take().expect("a log"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).expect("a line") > 0, "kazbek ended: {said}");
            said.push_str(&line);
            if let Some((_, rest)) = line.split_once(SERVED) {
                break rest.split('/').next().expect("an address").to_owned();
            }
        };
        // Whoever writes to a pipe that nobody reads waits for ever.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Desk { process, address }
    }

    /// Starts `serve` at a free port.
    pub(crate) fn serving(kazbek: &Kazbek) -> Desk {
        Desk::start(kazbek, &["serve", "--listen", "127.0.0.1:0"])
    }

    /// A connection that gives up after ten seconds.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
        stream
    }

    /// Sends bytes, and reads the answer to its end.
    pub(crate) fn send(&self, request: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request).expect("the request is sent");
        read_answer(&mut stream)
    }

    /// Asks for a path with further header lines.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[&str], body: &str) -> Answer {
        let has_host = headers.iter().any(|line| line.starts_with("Host:"));
        let host = if has_host { String::new() } else { format!("Host: {}\r\n", self.address) };
        let lines: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        self.send(
            format!("{method} {path} HTTP/1.1\r\n{host}{lines}{length}Connection: close\r\n\r\n{body}").as_bytes(),
        )
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "")
    }

    /// Asks the process to stop.
    pub(crate) fn terminate(&self) {
        let pid = self.process.id().to_string();
        assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // It may have ended already.
        self.process.kill().unwrap_or_default();
        drop(self.process.wait());
    }
}

/// Reads an answer until the connection is closed.
pub(crate) fn read_answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("an answer");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
    let body = match head.contains("transfer-encoding: chunked") {
        true => unchunked(body),
        false => body.to_owned(),
    };
    Answer { status, head: head.to_owned(), body }
}

fn unchunked(body: &str) -> String {
    let mut whole = String::new();
    let mut rest = body;
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).expect("the size of a chunk");
        whole.push_str(after.get(..size).expect("a chunk"));
        rest = after.get(size + 2..).unwrap_or_default();
    }
    whole
}
