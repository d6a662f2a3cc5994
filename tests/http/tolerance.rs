//! Servers that keep cookies, misname what they send, or do not bear conditions: nothing is lost at any of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::support::kazbek::Kazbek;
use crate::support::server::{Server, answer};
use crate::support::site::rss;

fn feed(titles: &[&str]) -> String {
    let paths: Vec<String> = titles.iter().map(|title| format!("/{}", title.replace(' ', "-"))).collect();
    let items: Vec<(&str, &str, &str)> = titles
        .iter()
        .zip(&paths)
        .map(|(title, path)| (*title, path.as_str(), "Sun, 22 Nov 2026 10:00:00 GMT"))
        .collect();
    rss(&items)
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn polled(url: &str) -> Kazbek {
    let kazbek = Kazbek::polling(&[url.to_owned()]);
    kazbek.run(&["poll"]);
    kazbek
}

fn status(kazbek: &Kazbek) -> String {
    let row: Value = serde_json::from_str(&kazbek.ok(&["feeds", "list", "--json"])).unwrap();
    row["status"].as_str().unwrap_or_default().to_owned()
}

fn titles(kazbek: &Kazbek) -> Vec<String> {
    let lines = kazbek.ok(&["export"]);
    let mut titles: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["title"].as_str().unwrap_or_default().to_owned())
        .collect();
    titles.sort();
    titles
}

#[test]
fn a_cookie_that_a_redirect_sets_goes_along() {
    let server = Server::start();
    let own = server.url("/feed");
    server.script("/feed", move |asked, stream| {
        let is_known = asked.header("cookie").is_some_and(|cookies| cookies.contains("seen=yes"));
        let redirect =
            format!("Location: {own}\r\nSet-Cookie: seen=yes; Path=/\r\nSet-Cookie: b=2; Domain=other.example\r\n");
        stream.write_all(&if is_known {
            answer("200 OK", "", feed(&["Snow closes a pass"]))
        } else {
            answer("302 Found", &redirect, "")
        })
    });
    let kazbek = polled(&server.url("/feed"));
    assert_eq!(titles(&kazbek), ["Snow closes a pass"]);
    let asked = server.asked("/feed");
    assert_eq!(asked[1].header("cookie"), Some("seen=yes"), "no cookie of another domain");
    // The next fetch begins without cookies.
    kazbek.ok(&["poll"]);
    assert_eq!(server.asked("/feed")[2].header("cookie"), None);
}

#[test]
fn a_cookie_that_changes_nothing_ends_the_circle() {
    let server = Server::start();
    let own = server.url("/feed");
    server.answer("/feed", answer("302 Found", &format!("Location: {own}\r\nSet-Cookie: a=1\r\n"), ""));
    assert_eq!(status(&polled(&server.url("/feed"))), "redirects");
}

#[test]
fn a_location_in_another_encoding_is_asked_for_byte_by_byte() {
    let server = Server::start();
    server.script("/start", |_, stream| {
        stream.write_all(
            b"HTTP/1.1 302 Found\r\nLocation: /\xeb\xe5\xed\xf2\xe0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        )
    });
    server.answer("/%EB%E5%ED%F2%E0", answer("200 OK", "", feed(&["Snow closes a pass"])));
    assert_eq!(titles(&polled(&server.url("/start"))), ["Snow closes a pass"]);
}

#[test]
fn what_breaks_off_is_read_and_asked_for_again() {
    let whole = feed(&["Snow closes a pass", "A court sits in Gori"]);
    let cut = whole.get(..whole.rfind("<item").unwrap() + 20).unwrap().to_owned();
    let packed = gzip(&whole);
    let mut noise = crate::support::random::Random(7);
    let long: String = (0..4_000).map(|_| char::from(b'a' + u8::try_from(noise.below(26)).unwrap())).collect();
    let long = whole.replacen("</channel>", &format!("<item><title>{long}</title></item></channel>"), 1);
    let long = gzip(&long);
    for (name, header, body, expected) in [
        ("XML", "", cut.into_bytes(), "incomplete"),
        ("gzip", "Content-Encoding: gzip\r\n", long[..long.len() - 900].to_vec(), "incomplete"),
        ("gzip of no use", "Content-Encoding: gzip\r\n", packed[..10].to_vec(), "bad-encoding"),
    ] {
        let server = Server::start();
        let headers = format!("ETag: \"1\"\r\n{header}");
        server.answer("/feed", answer("200 OK", &headers, body));
        let kazbek = polled(&server.url("/feed"));
        assert_eq!(status(&kazbek), expected, "{name}");
        server.answer("/feed", answer("200 OK", "ETag: \"1\"\r\n", &whole));
        kazbek.ok(&["poll"]);
        assert_eq!(server.asked("/feed")[1].header("if-none-match"), None, "{name}");
        assert_eq!(titles(&kazbek), ["A court sits in Gori", "Snow closes a pass"], "{name}");
        assert_eq!(status(&kazbek), "ok", "{name}");
    }
}

#[test]
fn a_body_that_is_not_as_long_as_announced_is_read() {
    let whole = feed(&["Snow closes a pass"]);
    let pieces =
        format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{whole}\r\n", whole.len());
    let long = format!("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: {}\r\n\r\n{whole}", whole.len() + 50);
    for sent in [pieces, long] {
        let server = Server::start();
        server.script("/feed", move |_, stream| stream.write_all(sent.as_bytes()));
        let kazbek = polled(&server.url("/feed"));
        assert_eq!(
            (titles(&kazbek), status(&kazbek)),
            (vec!["Snow closes a pass".to_owned()], "incomplete".to_owned())
        );
        kazbek.ok(&["poll"]);
        assert_eq!(server.asked("/feed")[1].header("if-none-match"), None);
    }
}

#[test]
fn a_page_that_leads_on_at_once_is_followed_as_a_browser_follows_it() {
    let server = Server::start();
    let page = |content: &str| {
        format!("<!DOCTYPE html><html><head><META HTTP-EQUIV=Refresh content=\"{content}\"></head></html>")
    };
    server.answer("/feed", answer("200 OK", "", feed(&["Snow closes a pass"])));
    server.answer("/two?a=1&b=2", answer("200 OK", "", feed(&["Snow closes a pass"])));
    for (path, content, expected) in [
        ("/at-once", "0; url=/feed", "ok"),
        ("/quoted", "3;URL='feed?a=1&amp;b=2'", "not-found"),
        ("/number", "0; url=/two?a=1&#38;b=2", "ok"),
        ("/hexadecimal", "0; url=/two?a=1&#x26;b=2", "ok"),
        ("/escaped", "0; url=&quot;/two?a=1&#038;b=2&quot;", "ok"),
        ("/address-alone", "0; /feed", "ok"),
        ("/with-spaces", " 0.5 , url = /feed ", "ok"),
        ("/with-what-follows", "0;url='/feed' x", "ok"),
        ("/later", "300; url=/feed", "html"),
        ("/itself", "1; url=/itself", "html"),
        ("/circle", "0; url=/circle?again", "redirects"),
    ] {
        server.answer(path, answer("200 OK", "Content-Type: text/html\r\n", page(content)));
        server.answer("/circle?again", answer("200 OK", "", page("0; url=/circle")));
        assert_eq!(status(&polled(&server.url(path))), expected, "{path}");
    }
    // It is no permanent move.
    let kazbek = polled(&server.url("/at-once"));
    let row: Value = serde_json::from_str(&kazbek.ok(&["feeds", "list", "--json"])).unwrap();
    assert_eq!(row["adopted_url"], Value::Null);
}

#[test]
fn redirects_in_odd_answers_are_followed_as_browsers_follow_them() {
    let server = Server::start();
    let whole = feed(&["Snow closes a pass"]);
    let rss = "Content-Type: application/rss+xml\r\n";
    server.answer("/feed", answer("200 OK", rss, &whole));
    let again = server.url("/cookie");
    server.script("/cookie", move |asked, stream| {
        let page = "<html><head><meta http-equiv=refresh content=0></head></html>";
        stream.write_all(&match asked.header("cookie") {
            Some(_) => answer("200 OK", "", feed(&["Snow closes a pass"])),
            None => answer("200 OK", "Set-Cookie: seen=1\r\nContent-Type: text/html\r\n", page),
        })
    });
    for (path, status_line, headers, body, expected) in [
        ("/header", "200 OK", "Refresh: 0; url=/feed\r\nContent-Type: text/html\r\n", "<html></html>", "ok"),
        ("/empty", "200 OK", "Refresh: 0;URL=\"/feed\"\r\n", "", "ok"),
        ("/later", "200 OK", "Refresh: 60; url=/feed\r\nContent-Type: text/html\r\n", "<html></html>", "html"),
        ("/no-location", "302 Found", "Refresh: 0; url=/feed\r\n", "", "ok"),
        ("/the-feed-itself", "302 Found", rss, whole.as_str(), "ok"),
        ("/nothing", "302 Found", "", "", "redirects"),
        ("/reload", "200 OK", "Refresh: 300\r\nContent-Type: text/xml\r\n", whole.as_str(), "ok"),
    ] {
        server.answer(path, answer(status_line, headers, body));
        assert_eq!(status(&polled(&server.url(path))), expected, "{path}");
    }
    assert_eq!(status(&polled(&again)), "ok");
    // Browsers give up after twenty.
    for step in 0..15 {
        server.answer(&format!("/step/{step}"), answer("302 Found", &format!("Location: /step/{}\r\n", step + 1), ""));
    }
    server.answer("/step/15", answer("200 OK", rss, &whole));
    assert_eq!(status(&polled(&server.url("/step/0"))), "ok");
}

#[test]
fn what_is_not_whole_is_called_so_at_every_poll() {
    let whole = feed(&["Snow closes a pass", "A court sits in Gori"]);
    let cut = whole.get(..whole.rfind("<item").unwrap()).unwrap().to_owned();
    let server = Server::start();
    for (path, status_line, headers, body, expected) in [
        ("/cut", "200 OK", "", cut.as_str(), "incomplete"),
        ("/part", "206 Partial Content", "Content-Range: bytes 0-99/9999\r\n", whole.as_str(), "incomplete"),
        (
            "/no-items",
            "200 OK",
            "",
            "<rss><channel><title>T</title><article><title>x</title></article></channel></rss>",
            "incomplete",
        ),
        ("/nothing-packed", "200 OK", "Content-Encoding: gzip\r\n", "", "empty"),
    ] {
        server.answer(path, answer(status_line, &format!("ETag: \"1\"\r\n{headers}"), body));
        let kazbek = polled(&server.url(path));
        assert_eq!(status(&kazbek), expected, "{path}");
        kazbek.run(&["poll"]);
        assert_eq!(status(&kazbek), expected, "{path}: at the second poll");
        assert_eq!(server.asked(path)[1].header("if-none-match"), None, "{path}");
    }
}

#[test]
fn a_feed_that_is_missing_under_conditions_is_asked_for_without_them() {
    for refusal in ["404 Not Found", "410 Gone", "503 Service Unavailable"] {
        let server = Server::start();
        server.script("/feed", move |asked, stream| match asked.header("if-none-match") {
            Some(_) => stream.write_all(&answer(refusal, "", "")),
            None => stream.write_all(&answer("200 OK", "ETag: \"1\"\r\n", feed(&["Snow closes a pass"]))),
        });
        let kazbek = polled(&server.url("/feed"));
        kazbek.run(&["poll"]);
        kazbek.run(&["poll"]);
        assert_eq!(status(&kazbek), "same-body", "{refusal}");
    }
}

#[test]
fn a_server_that_breaks_on_conditions_is_asked_without_them_next_time() {
    let server = Server::start();
    server.script("/feed", |asked, stream| match asked.header("if-none-match") {
        Some(_) => Ok(()),
        None => stream.write_all(&answer("200 OK", "ETag: \"1\"\r\n", feed(&["Snow closes a pass"]))),
    });
    let kazbek = polled(&server.url("/feed"));
    let next = || {
        kazbek.run(&["poll"]);
        status(&kazbek)
    };
    assert_eq!([next(), next()], ["broken", "same-body"]);
}

#[test]
fn a_server_that_refuses_conditions_is_asked_without_them() {
    for refusal in ["412 Precondition Failed", "400 Bad Request", "403 Forbidden", "501 Not Implemented", "200 OK"] {
        let server = Server::start();
        let whole = AtomicUsize::new(0);
        server.script("/feed", move |asked, stream| {
            if asked.header("if-none-match").is_some() {
                return stream.write_all(&answer(refusal, "", ""));
            }
            let titles = ["Snow closes a pass", "A court sits in Gori", "A bridge opens"];
            let count = whole.fetch_add(1, Ordering::SeqCst).min(2);
            stream.write_all(&answer("200 OK", &format!("ETag: \"{count}\"\r\n"), feed(&titles[..=count])))
        });
        let kazbek = polled(&server.url("/feed"));
        kazbek.ok(&["poll"]);
        kazbek.ok(&["poll"]);
        assert_eq!(titles(&kazbek).len(), 3, "{refusal}");
        let conditions: Vec<bool> =
            server.asked("/feed").iter().map(|asked| asked.header("if-none-match").is_some()).collect();
        assert!(conditions.contains(&true), "{refusal}: conditions are tried");
        assert!(conditions.windows(2).all(|pair| pair != [true, true]), "{refusal}: and not again after a refusal");
    }
}

#[test]
fn a_refusal_that_conditions_did_not_cause_stays_one() {
    let server = Server::start();
    server.answer("/feed", answer("200 OK", "ETag: \"1\"\r\n", feed(&["Snow closes a pass"])));
    let kazbek = polled(&server.url("/feed"));
    server.answer("/feed", answer("403 Forbidden", "", ""));
    kazbek.run(&["poll"]);
    assert_eq!(status(&kazbek), "client-error");
    assert_eq!(server.asked("/feed").len(), 3, "once with the condition and once without");
}
