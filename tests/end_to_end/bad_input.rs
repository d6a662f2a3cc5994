//! Faults of a user: one clear line on stderr, the right exit code, nothing half-written.

use crate::support::kazbek::Kazbek;
use crate::support::site::Site;

/// Runs a command that must fail with `code` and say each of `words`, in lines of its own and without a backtrace.
fn check(kazbek: &Kazbek, arguments: &[&str], code: i32, words: &[&str]) {
    let ended = kazbek.run(arguments);
    assert_eq!(ended.code, code, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
    assert!(!ended.stderr.contains("panicked") && !ended.stderr.contains("backtrace"), "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{arguments:?} should say `{word}`: {}", ended.stderr);
    }
    let lines = ended.stderr.lines().count();
    assert!(lines <= words.len().max(1), "{arguments:?}: {lines} lines: {}", ended.stderr);
}

#[test]
fn a_wrong_configuration_ends_with_78_and_touches_nothing() {
    for (config, word) in [
        ("[poller]\ntimeout_seconds = 3\n", "kazbek.toml:2: unknown key `poller.timeout_seconds`"),
        ("feeds = \"none.opml\"\n", "none.opml: the feed list cannot be read"),
        ("[poller\n", "kazbek.toml:1: "),
        ("[digest]\ndaily_at = \"noon\"\n", "kazbek.toml:2: `digest.daily_at`: `noon` is neither a time of day"),
    ] {
        let kazbek = Kazbek::with_config(config);
        for command in [&["check"][..], &["poll"], &["run"], &["digest"]] {
            check(&kazbek, command, 78, &[word]);
        }
        assert!(!kazbek.path("data").exists(), "{config}");
    }
    let kazbek = Kazbek::with_config("feeds = \"list.opml\"\n");
    kazbek.write("list.opml", "this is no XML\n");
    check(&kazbek, &["check"], 78, &["list.opml"]);
    std::fs::remove_file(kazbek.path("kazbek.toml")).unwrap();
    check(&kazbek, &["check"], 78, &["cannot be read"]);
}

#[test]
fn a_broken_lexicon_is_refused_with_file_and_line() {
    let kazbek = Kazbek::with_config("lexicon = \"lexicon\"\n");
    std::fs::create_dir(kazbek.path("lexicon")).unwrap();
    kazbek.write("lexicon/mine.toml", "[[entity]]\nid = \"x\"\nkind = \"planet\"\n");
    let ended = kazbek.run(&["check"]);
    assert_eq!(ended.code, 78, "{}", ended.stderr);
    assert!(ended.stderr.contains("mine.toml:"), "{}", ended.stderr);
}

#[test]
fn a_database_that_is_none_of_ours_is_refused_and_left_as_it_is() {
    let make = |bytes: &[u8]| {
        let kazbek = Kazbek::polling(&[]);
        std::fs::create_dir(kazbek.path("data")).unwrap();
        std::fs::write(kazbek.path("data/kazbek.db"), bytes).unwrap();
        kazbek
    };
    let nonsense = b"this is no database, and long enough to be read as one: ".repeat(100);
    let kazbek = make(&nonsense);
    for command in [&["poll"][..], &["db", "stats"], &["search", "x"], &["run"]] {
        check(&kazbek, command, 65, &["kazbek.db: the file is damaged or not a database"]);
    }
    assert!(std::fs::read(kazbek.path("data/kazbek.db")).unwrap() == nonsense, "the file was changed");

    // A file that was written by a newer program: version 99 in the header, big-endian, at byte 60.
    let kazbek = Kazbek::polling(&[]);
    kazbek.poll();
    let path = kazbek.path("data/kazbek.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&path, &bytes).unwrap();
    for command in [&["poll"][..], &["db", "stats"], &["digest"]] {
        check(&kazbek, command, 65, &["schema version 99"]);
    }
    assert!(std::fs::read(&path).unwrap() == bytes, "the file was changed");
}

#[test]
fn a_missing_database_and_a_missing_item_are_told() {
    let kazbek = Kazbek::with_config("");
    for command in [&["db", "stats"][..], &["search", "x"], &["digest"], &["trends"], &["export"]] {
        check(&kazbek, command, 1, &["there is no database yet"]);
    }
    assert!(!kazbek.path("data").exists());
}

#[test]
fn a_number_or_a_day_out_of_range_is_wrong_usage() {
    let kazbek = Kazbek::with_config("");
    kazbek.ok(&["import", "/dev/null"]);
    for arguments in [
        &["search", "x", "--limit", "0"][..],
        &["search", "x", "--limit", "18446744073709551615"],
        &["search", "x", "--limit", "99999999999999999999"],
        &["outbox", "list", "--limit", "0"],
        &["outbox", "list", "--limit", "1000001"],
        &["outbox", "retry", "99999999999999999999"],
        &["out-feed", "items", "--limit", "0"],
        &["explain", "99999999999999999999"],
        &["digest", "--date", "10000-01-01"],
        &["digest", "--date=-9999-01-01"],
        &["digest", "--date", "9999-12-31"],
        &["digest", "--period", "year", "--date", "9999-06-01"],
        &["trends", "--since", "9999-12-31"],
        &["export", "--until", "99999-01-01"],
    ] {
        let ended = kazbek.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        assert!(!ended.stderr.contains("panicked"), "{arguments:?}: {}", ended.stderr);
    }
}

#[test]
fn a_password_that_others_can_read_is_noticed() {
    use std::os::unix::fs::PermissionsExt;
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[[feed]]\nurl = \"https://a.example/\"\nuser = \"me\"\npassword_file = \"secret\"\n",
    );
    kazbek.list(&["https://a.example/".to_owned()]);
    let secret = kazbek.write("secret", "pa55word\n");
    for (mode, is_noticed) in [(0o644, true), (0o640, true), (0o600, false)] {
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).expect("the file is ours");
        let checked = kazbek.run(&["check"]);
        assert_eq!(checked.code, 0, "{}", checked.stderr);
        assert_eq!(checked.stderr.contains("chmod 600"), is_noticed, "{mode:o}: {}", checked.stderr);
    }
}

#[test]
fn what_is_no_feed_is_not_added() {
    let site = Site::start();
    site.put("/page", "text/html", "<!doctype html><html><body><p>Hello</p></body></html>");
    site.put("/picture", "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec());
    site.put(
        "/with",
        "text/html",
        format!(
            "<html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"{}\"></head></html>",
            site.url("/f.xml")
        ),
    );
    site.put(
        "/f.xml",
        "application/rss+xml",
        crate::support::site::rss(&[("One", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]),
    );
    let kazbek = Kazbek::polling(&[]);
    check(&kazbek, &["feeds", "add", &site.url("/page")], 65, &["web page, not a feed"]);
    check(&kazbek, &["feeds", "check", &site.url("/picture")], 65, &["neither XML nor JSON"]);
    check(&kazbek, &["feeds", "add", "ftp://example.org/x"], 65, &["not an http or https address"]);
    check(&kazbek, &["feeds", "add", "example.org/x"], 65, &["did you mean https://example.org/x?"]);
    check(&kazbek, &["feeds", "check", &site.url("/missing")], 1, &["not-found"]);
    assert!(!kazbek.path("data").exists(), "nothing was written");
    let added = kazbek.ok(&["feeds", "add", &site.url("/with")]);
    assert!(added.contains("/f.xml"), "{added}");
    assert!(kazbek.ok(&["feeds", "list"]).contains("News"), "the feed's own title");
    assert_eq!(kazbek.json(&["poll", "--json"])["items_new"], 1);
    // However it is written, a feed is polled once.
    let again = format!("{}#top", site.url("/f.xml").replace("http:", "HTTP:"));
    let again = kazbek.ok(&["feeds", "add", &again, "--unchecked"]);
    assert!(again.contains("already known: News"), "{again}");
    kazbek.ok(&["feeds", "add", &site.url("/f.xml"), "--bloc", "western"]);
    let listed: serde_json::Value = serde_json::from_str(&kazbek.ok(&["feeds", "list", "--json"])).unwrap();
    assert_eq!((listed["title"].as_str(), listed["bloc"].as_str()), (Some("News"), Some("western")));
    kazbek.ok(&["feeds", "disable", "News"]);
    assert_eq!(kazbek.json(&["poll", "--json"])["feeds"], 0);
    kazbek.ok(&["feeds", "enable", "News"]);
    assert_eq!(kazbek.json(&["poll", "--json"])["not_modified"], 1);
    kazbek.ok(&["feeds", "remove", &site.url("/f.xml")]);
    assert_eq!(kazbek.json(&["poll", "--json"])["feeds"], 0);
    check(&kazbek, &["feeds", "enable", "Nobody"], 1, &["no feed has the address or title `Nobody`"]);
}

#[test]
fn files_that_are_no_feed_and_no_list_end_with_65() {
    let kazbek = Kazbek::polling(&[]);
    let text = kazbek.write("notes.txt", "no feed at all");
    check(&kazbek, &["parse", text.to_str().unwrap()], 65, &["notes.txt: "]);
    check(&kazbek, &["feeds", "import", text.to_str().unwrap()], 65, &["notes.txt:1:"]);
    check(&kazbek, &["parse", "none.xml"], 1, &["none.xml: "]);
    check(&kazbek, &["import", "none.jsonl"], 1, &["none.jsonl"]);
    check(&kazbek, &["trends", "--since", "yesterday"], 1, &["there is no database yet"]);
    kazbek.poll();
    check(&kazbek, &["trends", "--since", "yesterday"], 2, &["--since: `yesterday` is neither a day"]);
    check(&kazbek, &["trends", "--by", "week", "--format", "html"], 2, &["--by prints counts as text or json"]);
    check(&kazbek, &["trends", "--pair", "russia"], 2, &["--pair: `russia` is not a pair"]);
    check(&kazbek, &["search", "\"\""], 2, &["invalid search query: it contains no word"]);
}

#[test]
fn of_a_list_with_faults_the_other_feeds_are_imported() {
    let kazbek = Kazbek::polling(&[]);
    let list = kazbek.write(
        "list.opml",
        "<opml><body>\n<outline text='A' xmlUrl='http://a.example/'/>\n<outline xmlUrl='exec:cat /etc/passwd'/>\n\
         <outline text='P' xmlUrl='http://me:secret@p.example/'/>\n<outline text='A' xmlUrl='http://a.example/'/></body></opml>",
    );
    let words =
        ["list.opml:3: `exec:cat /etc/passwd` is not an http", "list.opml:5: `http://a.example/` is already in line 2"];
    check(&kazbek, &["feeds", "import", list.to_str().unwrap()], 65, &words);
    let shown = kazbek.ok(&["feeds", "list"]);
    assert!(shown.contains("2 feeds: ") && shown.contains("me:***@p.example"), "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
    let exported = kazbek.ok(&["feeds", "export"]);
    assert!(exported.contains("http://p.example/") && !exported.contains("secret"), "{exported}");
}

#[test]
fn nobody_need_listen() {
    let closed = || {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        writer
    };
    let kazbek = Kazbek::with_config("nonsense = 1\n");
    let status = kazbek.command(&["check"]).stderr(closed()).status().expect("kazbek ends");
    assert_eq!(status.code(), Some(78));
    let kazbek = Kazbek::polling(&["http://127.0.0.1:1/".to_owned()]);
    let status = kazbek.command(&["poll"]).stderr(closed()).stdout(closed()).status().expect("kazbek ends");
    assert_eq!(status.code(), Some(0));
    let status = kazbek.command(&["feeds", "list", "--json"]).stdout(closed()).status().expect("kazbek ends");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn an_empty_variable_is_as_good_as_none() {
    let kazbek = Kazbek::polling(&[]);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kazbek"));
    command.env_clear().env("HOME", kazbek.path("")).current_dir(kazbek.path("")).arg("check");
    for name in ["KAZBEK_CONFIG", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "STATE_DIRECTORY"] {
        command.env(name, "");
    }
    let ended = crate::support::kazbek::ended(command.output().expect("kazbek starts"));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("built-in configuration"), "{}", ended.stdout);
    command.env("KAZBEK_CONFIG", kazbek.path("kazbek.toml"));
    let ended = crate::support::kazbek::ended(command.output().expect("kazbek starts"));
    assert!(ended.stdout.contains("kazbek.toml, 0 feeds"), "{}", ended.stdout);
}

#[test]
fn private_addresses_are_refused_by_default() {
    let site = Site::start();
    site.put(
        "/f.xml",
        "application/rss+xml",
        crate::support::site::rss(&[("One", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]),
    );
    let kazbek = Kazbek::polling(&[site.url("/f.xml"), site.url("/f.xml").replace("127.0.0.1", "localhost")]);
    kazbek.write("kazbek.toml", "feeds = \"feeds.opml\"\n");
    let polled = kazbek.run(&["poll", "--json"]);
    assert_eq!(polled.code, 1, "{}", polled.stderr);
    let summary: serde_json::Value = serde_json::from_str(&polled.stdout).unwrap();
    assert_eq!((summary["failed"].as_i64(), summary["fetched"].as_i64()), (Some(2), Some(0)));
    let list = kazbek.ok(&["feeds", "list"]);
    assert_eq!(list.matches("refused").count(), 2, "{list}");
    assert!(site.requests().is_empty());
}

#[test]
fn words_that_mean_nothing_are_found_and_what_was_meant_is_said() {
    let kazbek = Kazbek::polling(&["https://a.example/f".to_owned()]);
    kazbek.write("in.jsonl", r#"{"title": "Baku and Moscow talk", "outlet": "Daily News"}"#);
    kazbek.ok(&["import", "in.jsonl"]);
    for (arguments, said) in [
        (&["search", "talk", "--tag", "abkhazia"][..], "did you mean place:abkhazia?"),
        (&["search", "talk", "--tag", "place:azerbaijann"], "did you mean place:azerbaijan?"),
        (&["search", "talk", "--outlet", "daily news"], "did you mean Daily News?"),
        (
            &["export", "--tag", "place:atlantis-under-the-sea"],
            "the lexicon gives no tag `place:atlantis-under-the-sea`",
        ),
        (&["trends", "--tag", "armenia"], "did you mean place:armenia?"),
        (&["trends", "--pair", "rusia-armenia"], "did you mean russia-armenia?"),
        (&["out-feed", "--tag", "georgia"], "did you mean place:georgia?"),
        (&["out-feed", "--scope", "caucasu"], "did you mean caucasus?"),
        (&["--log-level", "inof", "search", "talk"], "did you mean info?"),
        (&["digest", "--date", "2999-01-01"], "the day 2999-01-01 is in the future"),
        (&["digest", "--date", "2999-01-01", "--period", "year"], "the year 2999 is in the future"),
        (&["trends", "--since", "2999-01-01", "--until", "2999-02-01"], "is in the future"),
        // What was not given is not what is wrong.
        (&["trends", "--until", "2999-01-01"], "kazbek: --until 2999-01-01 is too far in the future"),
        (&["trends", "--until", "2999-01-01", "--by", "day"], "kazbek: --until 2999-01-01 is too far in the future"),
        (&["search", "treaty", "--since", "2999-01-01"], "--since 2999-01-01 is in the future"),
        (&["export", "--since", "2999-01-01"], "--since 2999-01-01 is in the future"),
        (&["search", "talk", "--since", "2026-02-01", "--until", "2026-01-01"], "is not before --until"),
    ] {
        check(&kazbek, arguments, 2, &[said]);
    }
    kazbek.ok(&["search", "talk", "--tag", "place:abkhazia", "--outlet", "Daily News"]);
    for (config, said) in [
        ("[log]\nlevel = \"debg\"\n", "did you mean debug?"),
        (
            "[[out_feed]]\nname = \"a\"\ntags = [\"armenia\"]\n",
            "`out_feed.tags`: the lexicon gives no tag `armenia`; did you mean",
        ),
        ("[[out_feed]]\nname = \"a\"\nscope = \"caucasus-rusia\"\n", "did you mean caucasus-russia?"),
        (
            "[[recipient]]\nname = \"r\"\ntransport = \"file\"\nfolder = \"o\"\n[[alert]]\nname = \"a\"\nto = [\"r\"]\ntags = [\"place:abhazia\"]\n",
            "`alert.tags`: the lexicon gives no tag `place:abhazia`; did you mean place:abkhazia?",
        ),
    ] {
        let kazbek = Kazbek::with_config(config);
        check(&kazbek, &["check"], 78, &[said]);
    }
}

#[test]
fn a_round_that_reaches_no_feed_fails() {
    let site = Site::start();
    site.put(
        "/f.xml",
        "application/rss+xml",
        crate::support::site::rss(&[("One", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]),
    );
    let kazbek = Kazbek::polling(&[site.url("/gone.xml")]);
    let ended = kazbek.run(&["poll"]);
    assert_eq!(ended.code, 1, "{}", ended.stdout);
    assert!(ended.stdout.contains("1 failed") && ended.stderr.contains("no feed could be read"), "{}", ended.stderr);
    kazbek.list(&[site.url("/gone.xml"), site.url("/f.xml")]);
    kazbek.poll();
}

#[test]
fn a_backup_does_not_replace_a_file_and_says_what_to_do() {
    let kazbek = Kazbek::polling(&[]);
    kazbek.poll();
    let there = kazbek.write("there.db", "precious");
    check(
        &kazbek,
        &["db", "backup", "there.db"],
        1,
        &["there.db already exists and is left as it is; give another name"],
    );
    assert_eq!(std::fs::read_to_string(there).unwrap(), "precious");
    check(&kazbek, &["db", "backup", "data"], 1, &["name a file in it, such as data/kazbek-backup.db"]);
}
