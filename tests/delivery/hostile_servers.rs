//! Mail servers that answer with garbage: each delivery fails with a reason and is tried again, and nothing else
//! suffers.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::mail::MailServer;
use super::{Daemon, QUICK, outbox, rows, smtp_recipient, with_config};

/// What a server that the test can afford sends at most without an end of line.
const ENDLESS_BYTES: usize = 1 << 30;

/// What a scripted server sends.
#[derive(Clone, Copy)]
enum Answer {
    Bytes(&'static [u8]),
    /// These bytes again and again, up to [`ENDLESS_BYTES`].
    Endless(&'static [u8]),
}

/// A server that greets and answers every command alike. Counts its connections.
fn server(greeting: Answer, answer: Answer) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || drop(converse(&stream, greeting, answer)));
        }
    });
    (port, count)
}

fn converse(mut stream: &TcpStream, greeting: Answer, answer: Answer) -> io::Result<()> {
    say(stream, greeting)?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while let Some(Ok(_)) = lines.next() {
        say(stream, answer)?;
    }
    stream.flush()
}

fn say(mut stream: &TcpStream, answer: Answer) -> io::Result<()> {
    match answer {
        Answer::Bytes(bytes) => stream.write_all(bytes),
        Answer::Endless(bytes) => {
            let block = bytes.repeat((1 << 16) / bytes.len());
            (0..ENDLESS_BYTES / block.len()).try_for_each(|_| stream.write_all(&block))
        }
    }
}

/// The most memory that a process has had, in MB.
fn peak_mb(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() / 1024
}

#[test]
fn garbage_from_a_mail_server_fails_one_delivery_and_nothing_else() {
    use Answer::{Bytes, Endless};
    const HELLO: Answer = Bytes(b"220 mail.test\r\n");
    let cases: &[(&str, Answer, Answer, &str)] = &[
        ("white-space", HELLO, Bytes(b"250-mail.test\r\n250-   \r\n250 \t \r\n"), "internal: "),
        ("only-white-space", HELLO, Bytes(b"250    \r\n"), "server name"),
        ("empty-lines", HELLO, Bytes(b"\r\n\r\n\r\n"), ""),
        ("no-text", HELLO, Bytes(b"250\r\n"), ""),
        ("eight-bit", HELLO, Bytes(b"250-\xff\xfe\x1b[31m\r\n250 \xc3\r\n"), ""),
        ("not-smtp", Bytes(b"HTTP/1.1 200 OK\r\n\r\n"), HELLO, ""),
        ("mixed-codes", HELLO, Bytes(b"250-a\r\n550 b\r\n"), ""),
        ("endless-line", HELLO, Endless(b"250-x"), "too long"),
        ("endless-lines", HELLO, Endless(b"250-x\r\n"), "too l"),
        ("endless-greeting", Endless(b" "), HELLO, "too long"),
        ("endless-zeros", HELLO, Endless(b"\0"), "too long"),
        ("silent", Bytes(b""), HELLO, "within 5 seconds"),
    ];
    let good = MailServer::start();
    // A busy machine may need more than a second to read an endless answer up to its bound.
    let patient = QUICK.replace("\ntimeout_secs = 1\n", "\ntimeout_secs = 5\n");
    let mut config = format!("{patient}concurrency = 16\n{}", smtp_recipient(&good));
    let mut counts = Vec::new();
    for &(name, greeting, answer, _) in cases {
        let (port, count) = server(greeting, answer);
        counts.push(count);
        config.push_str(&format!(
            "[[recipient]]\nname = \"{name}\"\ntransport = \"smtp\"\nserver = \"127.0.0.1\"\nport = {port}\n\
             tls = \"none\"\nfrom = \"kazbek@example.org\"\nto = \"desk@example.org\"\n"
        ));
    }
    let kazbek = with_config(&config);
    let daemon = Daemon::start(&kazbek);
    let tried = |times: u32| {
        rows(&kazbek).iter().filter(|row| row.recipient != "desk").all(|row| row.attempts >= times)
            && rows(&kazbek).len() == cases.len() + 1
    };
    daemon.until("the good delivery", || good.received().len() == 1);
    daemon.until("three attempts each", || tried(3));
    let row = |name: &str| rows(&kazbek).into_iter().find(|row| row.recipient == name).unwrap();
    for &(name, _, _, words) in cases {
        let row = row(name);
        let reason = row.reason.clone().unwrap_or_default();
        assert!(!reason.is_empty() && reason.contains(words), "{name}: {reason}");
        assert!(!reason.contains(char::is_control), "{name}: {reason:?}");
        assert_eq!(row.in_doubt, 0, "{name}: no message was sent: {reason}");
        assert!(matches!(row.state.as_str(), "waiting" | "sending"), "{name}: {row:?}");
    }
    // On demand as well, by a second process.
    let (at, id) = (cases.iter().position(|case| case.0 == "white-space").unwrap(), row("white-space").id);
    let before = counts[at].load(Ordering::SeqCst);
    // It leaves an attempt in progress alone, and one may be.
    daemon.until("a retry that is taken", || kazbek.run(&["outbox", "retry", &id.to_string()]).code == 0);
    daemon.until("another attempt", || counts[at].load(Ordering::SeqCst) > before);
    let peak = peak_mb(daemon.process.id());
    assert!(peak < 200, "{peak} MB");
    let log = daemon.stop();
    assert!(!log.contains("failed inside kazbek"), "{log}");
    assert_eq!(good.received().len(), 1);
    assert_eq!(outbox(&kazbek).iter().filter(|row| row["state"] == "delivered").count(), 1);
    kazbek.is_sound("after garbage from mail servers");
}
