//! What each transport sends, by the binary, with all that only it shows: its log, its signals, a second process.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::support::mail::{MailServer, Security, header};
use super::support::random::Random;
use super::support::server::{Asked, Server, answer};
use super::{Daemon, QUICK, hours_ago, import, outbox, with_config};

#[test]
fn a_mail_goes_through_starttls_and_a_password() {
    a_mail_goes_through("starttls");
}

#[test]
fn a_mail_goes_through_implicit_tls_and_a_password() {
    a_mail_goes_through("implicit");
}

fn a_mail_goes_through(tls: &str) {
    let key = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let certificate = key.cert.der().clone();
    let secret = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let tls_config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], secret)
        .unwrap();
    let security = match tls {
        "implicit" => Security::Implicit(Arc::new(tls_config)),
        _ => Security::StartTls(Arc::new(tls_config)),
    };
    let mail = MailServer::with(security, Some(("kazbek", "hunter2")));
    let config = |password: &str| {
        format!(
            "{QUICK}[[recipient]]\nname = \"desk\"\ntransport = \"smtp\"\nserver = \"localhost\"\nport = {}\ntls = \"{tls}\"\nca_file = \"cert.pem\"\n\
             user = \"kazbek\"\npassword_file = \"{password}\"\nfrom = \"kazbek@example.org\"\nto = \"desk@example.org\"\n\
             list_id = \"watch.example.org\"\nlist_unsubscribe = \"https://example.org/off\"\n",
            mail.port()
        )
    };
    let kazbek = with_config(&config("wrong"));
    kazbek.write("cert.pem", &key.cert.pem());
    kazbek.write("wrong", "hunter1\n");
    kazbek.write("right", "hunter2\n");
    let shown = kazbek.run(&["--log-level", "trace", "check"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(!shown.stdout.contains("hunter") && !shown.stderr.contains("hunter"));
    let daemon = Daemon::start(&kazbek);
    let reason = || outbox(&kazbek).first().and_then(|row| Some(row["reason"].as_str()?.to_owned()));
    daemon.until("the refusal", || reason().is_some());
    assert!(reason().unwrap().contains("AUTH"), "{:?}", reason());
    // The password is corrected, and the daemon reads it again.
    kazbek.write("kazbek.toml", &config("right"));
    daemon.until_started();
    daemon.signal("-HUP");
    daemon.until("the mail", || mail.received().len() == 1);
    let log = daemon.stop();
    let source = &mail.received()[0];
    assert_eq!(header(source, "List-Id"), "<watch.example.org>");
    assert_eq!(header(source, "List-Unsubscribe"), "<https://example.org/off>");
    assert!(!log.contains("hunter"), "{log}");
}

#[test]
fn mail_to_an_internationalised_domain_needs_no_extension_of_the_server() {
    let mail = MailServer::start();
    let config = |to: &str| {
        format!(
            "{QUICK}[[recipient]]\nname = \"desk\"\ntransport = \"smtp\"\nserver = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             from = \"kazbek@вести.рф\"\nto = \"{to}\"\nlist_unsubscribe = \"mailto:off@вести.рф\"\n",
            mail.port()
        )
    };
    let kazbek = with_config(&config("Стол <desk@НОВОСТИ.рф>"));
    import(&kazbek, [("https://a.example/1".to_owned(), "Baku and Moscow talk".to_owned(), hours_ago(30))]);
    let daemon = Daemon::start(&kazbek);
    daemon.until("the mail", || mail.received().len() == 1);
    daemon.stop();
    let source = &mail.received()[0];
    let (head, _) = source.split_once("\r\n\r\n").unwrap_or((source, ""));
    assert!(head.is_ascii(), "{head}");
    assert_eq!(header(source, "From"), "kazbek@xn--b1agj9af.xn--p1ai");
    assert!(header(source, "To").ends_with("<desk@xn--b1amnebsh.xn--p1ai>"), "{head}");
    assert_eq!(header(source, "List-Id"), "<kazbek.xn--b1agj9af.xn--p1ai>");
    assert_eq!(header(source, "List-Unsubscribe"), "<mailto:off@xn--b1agj9af.xn--p1ai>");
    // What depends on the server is noticed before.
    let kazbek = with_config(&config("стол@example.org"));
    let checked = kazbek.run(&["check"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    assert!(checked.stderr.contains("`recipient.to`") && checked.stderr.contains("SMTPUTF8"), "{}", checked.stderr);
}

#[test]
fn dead_letters_are_listed_and_tried_again_on_demand() {
    let server = Server::start();
    server.answer("/hook", answer("413 Content Too Large", "", "too large"));
    server.answer("/slow", answer("503 Service Unavailable", "Retry-After: 1\r\n", ""));
    server.answer("/gone", answer("410 Gone", "", ""));
    let config = format!(
        "{QUICK}[[recipient]]\nname = \"hook\"\ntransport = \"webhook\"\nurl = \"{}\"\nsecret_file = \"key\"\nallow_private_addresses = true\n\
         [[recipient]]\nname = \"slow\"\ntransport = \"webhook\"\nurl = \"{}\"\nallow_private_addresses = true\n\
         [[recipient]]\nname = \"gone\"\ntransport = \"webhook\"\nurl = \"{}\"\nallow_private_addresses = true\n\
         [[recipient]]\nname = \"folder\"\ntransport = \"file\"\nfolder = \"out\"\nformats = [\"html\", \"json\"]\n",
        server.url("/hook"),
        server.url("/slow"),
        server.url("/gone"),
    );
    let kazbek = with_config(&config);
    kazbek.write("key", "secret\n");
    let daemon = Daemon::start(&kazbek);
    let states = || -> BTreeMap<String, String> {
        let word = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        outbox(&kazbek).iter().map(|row| (word(row, "recipient"), word(row, "state"))).collect()
    };
    let is = |name: &str, state: &str| states().get(name).map(String::as_str) == Some(state);
    daemon.until("a dead letter", || is("hook", "dead") && is("gone", "dead"));
    daemon.until("two attempts", || server.asked("/slow").len() >= 2);
    assert!(is("slow", "waiting") || is("slow", "sending"), "{:?}", states());
    let keys: Vec<Option<String>> =
        server.asked("/slow").iter().map(|asked| asked.header("idempotency-key").map(str::to_owned)).collect();
    assert!(keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    let signature = server.asked("/hook")[0].header("x-kazbek-signature").map(str::to_owned).unwrap();
    assert!(signature.starts_with("sha256=") && signature.len() == 71, "{signature}");
    assert_eq!(server.asked("/hook").len(), 1, "a permanent refusal is not tried again");
    daemon.until("the folder", || is("folder", "delivered"));
    let files =
        std::fs::read_dir(kazbek.path("out")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.collect();
    files.sort();
    assert!(
        matches!(files.as_slice(), [html, json] if html.ends_with(".html") && json.ends_with(".json")),
        "{files:?}"
    );
    // Who subscribes to the issues has a new one as soon as a recipient.
    daemon.until("the feed of issues", || {
        std::fs::read_to_string(kazbek.path("data/feeds/issues.atom")).is_ok_and(|feed| feed.contains("<entry>"))
    });
    let dead = kazbek.ok(&["outbox", "list", "--dead"]);
    assert!(dead.contains("the server answered 413: too large") && dead.contains("the server answered 410"), "{dead}");
    // A second process writes beside the running daemon.
    server.answer("/hook", answer("200 OK", "", ""));
    server.answer("/slow", answer("200 OK", "", ""));
    kazbek.ok(&["outbox", "retry", "--dead"]);
    daemon.until("what was dead", || is("hook", "delivered") && is("slow", "delivered"));
    let refused = kazbek.run(&["outbox", "retry", "999"]);
    assert_eq!(refused.code, 65, "{}", refused.stderr);
    daemon.stop();
}

#[test]
fn chats_get_what_they_understand_and_no_part_twice() {
    let server = Server::start();
    for path in ["/topic", "/chat", "/bot12:secret/sendMessage"] {
        server.answer(path, answer("200 OK", "", "{}"));
    }
    // The second part is refused once; the first one is not to come again.
    let count = std::sync::atomic::AtomicUsize::new(0);
    server.script("/bot12:secret/sendMessage", move |_, stream| {
        let is_second = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 1;
        let slow = r#"{"ok":false,"error_code":429,"parameters":{"retry_after":1}}"#;
        stream.write_all(&if is_second {
            answer("429 Too Many Requests", "", slow)
        } else {
            answer("200 OK", "", "{}")
        })
    });
    let private = "allow_private_addresses = true";
    let kazbek = with_config(&format!(
        "{QUICK}[[recipient]]\nname = \"ntfy\"\ntransport = \"ntfy\"\nurl = \"{}\"\ntoken_file = \"token\"\n{private}\n\
         [[recipient]]\nname = \"slack\"\ntransport = \"slack\"\nurl_file = \"address\"\n{private}\n\
         [[recipient]]\nname = \"telegram\"\ntransport = \"telegram\"\nurl = \"{}\"\ntoken_file = \"bot\"\nchat = \"@watch\"\n{private}\n",
        server.url("/topic"),
        server.url("")
    ));
    kazbek.write("token", "tk_secret\n");
    kazbek.write("address", &server.url("/chat"));
    kazbek.write("bot", "12:secret\n");
    // Yesterday's issue, long enough for two messages of Telegram.
    let yesterday = hours_ago(24);
    let places = [
        "Armenia and Russia",
        "Armenia and Turkey",
        "Azerbaijan",
        "Georgia",
        "Abkhazia",
        "Chechnya",
        "Dagestan and Ingushetia",
        "Russia",
    ];
    let mut random = Random(3);
    // Made-up words, so that no two titles are alike.
    let mut word = || -> String {
        let number = random.next();
        (0..4)
            .flat_map(|at| {
                let part = (number >> (8 * at)) as usize;
                [b"bdfgklmnprst"[part % 12] as char, b"aeiou"[part / 12 % 5] as char]
            })
            .collect()
    };
    let mut items = Vec::new();
    for (place, name) in places.iter().enumerate() {
        for number in 0..6 {
            let tail = (0..16).map(|_| word()).collect::<Vec<_>>().join(" ");
            let title = format!("{name}: <b>&amp; a long story {tail}");
            items.push((format!("https://news{place}{number}.example/{number}"), title, yesterday));
        }
    }
    import(&kazbek, items);
    let daemon = Daemon::start(&kazbek);
    daemon.until("all chats", || outbox(&kazbek).iter().filter(|row| row["state"] == "delivered").count() == 3);
    let log = daemon.stop();
    let ntfy = server.asked("/topic");
    assert_eq!(ntfy[0].header("authorization"), Some("Bearer tk_secret"));
    // The first line of the lead is cut at an ellipsis, which is not ASCII.
    let title = ntfy[0].header("x-title").unwrap().strip_prefix("=?UTF-8?Q?").unwrap().replace("=20", " ");
    assert!(title.starts_with("Kazbek=3A Russia and the Caucasus") && title.ends_with("=E2=80=A6?="), "{title}");
    assert!(ntfy.iter().all(|asked| asked.body.len() <= 4_096));
    let json = |asked: &Asked| -> Value { serde_json::from_slice(&asked.body).unwrap() };
    let slack = json(&server.asked("/chat")[0]);
    let text = slack["text"].as_str().unwrap();
    assert!(text.contains("&lt;b&gt;&amp;amp; a long story") && !text.contains("<b>"), "{text}");
    let telegram: Vec<Value> = server.asked("/bot12:secret/sendMessage").iter().map(json).collect();
    let texts: Vec<&str> = telegram.iter().map(|body| body["text"].as_str().unwrap()).collect();
    assert!(texts.len() >= 3 && texts[1] == texts[2] && texts[0] != texts[1], "{}", texts.len());
    assert!(texts.iter().all(|text| text.encode_utf16().count() <= 4_096));
    assert!(telegram.iter().all(|body| body["chat_id"] == "@watch"));
    assert!(!log.contains("secret") && !log.contains("/chat"), "{log}");
    let listed = kazbek.ok(&["outbox", "list"]);
    assert!(listed.contains("telegram") && listed.contains("after 2 attempts"), "{listed}");
}
