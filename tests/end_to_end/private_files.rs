//! Files of the data directory are for their owner alone, and nothing is written through a symbolic link.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::support::kazbek::Kazbek;
use crate::support::modes::modes;
use crate::support::site::{Site, rss};

fn polled() -> Kazbek {
    let site = Site::start();
    site.put("/f.xml", "application/rss+xml", rss(&[("Armenia", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]));
    let kazbek = Kazbek::polling(&[site.url("/f.xml")]);
    kazbek.poll();
    kazbek
}

#[test]
fn nobody_else_can_read_the_data_directory() {
    let kazbek = polled();
    let backup = kazbek.path("data/copy.db");
    kazbek.ok(&["db", "backup", backup.to_str().expect("UTF-8")]);
    let found = modes(&kazbek.path("data"));
    assert!(found.len() >= 4, "{found:?}");
    for (path, mode) in found {
        assert_eq!(mode, if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
    // The log and the shared memory exist only while the database is open.
    let kazbek = Kazbek::with_config("");
    let mut writer = kazbek.command(&["import", "-"]);
    let mut child = writer.stdin(std::process::Stdio::piped()).spawn().expect("kazbek starts");
    // It opens the store after the first bytes of the input.
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(b"\n\n\n\n").expect("it reads");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !kazbek.path("data/kazbek.db-wal").exists() && std::time::Instant::now() < until {
        std::thread::yield_now();
    }
    let found = modes(&kazbek.path("data"));
    assert!(found.iter().any(|(path, _)| path.ends_with("kazbek.db-wal")), "{found:?}");
    assert!(found.iter().all(|(_, mode)| mode & 0o077 == 0), "{found:?}");
    drop(input);
    child.wait().expect("it ends");
}

#[test]
fn no_command_writes_through_a_link() {
    let kazbek = polled();
    let precious = kazbek.write("precious", "precious");
    let data = |name: &str| kazbek.path("data").join(name);
    let backup = data("copy.db");
    symlink(&precious, data(".kazbek-check")).expect("a link");
    symlink(&precious, data("copy.db.partial")).expect("a link");
    kazbek.ok(&["check"]);
    kazbek.ok(&["db", "backup", backup.to_str().expect("UTF-8")]);
    assert!(backup.metadata().is_ok_and(|copy| copy.len() > 10_000));
    // Links to nowhere: SQLite would create what they lead to.
    let nowhere = kazbek.path("nowhere");
    symlink(&nowhere, data("other.db.partial")).expect("a link");
    kazbek.ok(&["db", "backup", data("other.db").to_str().expect("UTF-8")]);
    std::fs::remove_file(data("kazbek.lock")).expect("the lock is free");
    symlink(&nowhere, data("kazbek.lock")).expect("a link");
    let refused = kazbek.run(&["poll"]);
    assert!(refused.code == 1 && refused.stderr.contains("kazbek.lock"), "{}", refused.stderr);
    assert!(!nowhere.exists());
    assert_eq!(std::fs::read_to_string(&precious).expect("it is there"), "precious");
}

/// Kills a backup as soon as its file has so many bytes.
fn kill_backup(kazbek: &Kazbek, target: &Path, bytes: u64) -> PathBuf {
    let partial = PathBuf::from(format!("{}.partial", target.display()));
    // On a busy machine it may be over before it is killed.
    for _ in 0..10 {
        let mut child = kazbek.start(&["db", "backup", target.to_str().expect("UTF-8")]);
        let until = Instant::now() + Duration::from_secs(60);
        let is_begun = || partial.metadata().is_ok_and(|file| file.len() >= bytes);
        while !is_begun() && !target.exists() && Instant::now() < until {
            std::thread::yield_now();
        }
        child.kill().expect("it was not waited for");
        child.wait().expect("it ends");
        if !target.exists() {
            assert!(partial.exists(), "it was killed in the middle");
            return partial;
        }
        std::fs::remove_file(target).expect("it is there");
    }
    panic!("no backup was killed in time");
}

#[test]
fn killed_backups_are_removed_by_the_next_one_and_by_the_daemon_and_nothing_else_is() {
    let kazbek = polled();
    // So large that a backup takes a while.
    let database = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).expect("a database");
    database
        .execute_batch("CREATE TABLE filler (x BLOB); INSERT INTO filler VALUES (zeroblob(60000000))")
        .expect("it can be written");
    drop(database);
    let outside = kazbek.path("backups");
    std::fs::create_dir(&outside).expect("a folder");
    let killed = kill_backup(&kazbek, &outside.join("monday.db"), 1 << 20);
    // Others' files, by their name or their content, and a backup that is being made.
    let precious = kazbek.path("precious.db");
    std::fs::copy(&killed, &precious).expect("a copy");
    symlink(&precious, outside.join("link.db.partial")).expect("a link");
    std::fs::copy(&killed, outside.join("own-name.db")).expect("a copy");
    std::fs::write(outside.join("letter.partial"), "Dear editor, ".repeat(20)).expect("a file");
    rusqlite::Connection::open(outside.join("other.partial"))
        .and_then(|other| other.execute_batch("CREATE TABLE recipes (id)"))
        .expect("a database");
    let under_way = outside.join("under-way.db.partial");
    std::fs::copy(&killed, &under_way).expect("a copy");
    let writing = std::fs::File::open(&under_way).expect("it is there");
    writing.lock().expect("nobody else has it");
    let kept = ["letter.partial", "link.db.partial", "other.partial", "own-name.db", "under-way.db.partial"];

    // In its first milliseconds as well.
    for number in 0..10 {
        kill_backup(&kazbek, &outside.join(format!("early-{number}.db")), 0);
    }
    let taken = kazbek.run(&["db", "backup", outside.join("under-way.db").to_str().expect("UTF-8")]);
    assert!(taken.code == 1 && taken.stderr.contains("another kazbek is making"), "{} {}", taken.code, taken.stderr);

    kazbek.ok(&["db", "backup", outside.join("tuesday.db").to_str().expect("UTF-8")]);
    let mut names: Vec<String> = std::fs::read_dir(&outside)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, [&kept[..4], &["tuesday.db"], &kept[4..]].concat());
    assert!(precious.exists());

    let killed = kill_backup(&kazbek, &kazbek.path("data/copy.db"), 1 << 20);
    let mut daemon = kazbek.start(&["run"]);
    let until = Instant::now() + Duration::from_secs(30);
    while killed.exists() && Instant::now() < until {
        std::thread::yield_now();
    }
    daemon.kill().expect("it runs");
    daemon.wait().expect("it ends");
    assert!(!killed.exists());
}

/// Runs the daemon until its log has these words.
fn run_until_it_is_said(kazbek: &Kazbek, words: &str) {
    let log = std::fs::File::create(kazbek.path("log")).expect("a file");
    let mut daemon = kazbek.command(&["run"]).stderr(log).spawn().expect("kazbek starts");
    let until = Instant::now() + Duration::from_secs(60);
    while !std::fs::read_to_string(kazbek.path("log")).is_ok_and(|log| log.contains(words)) {
        assert!(Instant::now() < until, "`{words}` is not said");
        std::thread::yield_now();
    }
    daemon.kill().expect("it runs");
    daemon.wait().expect("it ends");
}

#[test]
fn folders_of_digests_and_feeds_are_no_links_but_a_folder_that_was_configured_may_be_one() {
    let kazbek = polled();
    let elsewhere = kazbek.path("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    std::fs::write(elsewhere.join("2026-01-04.html"), "of somebody else").expect("a file");
    symlink(&elsewhere, kazbek.path("data/digests")).expect("a link");
    run_until_it_is_said(&kazbek, "digests is a symbolic link");
    let checked = kazbek.run(&["check"]);
    assert!(checked.code == 78 && checked.stderr.contains("`public_folder`"), "{} {}", checked.code, checked.stderr);
    assert_eq!(std::fs::read_dir(&elsewhere).expect("a folder").count(), 1);

    symlink(&elsewhere, kazbek.path("public")).expect("a link");
    let config = std::fs::read_to_string(kazbek.path("kazbek.toml")).expect("it is there");
    kazbek.write("kazbek.toml", &format!("public_folder = \"public\"\n{config}"));
    run_until_it_is_said(&kazbek, "the digest of");
    assert!(elsewhere.join("digests").read_dir().is_ok_and(|mut found| found.next().is_some()));
    kazbek.ok(&["check"]);
}

/// Gives everyone the right to read what is in a folder.
#[test]
fn a_file_of_feeds_in_hand_that_cannot_be_used_is_named() {
    let site = Site::start();
    site.put("/f.xml", "application/rss+xml", rss(&[("Armenia", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]));
    let kazbek = Kazbek::polling(&[site.url("/f.xml")]);
    kazbek.poll();
    let path = kazbek.path("data/kazbek.in-hand");
    let check = |name: &str, put: &dyn Fn(&Path)| {
        std::fs::remove_file(&path).expect("it is there");
        put(&path);
        let ended = kazbek.run(&["poll"]);
        assert_eq!(ended.code, 0, "{name}: {}", ended.stderr);
        assert_eq!(ended.stderr.matches("kazbek.in-hand").count(), 1, "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains("quarantine"), "{name}: {}", ended.stderr);
        if path.is_dir() {
            std::fs::remove_dir(&path).expect("it is empty");
            std::fs::write(&path, "").expect("a file");
        }
    };
    let precious = kazbek.write("precious", "7");
    check("a link", &|path| symlink(&precious, path).expect("a link"));
    check("a folder", &|path| std::fs::create_dir(path).expect("a folder"));
    assert_eq!(std::fs::read_to_string(&precious).expect("a file"), "7");
    let ended = kazbek.run(&["poll"]);
    assert!(!ended.stderr.contains("kazbek.in-hand"), "{}", ended.stderr);
}

fn expose(folder: &Path) {
    for (path, mode) in modes(folder) {
        std::fs::set_permissions(path, Permissions::from_mode(mode | 0o055)).expect("the mode changes");
    }
}

#[test]
fn a_data_directory_that_others_can_read_is_noted_and_made_private() {
    let kazbek = polled();
    let data = kazbek.path("data");
    std::fs::create_dir(data.join("digests")).expect("a folder");
    std::fs::write(data.join("digests/2026-01-05.html"), "a digest").expect("a file");
    let is_private = || modes(&data).iter().all(|(_, mode)| mode & 0o077 == 0);
    expose(&data);
    let checked = kazbek.run(&["check"]);
    assert!(checked.code == 0 && checked.stderr.contains("others can read"), "{}", checked.stderr);
    run_until_it_is_said(&kazbek, "others could read");
    assert!(is_private());
    assert!(!kazbek.run(&["check"]).stderr.contains("others can read"));

    // A link leads elsewhere, and with somebody else's file in it the directory may be meant to be open.
    let precious = kazbek.write("precious", "precious");
    symlink(&precious, data.join("kazbek.link")).expect("a link");
    std::fs::write(data.join("recipes.txt"), "soup").expect("a file");
    expose(&data);
    expose(precious.parent().expect("a folder"));
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o077;
    run_until_it_is_said(&kazbek, "others could read");
    assert_eq!((mode(&data.join("kazbek.db")), mode(&data.join("digests"))), (0, 0));
    assert!([&precious, &data, &data.join("recipes.txt")].iter().all(|path| mode(path) != 0));
}
