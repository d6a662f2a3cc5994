//! Which feeds are being read or stored at this moment, kept in a file, so that the next start knows what was in hand
//! when the process died.
//!
//! The file is not part of the database, because a mark must be there before a transaction begins and must not wait for
//! the writer. It survives the end of the process however it comes; after a power failure it may be out of date, which
//! costs a feed a few minutes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::files::{self, Access};

/// The file's name in the folder of the store.
const FILE_NAME: &str = "kazbek.in-hand";

/// The size of the file, which never changes: a full disk must not keep a mark from being made.
const FILE_BYTES: usize = 1 << 10;

/// The feeds in hand, in memory and in the file.
#[derive(Debug)]
pub(crate) struct InHand {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// None if the file cannot be created; then nothing is known after a crash.
    file: Option<File>,
    feeds: Vec<i64>,
}

/// A feed in hand, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    in_hand: Arc<InHand>,
    feed_id: i64,
}

impl InHand {
    /// Opens the file in a folder. Also returns the feeds that a process which died left in it.
    pub(super) fn open(folder: &Path) -> (Arc<InHand>, Vec<i64>) {
        let path = folder.join(FILE_NAME);
        let file = files::open_or_create(&path, Access::Private);
        if let Err(error) = &file {
            tracing::warn!(
                "{}: {error}; until kazbek is restarted, no feed is put in quarantine that was in hand when kazbek died",
                path.display()
            );
        }
        let mut text = String::new();
        // What cannot be read names no feed.
        let read = file.as_ref().ok().map(|mut file| file.read_to_string(&mut text));
        let left = match read {
            Some(Ok(_)) => text.split_whitespace().filter_map(|word| word.parse().ok()).collect(),
            _ => Vec::new(),
        };
        (Arc::new(InHand { state: Mutex::new(State { file: file.ok(), feeds: Vec::new() }) }), left)
    }

    /// Takes a feed in hand.
    pub(crate) fn hold(self: &Arc<InHand>, feed_id: i64) -> Held {
        self.change(|feeds| feeds.push(feed_id));
        Held { in_hand: Arc::clone(self), feed_id }
    }

    /// Forgets what is in hand and what was left, for example at an orderly stop.
    pub(super) fn clear(&self) {
        self.change(Vec::clear);
    }

    fn change(&self, change: impl FnOnce(&mut Vec<i64>)) {
        let State { file, feeds } = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(feeds);
        let Some(file) = file else { return };
        let mut block = String::with_capacity(FILE_BYTES);
        for feed in feeds.iter() {
            let word = format!("{feed} ");
            if block.len() + word.len() < FILE_BYTES {
                block.push_str(&word);
            }
        }
        block.extend(std::iter::repeat_n(' ', FILE_BYTES - 1 - block.len()));
        block.push('\n');
        // A mark that cannot be made must not stop the poll.
        drop(file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(block.as_bytes())));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.in_hand.change(|feeds| {
            if let Some(place) = feeds.iter().position(|feed| *feed == self.feed_id) {
                feeds.swap_remove(place);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_in_hand_when_the_process_died_is_found_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let left = || {
            let (in_hand, mut left) = InHand::open(folder.path());
            left.sort_unstable();
            (in_hand, left)
        };
        let (in_hand, none) = left();
        assert!(none.is_empty());
        let first = in_hand.hold(7);
        let second = in_hand.hold(1_234_567);
        assert_eq!(left().1, [7, 1_234_567]);
        drop(first);
        assert_eq!(left().1, [1_234_567]);
        // The process dies: nothing is dropped.
        std::mem::forget(second);
        let (next, of_the_last) = left();
        assert_eq!(of_the_last, [1_234_567]);
        next.clear();
        assert!(left().1.is_empty());
        let many: Vec<Held> = (0..1_000).map(|feed| next.hold(feed)).collect();
        assert!(left().1.len() > 100, "as many as there is room for");
        drop(many);
        assert!(left().1.is_empty());
        std::fs::write(folder.path().join(FILE_NAME), [0xff, b'7', 0]).unwrap();
        assert!(left().1.is_empty(), "what cannot be read names no feed");
        let precious = folder.path().join("precious");
        std::fs::write(&precious, "7").unwrap();
        std::fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
        std::os::unix::fs::symlink(&precious, folder.path().join(FILE_NAME)).unwrap();
        let (through_a_link, none) = left();
        drop(through_a_link.hold(8));
        assert!(none.is_empty() && std::fs::read_to_string(&precious).unwrap() == "7", "no link is followed");
    }
}
