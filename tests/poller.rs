//! The fetcher against a server that misbehaves in every way: each fetch ends as a named outcome within its deadline.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kazbek::poller::{
    BasicAuth, FeedOverrides, Fetched, Fetcher, Options, Outcome, Polled, Poller, Request, RetryAfter, StatusWord,
    Validators,
};
use support::server::{Reply, Server, Step, brotli_bomb, gzip_bomb, tls_for, zstd_bomb};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const FEED: &str = "<rss version='2.0'><channel><title>t</title></channel></rss>";
const RSS: &str = "application/rss+xml";

fn options() -> Options {
    Options { allow_private_addresses: true, timeout_secs: 20, connect_timeout_secs: 5, ..Options::default() }
}

/// For fetches that are meant to run into the deadline.
fn hasty() -> Options {
    Options { timeout_secs: 1, ..options() }
}

fn request(url: &str) -> Request {
    Request { url: url.to_owned(), ..Request::default() }
}

async fn fetch_with(options: &Options, url: &str) -> Outcome {
    Fetcher::new(options).unwrap().fetch(&request(url)).await
}

async fn fetched(request: &Request) -> Fetched {
    match Fetcher::new(&options()).unwrap().fetch(request).await {
        Outcome::Fetched(fetched) => fetched,
        other => panic!("{other:?}"),
    }
}

/// One fetch of one reply ends in this word, and soon.
async fn check(options: Options, reply: Reply, expected: &str) {
    let server = Server::start().await;
    server.on("/feed", reply);
    let started = Instant::now();
    let outcome = fetch_with(&options, &server.url("/feed")).await;
    assert_eq!(outcome.word().to_string(), expected, "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(options.timeout_secs + 1), "{:?}", started.elapsed());
}

fn head(rest: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Type: {RSS}\r\n{rest}\r\n").into_bytes()
}

#[tokio::test]
async fn a_feed_comes_with_its_validators_verbatim_and_is_asked_for_with_them() {
    let server = Server::start().await;
    let reply = Reply::ok("text/xml; charset=windows-1251", FEED)
        .header("ETag", "W/\"a b\"")
        .header("Last-Modified", "yesterday, or so");
    server.on("/feed", reply.conditional());
    let mut request = request(&server.url("/feed"));
    let first = fetched(&request).await;
    assert_eq!(first.bytes, FEED.as_bytes());
    assert_eq!(first.content_type.as_deref(), Some("text/xml; charset=windows-1251"));
    assert_eq!(first.validators.etag.as_deref(), Some("W/\"a b\""));
    let seen = server.last("/feed");
    assert_eq!((seen.header("if-none-match"), seen.header("if-modified-since")), (None, None));
    assert!(seen.header("user-agent").unwrap().starts_with("kazbek/"));
    for coding in ["gzip", "br", "zstd"] {
        assert!(seen.header("accept-encoding").unwrap().contains(coding), "{coding}");
    }

    request.validators = first.validators.clone();
    let Outcome::NotModified(second) = Fetcher::new(&options()).unwrap().fetch(&request).await else { panic!() };
    assert_eq!(second.validators, first.validators, "a 304 keeps what is held");
    let seen = server.last("/feed");
    assert_eq!(seen.header("if-none-match"), Some("W/\"a b\""));
    assert_eq!(seen.header("if-modified-since"), Some("yesterday, or so"));

    request.unconditional = true;
    let third = Fetcher::new(&options()).unwrap().fetch(&request).await;
    assert_eq!(third.word(), StatusWord::SameBody);
    assert_eq!(server.last("/feed").header("if-none-match"), None);
}

#[tokio::test]
async fn validators_that_lie_are_caught() {
    let server = Server::start().await;
    let reply = |body: &str| Reply::ok(RSS, body).header("ETag", "\"same\"");
    server.on_each("/feed", vec![reply(FEED), reply("<rss/>")]);
    let mut request = request(&server.url("/feed"));
    let first = fetched(&request).await;
    assert!(!first.validators_lied);
    request.validators = first.validators;
    request.unconditional = true;
    assert!(fetched(&request).await.validators_lied);
}

#[tokio::test]
async fn two_etags_are_none() {
    let server = Server::start().await;
    server.on("/feed", Reply::ok(RSS, FEED).header("ETag", "\"a\"").header("ETag", "\"b\""));
    assert_eq!(fetched(&request(&server.url("/feed"))).await.validators.etag, None);
}

#[tokio::test]
async fn refusals_are_named_and_their_hints_read() {
    let server = Server::start().await;
    server.on("/busy", Reply::status("429 Too Many Requests", "").header("Retry-After", "172800"));
    server.on(
        "/off",
        Reply::status("503 Service Unavailable", "").header("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT"),
    );
    for (path, expected) in
        [("/busy", RetryAfter::Secs(172_800)), ("/off", RetryAfter::At("1994-11-06T08:49:37Z".parse().unwrap()))]
    {
        let Outcome::Failed(failure) = fetch_with(&options(), &server.url(path)).await else { panic!() };
        assert_eq!(failure.retry_after, Some(expected), "{path}");
    }
    check(options(), Reply::status("404 Not Found", "no"), "http-404").await;
    check(options(), Reply::status("410 Gone", "no"), "gone").await;
    check(options(), Reply::status("500 Oops", ""), "http-500").await;
    check(options(), Reply::status("206 Partial Content", "x"), "http-206").await;
    check(options(), Reply::status("304 Not Modified", ""), "http-304").await;
    check(options(), Reply::status("300 Multiple Choices", ""), "http-300").await;
}

#[tokio::test]
async fn pages_that_stand_in_the_way_are_named() {
    let page = "<!DOCTYPE html><html><head><script src='/cdn-cgi/challenge-platform/x.js'></script>";
    check(options(), Reply::status("403 Forbidden", "x").header("cf-mitigated", "challenge"), "challenge").await;
    check(options(), Reply::status("403 Forbidden", page), "challenge").await;
    check(options(), Reply::ok("text/html", page), "challenge").await;
    // Any other page is for the reader of feeds to judge, and for `feeds add` to look for links in.
    check(options(), Reply::ok("text/html", "<html><body>Hello World"), "ok").await;
}

#[tokio::test]
async fn empty_answers_are_named() {
    check(options(), Reply::status("204 No Content", ""), "empty").await;
    check(options(), Reply::ok(RSS, ""), "empty").await;
    check(options(), Reply::raw(vec![]), "reset").await;
}

#[tokio::test]
async fn slow_lorises_end_at_the_deadline() {
    let pause = Duration::from_millis(100);
    check(hasty(), Reply::drip(&head("Content-Length: 1000\r\n"), pause), "timeout").await;
    let mut steps = vec![Step::Bytes(head("Content-Length: 100000\r\n"))];
    steps.push(Step::Forever(b"x".to_vec(), pause));
    check(hasty(), Reply::raw(steps), "timeout").await;
    check(hasty(), Reply::raw(vec![Step::Hang]), "timeout").await;
}

#[tokio::test]
async fn a_body_without_end_stops_at_the_limit() {
    let server = Server::start().await;
    let steps = vec![Step::Bytes(head("")), Step::Forever(vec![b'x'; 65_536], Duration::ZERO)];
    server.on("/feed", Reply::raw(steps));
    let outcome = fetch_with(&Options { body_limit_bytes: 1 << 20, ..options() }, &server.url("/feed")).await;
    assert_eq!(outcome.word(), StatusWord::TooLarge);
    // An announced length is believed in this one case.
    check(options(), Reply::raw(vec![Step::Bytes(head("Content-Length: 99999999999\r\n")), Step::Hang]), "too-large")
        .await;
}

#[tokio::test]
async fn bombs_stop_while_they_stream() {
    let size_bytes = 1 << 28;
    for (coding, bomb) in
        [("gzip", gzip_bomb(size_bytes)), ("br", brotli_bomb(size_bytes)), ("zstd", zstd_bomb(size_bytes))]
    {
        let reply = Reply::ok(RSS, bomb).header("Content-Encoding", coding);
        check(Options { body_limit_bytes: 1 << 20, ..options() }, reply, "too-large").await;
    }
}

#[tokio::test]
async fn compressed_feeds_read_and_false_labels_are_named() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, FEED.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let server = Server::start().await;
    server.on("/feed", Reply::ok(RSS, packed.clone()).header("Content-Encoding", "gzip"));
    assert_eq!(fetched(&request(&server.url("/feed"))).await.bytes, FEED.as_bytes());
    let half = &packed[..packed.len() / 2];
    check(options(), Reply::ok(RSS, FEED).header("Content-Encoding", "gzip"), "bad-encoding").await;
    check(options(), Reply::ok(RSS, half).header("Content-Encoding", "gzip"), "truncated").await;
}

#[tokio::test]
async fn broken_transfers_are_named() {
    let part = |rest: &str, then: Vec<Step>| {
        let mut steps = vec![Step::Bytes(head(rest)), Step::Bytes(FEED.as_bytes().to_vec())];
        steps.extend(then);
        Reply::raw(steps)
    };
    check(options(), part("Content-Length: 1000\r\n", vec![]), "truncated").await;
    check(options(), part("Content-Length: 1000\r\n", vec![Step::Reset]), "reset").await;
    check(options(), part("Transfer-Encoding: chunked\r\n", vec![]), "bad-response").await;
    check(options(), Reply::raw(vec![Step::Reset]), "reset").await;
    check(options(), Reply::raw(vec![Step::Bytes(b"\0\x01\x02 no HTTP\r\n\r\n".to_vec())]), "bad-response").await;
    // A length that is too short cuts the body, as it does in a browser; the reader of feeds then finds it broken.
    check(options(), part("Content-Length: 5\r\n", vec![]), "ok").await;
}

#[tokio::test]
async fn endless_headers_end() {
    let steps =
        vec![Step::Bytes(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::Forever(b"X: y\r\n".repeat(1000), Duration::ZERO)];
    check(options(), Reply::raw(steps), "bad-response").await;
}

#[tokio::test]
async fn redirects_are_followed_and_the_permanent_ones_reported() {
    let server = Server::start().await;
    server.on("/a", Reply::redirect("301 Moved", "/b"));
    server.on("/b", Reply::redirect("308 Moved", "c?x=1#part"));
    server.on("/c?x=1", Reply::redirect("302 Found", "/d"));
    server.on("/d", Reply::ok(RSS, FEED));
    let end = fetched(&request(&server.url("/a"))).await;
    assert_eq!(end.final_url, server.url("/d"));
    assert_eq!(end.permanent_redirect, Some(server.url("/c?x=1")));
    let end = fetched(&request(&server.url("/c?x=1"))).await;
    assert_eq!(end.permanent_redirect, None);
}

#[tokio::test]
async fn redirects_that_lead_nowhere_are_named() {
    let server = Server::start().await;
    server.on("/loop", Reply::redirect("302 Found", "/loop2"));
    server.on("/loop2", Reply::redirect("302 Found", "/loop"));
    server.on("/none", Reply::status("302 Found", ""));
    server.on("/file", Reply::redirect("302 Found", "file:///etc/passwd"));
    server.on("/bad", Reply::redirect("302 Found", "http://[::1"));
    for step in 0..20 {
        server.on(&format!("/step{step}"), Reply::redirect("307 Go on", &format!("/step{}", step + 1)));
    }
    for (path, expected) in [
        ("/loop", StatusWord::RedirectLoop),
        ("/none", StatusWord::BadRedirect),
        ("/file", StatusWord::BadRedirect),
        ("/bad", StatusWord::BadRedirect),
        ("/step0", StatusWord::TooManyRedirects),
    ] {
        assert_eq!(fetch_with(&options(), &server.url(path)).await.word(), expected, "{path}");
    }
    assert_eq!(fetch_with(&options(), &server.url("/step11")).await.word(), StatusWord::Http(404));
}

#[tokio::test]
async fn secrets_stay_with_their_origin() {
    let (server, other) = (Server::start().await, Server::start().await);
    server.on("/own", Reply::redirect("302 Found", "/next"));
    server.on("/next", Reply::redirect("302 Found", &other.url("/feed")));
    other.on("/feed", Reply::ok(RSS, FEED));
    let overrides = FeedOverrides {
        headers: vec![("X-Token".to_owned(), "secret".to_owned())],
        basic_auth: Some(BasicAuth { user: "me".to_owned(), password: "pw".to_owned() }),
        ..FeedOverrides::default()
    };
    assert!(!format!("{overrides:?}").contains("secret") && !format!("{overrides:?}").contains("pw"));
    fetched(&Request { overrides, ..request(&server.url("/own")) }).await;
    for path in ["/own", "/next"] {
        assert_eq!(server.last(path).header("x-token"), Some("secret"));
        assert_eq!(server.last(path).header("authorization"), Some("Basic bWU6cHc="));
    }
    assert_eq!(other.last("/feed").header("x-token"), None);
    assert_eq!(other.last("/feed").header("authorization"), None);
}

#[tokio::test]
async fn the_guard_stops_literals_names_and_redirects() {
    let strict = Options { allow_private_addresses: false, ..options() };
    let server = Server::start().await;
    server.on("/feed", Reply::ok(RSS, FEED));
    let port = server.address().port();
    for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"] {
        let outcome = fetch_with(&strict, &format!("http://{host}:{port}/feed")).await;
        assert_eq!(outcome.word(), StatusWord::PrivateAddress, "{host}");
    }
    assert!(server.seen().is_empty());
    for url in ["ftp://example.org/", "file:///etc/passwd", "no address", "http://", ""] {
        assert_eq!(fetch_with(&options(), url).await.word(), StatusWord::BadUrl, "{url}");
    }
}

#[tokio::test]
async fn the_guard_judges_what_a_name_resolves_to_and_where_a_redirect_leads() {
    // A proxy on this machine lets the test begin at a public address without leaving the machine: it answers for all hosts.
    let proxy = Server::start().await;
    let public = "http://93.184.215.14";
    for (path, target) in [
        ("/a", "http://127.0.0.1/"),
        ("/b", "http://[::ffff:169.254.169.254]/latest/meta-data"),
        ("/c", "//localhost/"),
        ("/d", "http://[64:ff9b::10.0.0.1]/"),
    ] {
        let url = format!("{public}{path}");
        proxy.on(&url, Reply::redirect("302 Found", target));
        let strict =
            Options { allow_private_addresses: false, proxy: Some(format!("http://{}", proxy.address())), ..options() };
        let outcome = fetch_with(&strict, &url).await;
        assert_eq!(outcome.word(), StatusWord::PrivateAddress, "{outcome:?}");
    }
    assert_eq!(proxy.seen().len(), 4, "the targets were not asked");
}

#[tokio::test]
async fn a_proxy_serves_one_feed_or_all() {
    let (proxy, server) = (Server::start().await, Server::start().await);
    server.on("/feed", Reply::ok(RSS, FEED));
    proxy.on(&server.url("/feed"), Reply::ok(RSS, "<rss>through the proxy</rss>"));
    let address = format!("http://name:pass@{}", proxy.address());
    let all = Options { proxy: Some(address.clone()), ..options() };
    let via = |proxy: Option<String>| Request {
        overrides: FeedOverrides { proxy, ..FeedOverrides::default() },
        ..request(&server.url("/feed"))
    };
    let through = fetched(&via(Some(address))).await;
    assert!(through.bytes.starts_with(b"<rss>through"));
    assert_eq!(proxy.seen()[0].header("proxy-authorization"), Some("Basic bmFtZTpwYXNz"));
    let fetcher = Fetcher::new(&all).unwrap();
    let Outcome::Fetched(through) = fetcher.fetch(&via(None)).await else { panic!() };
    assert!(through.bytes.starts_with(b"<rss>through"));
    let Outcome::Fetched(direct) = fetcher.fetch(&via(Some("direct".to_owned()))).await else { panic!() };
    assert_eq!(direct.bytes, FEED.as_bytes());
    for bad in ["ftp://x/", "nonsense", "http://", ""] {
        let options = Options { proxy: Some(bad.to_owned()), ..options() };
        assert!(Fetcher::new(&options).is_err(), "{bad}");
    }
    let dead = Options { proxy: Some("socks5://127.0.0.1:1".to_owned()), ..options() };
    assert_eq!(fetch_with(&dead, &server.url("/feed")).await.word(), StatusWord::Proxy);
}

#[tokio::test]
async fn connections_that_fail_are_named() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let nobody = format!("http://127.0.0.1:{port}/feed");
    assert_eq!(fetch_with(&options(), &nobody).await.word(), StatusWord::Refused);
    let outcome = fetch_with(&options(), "http://no-such-host.invalid/feed").await;
    assert!(matches!(outcome.word(), StatusWord::Dns | StatusWord::DnsTemporary), "{outcome:?}");
}

#[tokio::test]
async fn certificates_are_checked() {
    let (config, pem) = tls_for(&["localhost"]);
    let server = Server::start_at("127.0.0.1:0", Some(config)).await;
    server.on("/feed", Reply::ok(RSS, FEED));
    let outcome = fetch_with(&options(), &server.url("/feed")).await;
    assert_eq!(outcome.word(), StatusWord::Tls, "{outcome:?}");
    let trusting = Options { extra_roots_pem: Some(pem), ..options() };
    let right = format!("https://localhost:{}/feed", server.address().port());
    assert_eq!(fetch_with(&trusting, &right).await.word(), StatusWord::Ok);
    let wrong_name = fetch_with(&trusting, &server.url("/feed")).await;
    assert_eq!(wrong_name.word(), StatusWord::Tls, "{wrong_name:?}");
    // Plain HTTP where TLS is expected.
    let plain = Server::start().await;
    let outcome = fetch_with(&options(), &plain.url("/feed").replace("http:", "https:")).await;
    assert_eq!(outcome.word(), StatusWord::Tls, "{outcome:?}");
}

async fn round(options: Options, requests: Vec<Request>) -> Vec<Polled> {
    let mut poller = Poller::new(Arc::new(Fetcher::new(&options).unwrap()));
    let (sender, mut receiver) = mpsc::channel(4);
    let work = tokio::spawn(async move { poller.round(requests, sender, CancellationToken::new()).await });
    let mut all = Vec::new();
    while let Some(polled) = receiver.recv().await {
        all.push(polled);
    }
    work.await.unwrap();
    all
}

#[tokio::test]
async fn a_round_fetches_each_feed_once_and_two_at_a_time() {
    let server = Server::start().await;
    let requests: Vec<Request> = (0..20)
        .map(|number| {
            let path = format!("/{number}");
            server.on(&path, Reply::ok(RSS, FEED));
            Request { feed_id: number, ..request(&server.url(&path)) }
        })
        .collect();
    let all = round(options(), requests).await;
    let mut ids: Vec<i64> = all.iter().map(|polled| polled.request.feed_id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..20).collect::<Vec<_>>());
    assert!(all.iter().all(|polled| polled.outcome.word() == StatusWord::Ok));
    assert!(server.most_open() <= 2, "{} at once", server.most_open());
}

#[tokio::test]
async fn other_feeds_never_notice_a_bad_one() {
    let (bad, good) = (Server::start().await, Server::start().await);
    bad.on("/feed", Reply::raw(vec![Step::Hang]));
    good.on("/feed", Reply::ok(RSS, FEED));
    let requests = vec![request(&bad.url("/feed")), request(&good.url("/feed")), request("nonsense")];
    let all = round(hasty(), requests).await;
    let words: Vec<String> = all.iter().map(|polled| polled.outcome.word().to_string()).collect();
    assert_eq!(words.len(), 3);
    assert_eq!(words.last().map(String::as_str), Some("timeout"), "{words:?}");
}

#[tokio::test]
async fn a_domain_that_asks_for_patience_is_left_alone() {
    let server = Server::start().await;
    let requests: Vec<Request> = (0..6)
        .map(|number| {
            let path = format!("/{number}");
            server.on(&path, Reply::status("429 Too Many Requests", "").header("Retry-After", "3600"));
            request(&server.url(&path))
        })
        .collect();
    let all = round(options(), requests).await;
    assert_eq!(all.len(), 6);
    assert!(server.seen().len() <= 3, "{} requests", server.seen().len());
    let postponed =
        all.iter().filter(|polled| matches!(polled.outcome, Outcome::Postponed { wait_secs: 3000.. })).count();
    assert!(postponed >= 3, "{all:?}");
}

#[tokio::test]
async fn cancelling_a_round_ends_it() {
    let server = Server::start().await;
    server.on("/feed", Reply::raw(vec![Step::Hang]));
    let mut poller = Poller::new(Arc::new(Fetcher::new(&options()).unwrap()));
    let (sender, mut receiver) = mpsc::channel(1);
    let cancel = CancellationToken::new();
    let token = cancel.clone();
    let requests = vec![request(&server.url("/feed"))];
    let work = tokio::spawn(async move { poller.round(requests, sender, token).await });
    while server.hits("/feed") == 0 {
        tokio::task::yield_now().await;
    }
    let started = Instant::now();
    cancel.cancel();
    work.await.unwrap();
    assert!(receiver.recv().await.is_none());
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_held_body_is_known_again_without_headers() {
    let server = Server::start().await;
    server.on("/feed", Reply::ok(RSS, FEED));
    let mut request = request(&server.url("/feed"));
    let body_hash = fetched(&request).await.validators.body_hash;
    assert!(body_hash.is_some());
    request.validators = Validators { body_hash, ..Validators::default() };
    assert_eq!(Fetcher::new(&options()).unwrap().fetch(&request).await.word(), StatusWord::SameBody);
}

#[tokio::test]
async fn credentials_in_an_address_are_used_and_not_shown() {
    let server = Server::start().await;
    server.on("/old", Reply::redirect("301 Moved", &server.url("/feed")));
    server.on("/feed", Reply::ok(RSS, FEED));
    let with_secret = |path: &str| server.url(path).replace("http://", "http://me:pw@");
    let end = fetched(&request(&with_secret("/old"))).await;
    for path in ["/old", "/feed"] {
        assert_eq!(server.last(path).header("authorization"), Some("Basic bWU6cHc="), "{path}");
    }
    assert_eq!(end.final_url, server.url("/feed"));
    assert_eq!(
        end.permanent_redirect,
        Some(with_secret("/feed")),
        "the address that can be adopted still opens the feed"
    );
}

#[tokio::test]
async fn a_feed_may_have_a_user_agent_of_its_own() {
    let server = Server::start().await;
    server.on("/feed", Reply::ok(RSS, FEED));
    let headers = vec![("User-Agent".to_owned(), "other/1".to_owned())];
    let overrides = FeedOverrides { headers, ..FeedOverrides::default() };
    fetched(&Request { overrides, ..request(&server.url("/feed")) }).await;
    assert_eq!(server.last("/feed").header("user-agent"), Some("other/1"));
    let contact = Options { contact: Some("https://example.org/bot".to_owned()), ..options() };
    fetch_with(&contact, &server.url("/feed")).await;
    let sent = server.last("/feed").header("user-agent").unwrap().to_owned();
    assert!(sent.starts_with("kazbek/") && sent.contains("+https://example.org/bot"), "{sent}");
}

#[tokio::test]
async fn a_refusal_whose_body_drags_on_is_still_a_refusal() {
    let steps = vec![Step::Bytes(b"HTTP/1.1 403 Forbidden\r\n\r\n<ht".to_vec()), Step::Hang];
    check(options(), Reply::raw(steps), "http-403").await;
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered() {
    let (config, pem) = tls_for(&["127.0.0.1"]);
    let mut config = (*config).clone();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let server = Server::start_at("127.0.0.1:0", Some(Arc::new(config))).await;
    // The scripted server speaks no HTTP/2; that the client begins to is what is to be seen.
    let outcome = fetch_with(&Options { extra_roots_pem: Some(pem), ..hasty() }, &server.url("/feed")).await;
    assert!(matches!(outcome, Outcome::Failed(_)));
    assert_eq!(server.seen()[0].method, "PRI");
}

#[tokio::test]
async fn what_stands_behind_a_gzip_stream_does_no_harm() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, FEED.as_bytes()).unwrap();
    let mut packed = encoder.finish().unwrap();
    packed.extend_from_slice(b"\0\0\n");
    let server = Server::start().await;
    server.on("/feed", Reply::ok(RSS, packed).header("Content-Encoding", "gzip"));
    assert_eq!(fetched(&request(&server.url("/feed"))).await.bytes, FEED.as_bytes());
}

#[tokio::test]
async fn many_large_bodies_pass_one_after_the_other() {
    let servers = futures_util::future::join_all((0..20).map(|_| Server::start())).await;
    let requests: Vec<Request> = servers
        .iter()
        .map(|server| {
            server.on("/feed", Reply::ok(RSS, vec![b'x'; 2 << 20]));
            request(&server.url("/feed"))
        })
        .collect();
    let all = round(options(), requests).await;
    assert_eq!(all.iter().filter(|polled| polled.outcome.word() == StatusWord::Ok).count(), 20);
}

/// A SOCKS5 proxy (RFC 1928) for one connection: gives the name that it was asked for, and answers the feed in the target's place.
async fn socks_proxy() -> (String, tokio::task::JoinHandle<String>) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 3];
        stream.read_exact(&mut greeting).await.unwrap();
        stream.write_all(&[5, 0]).await.unwrap();
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(head[..4], [5, 1, 0, 3], "connect to a name");
        let mut name = vec![0; usize::from(head[4]) + 2];
        stream.read_exact(&mut name).await.unwrap();
        name.truncate(usize::from(head[4]));
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{FEED}", FEED.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(name).unwrap()
    });
    (address, asked)
}

#[tokio::test]
async fn a_socks_proxy_may_know_names_that_are_not_known_here() {
    let (address, asked) = socks_proxy().await;
    let options = Options { allow_private_addresses: false, proxy: Some(format!("socks5h://{address}")), ..options() };
    let outcome = fetch_with(&options, "http://hidden-service.invalid/feed").await;
    assert_eq!(outcome.word(), StatusWord::Ok, "{outcome:?}");
    assert_eq!(asked.await.unwrap(), "hidden-service.invalid");
}

#[tokio::test]
async fn odd_but_honest_servers_are_understood() {
    let length = FEED.len();
    for head in [
        format!("HTTP/1.1 200\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.0 200 OK\r\nContent-Length: {length}\r\n\r\n"),
        "HTTP/1.0 200 OK\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\nContent-Length: {length}\n\n"),
        format!("HTTP/1.1 200 OK\r\nBad Header: x\r\nContent-Length : {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: utf-8\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 \u{425}\u{43e}\u{440}\u{43e}\u{448}\u{43e}\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\n{}Content-Length: {length}\r\n\r\n", "X-Many: y\r\n".repeat(400)),
    ] {
        let server = Server::start().await;
        let bytes = [head.as_bytes(), FEED.as_bytes()].concat();
        server.on("/feed", Reply::raw(vec![Step::Bytes(bytes)]));
        let outcome = fetch_with(&options(), &server.url("/feed")).await;
        let Outcome::Fetched(fetched) = outcome else { panic!("{head}: {outcome:?}") };
        assert_eq!(fetched.bytes, FEED.as_bytes(), "{head}");
    }
}

#[tokio::test]
async fn a_handshake_that_never_answers_ends_with_the_time_to_connect() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/feed", listener.local_addr().unwrap());
    let started = Instant::now();
    let outcome = fetch_with(&Options { connect_timeout_secs: 1, ..options() }, &url).await;
    assert_eq!(outcome.word(), StatusWord::Timeout, "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_running_poller_takes_requests_as_they_come_and_ends_with_either_side() {
    let server = Server::start().await;
    server.on("/feed", Reply::ok(RSS, FEED));
    let fetcher = Arc::new(Fetcher::new(&options()).unwrap());
    let start = |mut poller: Poller| {
        let (requests, incoming) = mpsc::channel(1);
        let (outgoing, results) = mpsc::channel(1);
        let work = tokio::spawn(async move {
            poller.run(incoming, outgoing, CancellationToken::new()).await;
            poller
        });
        (requests, results, work)
    };
    let (requests, mut results, work) = start(Poller::new(fetcher));
    for feed_id in 0..3 {
        requests.send(Request { feed_id, ..request(&server.url("/feed")) }).await.unwrap();
        assert_eq!(results.recv().await.unwrap().request.feed_id, feed_id);
    }
    drop(requests);
    assert!(results.recv().await.is_none());
    let (requests, results, work) = start(work.await.unwrap());
    drop(results);
    work.await.unwrap();
    assert!(requests.send(request(&server.url("/feed"))).await.is_err());
}

#[tokio::test]
async fn odd_addresses_end_as_any_other() {
    let server = Server::start().await;
    for path in ["/a|b{c}^d`e?x=[y]|{z}", "/\u{43d}\u{43e}\u{432}\u{43e}\u{441}\u{442}\u{438} 1#part", "/100%?q='\"<>"]
    {
        let url = url::Url::parse(&server.url(path)).unwrap();
        let asked = &url[url::Position::BeforePath..url::Position::AfterQuery];
        server.on(asked, Reply::ok(RSS, FEED));
        let end = fetched(&request(&format!(" {} ", server.url(path)))).await;
        assert_eq!(end.final_url, server.url(asked));
    }
    let long = server.url(&format!("/{}", "x".repeat(70_000)));
    assert_eq!(fetch_with(&options(), &long).await.word(), StatusWord::BadUrl);
    server.on("/long", Reply::redirect("302 Found", &long));
    assert_eq!(fetch_with(&options(), &server.url("/long")).await.word(), StatusWord::BadUrl);
    assert_eq!(fetch_with(&options(), &server.url(":99999/")).await.word(), StatusWord::BadUrl);
}
