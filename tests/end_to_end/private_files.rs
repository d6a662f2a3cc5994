//! Files of the data directory are for their owner alone, and nothing is written through a symbolic link.

use std::io::Write;
use std::os::unix::fs::symlink;

use crate::support::kazbek::Kazbek;
use crate::support::modes::modes;
use crate::support::site::{Site, rss};

fn polled() -> Kazbek {
    let site = Site::start();
    site.put("/f.xml", "application/rss+xml", rss(&[("Armenia", "/1", "Mon, 05 Jan 2026 08:00:00 GMT")]));
    let kazbek = Kazbek::polling(&[site.url("/f.xml")]);
    kazbek.ok(&["poll"]);
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
