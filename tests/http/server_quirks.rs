//! Servers that are odd but honest: their feeds are read all the same.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use crate::support::server::{Server, answer};
use jiff::Timestamp;
use kazbek::api::poller::{Fetched, Fetcher, Options, Outcome, Request, Validators};

const FEED: &str = "<rss version='2.0'><channel><title>t</title></channel></rss>";

fn options() -> Options {
    Options { allow_private_addresses: true, timeout_secs: 20, ..Options::default() }
}

fn request(url: &str) -> Request {
    Request {
        feed_id: 1,
        url: url.to_owned(),
        adopted_url: None,
        validators: Validators::default(),
        now: Timestamp::UNIX_EPOCH,
        is_last: true,
    }
}

async fn outcome(options: &Options, url: &str) -> Outcome {
    Fetcher::new(options).unwrap().fetch(&request(url)).await
}

async fn fetched(url: &str) -> Fetched {
    match outcome(&options(), url).await {
        Outcome::Fetched(fetched) => fetched,
        other => panic!("{url}: {other:?}"),
    }
}

#[tokio::test]
async fn odd_but_honest_answers_are_understood() {
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
        let server = Server::start();
        server.answer("/feed", [head.as_bytes(), FEED.as_bytes()].concat());
        assert_eq!(fetched(&server.url("/feed")).await.bytes, FEED.as_bytes(), "{head}");
    }
}

#[tokio::test]
async fn a_password_in_an_address_goes_along_redirects_and_is_not_shown() {
    let server = Server::start();
    server.answer("/old", answer("301 Moved", &format!("Location: {}\r\n", server.url("/feed")), ""));
    server.answer("/feed", answer("200 OK", "", FEED));
    server.answer("/circle", answer("302 Found", "Location: /circle\r\n", ""));
    let secret = |path: &str| server.url(path).replace("http://", "http://me:pw@");
    let end = fetched(&secret("/old")).await;
    for path in ["/old", "/feed"] {
        assert_eq!(server.asked(path)[0].header("authorization"), Some("Basic bWU6cHc="), "{path}");
    }
    assert_eq!(end.final_url, server.url("/feed"), "links of items are made from it");
    assert_eq!(end.moved_to, Some(secret("/feed")), "the address that can be adopted still opens the feed");
    let failed = outcome(&options(), &secret("/circle")).await;
    assert!(!format!("{failed:?}").contains("pw"), "{failed:?}");
}

#[tokio::test]
async fn more_large_bodies_than_are_held_at_once_pass_one_after_the_other() {
    let fetcher = Fetcher::new(&options()).unwrap();
    let server = Server::start();
    server.answer("/feed", answer("200 OK", "", vec![b'x'; 2 << 20]));
    let mut fetches = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (fetcher, request) = (fetcher.clone(), request(&server.url("/feed")));
        fetches.spawn(async move { matches!(fetcher.fetch(&request).await, Outcome::Fetched(_)) });
    }
    assert_eq!(fetches.join_all().await.into_iter().filter(|is_fetched| *is_fetched).count(), 20);
}

#[tokio::test]
async fn a_large_body_waits_until_another_is_dropped() {
    let fetcher = Fetcher::new(&Options { timeout_secs: 1, ..options() }).unwrap();
    let server = Server::start();
    server.answer("/large", answer("200 OK", "", vec![b'x'; 2 << 20]));
    server.answer("/small", answer("200 OK", "", FEED));
    let mut held = Vec::new();
    loop {
        match fetcher.fetch(&request(&server.url("/large"))).await {
            Outcome::Fetched(fetched) => held.push(fetched),
            Outcome::Failed(_) => break,
            other => panic!("{other:?}"),
        }
        assert!(held.len() < 100, "nothing bounds what is held");
    }
    assert!(matches!(fetcher.fetch(&request(&server.url("/small"))).await, Outcome::Fetched(_)), "small ones pass by");
    held.pop();
    assert!(matches!(fetcher.fetch(&request(&server.url("/large"))).await, Outcome::Fetched(_)));
}
