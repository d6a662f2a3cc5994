//! What kazbek refuses before it costs memory or a delivery.

use crate::support::kazbek::Kazbek;

#[test]
fn check_finds_a_folder_of_a_recipient_that_cannot_be_written() {
    let config = |folder: &str| {
        format!(
            "feeds = \"feeds.opml\"\n[[recipient]]\nname = \"desk\"\ntransport = \"file\"\nfolder = \"{folder}\"\n\
             formats = [\"html\"]\n"
        )
    };
    // Nobody can write there, whatever the sandbox.
    let kazbek = Kazbek::with_config(&config("/proc/kazbek/out"));
    kazbek.list(&[]);
    let ended = kazbek.run(&["check"]);
    assert_eq!(ended.code, 78, "{}", ended.stderr);
    for words in ["recipient `desk`", "/proc/kazbek/out cannot be written", "ReadWritePaths=/proc/kazbek/out"] {
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    kazbek.write("kazbek.toml", &config("out/of/three"));
    kazbek.ok(&["check"]);
    assert!(!kazbek.path("out").exists() && !kazbek.path(".kazbek-check").exists(), "no file is left");
}

#[test]
fn a_trend_report_over_all_years_begins_with_the_first_item_and_has_a_limit() {
    let kazbek = Kazbek::polling(&[]);
    let line = |year: i32| {
        serde_json::json!({
            "url": format!("https://news.example/{year}"), "title": format!("Armenia and Russia talk in {year}"),
            "published": format!("{year}-03-05T08:00:00Z"), "outlet": "News",
        })
        .to_string()
    };
    kazbek.write("history.jsonl", &[line(2001), line(2025)].join("\n"));
    kazbek.ok(&["import", "history.jsonl"]);
    for format in [&["--format", "json"][..], &["--by", "month", "--format", "json"]] {
        let all = [&["trends", "--since", "0001-01-01", "--until", "2026-01-01"], format].concat();
        let ended = kazbek.run(&all);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(ended.stderr.contains("note: the report begins on 2001-03-05"), "{}", ended.stderr);
    }
    let ended = kazbek.run(&["trends", "--since", "0001-01-01", "--until", "2201-01-01"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("the limit is 36525; give a shorter time"), "{}", ended.stderr);
}
