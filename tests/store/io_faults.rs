//! Writes and syncs that fail at random during polls: the database stays sound, and what was committed stays.
//!
//! The polls run in a child, this program again, with a library loaded before all others (`io_faults.c`). A few hundred
//! faults by default; `KAZBEK_IO_FAULTS=10000` for more, in a new store for each few hundred, since a store that grows
//! makes each poll slower.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kazbek::api::app::clock::Clock;
use kazbek::api::app::network::Internet;
use kazbek::api::app::poll_once::poll_once;
use kazbek::api::app::trusted_clock::TrustedClock;
use kazbek::api::config::Config;
use kazbek::api::ingest::Writer;
use kazbek::api::store::Store;

use super::crash_safety::page;
use crate::support::kazbek::Kazbek;
use crate::support::preloaded::faulty_disk;
use crate::support::site::Site;

const RSS: &str = "application/rss+xml";
const FEEDS: u64 = 8;
const ITEMS: u64 = 20;

/// The variable by which the child knows its installation.
const CHILD: &str = "KAZBEK_IO_FAULTS_CHILD";

/// Of 10,000 calls so many fail.
const RATE: &str = "300";

/// The faults of one store.
const FAULTS_A_STORE: u64 = 300;

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |number| number.parse().expect("a number"))
}

#[test]
fn writes_that_fail_at_random_damage_nothing_and_lose_nothing() {
    let first_seed = number("KAZBEK_FAULT_SEED", 7);
    for store in 0..number("KAZBEK_IO_FAULTS", FAULTS_A_STORE).div_ceil(FAULTS_A_STORE) {
        eprintln!("{}", one_store_under_faults(first_seed + store));
    }
}

/// Returns what the child reports.
fn one_store_under_faults(seed: u64) -> String {
    let kazbek = Kazbek::polling(&[]);
    let library = faulty_disk(kazbek.dir.path());
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--include-ignored", "io_faults::polls_under_faults"])
        .env(CHILD, kazbek.dir.path())
        .env("LD_PRELOAD", &library)
        .env("KAZBEK_FAULT_FOLDER", kazbek.path("data"))
        .env("KAZBEK_FAULT_RATE", RATE)
        .env("KAZBEK_FAULT_SEED", seed.to_string())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success() && said.contains("faults in"), "seed {seed}: {said}");
    let report = format!("seed {seed}: {}", said.lines().find(|line| line.contains("faults in")).unwrap_or_default());
    kazbek.is_sound("after random faults");
    let last: u64 = std::fs::read_to_string(kazbek.path("last")).unwrap().parse().unwrap();
    let found = kazbek.ok(&["export"]);
    let found: Vec<serde_json::Value> = found.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let addresses: HashSet<&str> = found.iter().map(|item| item["url"].as_str().unwrap()).collect();
    assert_eq!(addresses.len(), found.len(), "no item is there twice");
    for feed in 0..FEEDS {
        for number in last..last + ITEMS {
            let url = format!("https://news.example/{feed}/{number}");
            assert!(addresses.contains(url.as_str()), "{url} is missing");
        }
    }
    report
}

/// The child's part; without its variable it has nothing to do.
#[test]
fn polls_under_faults() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else { return };
    let data = folder.join("data");
    let (database, control) = (data.join("kazbek.db"), data.join("faults"));
    std::fs::create_dir_all(&data).unwrap();
    let site = Site::start();
    let outline = |feed: u64| format!("<outline xmlUrl=\"{}\"/>", site.url(&format!("/{feed}.xml")));
    let outlines: String = (0..FEEDS).map(outline).collect();
    std::fs::write(folder.join("feeds.opml"), format!("<opml><body>{outlines}</body></opml>")).unwrap();
    let config = Config::load(Some(&folder.join("kazbek.toml"))).unwrap();
    let (mut faults, mut rounds, mut failed) = (0, 0_u64, 0);
    let mut committed = HashSet::new();
    loop {
        // The first round is without faults, since without tables there is nothing to lose, and so is the last.
        let is_disturbed = rounds > 0 && faults < FAULTS_A_STORE;
        (0..FEEDS).for_each(|feed| site.put(&format!("/{feed}.xml"), RSS, page(feed, rounds, ITEMS)));
        if is_disturbed {
            std::fs::write(&control, b"").unwrap();
        }
        let polled = poll(&config, &database);
        failed += u64::from(polled.is_err());
        if is_disturbed {
            faults += std::fs::metadata(&control).unwrap().len();
            std::fs::remove_file(&control).unwrap();
        }
        let now = stored(&database);
        let lost: Vec<&String> = committed.difference(&now).take(3).collect();
        assert!(lost.is_empty(), "round {rounds}: {lost:?} were committed and are lost");
        committed = now;
        rounds += 1;
        if rounds > 1 && !is_disturbed {
            polled.unwrap();
            break;
        }
    }
    std::fs::write(folder.join("last"), (rounds - 1).to_string()).unwrap();
    println!("{faults} faults in {rounds} polls, of which {failed} failed; {} items", committed.len());
}

fn poll(config: &Config, database: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let clock = Clock::system();
    let mut store = Store::open(database)?;
    store.write(|writer| writer.sync_feeds(&config.feeds, clock.now()))?;
    let rows = store.feeds()?;
    let writer = Writer::open(store, config.engine(), clock.now())?;
    poll_once(config, &TrustedClock::accepted(&clock), &Internet, writer, rows, |_| {})?;
    Ok(())
}

/// The addresses of the items in the file, which must be sound.
fn stored(database: &Path) -> HashSet<String> {
    let connection = rusqlite::Connection::open(database).unwrap();
    let check: String = connection.query_row("PRAGMA quick_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    let mut statement = connection.prepare("SELECT url FROM items").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
