//! The configuration file, its faults, and the one that is shipped.

use super::read::{config, settings};

/// The shipped file with every key switched on.
fn shipped_with_all_keys() -> String {
    let text = include_str!("../../config/kazbek.toml");
    let keys = text.lines().map(|line| match line.strip_prefix("# ") {
        Some(key) if key.contains(" = ") && key.starts_with(|first: char| first.is_lowercase()) => key,
        _ => line,
    });
    // The two paths name what is built in.
    keys.filter(|line| !line.starts_with("feeds =") && !line.starts_with("lexicon =")).collect::<Vec<_>>().join("\n")
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
    assert_eq!(shipped.log, built_in.log);
    assert_eq!(shipped.time_zone, built_in.time_zone);
    // A key that the code knows and the file does not name would be listed here as known.
    for section in ["", "[poller]\n", "[ingest]\n", "[store]\n", "[digest]\n", "[log]\n"] {
        let error = config(None, &format!("{section}no_such_key = 1\n")).unwrap_err().to_string();
        let (_, known) = error.split_once("known are: ").unwrap();
        for key in known.trim().split(", ").filter(|key| {
            !["poller", "ingest", "store", "digest", "log", "feeds", "lexicon", "feed", "out_feed"].contains(key)
        }) {
            assert!(text.contains(&format!("{key} = ")), "config/kazbek.toml does not name `{key}`");
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
    check("time_zone = \"Mars/Olympus\"\n", &["k.toml:1: `time_zone`: `Mars/Olympus` is no time zone"]);
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
            "k.toml:2: `out_feed.name`: `items` is the name of a feed that is built in",
            "k.toml:4: `out_feed.scope`",
            "k.toml:5: `out_feed.search`: a saved search needs a word",
            "k.toml:4: `out_feed.name` must be there",
        ],
    );
    check("poller = 3\n", &["k.toml:1: `poller` must be a table"]);
    check(
        "[poller]\nmax_interval_secs = 600\nmin_interval_secs = 900\n",
        &["k.toml:3: `poller.min_interval_secs` is greater than"],
    );
    check("[digest]\nformats = []\n", &["k.toml:2: `digest.formats` must be an array of at least one string"]);
    check("[poller]\nproxy = \"gopher://p.example\"\n", &["k.toml:2: `poller.proxy`: no address of a proxy"]);
}

#[test]
fn what_is_most_likely_not_meant_is_noted() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let opml = "<opml><body>\n<outline text='A' xmlUrl='http://a.example/'/>\n<outline text='B' xmlUrl='http://a.example/'/></body></opml>";
    std::fs::write(path("f.opml"), opml).unwrap();
    let text = "feeds = \"f.opml\"\n[[feed]]\nurl = \"http://a.example/\"\n[[feed]]\nurl = \"http://a.exmaple/\"\n";
    let read = settings(Some(path("k.toml")), text).unwrap();
    let notes: Vec<String> = read.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("f.opml:3: `http://a.example/` stands in line 2 already"), "{notes:?}");
    assert!(notes[1].contains("k.toml:5: the feed list has no feed http://a.exmaple/"), "{notes:?}");
    let titles: Vec<&str> = read.feeds.iter().map(|feed| feed.title.as_str()).collect();
    assert_eq!(titles, ["A"]);
}
