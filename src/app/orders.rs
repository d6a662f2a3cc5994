//! Orders to a daemon that runs: what a command asks of it through the socket in its data directory, and what it answers.
//!
//! A connection carries one order after another. An order is one line of JSON, and so is each answer; the last answer to
//! an order says that it is done, or why it is not.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::feed_list::FeedChange;
use crate::ingest::ImportItem;

/// Most bytes of an order. An import sends its items in many orders.
pub(crate) const ORDER_LIMIT_BYTES: u64 = 64 << 20;

/// What the daemon is to do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub(crate) enum Order {
    /// Poll feeds now, whenever they are due. Done when each has been polled, with the [`super::poll_once::Summary`].
    Poll {
        /// Their ids.
        feeds: Vec<i64>,
    },
    /// Change the feeds in the store, and poll those that are on.
    ChangeFeeds {
        /// What to change, in order.
        changes: Vec<FeedChange>,
    },
    /// Tag the stored items again. Done with [`Reclassified`].
    Reclassify {
        /// Only items dated at or after this instant.
        since: Option<Timestamp>,
    },
    /// Add items from elsewhere, in one transaction. Done with the [`crate::ingest::Imported`] counts.
    Import {
        /// The items.
        items: Vec<ImportItem>,
    },
}

/// What the daemon answers to an order.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// It is under way.
    Progress {
        /// How much is done, in feeds or items.
        done: u64,
        /// How much there is.
        of: u64,
    },
    /// It is done, with a result as the order says.
    Done(serde_json::Value),
    /// It cannot be done, or not all of it.
    Failed(String),
}

impl Answer {
    /// Returns the last answer to an order that was done.
    pub(crate) fn done(result: &impl Serialize) -> Answer {
        serde_json::to_value(result).map_or_else(|error| Answer::Failed(error.to_string()), Answer::Done)
    }

    /// Returns whether no other answer to the same order follows.
    pub(crate) fn is_last(&self) -> bool {
        !matches!(self, Answer::Progress { .. })
    }
}

/// What came of [`Order::Reclassify`].
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Reclassified {
    /// Items that were tagged again.
    pub(crate) items: u64,
    /// The version of the daemon's lexicon, with its date.
    pub(crate) lexicon: String,
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OrderError {
    /// The daemon cannot be reached any more.
    #[error("the daemon ended or read its configuration again before this was done; give the command again")]
    Gone,
    /// The daemon has not answered in time; it goes on.
    #[error("the daemon is still at it")]
    Late,
    /// The daemon says nothing at all.
    #[error(
        "the daemon has not answered for {0} seconds: it was stopped (`kill -CONT` continues it) or hangs (restart it, as \
         with `systemctl restart kazbek`); when it goes on it may still do what was asked"
    )]
    Silent(u64),
    /// The daemon could not do it.
    #[error("{0}")]
    Failed(String),
    /// The connection failed, or what came through it cannot be read.
    #[error("the daemon cannot be talked to through its socket: {0}; if it was upgraded, restart it")]
    Io(#[from] std::io::Error),
}

/// Returns where the daemon of a data directory listens.
pub(crate) fn socket_path(data_dir: &Path) -> PathBuf {
    data_dir.join("kazbek.sock")
}

/// A connection to the daemon that runs in a data directory.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: BufReader<UnixStream>,
    patience: Patience,
    /// Where it is said what a command waits for.
    say: fn(&str),
}

/// How long the daemon may say nothing.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Until it is said what is waited for.
    quiet: Duration,
    /// Until the next answer to an order: a daemon that is well gives one each second.
    answer: Duration,
    /// Whether whoever waits comes back later.
    is_short: bool,
}

const PATIENCE: Patience = Patience { quiet: Duration::from_secs(3), answer: Duration::from_secs(20), is_short: false };

/// How often it is looked whether patience is at its end.
const LOOK: Duration = Duration::from_millis(200);

/// The wait for an answer.
struct Wait {
    since: Instant,
    is_said: bool,
}

impl Wait {
    fn begin() -> Wait {
        Wait { since: Instant::now(), is_said: false }
    }
}

impl Connection {
    /// Connects to the daemon. Returns `None` if none listens, so that whoever has the directory is no daemon.
    /// `say` is called with what is waited for, if that takes long.
    pub(crate) fn open(data_dir: &Path, say: fn(&str)) -> Option<Connection> {
        let stream = UnixStream::connect(socket_path(data_dir)).ok()?;
        Some(Connection { stream: BufReader::new(stream), patience: PATIENCE, say })
    }

    /// Waits no longer than this for an order, and says nothing.
    pub(crate) fn within(&mut self, patience: Duration) -> &mut Connection {
        self.patience = Patience { quiet: patience, answer: patience, is_short: true };
        self
    }

    /// Gives an order and waits until it is done. `progress` is called with how much is done, and of how much.
    ///
    /// # Errors
    /// Fails if the daemon ends meanwhile, refuses the order, or cannot do it; a part of it may have been done.
    pub(crate) fn order<T: DeserializeOwned>(
        &mut self,
        order: &Order,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<T, OrderError> {
        let mut line = serde_json::to_vec(order).map_err(std::io::Error::from)?;
        line.push(b'\n');
        self.send(&line)?;
        let since = Instant::now();
        loop {
            line.clear();
            let mut wait = Wait::begin();
            // What was read before the time was up stays in the line.
            while let Err(error) = self.stream.read_until(b'\n', &mut line) {
                self.look(&mut wait, error)?;
            }
            if line.is_empty() {
                return Err(OrderError::Gone);
            }
            match serde_json::from_slice(&line).map_err(std::io::Error::from)? {
                Answer::Progress { .. } if self.patience.is_short && since.elapsed() >= self.patience.answer => {
                    return Err(OrderError::Late);
                }
                Answer::Progress { done, of } => progress(done, of),
                Answer::Done(result) => return Ok(serde_json::from_value(result).map_err(std::io::Error::from)?),
                Answer::Failed(reason) => return Err(OrderError::Failed(reason)),
            }
        }
    }
}

impl Connection {
    fn send(&mut self, mut bytes: &[u8]) -> Result<(), OrderError> {
        let stream = self.stream.get_ref();
        let look = LOOK.min(self.patience.quiet);
        stream.set_read_timeout(Some(look))?;
        stream.set_write_timeout(Some(look))?;
        let mut wait = Wait::begin();
        while !bytes.is_empty() {
            match self.stream.get_mut().write(bytes) {
                Ok(0) => return Err(OrderError::Gone),
                Ok(sent) => {
                    bytes = bytes.get(sent..).unwrap_or_default();
                    wait = Wait::begin();
                }
                Err(error) => self.look(&mut wait, error)?,
            }
        }
        Ok(())
    }

    /// Looks whether to wait on after an error, and says what is waited for.
    fn look(&self, wait: &mut Wait, error: std::io::Error) -> Result<(), OrderError> {
        match error.kind() {
            ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => return Err(OrderError::Gone),
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {}
            ErrorKind::Interrupted => return Ok(()),
            _ => return Err(OrderError::Io(error)),
        }
        let (waited, Patience { quiet, answer: limit, is_short }) = (wait.since.elapsed(), self.patience);
        match (waited >= limit, is_short) {
            (true, true) => return Err(OrderError::Late),
            (true, false) => return Err(OrderError::Silent(limit.as_secs())),
            _ => {}
        }
        if waited >= quiet && !wait.is_said && !is_short {
            wait.is_said = true;
            let limit = limit.as_secs();
            (self.say)(&format!(
                "waiting for the daemon, which works in this data directory, for {limit} seconds at most"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    static SAID: AtomicUsize = AtomicUsize::new(0);

    /// A daemon that was stopped still has its socket, on which the system takes what is sent.
    #[test]
    fn a_command_says_what_it_waits_for_and_gives_up_on_a_daemon_that_is_silent() {
        let folder = tempfile::tempdir().unwrap();
        let _daemon = UnixListener::bind(socket_path(folder.path())).unwrap();
        let say = |text: &str| {
            assert!(text.starts_with("waiting for the daemon"), "{text}");
            SAID.fetch_add(1, Ordering::Relaxed);
        };
        let quick = Patience { quiet: Duration::from_millis(10), answer: Duration::from_millis(60), is_short: false };
        // The second is more than the system holds for a reader.
        for bytes in [10, 4 << 20] {
            let mut daemon = Connection::open(folder.path(), say).unwrap();
            daemon.patience = quick;
            let title = "x".repeat(bytes);
            let items = vec![ImportItem { title, ..item() }];
            let answer = daemon.order::<serde_json::Value>(&Order::Import { items }, |_, _| {});
            assert!(matches!(answer, Err(OrderError::Silent(_))), "{answer:?}");
        }
        assert_eq!(SAID.load(Ordering::Relaxed), 2);
        let mut daemon = Connection::open(folder.path(), say).unwrap();
        let answer =
            daemon.within(quick.answer).order::<serde_json::Value>(&Order::Poll { feeds: Vec::new() }, |_, _| {});
        assert!(matches!(answer, Err(OrderError::Late)), "{answer:?}");
        assert_eq!(SAID.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_command_gives_up_on_a_daemon_that_is_stopped_in_the_middle_of_an_order() {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(socket_path(folder.path())).unwrap();
        let daemon = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            BufReader::new(&stream).read_line(&mut String::new()).unwrap();
            for done in 0..2 {
                let mut answer = serde_json::to_vec(&Answer::Progress { done, of: 9 }).unwrap();
                answer.push(b'\n');
                stream.write_all(&answer).unwrap();
            }
            stream
        });
        let mut connection = Connection::open(folder.path(), |_| {}).unwrap();
        connection.patience = Patience { answer: Duration::from_millis(60), ..PATIENCE };
        let mut told = Vec::new();
        let answer =
            connection.order::<serde_json::Value>(&Order::Poll { feeds: vec![1] }, |done, of| told.push((done, of)));
        assert!(matches!(answer, Err(OrderError::Silent(_))), "{answer:?}");
        assert_eq!(told, [(0, 9), (1, 9)]);
        drop(daemon.join().unwrap());
    }

    #[test]
    fn whoever_comes_back_later_waits_no_longer_for_an_order_that_is_in_hand() {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(socket_path(folder.path())).unwrap();
        let daemon = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut answer = serde_json::to_vec(&Answer::Progress { done: 0, of: 9 }).unwrap();
            answer.push(b'\n');
            while stream.write_all(&answer).is_ok() {}
        });
        let mut connection = Connection::open(folder.path(), |_| {}).unwrap();
        let order = Order::Poll { feeds: vec![1] };
        let answer = connection.within(Duration::from_millis(10)).order::<serde_json::Value>(&order, |_, _| {});
        assert!(matches!(answer, Err(OrderError::Late)), "{answer:?}");
        drop(connection);
        daemon.join().unwrap();
    }

    fn item() -> ImportItem {
        ImportItem {
            url: None,
            title: String::new(),
            summary: String::new(),
            published: None,
            outlet: "x".to_owned(),
            language: None,
            bloc: None,
            first_seen: None,
        }
    }
}
