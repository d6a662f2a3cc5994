//! `kazbek reclassify` with another lexicon: in one run, and interrupted and continued.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::support::kazbek::Kazbek;
use crate::support::lexicon::ENGLISH;

const SCOPE: &str = "[scope.caucasus]\nplaces = [\"vale\"]\n";

fn place(id: &str, name: &str) -> String {
    format!("[[entity]]\nid = \"{id}\"\nkind = \"place\"\nlabel = \"{name}\"\nnames.en = [\"{name}\"]\n")
}

/// An installation with a history that was tagged under a lexicon of one place, and now has one that knows a second by
/// another name.
fn with_history(items: usize) -> Kazbek {
    let kazbek = Kazbek::with_config("lexicon = \"words\"\n");
    std::fs::create_dir(kazbek.path("words")).expect("a folder is made");
    kazbek.write("words/a.toml", &format!("{ENGLISH}{SCOPE}{}", place("vale", "Valeborough")));
    let mut history = String::new();
    for number in 0..items {
        let name = ["Valeborough", "Hillchester", "Nowhere"][number % 3];
        let (day, hour) = (number / 24 % 28 + 1, number % 24);
        writeln!(
            history,
            "{{\"url\":\"https://news.example/{number}\",\"title\":\"{name} council votes on item q{number}x of budget z{}y\",\
             \"summary\":\"\",\"published\":\"2026-01-{day:02}T{hour:02}:00:00Z\",\"outlet\":\"Gazette\",\"language\":\"en\"}}",
            number * 7919
        )
        .expect("a line is written");
    }
    let history = kazbek.write("history.jsonl", &history);
    kazbek.ok(&["import", &history.display().to_string()]);
    kazbek.write(
        "words/a.toml",
        &format!("{ENGLISH}{SCOPE}{}{}", place("vale", "Valeborough"), place("hill", "Hillchester")),
    );
    kazbek
}

/// Everything of the items that a reader can see, tags included.
fn history(kazbek: &Kazbek) -> String {
    kazbek.ok(&["export", "--format", "jsonl"])
}

#[test]
fn the_history_is_tagged_as_if_it_came_today() {
    let kazbek = with_history(300);
    assert!(!history(&kazbek).contains("place:hill"));
    assert!(kazbek.ok(&["reclassify"]).starts_with("300 items tagged again"));
    let after = history(&kazbek);
    assert_eq!(after.matches("place:hill").count(), 100);
    assert_eq!(after.matches("place:vale").count(), 100);
    kazbek.ok(&["reclassify"]);
    assert_eq!(history(&kazbek), after, "a second run changes nothing");
    assert_eq!(kazbek.ok(&["db", "check"]), "ok: no damage found\n");
}

/// A second installation with the same history.
fn copy_of(kazbek: &Kazbek) -> Kazbek {
    let copy = Kazbek::with_config("lexicon = \"words\"\n");
    for dir in ["words", "data"] {
        std::fs::create_dir(copy.path(dir)).expect("a folder is made");
    }
    std::fs::copy(kazbek.path("words/a.toml"), copy.path("words/a.toml")).expect("the lexicon is copied");
    kazbek.ok(&["db", "backup", &copy.path("data/kazbek.db").display().to_string()]);
    copy
}

/// Kills a run once its first batches are in the database, and gives how many items the next run still read.
fn interrupted(kazbek: &Kazbek) -> u64 {
    let mut run = kazbek.start(&["reclassify"]);
    let database = kazbek.path("data").join("kazbek.db");
    let begun = Instant::now();
    let is_begun = || {
        let db = rusqlite::Connection::open_with_flags(&database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY);
        let mark = db.and_then(|db| {
            db.query_row("SELECT value FROM meta WHERE key = 'reclassify'", [], |row| row.get::<_, String>(0))
        });
        mark.is_ok_and(|mark| !mark.is_empty())
    };
    while !is_begun() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the run writes its first batch");
        assert!(run.try_wait().expect("its state is known").is_none(), "the run ended before it could be interrupted");
        std::thread::yield_now();
    }
    run.kill().expect("the run is killed");
    run.wait().expect("the run has ended");
    let told = kazbek.ok(&["reclassify"]);
    told.split(' ').next().and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{told}"))
}

#[test]
fn a_killed_run_goes_on_and_ends_as_one_that_was_not() {
    let whole = with_history(12_000);
    let broken = copy_of(&whole);
    assert!(whole.ok(&["reclassify"]).starts_with("12000 items tagged again"));
    let rest = interrupted(&broken);
    assert!(rest < 12_000, "the second run began anew: {rest}");
    assert!(rest > 0, "the run was over before it was killed");
    let (whole, after) = (history(&whole), history(&broken));
    let differs = whole.lines().zip(after.lines()).find(|(one, other)| one != other);
    assert_eq!((whole.lines().count(), differs), (after.lines().count(), None));
    assert_eq!(after.matches("place:hill").count(), 4_000);
    assert_eq!(broken.ok(&["db", "check"]), "ok: no damage found\n");
}

#[test]
fn a_run_under_another_lexicon_reads_everything_again() {
    let kazbek = with_history(300);
    kazbek.ok(&["reclassify"]);
    kazbek.write("words/a.toml", &format!("{ENGLISH}{SCOPE}{}", place("vale", "Hillchester")));
    assert!(kazbek.ok(&["reclassify"]).starts_with("300 items tagged again"));
    let after = history(&kazbek);
    assert_eq!((after.matches("place:vale").count(), after.matches("place:hill").count()), (100, 0));
}
