//! How long things may take: starts, stops, slow clients.

use std::io::{BufRead, BufReader, Read, Write};
use std::time::{Duration, Instant};

use crate::client::{Desk, read_answer};
use crate::pages::with_news;
use crate::support::kazbek::Kazbek;
use crate::support::site::{Site, rss};

#[test]
fn a_stop_takes_less_than_two_seconds_with_open_connections() {
    let kazbek = with_news();
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["run"]] {
        kazbek.write("kazbek.toml", "feeds = \"feeds.opml\"\n[serve]\nlisten = \"127.0.0.1:0\"\n");
        kazbek.list(&[]);
        let mut desk = Desk::start(&kazbek, arguments);
        let idle = desk.connect();
        let mut half = desk.connect();
        half.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
        let mut kept = desk.connect();
        kept.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut first = [0; 12];
        kept.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        let start = Instant::now();
        desk.terminate();
        assert!(desk.process.wait().unwrap().success(), "{arguments:?}");
        assert!(start.elapsed() < Duration::from_secs(2), "{arguments:?}: {:?}", start.elapsed());
        drop((idle, half, kept));
    }
}

#[test]
fn a_client_that_does_not_finish_its_request_is_cut_off() {
    let kazbek = with_news();
    let desk = Desk::serving(&kazbek);
    let mut slow = desk.connect();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").unwrap();
    let start = Instant::now();
    let answer = read_answer(&mut slow);
    assert!(matches!(answer.status, 0 | 408), "{answer:?}");
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
    assert_eq!(desk.get("/healthz").status, 200);
}

#[test]
fn a_taken_port_is_named_and_the_daemon_goes_on() {
    let kazbek = with_news();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let refused = kazbek.run(&["serve", "--listen", &address.to_string()]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains(&format!("another program uses {address}")), "{}", refused.stderr);
    kazbek.write("kazbek.toml", &format!("feeds = \"feeds.opml\"\n[serve]\nlisten = \"{address}\"\n"));
    kazbek.list(&[]);
    let mut daemon = kazbek.command(&["--log-format", "text", "run"]).spawn().unwrap();
    let mut log = BufReader::new(daemon.stderr.take().unwrap()).lines().map(Result::unwrap);
    let refusal = format!("no pages are served: another program uses {address}");
    assert!(log.any(|line| line.contains(&refusal)), "{refusal}");
    assert_eq!(daemon.try_wait().unwrap(), None, "it goes on");
    let pid = daemon.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let log: Vec<String> = log.collect();
    assert!(daemon.wait().unwrap().success(), "{log:?}");
}

#[test]
fn pages_are_served_at_a_unix_socket() {
    let kazbek = with_news();
    let socket = kazbek.path("pages");
    let listen = format!("unix:{}", socket.display());
    for _ in 0..2 {
        let mut process = kazbek.command(&["serve", "--listen", &listen]).spawn().unwrap();
        let start = Instant::now();
        let mut stream = loop {
            match std::os::unix::net::UnixStream::connect(&socket) {
                Ok(stream) => break stream,
                Err(error) => assert!(start.elapsed() < Duration::from_secs(20), "{error}"),
            }
            std::thread::yield_now();
        };
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"), "{answer}");
        // A killed server leaves its socket; the next one replaces it.
        process.kill().unwrap();
        process.wait().unwrap();
        assert!(socket.exists());
    }
}

#[test]
fn a_socket_of_the_supervisor_comes_first() {
    let kazbek = with_news();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // The protocol of sd_listen_fds(3): descriptor 3, and the process it is meant for.
    let handed_over = "exec 3<&0 </dev/null; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\"";
    let command = kazbek.command(&["serve", "--listen", "127.0.0.1:1"]);
    let mut process = std::process::Command::new("sh")
        .args(["-c", handed_over, "sh"])
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(std::os::fd::OwnedFd::from(listener))
        .spawn()
        .unwrap();
    // The socket is open already, so the request waits until the server is up.
    let desk = Desk { address, process: std::process::Command::new("true").spawn().unwrap() };
    assert_eq!(desk.get("/healthz").status, 200);
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn a_daemon_that_does_not_trust_its_clock_is_not_ready() {
    let site = Site::start();
    site.put("/a.xml", "application/rss+xml", "<rss version=\"2.0\"><channel><title>Daily</title></channel></rss>");
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n[serve]\nlisten = \"127.0.0.1:0\"\n",
    );
    kazbek.list(&[site.url("/a.xml")]);
    kazbek.ok(&["poll"]);
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
    let year_ahead =
        "UPDATE feeds SET last_poll_at = last_poll_at + 31536000; DELETE FROM meta WHERE key = 'clock_confirmed';";
    database.execute_batch(year_ahead).unwrap();
    drop(database);
    let desk = Desk::start(&kazbek, &["run"]);
    let ready = desk.get("/readyz");
    assert_eq!(ready.status, 503, "{}", ready.body);
    assert!(ready.body.contains("the clock cannot be trusted"), "{}", ready.body);
    let metrics = desk.get("/metrics");
    assert!(metrics.body.contains("\nkazbek_ready 0"), "{}", metrics.body);
}

#[test]
fn a_daemon_serves_its_pages_while_it_polls() {
    let kazbek = Kazbek::with_config("feeds = \"feeds.opml\"\n[serve]\nlisten = \"127.0.0.1:0\"\n");
    kazbek.list(&[]);
    let desk = Desk::start(&kazbek, &["run"]);
    let page = desk.get("/");
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("No feed is to be polled"), "{}", page.body);
    let ready = desk.get("/readyz");
    assert_eq!(ready.status, 200, "{}", ready.body);
}

#[test]
fn a_daemon_measures_its_fetches_transactions_and_answers() {
    let site = Site::start();
    let feed = |title: &str| rss(&[(title, "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]);
    for (path, title) in [("/a.xml", "Armenia opens a road"), ("/b.xml", "Georgia closes a pass")] {
        site.put(path, "application/rss+xml", feed(title));
    }
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n[serve]\nlisten = \"127.0.0.1:0\"\n",
    );
    kazbek.list(&[site.url("/a.xml"), site.url("/b.xml")]);
    let desk = Desk::start(&kazbek, &["run"]);
    let figure = |name: &str| {
        let metrics = desk.get("/metrics").body;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value.unwrap_or_else(|| panic!("{name}: {metrics}")).parse::<f64>().unwrap()
    };
    let until = Instant::now() + Duration::from_secs(20);
    while figure("kazbek_polls_total") < 2.0 || figure("kazbek_polls_waiting") > 0.0 {
        assert!(Instant::now() < until, "nothing was polled");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let answers = figure("kazbek_answer_duration_seconds_count");
    assert!(answers >= 2.0, "{answers}");
    assert_eq!(figure("kazbek_answer_duration_seconds_count"), answers + 1.0, "the answer before it");
    assert_eq!(figure("kazbek_fetch_duration_seconds_count"), 2.0);
    assert_eq!(figure("kazbek_fetch_duration_seconds_bucket{le=\"+Inf\"}"), 2.0);
    assert!(figure("kazbek_fetch_duration_seconds_sum") > 0.0);
    let transactions = figure("kazbek_transaction_duration_seconds_count");
    assert!((1.0..=2.0).contains(&transactions), "one or two polls each: {transactions}");
    assert_eq!(figure("kazbek_fetches_in_progress"), 0.0);
}
