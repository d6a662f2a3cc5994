//! A name service that hangs.

use std::time::{Duration, Instant};

use super::support::kazbek::Kazbek;
use super::support::preloaded::services;
use super::support::server::{Server, answer};
use super::support::site::rss;
use super::{MONDAY, RUN, Running};

/// More than the threads that tokio was once given for all blocking work, the closing of the store included.
const HUNG: usize = 60;

#[test]
fn names_that_hang_cost_no_other_feed_a_poll_and_delay_no_stop() {
    let server = Server::start();
    server.answer("/", answer("200 OK", "", rss(&[("Armenia and Russia talk", "/1", MONDAY)])));
    let kazbek = Kazbek::with_config(
        "feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\nconcurrency = 100\nconnect_timeout_secs = 60\n",
    );
    let good = server.url("/").replace("127.0.0.1", "good.example");
    let hung = (0..HUNG).map(|number| format!("http://hung.{number}.example/"));
    kazbek.list(&hung.chain([good.clone()]).collect::<Vec<_>>());
    let asked = kazbek.path("asked");
    let mut command = kazbek.command(RUN);
    let library = services(kazbek.dir.path());
    let mut daemon = Running::start(command.env("LD_PRELOAD", library).env("KAZBEK_HUNG_NAMES", &asked));
    daemon.wait_for(&["polled", &good, "ok"]);
    let until = Instant::now() + Duration::from_secs(30);
    while asked.metadata().map_or(0, |file| file.len()) < HUNG as u64 {
        assert!(Instant::now() < until, "look-ups wait for each other");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert_eq!(daemon.stop_in_time(), 0);
}
