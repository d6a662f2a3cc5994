//! Polling through the binary: bad servers end as named outcomes and disturb nobody, and good ones are asked as they
//! wish.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::support::kazbek::Kazbek;
use crate::support::server::{Asked, Server, Stream, answer};
use serde_json::Value;

type Script = Box<dyn Fn(&Asked, &mut dyn Stream) -> io::Result<()> + Send + Sync>;

const FAST: &str = "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\ntimeout_secs = 2\nbody_limit_bytes = 2_000_000\n";

/// An RSS feed with so many items, numbered from `first`.
fn rss(first: usize, items: usize) -> String {
    let mut feed = "<rss version=\"2.0\"><channel><title>Feed</title>".to_owned();
    for number in first..first + items {
        feed.push_str(&format!(
            "<item><title>Item number {number}</title><link>http://news.example/{number}</link><guid>{number}</guid></item>"
        ));
    }
    feed + "</channel></rss>"
}

fn good(first: usize) -> Vec<u8> {
    answer("200 OK", "Content-Type: application/rss+xml\r\n", rss(first, 3))
}

fn installed(config: &str, urls: &[String]) -> Kazbek {
    let kazbek = Kazbek::with_config(config);
    kazbek.list(urls);
    kazbek
}

/// `feeds list --json`, by address.
fn feeds(kazbek: &Kazbek) -> HashMap<String, Value> {
    let lines = kazbek.ok(&["feeds", "list", "--json"]);
    let rows = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rows.map(|row| (row["url"].as_str().unwrap().to_owned(), row)).collect()
}

fn status(kazbek: &Kazbek, url: &str) -> String {
    feeds(kazbek)[url]["status"].as_str().unwrap().to_owned()
}

/// How long after the poll a feed is due again.
fn wait_secs(kazbek: &Kazbek, url: &str) -> i64 {
    let row = feeds(kazbek).remove(url).unwrap();
    let at = |key: &str| row[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    at("next_due_at").duration_since(at("last_poll_at")).as_secs()
}

fn drip(stream: &mut dyn Stream, head: &str) -> io::Result<()> {
    stream.write_all(head.as_bytes())?;
    loop {
        stream.write_all(b"x")?;
        stream.flush()?;
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn endless(stream: &mut dyn Stream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    let chunk = format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
    loop {
        stream.write_all(chunk.as_bytes())?;
    }
}

fn gzip_bomb() -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    (0..1_000).for_each(|_| encoder.write_all(&[b' '; 100_000]).unwrap());
    answer("200 OK", "Content-Encoding: gzip\r\n", encoder.finish().unwrap())
}

fn brotli_bomb() -> Vec<u8> {
    let mut body = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut body, 65_536, 1, 22);
    (0..1_000).for_each(|_| encoder.write_all(&[b' '; 100_000]).unwrap());
    drop(encoder);
    answer("200 OK", "Content-Encoding: br\r\n", body)
}

fn billion_laughs() -> String {
    let mut text = "<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY l0 \"lol\">".to_owned();
    for level in 1..12 {
        text.push_str(&format!("<!ENTITY l{level} \"{}\">", format!("&l{};", level - 1).repeat(10)));
    }
    text + "]><rss version=\"2.0\"><channel><title>&l11;</title><item><title>&l11;</title><guid>1</guid></item></channel></rss>"
}

/// A certificate that nobody has signed but itself, for 127.0.0.1, with the server's configuration.
fn certificate() -> (String, Arc<rustls::ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (made.cert.pem(), Arc::new(config))
}

#[test]
fn every_bad_server_ends_as_a_named_outcome_and_the_others_never_notice() {
    let servers: Vec<Server> = (2..32).map(|last| Server::at(&format!("127.0.0.{last}"))).collect();
    let mut expected: Vec<(String, &[&str])> = Vec::new();
    let mut free = servers.iter();
    let mut case = |script: Script, words: &'static [&'static str]| {
        let server = free.next().unwrap();
        server.script("/", script);
        expected.push((server.url("/"), words));
    };
    let whole = |bytes: Vec<u8>| -> Script { Box::new(move |_, stream| stream.write_all(&bytes)) };
    case(Box::new(|_, stream| drip(stream, "HTTP/1.1 200 OK\r\nX-Slow: ")), &["timeout"]);
    case(Box::new(|_, stream| drip(stream, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")), &["timeout"]);
    case(Box::new(|_, stream| endless(stream)), &["too-large"]);
    case(whole(gzip_bomb()), &["too-large"]);
    case(whole(brotli_bomb()), &["too-large"]);
    case(whole(answer("200 OK", "Content-Encoding: gzip\r\n", "this is no gzip")), &["bad-encoding"]);
    case(whole(answer("301 Moved Permanently", "Location: /\r\n", "")), &["redirects"]);
    case(whole(answer("302 Found", "", "")), &["redirects"]);
    case(whole(answer("302 Found", "Location: file:///etc/passwd\r\n", "")), &["refused"]);
    case(whole(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss".to_vec()), &["broken"]);
    case(whole(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n<rss".to_vec()), &["broken"]);
    case(whole(b"\x00\x01\x02 no HTTP at all\r\n\r\n".to_vec()), &["broken"]);
    case(whole(Vec::new()), &["broken"]);
    case(whole(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()), &["empty"]);
    case(whole(answer("200 OK", "Content-Type: application/rss+xml\r\n", "")), &["empty"]);
    case(
        whole(answer(
            "200 OK",
            "",
            "<!doctype html><html><head><title>Hello World</title></head><body>Hello</body></html>",
        )),
        &["html"],
    );
    case(whole(answer("200 OK", "cf-mitigated: challenge\r\n", rss(0, 3))), &["challenge"]);
    case(whole(answer("403 Forbidden", "cf-mitigated: challenge\r\n", "<html>")), &["challenge"]);
    case(whole(answer("304 Not Modified", "", "")), &["server-error"]);
    case(whole(answer("500 Internal Server Error", "", "")), &["server-error"]);
    case(whole(answer("410 Gone", "", "")), &["gone"]);
    case(whole(answer("404 Not Found", "", "")), &["not-found"]);
    case(whole(answer("200 OK", "", "nothing in particular")), &["not-a-feed"]);
    case(whole(answer("200 OK", "", billion_laughs())), &["ok", "not-a-feed"]);
    let long = rss(0, 1).replace("Item number 0", &"long ".repeat(300_000));
    case(whole(answer("200 OK", "", long)), &["ok"]);
    case(whole(answer("200 OK", "", rss(0, 3).replace("number", "num\u{0}ber\u{0}"))), &["ok"]);
    let secure = Server::with_tls("127.0.0.1", certificate().1);
    secure.answer("/", good(0));
    expected.push((secure.url("/"), &["tls"]));
    let plain = Server::at("127.0.0.33");
    expected.push((plain.url("/").replace("http:", "https:"), &["tls"]));
    // Without a network, an unknown name looks like a DNS failure.
    expected.push(("http://nonexistent.invalid/".to_owned(), &["dns", "resolver"]));
    expected.push(("http://127.0.0.1:1/".to_owned(), &["connect"]));
    let healthy: Vec<Server> = (101..105).map(|last| Server::at(&format!("127.0.0.{last}"))).collect();
    for (number, server) in healthy.iter().enumerate() {
        server.answer("/", good(1_000 * (number + 1)));
        expected.push((server.url("/"), &["ok"]));
    }
    let urls: Vec<String> = expected.iter().map(|(url, _)| url.clone()).collect();
    let kazbek = installed(FAST, &urls);
    let started = Instant::now();
    let ended = kazbek.run(&["poll", "--json"]);
    assert_eq!(ended.stderr, "", "a dead feed is data, and no error of ours");
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "{:?} for a round with a deadline of 2 s a feed",
        started.elapsed()
    );
    assert_eq!(summary["feeds"], expected.len());
    let rows = feeds(&kazbek);
    for (url, words) in &expected {
        let word = rows[url]["status"].as_str().unwrap();
        assert!(words.contains(&word), "{url}: {word}, not {words:?}: {}", rows[url]["reason"]);
        assert_eq!(rows[url]["failures"], u64::from(word != "ok"), "{url}");
        if word != "ok" {
            let reason = rows[url]["reason"].as_str().unwrap();
            assert!(!reason.is_empty(), "{url} fails without a reason");
            assert!(reason.chars().count() <= 120 && !reason.contains("client error"), "{url}: {reason}");
        }
    }
}

#[test]
fn a_slow_server_has_the_whole_of_its_time() {
    // What 23 seconds are to the default of 60, and longer than a connection may take.
    let server = Server::start();
    server.script("/", |_, stream| {
        std::thread::park_timeout(Duration::from_millis(1_500));
        stream.write_all(&good(0))
    });
    let kazbek =
        installed(&FAST.replace("timeout_secs = 2", "timeout_secs = 4\nconnect_timeout_secs = 1"), &[server.url("/")]);
    let started = Instant::now();
    assert_eq!(kazbek.json(&["poll", "--json"])["fetched"], 1);
    assert!(started.elapsed() >= Duration::from_millis(1_500));
    assert!(
        kazbek::api::poller::Options::default().timeout_secs >= 2 * 23,
        "a server of 23 seconds gets through by default"
    );
}

#[test]
fn a_failing_feed_is_explained_with_its_history() {
    let server = Server::start();
    server.answer("/", good(0));
    let kazbek = installed(FAST, &[server.url("/")]);
    kazbek.poll();
    server.answer("/", answer("403 Forbidden", "Server: ddos-guard\r\n", ""));
    kazbek.poll();
    let ended = kazbek.run(&["feeds", "check", &server.url("/")]);
    assert_eq!(ended.code, 1);
    for words in ["failed 1 times in a row; last success at", "last fetches:", "  challenge  ", "  ok  "] {
        assert!(ended.stdout.contains(words), "no `{words}`: {}", ended.stdout);
    }
    assert!(ended.stderr.contains("challenge: the server answered 403 Forbidden"), "{}", ended.stderr);
    assert!(ended.stderr.contains("[[feed]]"), "what can be done: {}", ended.stderr);
    let ended = kazbek.run(&["feeds", "check", "--json", &server.url("/")]);
    let checked: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((checked["status"].as_str(), checked["schedule"]["failures"].as_i64()), (Some("challenge"), Some(1)));
    assert_eq!(checked["events"].as_array().unwrap().len(), 2);
}

#[test]
fn an_enormous_feed_and_an_enormous_title_cost_nobody_anything() {
    let (many, long, healthy) = (Server::start(), Server::at("127.0.0.2"), Server::at("127.0.0.3"));
    let items: String = (0..100_000).map(|number| format!("<item><title>N{number}</title></item>")).collect();
    let feed = |items: &str| format!("<rss version=\"2.0\"><channel><title>Feed</title>{items}</channel></rss>");
    many.answer("/", answer("200 OK", "", feed(&items)));
    long.answer("/", answer("200 OK", "", feed(&format!("<item><title>{}</title></item>", "Long ".repeat(1_000_000)))));
    healthy.answer("/", good(0));
    let kazbek = installed(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\n",
        &[many.url("/"), long.url("/"), healthy.url("/")],
    );
    let summary = kazbek.json(&["poll", "--json"]);
    assert_eq!(summary["fetched"], 3);
}

#[test]
fn private_addresses_are_refused_directly_behind_redirects_and_behind_a_proxy() {
    let inside = Server::start();
    inside.answer("/secret", good(0));
    let proxy = Server::start();
    // Of the documentation's names and of addresses in the public internet; all of them go to the proxy.
    for (number, target) in
        [inside.url("/secret"), "http://[::ffff:169.254.169.254]/latest".to_owned()].iter().enumerate()
    {
        let moved = answer("302 Found", &format!("Location: {target}\r\n"), "");
        proxy.answer(&format!("http://1.1.1.1/{number}"), moved);
    }
    proxy.answer("http://1.1.1.1/feed", good(10));
    let urls =
        ["http://1.1.1.1/0", "http://1.1.1.1/1", "http://1.1.1.1/feed", "http://localhost:9/"].map(str::to_owned);
    let mut urls = urls.to_vec();
    urls.push(inside.url("/secret"));
    let config = format!(
        "feeds = \"feeds.opml\"\n[poller]\ntimeout_secs = 2\ndomain_spacing_ms = 0\nproxy = \"{}\"\n",
        proxy.url("")
    );
    let kazbek = installed(&config, &urls);
    kazbek.poll();
    let rows = feeds(&kazbek);
    for url in &urls {
        let expected = if url.ends_with("/feed") { "ok" } else { "refused" };
        assert_eq!(rows[url]["status"], expected, "{url}: {}", rows[url]["reason"]);
    }
    assert!(inside.asked("/secret").is_empty());
    let direct = installed("feeds = \"feeds.opml\"\n", &[inside.url("/secret"), "http://localhost:9/".to_owned()]);
    direct.poll();
    for (url, row) in feeds(&direct) {
        assert_eq!(row["status"], "refused", "{url}: {}", row["reason"]);
    }
    assert!(inside.asked("/secret").is_empty());
}

#[test]
fn a_certificate_that_the_system_trusts_is_trusted() {
    let (pem, config) = certificate();
    let server = Server::with_tls("127.0.0.1", config);
    server.answer("/", good(0));
    let kazbek = installed(FAST, &[server.url("/")]);
    let trusted = kazbek.write("trusted.pem", &pem);
    let output = kazbek.command(&["poll"]).env("SSL_CERT_FILE", trusted).output().unwrap();
    assert!(output.status.success());
    assert_eq!(status(&kazbek, &server.url("/")), "ok");
}

#[test]
fn validators_go_back_verbatim_and_two_of_a_kind_are_none() {
    let server = Server::start();
    server.answer("/one", answer("200 OK", "ETag: W/\"a b\"\r\nLast-Modified: yesterday, more or less\r\n", rss(0, 3)));
    server.answer("/two", answer("200 OK", "ETag: \"a\"\r\nETag: \"b\"\r\n", rss(10, 3)));
    let kazbek = installed(FAST, &[server.url("/one"), server.url("/two")]);
    kazbek.poll();
    kazbek.poll();
    let one = server.asked("/one");
    assert_eq!((one[0].header("if-none-match"), one[0].header("if-modified-since")), (None, None));
    assert_eq!(one[1].header("if-none-match"), Some("W/\"a b\""));
    assert_eq!(one[1].header("if-modified-since"), Some("yesterday, more or less"));
    assert_eq!(server.asked("/two")[1].header("if-none-match"), None);
    assert_eq!(status(&kazbek, &server.url("/one")), "same-body", "the validators lied, the body did not");
    let agent = one[0].header("user-agent").unwrap();
    assert!(agent.starts_with("kazbek/"), "{agent}");
}

#[test]
fn a_304_behind_a_body_that_was_no_feed_proves_nothing() {
    let server = Server::start();
    let kazbek = installed(FAST, &[server.url("/")]);
    server.answer("/", answer("200 OK", "ETag: \"1\"\r\n", rss(0, 3)));
    kazbek.poll();
    server.answer("/", answer("200 OK", "ETag: \"2\"\r\n", "<html><body>Under construction</body></html>"));
    kazbek.poll();
    assert_eq!(status(&kazbek, &server.url("/")), "html");
    // This one answers 304 to any condition, and has nothing better to say.
    server.script("/", |asked, stream| match asked.header("if-none-match") {
        Some(_) => stream.write_all(&answer("304 Not Modified", "", "")),
        None => stream.write_all(&answer("200 OK", "ETag: \"2\"\r\n", "<html><body>Under construction</body></html>")),
    });
    kazbek.poll();
    let row = feeds(&kazbek).remove(&server.url("/")).unwrap();
    assert_eq!((row["status"].as_str(), row["failures"].as_i64()), (Some("html"), Some(2)));
}

#[test]
fn what_is_given_for_one_origin_goes_to_no_other() {
    let (own, other) = (Server::start(), Server::at("127.0.0.2"));
    own.answer("/feed", answer("302 Found", "Location: /here\r\n", ""));
    own.answer("/here", answer("307 Temporary Redirect", &format!("Location: {}\r\n", other.url("/there")), ""));
    other.answer("/there", good(0));
    let config = format!(
        "{FAST}[[feed]]\nurl = \"{}\"\ninterval_secs = 7200\nheaders = {{ X-Key = \"k1\" }}\nuser = \"me\"\npassword_file = \"secret\"\n",
        own.url("/feed")
    );
    let kazbek = installed(&config, &[own.url("/feed")]);
    kazbek.write("secret", "open sesame\n");
    kazbek.poll();
    assert_eq!(status(&kazbek, &own.url("/feed")), "ok");
    for path in ["/feed", "/here"] {
        let asked = own.asked(path);
        assert_eq!(asked[0].header("x-key"), Some("k1"), "{path}");
        assert_eq!(asked[0].header("authorization"), Some("Basic bWU6b3BlbiBzZXNhbWU="), "{path}");
    }
    let asked = other.asked("/there");
    assert_eq!((asked[0].header("x-key"), asked[0].header("authorization")), (None, None));
    let wait = wait_secs(&kazbek, &own.url("/feed"));
    assert!((7_200..=7_920).contains(&wait), "{wait}");
}

#[test]
fn faults_in_what_is_said_of_single_feeds_are_named_with_their_lines() {
    let config = "[poller]\nproxy = \"nowhere\"\n[[feed]]\nurl = \"http://a.example/\"\nheaders = { \"X Key\" = \"k\" }\n\
        password_file = \"missing\"\n[[feed]]\nurl = \"http://a.example/\"\nintervall_secs = 5\n[[feed]]\ninterval_secs = 0\n";
    let kazbek = Kazbek::with_config(config);
    let ended = kazbek.run(&["check"]);
    assert_eq!(ended.code, 78, "{}", ended.stderr);
    for fault in [
        "kazbek.toml:2: `poller.proxy`: not the URL of a proxy",
        "kazbek.toml:5: `feed.headers`: `X Key` is not a valid header name",
        "kazbek.toml:6: `feed.password_file`: ",
        "kazbek.toml:8: `feed.url`: http://a.example/ has a [[feed]] already",
        "kazbek.toml:9: unknown key `feed.intervall_secs`; did you mean `feed.interval_secs`?",
        "kazbek.toml:11: `feed.url` must be the URL of a feed",
        "kazbek.toml:11: `feed.interval_secs` must be a whole number from 1",
    ] {
        assert!(ended.stderr.contains(fault), "`{fault}` is missing in\n{}", ended.stderr);
    }
}

#[test]
fn what_servers_ask_for_is_done() {
    let check = |bytes: Vec<u8>, least: i64, most: i64| {
        let server = Server::start();
        server.answer("/", bytes.clone());
        let kazbek = installed(FAST, &[server.url("/")]);
        kazbek.poll();
        let wait = wait_secs(&kazbek, &server.url("/"));
        assert!((least..=most).contains(&wait), "{wait} s behind {}", String::from_utf8_lossy(&bytes));
    };
    check(answer("429 Too Many Requests", "Retry-After: 200000\r\n", ""), 200_000, 200_100);
    check(answer("503 Service Unavailable", "Retry-After: 9000\r\n", ""), 9_000, 9_100);
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Mon, 07 Nov 1994 08:49:37 GMT\r\n";
    check(answer("503 Service Unavailable", date, ""), 86_400, 86_500);
    check(answer("200 OK", "Cache-Control: public, max-age=14400\r\n", rss(0, 3)), 14_400, 15_900);
    let expires = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nExpires: Sun, 06 Nov 1994 11:49:37 GMT\r\n";
    check(answer("200 OK", expires, rss(0, 3)), 10_800, 11_900);
    let ttl = rss(0, 3).replace("<channel>", "<channel><ttl>180</ttl>");
    check(answer("200 OK", "", ttl), 10_800, 11_900);
    check(answer("200 OK", "", rss(0, 3)), 1_800, 1_990);
}

#[test]
fn a_permanent_redirect_is_adopted_behind_five_answers_that_read_as_a_feed() {
    let (old, new) = (Server::start(), Server::at("127.0.0.2"));
    old.answer("/", answer("301 Moved Permanently", &format!("Location: {}\r\n", new.url("/new")), ""));
    let kazbek = installed(FAST, &[old.url("/")]);
    for round in 0..7 {
        new.answer("/new", good(round));
        kazbek.poll();
    }
    assert_eq!((old.asked("/").len(), new.asked("/new").len()), (5, 7));
    // The new place fails: the feed's own address is asked again.
    new.answer("/new", answer("404 Not Found", "", ""));
    kazbek.poll();
    old.answer("/", good(50));
    kazbek.poll();
    assert_eq!((old.asked("/").len(), status(&kazbek, &old.url("/"))), (6, "ok".to_owned()));
}

#[test]
fn a_circle_of_redirects_is_noticed_at_its_first_turn() {
    let server = Server::start();
    for (from, to) in [("/a", "/b"), ("/b", "/c"), ("/c", "/b#top")] {
        server.answer(from, answer("302 Found", &format!("Location: {to}\r\n"), ""));
    }
    let kazbek = installed(FAST, &[server.url("/a")]);
    kazbek.poll();
    assert_eq!(status(&kazbek, &server.url("/a")), "redirects");
    assert_eq!(["/a", "/b", "/c"].map(|path| server.asked(path).len()), [1, 1, 1]);
}

#[test]
fn feeds_of_one_domain_are_fetched_two_at_a_time() {
    let server = Server::start();
    let under_way = Arc::new(std::sync::Mutex::new((0_usize, 0_usize)));
    let mut urls = Vec::new();
    for number in 0..8 {
        let under_way = Arc::clone(&under_way);
        server.script(&format!("/{number}"), move |_, stream| {
            let mut counts = under_way.lock().unwrap();
            counts.0 += 1;
            counts.1 = counts.1.max(counts.0);
            drop(counts);
            // So long that all eight would meet if they could.
            std::thread::sleep(Duration::from_millis(50));
            under_way.lock().unwrap().0 -= 1;
            stream.write_all(&good(number * 10))
        });
        urls.push(server.url(&format!("/{number}")));
    }
    let kazbek = installed(FAST, &urls);
    let summary = kazbek.json(&["poll", "--json"]);
    assert_eq!(summary["fetched"], 8);
    assert_eq!(under_way.lock().unwrap().1, 2);
}

#[test]
fn a_socks_proxy_is_asked_for_the_name() {
    let proxy = Socks::start();
    let config = format!(
        "feeds = \"feeds.opml\"\n[poller]\ntimeout_secs = 2\n[[feed]]\nurl = \"http://news.invalid/feed\"\nproxy = \"socks5h://{}\"\n",
        proxy.address
    );
    let kazbek = installed(&config, &["http://news.invalid/feed".to_owned()]);
    kazbek.poll();
    assert_eq!(status(&kazbek, "http://news.invalid/feed"), "ok");
    assert_eq!(*proxy.asked.lock().unwrap(), ["news.invalid"]);
    let gone = "feeds = \"feeds.opml\"\n[poller]\nproxy = \"http://127.0.0.1:1\"\n";
    let kazbek = installed(gone, &["http://1.1.1.1/feed".to_owned()]);
    kazbek.poll();
    assert_eq!(status(&kazbek, "http://1.1.1.1/feed"), "proxy");
}

/// A SOCKS proxy (RFC 1928) that answers every request itself with a feed.
struct Socks {
    address: std::net::SocketAddr,
    asked: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Socks {
    fn start() -> Socks {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let socks = Socks { address: listener.local_addr().unwrap(), asked: Arc::default() };
        let asked = Arc::clone(&socks.asked);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                drop(Socks::serve(connection, &asked));
            }
        });
        socks
    }

    fn serve(mut connection: std::net::TcpStream, asked: &std::sync::Mutex<Vec<String>>) -> io::Result<()> {
        use std::io::Read;
        let take = |count: usize, connection: &mut std::net::TcpStream| -> io::Result<Vec<u8>> {
            let mut bytes = vec![0; count];
            connection.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let greeting = take(2, &mut connection)?;
        take(usize::from(greeting[1]), &mut connection)?;
        connection.write_all(&[5, 0])?;
        let request = take(5, &mut connection)?;
        assert_eq!(request[3], 3, "a name is asked for");
        let name = take(usize::from(request[4]), &mut connection)?;
        take(2, &mut connection)?;
        asked.lock().unwrap().push(String::from_utf8(name).unwrap());
        connection.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 80])?;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.extend(take(1, &mut connection)?);
        }
        connection.write_all(&good(0))
    }
}
