//! Tests of the configuration file, its faults, and the shipped file.

use super::read::{config, settings};

/// Returns the shipped file with every key enabled.
fn shipped_with_all_keys() -> String {
    let text = include_str!("../../config/kazbek.toml");
    let keys = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(key) if key.contains(" = ") && key.starts_with(|first: char| first.is_lowercase()) => key,
        _ => line,
    });
    // These paths name built-in data, or a folder that need not exist.
    keys.filter(|line| !line.starts_with("feeds =") && !line.starts_with("lexicon")).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_shipped_file_names_every_key_with_its_default() {
    let text = shipped_with_all_keys();
    let shipped = config(None, &text).unwrap();
    let built_in = config(None, "").unwrap();
    assert_eq!(shipped.poller, built_in.poller);
    assert_eq!(shipped.ingest, built_in.ingest);
    assert_eq!(shipped.retention, built_in.retention);
    assert_eq!(shipped.schedule, built_in.schedule);
    assert_eq!(shipped.delivery, built_in.delivery);
    assert_eq!(shipped.serve, built_in.serve);
    assert_eq!(shipped.log, built_in.log);
    assert_eq!(shipped.time_zone, built_in.time_zone);
    // A key that the code knows but the file lacks would be listed here as known.
    for section in ["", "[poller]\n", "[ingest]\n", "[store]\n", "[digest]\n", "[delivery]\n", "[serve]\n", "[log]\n"] {
        let error = config(None, &format!("{section}no_such_key = 1\n")).unwrap_err().to_string();
        let (_, known) = error.split_once("known are: ").unwrap();
        for key in known.trim().split(", ").filter(|key| {
            ![
                "poller",
                "ingest",
                "store",
                "digest",
                "log",
                "feeds",
                "lexicon",
                "lexicon_additions",
                "feed",
                "out_feed",
                "delivery",
                "serve",
                "recipient",
                "alert",
            ]
            .contains(key)
        }) {
            assert!(text.contains(&format!("{key} = ")), "config/kazbek.toml does not name `{key}`");
        }
    }
}

#[test]
fn the_examples_of_the_shipped_file_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    for secret in ["secret", "smtp-password", "hook-key", "ntfy-token"] {
        std::fs::write(folder.path().join(secret), "word\n").unwrap();
    }
    let key = rcgen::generate_simple_self_signed(vec!["mail.example".to_owned()]).unwrap();
    std::fs::write(folder.path().join("mail-ca.pem"), key.cert.pem()).unwrap();
    std::fs::write(folder.path().join("telegram-token"), "123456:word\n").unwrap();
    std::fs::write(folder.path().join("slack-address"), "https://hooks.example/x\n").unwrap();
    let text = include_str!("../../config/kazbek.toml");
    let examples: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("#     ")).collect();
    let config = config(Some(folder.path().join("kazbek.toml")), &examples.join("\n")).unwrap();
    assert_eq!(config.recipients.len(), 6, "one for each transport");
    assert_eq!(config.alerts.len(), 2);
    // Every key of a recipient and of an alert is in an example.
    for table in ["recipient", "alert"] {
        let names = match table {
            "recipient" => vec!["smtp", "file", "webhook", "ntfy", "telegram", "slack"],
            _ => vec![""],
        };
        for name in names {
            let transport = if name.is_empty() { String::new() } else { format!("transport = \"{name}\"\n") };
            let asked = format!("[[{table}]]\nname = \"x\"\n{transport}no_such_key = 1\n");
            let error = super::read::config(None, &asked).unwrap_err().to_string();
            let (_, known) = error.split_once("known are: ").unwrap();
            let known = known.lines().next().unwrap_or_default().split(", ").map(str::trim);
            for key in known {
                assert!(examples.iter().any(|line| line.starts_with(&format!("{key} = "))), "no example has `{key}`");
            }
        }
    }
}

#[test]
fn every_fault_is_named_with_its_line_all_at_once() {
    let check = |text: &str, expected: &[&str]| {
        let error = config(Some("k.toml".into()), text).unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{error}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.contains(expected), "`{line}` should contain `{expected}`");
        }
    };
    check(
        "[poller]\ntimeout_sec = 5\n",
        &["k.toml:2: unknown key `poller.timeout_sec`; did you mean `poller.timeout_secs`?"],
    );
    check(
        "time_zone = \"Mars/Olympus\"\n",
        &["k.toml:1: `time_zone`: `Mars/Olympus` is not in the IANA time zone database"],
    );
    check("[poller]\nconcurrency = 0\n", &["k.toml:2: `poller.concurrency` must be a whole number from 1 to 1000"]);
    check("[poller]\nconcurrency = \"many\"\n", &["k.toml:2: `poller.concurrency` must be a whole number"]);
    check(
        "[digest]\ndaily_at = \"25:00\"\nformats = [\"pdf\"]\n",
        &["k.toml:2: ", "k.toml:3: `digest.formats`: `pdf` is not one of"],
    );
    check("[poller\n", &["k.toml:1: "]);
    check("a = 1\na = 2\n", &["k.toml:2: "]);
    check(
        "feeds = \"no/such.opml\"\nlexicon = \"no/such\"\n",
        &["no/such.opml: the feed list cannot be read", "no/such: the lexicon's folder"],
    );
    check(
        "[[out_feed]]\nname = \"items\"\n[[out_feed]]\nscope = \"moon\"\nsearch = \" \"\n",
        &[
            "k.toml:2: `out_feed.name`: `items` is the name of another out feed",
            "k.toml:5: `out_feed.search`: a saved search needs a word",
            "k.toml:4: `out_feed.name` is missing",
            "k.toml:4: `out_feed.scope`: `moon` is not one of: caucasus, caucasus-russia, russia",
        ],
    );
    check(
        "public_url = \"ftp://x.example\"\n",
        &["k.toml:1: `public_url`: `ftp://x.example` is not an http or https URL"],
    );
    check("poller = 3\n", &["k.toml:1: `poller` must be a table"]);
    // Recipients that nothing can be delivered to.
    let recipient = |keys: &str| format!("[[recipient]]\nname = \"x\"\n{keys}");
    let mail = |server: &str| {
        recipient(&format!(
            "transport = \"smtp\"\nfrom = \"a@b.example\"\nto = \"a@b.example\"\nserver = \"{server}\"\n"
        ))
    };
    for server in ["", "https://mail.example", "mail.example:25", "mail example"] {
        check(&mail(server), &["k.toml:6: `recipient.server`"]);
    }
    let webhook = recipient("transport = \"webhook\"\nurl = \"http://127.0.0.1/\"\n");
    check(&webhook, &["set `allow_private_addresses = true`"]);
    check(
        "[[out_feed]]\nname = \"x\"\nsearch = \"***\"\n",
        &["k.toml:3: `out_feed.search`: a saved search needs a word"],
    );
    check(
        "[poller]\nmax_interval_secs = 600\nmin_interval_secs = 900\n",
        &["k.toml:3: `poller.min_interval_secs` is greater than"],
    );
    check("[digest]\nformats = []\n", &["k.toml:2: `digest.formats` must be an array of at least one string"]);
    check("[poller]\nproxy = \"gopher://p.example\"\n", &["k.toml:2: `poller.proxy`: not the URL of a proxy"]);
}

#[test]
fn recipients_to_which_nothing_can_be_delivered_are_faults() {
    let check = |text: &str, expected: &[&str]| {
        let error = settings(None, text).err().map(|error| error.to_string()).unwrap_or_default();
        let is_said = expected.iter().all(|expected| error.contains(expected));
        assert!(error.lines().count() == expected.len() && is_said, "{text}{expected:?}\n{error}");
    };
    let recipient = |keys: &str| format!("[[recipient]]\nname = \"x\"\n{keys}");
    let mail =
        recipient("transport = \"smtp\"\nfrom = \"a@b.example\"\nto = \"a@b.example\"\nserver = \"m.example\"\n");
    let target = |transport: &str, url: &str| recipient(&format!("transport = \"{transport}\"\nurl = \"{url}\"\n"));
    let private = "set `allow_private_addresses = true`";
    for (transport, url, expected) in [
        ("ntfy", "https://ntfy.example/", "ends in a topic"),
        ("ntfy", "https://ntfy.sh/my topic", "1 to 64 ASCII letters"),
        ("ntfy", "https://ntfy.sh/news.today", "1 to 64 ASCII letters"),
        ("ntfy", "https://ntfy.sh/новости", "1 to 64 ASCII letters"),
        ("ntfy", "https://ntfy.sh/kazbek,desk", "1 to 64 ASCII letters"),
        ("ntfy", &format!("https://ntfy.sh/{}", "k".repeat(65)), "1 to 64 ASCII letters"),
        ("ntfy", "https://ntfy.sh/docs", "is a page of ntfy"),
        ("ntfy", "https://ntfy.sh/kazbek/json", "leave out what follows the topic"),
        ("ntfy", "http://localhost:2586/kazbek", private),
        ("webhook", "http://localhost/hook", private),
        ("webhook", "http://LOCALHOST./hook", private),
        ("webhook", "http://app.localhost:8080/hook", private),
        ("webhook", "http://0x7f.1/hook", private),
        ("webhook", "http://[::1]/hook", private),
        ("webhook", "http://[::ffff:10.0.0.1]/hook", private),
        ("webhook", "https://hook.example:0/x", "port 0"),
        ("webhook", "https://hook..example/x", "an empty part"),
        ("webhook", &format!("https://{}.example/x", "h".repeat(64)), "more than 63 characters"),
        ("webhook", "https://hooks.slack.com/services/T0/B0/x", "use `transport = \"slack\"`"),
        ("webhook", "https://discord.com/api/webhooks/1/x", "use `transport = \"slack\"`"),
        ("webhook", "https://api.telegram.org/bot1:x/sendMessage", "use `transport = \"telegram\"`"),
        ("slack", "https://hooks.slack.com/services", "not the address of an incoming webhook"),
        ("slack", "https://desk.slack.com/archives/C01", "not the address of an incoming webhook"),
        ("slack", "https://discord.com/channels/1/2", "not the address of an incoming webhook"),
        ("slack", "https://chat.example/", "not the address of an incoming webhook"),
    ] {
        check(&target(transport, url), &[expected]);
    }
    for (transport, url) in [
        ("ntfy", "https://ntfy.sh/kazbek_desk-1"),
        ("ntfy", "https://host.example/ntfy/kazbek?priority=high"),
        ("webhook", "https://localhost.example/hook"),
        ("webhook", "https://hook.example./x"),
        ("slack", "https://hooks.slack.com/services/T0/B0/x"),
        ("slack", "https://discord.com/api/webhooks/1/x"),
        ("slack", "https://ptb.discord.com/api/v10/webhooks/1/x/slack?wait=true"),
        ("slack", "https://chat.example/hooks/x"),
    ] {
        assert!(settings(None, &target(transport, url)).is_ok(), "{transport} {url}");
    }
    let mail_at = |port: u16, tls: &str| format!("{mail}port = {port}\ntls = \"{tls}\"\n");
    for (port, tls, expected) in [
        (465, "starttls", "set `tls = \"implicit\"`"),
        (465, "none", "set `tls = \"implicit\"`"),
        (587, "implicit", "set `tls = \"starttls\"`"),
        (25, "implicit", "set `tls = \"starttls\"`"),
        (993, "implicit", "port 993 is of IMAP"),
        (143, "starttls", "port 143 is of IMAP"),
        (110, "starttls", "port 110 is of POP3"),
        (995, "implicit", "port 995 is of POP3"),
        (443, "implicit", "port 443 is of web servers"),
    ] {
        check(&mail_at(port, tls), &[expected]);
    }
    for (port, tls) in [(465, "implicit"), (587, "starttls"), (25, "starttls"), (25, "none"), (2525, "implicit")] {
        assert!(settings(None, &mail_at(port, tls)).is_ok(), "{port} {tls}");
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let key = rcgen::generate_simple_self_signed(vec!["m.example".to_owned()]).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (ca, expected) in [
        (key.cert.der().as_ref(), "has no certificate in PEM form"),
        (b"", "has no certificate in PEM form"),
        (broken.as_bytes(), "its certificate cannot be read"),
    ] {
        let path = folder.path().join("ca");
        std::fs::write(&path, ca).unwrap();
        check(&format!("{mail}ca_file = \"{}\"\n", path.display()), &[expected]);
        std::fs::write(&path, key.cert.pem()).unwrap();
        assert!(settings(None, &format!("{mail}ca_file = \"{}\"\n", path.display())).is_ok());
    }
    let two = mail.replace("to = \"a@b.example\"", "to = \"a@b.example, c@b.example\"");
    check(&two, &["give each a [[recipient]] of its own"]);
    for inside in ["file", "file/issues"] {
        let path = folder.path().join(inside);
        let text = recipient(&format!("transport = \"file\"\nfolder = \"{}\"\n", path.display()));
        check(&text, &["is a file and no folder"]);
    }
}

#[test]
fn probable_mistakes_are_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let opml = "<opml><body>\n<outline text='A' xmlUrl='http://a.example/'/>\n<outline text='B' xmlUrl='http://a.example/'/></body></opml>";
    std::fs::write(path("f.opml"), opml).unwrap();
    let text = "feeds = \"f.opml\"\n[[feed]]\nurl = \"http://a.example/\"\n[[feed]]\nurl = \"http://a.exmaple/\"\n";
    let read = settings(Some(path("k.toml")), text).unwrap();
    let notes: Vec<String> = read.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("f.opml:3: `http://a.example/` is already in line 2"), "{notes:?}");
    assert!(notes[1].contains("k.toml:5: the feed list has no feed http://a.exmaple/"), "{notes:?}");
    let titles: Vec<&str> = read.feeds.iter().map(|feed| feed.title.as_str()).collect();
    assert_eq!(titles, ["A"]);
    for (concurrency, is_much) in [(64, false), (65, true)] {
        let text = format!("[poller]\nconcurrency = {concurrency}\n");
        let notes: Vec<String> = settings(None, &text).unwrap().notes.iter().map(ToString::to_string).collect();
        assert_eq!(notes.iter().any(|note| note.contains(":2: with `poller.concurrency` = 65")), is_much, "{notes:?}");
    }
}

/// Reads a configuration with a secret in a file beside it.
fn with_secret(text: &str, secret: &str) -> (tempfile::TempDir, Result<super::Config, super::ConfigError>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret"), secret).unwrap();
    let read = config(Some(folder.path().join("k.toml")), text);
    (folder, read)
}

#[test]
fn recipients_and_alerts_are_read_and_their_secrets_never_shown() {
    let text = "[[recipient]]\nname = \"desk\"\nissues = [\"day\", \"week\"]\ntransport = \"smtp\"\nserver = \"mail.example.org\"\n\
        user = \"kazbek\"\npassword_file = \"secret\"\nfrom = \"kazbek@example.org\"\nto = \"Desk <desk@example.org>\"\n\
        [[recipient]]\nname = \"hook\"\nissues = [\"none\"]\ntransport = \"webhook\"\nurl = \"https://hook.example/x\"\nsecret_file = \"secret\"\n\
        [[alert]]\nname = \"war\"\nto = [\"desk\", \"hook\"]\ntags = [\"topic:conflict\"]\npair = \"russia-north-ossetia\"\n\
        min_score = 0.5\nquiet = \"22:00-07:00\"\n";
    let (_folder, read) = with_secret(text, "hunter2\n");
    let read = read.unwrap();
    assert_eq!(read.recipients.len(), 2);
    let rule = &read.alerts[0];
    assert_eq!((rule.to.len(), rule.pair.as_deref(), rule.cooldown_minutes), (2, Some("russia-north-ossetia"), 60));
    assert!(!format!("{:?}", read.recipients).contains("hunter2"));
    // The umask decides who can read the test's file.
    let notes: Vec<String> = read.notes.iter().map(ToString::to_string).collect();
    assert!(notes.iter().all(|note| note.contains("chmod 600") && !note.contains("hunter2")), "{notes:?}");
}

#[test]
fn a_chat_to_which_no_bot_can_write_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str, token: &str| {
        std::fs::write(folder.path().join("secret"), token).unwrap();
        settings(Some(folder.path().join("k.toml")), text).err().map(|error| error.to_string())
    };
    let check = |chat: &str, token: &str, expected: Option<&str>| {
        let text = "[[recipient]]\nname = \"a\"\ntransport = \"telegram\"\ntoken_file = \"secret\"\n";
        let error = read(&format!("{text}chat = \"{chat}\"\n"), token);
        assert_eq!(error.is_some(), expected.is_some(), "{chat}: {error:?}");
        assert!(error.unwrap_or_default().contains(expected.unwrap_or_default()), "{chat}");
    };
    let token = "123456:A-b_c";
    for good in ["@watch", "@desk", "@Kazbek_2026", "-1001234567890", "77"] {
        check(good, token, None);
    }
    let neither = Some("neither the name of a channel");
    let long = format!("@{}", "k".repeat(33));
    for bad in ["@", "@ab", "@новости", "@1news", "@news_", "@a__b", "@a b c", &long, "watch", "0", "+77", "t.me/watch"]
    {
        check(bad, token, neither);
    }
    check("123456", token, Some("the number of the bot itself"));
    for bad in ["bot123456:x", "123456:", "123456", "123456:x y", "123456:x/y"] {
        check("@watch", bad, Some("does not contain the token of a bot"));
    }
    let private = read(
        "[[recipient]]\nname = \"a\"\ntransport = \"telegram\"\ntoken_file = \"secret\"\nchat = \"@watch\"\n\
         url = \"http://localhost:8081\"\n",
        token,
    );
    assert!(private.is_some_and(|error| error.contains("set `allow_private_addresses = true`")));
}

#[test]
fn faults_of_recipients_and_alerts_are_named_with_their_line() {
    let check = |text: &str, expected: &[&str]| {
        let (_folder, read) = with_secret(text, "hunter2\nmore\n");
        let error = read.unwrap_err().to_string();
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), expected.len(), "{error}");
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.contains(expected) && !line.contains("hunter2"), "`{line}` should contain `{expected}`");
        }
    };
    let smtp = "[[recipient]]\nname = \"a\"\ntransport = \"smtp\"\nserver = \"m.example\"\nfrom = \"a@b.example\"\nto = \"c@d.example\"\n";
    check(
        &format!("{smtp}user = \"x\"\npassword_file = \"none\"\n"),
        &["k.toml:8: `recipient.password_file`: the secret "],
    );
    check(&format!("{smtp}user = \"x\"\npassword_file = \"secret\"\n"), &["must be one line"]);
    check(&format!("{smtp}user = \"x\"\n"), &["need each other"]);
    check(&format!("{smtp}tls = \"some\"\n"), &["k.toml:7: `recipient.tls`: `some` is not one of"]);
    check(&format!("{smtp}{smtp}"), &["there is a `a` already"]);
    // A fault of a recipient hides no other fault, and is not repeated for the rules that name the recipient.
    let faulty = smtp.replace("smtp", "pigeon");
    let rule = "[[alert]]\nname = \"r\"\nto = [\"a\"]\ntags = [\"place:armenia\"]\n";
    check(&format!("{faulty}{smtp}{rule}"), &["`pigeon` is not one of", "there is a `a` already"]);
    check(&smtp.replace("c@d.example", "c@d.example\\nBcc: all@example.org"), &["k.toml:6: `recipient.to`"]);
    check(&smtp.replace("\"a\"", "\"a\\nb\""), &["k.toml:2: `recipient.name`"]);
    check("[[recipient]]\ntransport = \"file\"\nfolder = \"x\"\n", &["k.toml:2: `recipient.name` is missing"]);
    check("[[recipient]]\nname = \"a\"\ntransport = \"pigeon\"\n", &["`pigeon` is not one of file"]);
    check(
        "[[recipient]]\nname = \"a\"\ntransport = \"file\"\nfolder = \"x\"\nserver = \"y\"\n",
        &["k.toml:5: unknown key `recipient.server`"],
    );
    check(
        "[[recipient]]\nname = \"a\"\ntransport = \"slack\"\nurl = \"ftp://x.example\"\n",
        &["k.toml:4: `recipient.url`: `ftp:"],
    );
    let file = "[[recipient]]\nname = \"a\"\ntransport = \"file\"\nfolder = \"x\"\n[[alert]]\nname = \"r\"\n";
    check(&format!("{file}to = [\"b\"]\n"), &["k.toml:7: `alert.to`: there is no [[recipient]] named `b`"]);
    check(file, &["k.toml:6: `alert.to` must name a recipient"]);
    check(
        &format!("{file}to = [\"a\"]\ntags = [\"place:atlantis\"]\n"),
        &["k.toml:6: `alert.tags`: the lexicon gives no tag"],
    );
    check(&format!("{file}to = [\"a\"]\npair = \"russia-atlantis\"\n"), &["k.toml:6: `alert.pair`"]);
    check(
        &format!("{file}to = [\"a\"]\nmin_score = 2\n"),
        &["k.toml:8: `alert.min_score` must be a number from 0 to 1"],
    );
    check(
        &format!("{file}to = [\"a\"]\nquiet = \"all day\"\n"),
        &["k.toml:8: `alert.quiet`: `all day` is not a time range"],
    );
    check(
        "[digest]\nweekly_at = \"0 6 * * 9\"\n",
        &["k.toml:2: `digest.weekly_at`: `9` is not a valid day of the week"],
    );
}
