//! What is sent: headers that no text can break out of, the same bytes at each attempt, parts that fit.

use std::io::{BufRead, Write};

use jiff::Timestamp;
use proptest::prelude::*;

use super::message::Unit;
use super::*;
use crate::alert::{Alert, AlertStory};
use crate::http::{Answer, PostError};
use crate::poller::Secret;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn story(title: &str, url: Option<&str>) -> AlertStory {
    AlertStory {
        title: title.to_owned(),
        url: url.map(str::to_owned),
        outlet: "Daily".to_owned(),
        language: Some("en".to_owned()),
        at: at("2026-11-22T09:00:00Z"),
        labels: vec!["Armenia".to_owned()],
    }
}

fn message(alert: Alert) -> Message {
    Message {
        cadence: "alert".to_owned(),
        period: "20261122T100000Z-1".to_owned(),
        secret: Secret("the secret of this installation".to_owned()),
        created_at: at("2026-11-22T10:00:00Z"),
        attempted_at: at("2026-11-22T10:00:05Z"),
        content: Content::Alert(alert),
    }
}

fn smtp() -> SmtpOptions {
    SmtpOptions {
        server: "127.0.0.1".to_owned(),
        port: 25,
        tls: Tls::None,
        ca: None,
        credentials: None,
        from: mailbox("kazbek <kazbek@example.org>").unwrap(),
        to: mailbox("Desk <desk@example.org>").unwrap(),
        list_id: String::new(),
        list_unsubscribe: "mailto:off@example.org".to_owned(),
    }
}

fn mail(alert: Alert) -> String {
    String::from_utf8(smtp::compose(&smtp(), "desk", &message(alert)).unwrap().formatted()).unwrap()
}

/// The header lines of a mail, folded ones joined.
fn headers(mail: &str) -> Vec<String> {
    let (head, _) = mail.split_once("\r\n\r\n").unwrap();
    head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n").map(str::to_owned).collect()
}

const NAMES: [&str; 12] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "User-Agent",
    "List-Id",
    "List-Unsubscribe",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
];

#[test]
fn a_mail_is_the_same_at_every_attempt_and_bears_its_headers() {
    let alert =
        Alert::new("Russia and Armenia", vec![story("Ministers meet in Ереван", Some("https://daily.example/1"))]);
    let first = mail(alert.clone());
    assert_eq!(first, mail(alert.clone()));
    let found = headers(&first);
    let has = |line: &str| assert!(found.iter().any(|header| header == line), "{line}: {found:#?}");
    has("From: kazbek <kazbek@example.org>");
    has("To: Desk <desk@example.org>");
    has("Date: Sun, 22 Nov 2026 10:00:00 +0000");
    has("List-Id: <kazbek.example.org>");
    has("List-Unsubscribe: <mailto:off@example.org>");
    has("Auto-Submitted: auto-generated");
    let key = message(alert.clone()).key("desk\0desk@example.org");
    has(&format!("Message-ID: <{key}@example.org>"));
    assert!(first.contains("Content-Type: text/plain; charset=utf-8") && first.contains("Content-Type: text/html"));
    // Another recipient's is another mail.
    let other = SmtpOptions { to: mailbox("x@example.org").unwrap(), ..smtp() };
    let other = String::from_utf8(smtp::compose(&other, "desk", &message(alert)).unwrap().formatted()).unwrap();
    assert!(!other.contains(&key));
}

#[test]
fn no_title_can_end_a_part_of_a_mail() {
    // What somebody who knows the recipient could compute without the secret of the installation.
    let guess = |purpose: &str, secret: &str| {
        let mut other = message(Alert::new("r", Vec::new()));
        other.secret = Secret(secret.to_owned());
        let key = if purpose == "id" {
            other.key("desk\0desk@example.org")
        } else {
            other.boundary("desk\0desk@example.org")
        };
        key.trim_start_matches("kazbek-").to_owned()
    };
    let known = format!(
        "{:032x}",
        xxhash_rust::xxh3::xxh3_128(b"delivery/1\0desk\0desk@example.org\0alert\x0020261122T100000Z-1")
    );
    let guesses = [known, guess("id", ""), guess("boundary", ""), guess("boundary", "another installation")];
    let stories = guesses.iter().map(|guess| story(&format!("x\n--kazbek-{guess}--\n"), None)).collect();
    let text = mail(Alert::new("r", stories));
    let boundary = text.split_once("boundary=\"").and_then(|(_, rest)| rest.split_once('"')).unwrap().0;
    assert_eq!(text.matches(boundary).count(), 4, "its declaration, the start of each part, and the end");
    assert!(guesses.iter().all(|guess| !boundary.contains(guess.as_str())), "{boundary}");
    // The id is public: the boundary must not follow from it.
    assert!(!boundary.contains(&message(Alert::new("r", Vec::new())).key("desk\0desk@example.org")));
}

#[test]
fn addresses_with_a_second_line_are_none() {
    for text in [
        "a@b.example\r\nBcc: c@d.example",
        "x\ny <a@b.example>",
        "a@b.example\0",
        "no address",
        "a@b.example, c@d.example",
    ] {
        assert!(mailbox(text).is_err(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_title_breaks_out_of_the_subject(title in "[\\PC\r\n\t\u{0}\u{85}\u{2028}]{0,300}", rule in "[a-z\r\n: ]{1,20}") {
        let text = mail(Alert::new(&rule, vec![story(&title, None)]));
        for header in headers(&text) {
            let name = header.split(':').next().unwrap_or_default();
            prop_assert!(NAMES.contains(&name), "{header}");
        }
        prop_assert!(text.lines().all(|line| line.len() <= 998), "RFC 5322, 2.1.1");
    }

    #[test]
    fn nothing_of_a_feed_becomes_markup(title in "[<>&\"'a-z/ ]{0,60}", url in "(javascript:|data:|https://x.example/|file:///)[<>\"' a-z]{0,20}") {
        let page = message::alert_mail(&Alert::new("r", vec![story(&title, Some(&url))]));
        prop_assert!(!page.contains("<script") && !page.contains("href=\"javascript") && !page.contains("href=\"data"));
        let plain = message::alert_mail(&Alert::new("r", vec![story("", Some("https://x.example/"))]));
        let tags = |page: &str| page.matches('<').count();
        let has_link = crate::text::sanitize::web_address(&url).is_some();
        prop_assert_eq!(tags(&page), tags(&plain) - if has_link { 0 } else { 2 }, "{}", page);
    }

    #[test]
    fn parts_fit_and_lose_nothing(text in "[\\PC\n 👩‍👩‍👧a\u{301}]{0,2000}", limit in 20_usize..200) {
        let parts = message::parts(&text, limit, Unit::Utf16);
        prop_assert!(parts.iter().all(|part| part.encode_utf16().count() <= limit));
        // Parts without a visible letter are not sent.
        let visible = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(visible(&parts.concat()), visible(&text));
    }
}

#[test]
fn parts_end_at_lines_and_cut_no_letter() {
    let check = |text: &str, limit, expected: &[&str]| {
        assert_eq!(message::parts(text, limit, Unit::Utf16), expected, "{text:?}")
    };
    check("one\ntwo\nthree\n", 8, &["one\ntwo\n", "three\n"]);
    check("alpha beta gamma", 11, &["alpha beta ", "gamma"]);
    check("მთამთამთა", 4, &["მთამ", "თამთ", "ა"]);
    check("👩‍👩‍👧👩‍👩‍👧", 10, &["👩‍👩‍👧", "👩‍👩‍👧"]);
    check("", 10, &[]);
    let zalgo = format!("a{}", "\u{301}".repeat(50));
    assert!(message::parts(&zalgo, 10, Unit::Utf16).iter().all(|part| part.encode_utf16().count() <= 10));
}

#[test]
fn a_text_that_is_too_long_for_a_chat_says_that_it_is_cut() {
    let text: String = (0..100).map(|number| format!("line {number}\n")).collect();
    let parts = message::bounded_parts(&text, 100, Unit::Utf16, 3);
    assert_eq!(parts.len(), 3);
    assert!(parts.iter().all(|part| part.encode_utf16().count() <= 100), "{parts:?}");
    assert!(parts[0].starts_with("line 0\n") && parts[2].ends_with("(cut here: too long for a chat)\n"), "{parts:?}");
    assert_eq!(message::bounded_parts("short\n", 100, Unit::Utf16, 3), ["short\n"]);
}

#[test]
fn parts_can_be_measured_in_bytes() {
    let check = |text: &str, limit, expected: &[&str]| {
        assert_eq!(message::parts(text, limit, Unit::Byte), expected, "{text:?}");
    };
    check("მთამთამთა", 10, &["მთა", "მთა", "მთა"]);
    check("да нет", 5, &["да ", "не", "т"]);
    check("one\n \n\n\ntwo", 5, &["one\n", "two"]);
}

/// The messages that a chat service is sent, as texts.
fn sent(recipient: &Transport, message: &Message) -> Vec<String> {
    let posts = match recipient {
        Transport::Slack(options) => options.posts(message),
        Transport::Telegram(options) => options.posts(message),
        Transport::Ntfy(options) => {
            return options.posts(message).into_iter().map(|post| String::from_utf8(post.body).unwrap()).collect();
        }
        other => panic!("{other:?} is no chat"),
    };
    let text = |post: crate::http::Post| {
        serde_json::from_slice::<serde_json::Value>(&post.body).unwrap()["text"].as_str().unwrap().to_owned()
    };
    posts.into_iter().map(text).collect()
}

#[test]
fn no_message_is_longer_than_its_service_takes() {
    let slack =
        |url: &str| Transport::Slack(SlackOptions { url: Secret(url.to_owned()), allow_private_addresses: false });
    let telegram = Transport::Telegram(TelegramOptions {
        url: "https://api.telegram.org".to_owned(),
        token: Secret("1:a".to_owned()),
        chat: "@desk".to_owned(),
        allow_private_addresses: false,
    });
    let ntfy = Transport::Ntfy(NtfyOptions {
        url: Secret("https://ntfy.sh/topic".to_owned()),
        token: None,
        allow_private_addresses: false,
    });
    let utf16 = |text: &String| text.encode_utf16().count();
    let mut is_split = false;
    for title in [
        "Talks <&> in @Baku & @Yerevan ",
        "Переговоры в Ереване ",
        "მოლაპარაკება ",
        "🏔️🏔️🏔️ ",
        "&&&&<<<<>>>>",
        "@@@@@@@@",
    ] {
        let stories =
            (0..60).map(|number| story(&format!("{number} {}", title.repeat(20)), Some("https://x.example/")));
        let alert = message(Alert::new("r", stories.collect()));
        for (recipient, limit) in [
            (slack("https://discord.com/api/webhooks/1/a/slack"), 2_000),
            (slack("https://chat.example/api/webhooks/1/a/slack/"), 2_000),
            (slack("https://discord.com/api/webhooks/1/a/slack?wait=true"), 2_000),
            (slack("https://hooks.slack.com/services/T/B/x"), 3_000),
            (telegram.clone(), 4_096),
        ] {
            let parts = sent(&recipient, &alert);
            is_split |= parts.len() > 1;
            assert!(
                !parts.is_empty() && parts.iter().all(|part| utf16(part) <= limit && !part.trim().is_empty()),
                "{title}"
            );
        }
        let parts = sent(&ntfy, &alert);
        assert!(!parts.is_empty() && parts.iter().all(|part| part.len() <= 4_096), "{title}");
    }
    assert!(is_split);
}

#[test]
fn an_address_as_discord_shows_it_takes_the_format_of_slack() {
    let check = |given: &str, expected: &str| {
        let options = SlackOptions { url: Secret(given.to_owned()), allow_private_addresses: false };
        assert_eq!(options.address(), expected, "{given}");
    };
    check("https://discord.com/api/webhooks/1/abc", "https://discord.com/api/webhooks/1/abc/slack");
    check("https://ptb.discord.com/api/webhooks/1/abc/", "https://ptb.discord.com/api/webhooks/1/abc/slack");
    check("https://discord.com/api/webhooks/1/a?wait=true", "https://discord.com/api/webhooks/1/a/slack?wait=true");
    check("https://discord.com/api/webhooks/1/abc/slack", "https://discord.com/api/webhooks/1/abc/slack");
    check("https://hooks.slack.com/services/T/B/x", "https://hooks.slack.com/services/T/B/x");
    check("https://chat.example/hooks/x", "https://chat.example/hooks/x");
}

#[test]
fn bodies_are_signed_as_rfc_4231_says() {
    // Test case 2 of RFC 4231 (4.3): the algorithm is the one that receivers know.
    let key = Secret("Jefe".to_owned());
    let expected = {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"Jefe");
        let tag = ring::hmac::sign(&key, b"what do ya want for nothing?");
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    assert_eq!(expected, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    // Computed with `printf '1700000000.{}' | openssl dgst -sha256 -hmac Jefe`.
    let signed = webhook::signature(&key, "1700000000", b"{}");
    assert_eq!(signed, SIGNED);
}

const SIGNED: &str = "d3793e2b4103edfbd98cc19591832f5fad701d413db9fcae0ae7dab8184ed207";

#[test]
fn services_get_what_they_understand() {
    let private = false;
    let alert = message(Alert::new("Watch", vec![story("A <b> & c", Some("https://daily.example/1"))]));
    let slack = SlackOptions { url: Secret("https://slack.example/x".into()), allow_private_addresses: private };
    let posts = slack.posts(&alert);
    let body: serde_json::Value = serde_json::from_slice(&posts[0].body).unwrap();
    assert!(body["text"].as_str().unwrap().contains("A &lt;b&gt; &amp; c"), "{body}");
    let telegram = TelegramOptions {
        url: "https://api.telegram.org".into(),
        token: Secret("123:abc".into()),
        chat: "@watch".into(),
        allow_private_addresses: private,
    };
    let stories = (0..10).map(|number| story(&format!("{number} {}", "слово ".repeat(200)), None)).collect();
    let posts = telegram.posts(&message(Alert::new("Watch", stories)));
    assert!(posts.len() > 1);
    for post in &posts {
        assert_eq!(post.url, "https://api.telegram.org/bot123:abc/sendMessage");
        let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
        assert_eq!(body["chat_id"], "@watch");
        assert!(body["text"].as_str().unwrap().encode_utf16().count() <= 4_096);
    }
    let hook = WebhookOptions {
        url: Secret("https://hook.example/".into()),
        secret: Some(Secret("k".into())),
        allow_private_addresses: private,
    };
    let post = webhook::post(&hook, "hook", &alert);
    let header =
        |name: &str| post.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap();
    assert_eq!(header("Idempotency-Key"), alert.key("hook"));
    assert_eq!(header("X-Kazbek-Timestamp"), "1795341605");
    assert_eq!(
        header("X-Kazbek-Signature"),
        format!("sha256={}", webhook::signature(&Secret("k".into()), "1795341605", &post.body))
    );
    let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
    assert_eq!((&body["kind"], &body["alert"]["stories"][0]["title"]), (&"alert".into(), &"A <b> & c".into()));
}

#[test]
fn answers_are_judged_by_what_can_be_done() {
    let check = |answer: Result<u16, PostError>, permanent: bool, in_doubt: bool| {
        let answer = answer.map(|status| Answer { status, retry_after: None, text: "no\r\nno".to_owned() });
        let refusal = http::judge(answer.clone()).unwrap_err();
        assert_eq!((refusal.is_permanent, refusal.is_in_doubt), (permanent, in_doubt), "{answer:?}");
        assert!(is_one_line(&refusal.reason));
    };
    check(Ok(400), true, false);
    check(Ok(401), false, false);
    check(Ok(404), false, false);
    check(Ok(413), true, false);
    check(Ok(429), false, false);
    check(Ok(302), false, false);
    check(Ok(500), false, false);
    let asked = |text: &str, retry_after| {
        http::judge(Ok(Answer { status: 429, retry_after, text: text.to_owned() })).unwrap_err().retry_after
    };
    let telegram = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":35}}"#;
    let seconds = std::time::Duration::from_secs;
    assert_eq!(asked(telegram, None), Some(seconds(35)));
    assert_eq!(asked(telegram, Some(seconds(50))), Some(seconds(50)));
    assert_eq!(asked("slow down", None), None);
    check(Err(PostError::Unsent("refused".into())), false, false);
    check(Err(PostError::Unanswered("reset".into())), false, true);
    check(Err(PostError::Refused("private".into())), true, false);
    assert_eq!(http::judge(Ok(Answer { status: 204, retry_after: None, text: String::new() })), Ok(()));
}

#[test]
fn no_title_calls_a_whole_room_or_hides_an_address() {
    let room = SlackOptions { url: Secret("https://chat.example/hook".into()), allow_private_addresses: false };
    let text = |title: &str, url: &str| {
        let post = room.posts(&message(Alert::new("Watch", vec![story(title, Some(url))]))).remove(0);
        let body: serde_json::Value = serde_json::from_slice(&post.body).unwrap();
        body["text"].as_str().unwrap().to_owned()
    };
    for title in ["@everyone: come", "News (@here)", "Write to a@channel", "&@all"] {
        let text = text(title, "https://daily.example/@author/1");
        assert!(!["@everyone", "@here", "@channel", "@all"].iter().any(|call| text.contains(call)), "{text}");
        assert!(text.contains("https://daily.example/@author/1\n"), "{text}");
    }
    for (title, url) in [
        ("[The ministry](https://evil.example/)", "https://daily.example/1"),
        ("![](https://evil.example/seen.png) News", "https://daily.example/1"),
        ("News", "https://daily.example/[The%20ministry](https://evil.example/)"),
    ] {
        let text = text(title, url);
        assert!(!text.contains("]("), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a mail server says, an attempt ends with an outcome whose reason can be shown.
    #[test]
    fn answers_of_any_kind_end_an_attempt(
        greeting in proptest::option::of("(220|250|554|)[ -]?(\\PC|[ \t\r\n]){0,20}\r\n"),
        answers in proptest::collection::vec("((2[0-9]{2}|354|334|[45][0-9]{2}|)[ -]?(\\PC|[ \t\r\u{0}\u{1b}]|AUTH|8BITMIME){0,20}\r\n){1,3}", 0..8),
    ) {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || -> std::io::Result<()> {
            let (mut stream, _) = listener.accept()?;
            stream.write_all(greeting.as_deref().unwrap_or("220 mail.test\r\n").as_bytes())?;
            let mut lines = std::io::BufReader::new(stream.try_clone()?).lines();
            for answer in answers {
                lines.next().transpose()?;
                stream.write_all(answer.as_bytes())?;
            }
            Ok(())
        });
        let options = Box::new(SmtpOptions { server: "127.0.0.1".to_owned(), port, tls: Tls::None, ..smtp() });
        let mail = smtp::compose(&options, "desk", &message(Alert::new("r", Vec::new()))).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let sent = runtime.block_on(smtp::send(options, mail, Duration::from_secs(1)));
        if let Err(error) = sent {
            prop_assert!(!error.reason.is_empty() && !error.reason.contains(char::is_control), "{error:?}");
        }
        drop(server.join().unwrap());
    }
}
