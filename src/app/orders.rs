//! Orders to a daemon that runs: what a command asks of it through the socket in its data directory, and what it answers.
//!
//! A connection carries one order after another. An order is one line of JSON, and so is each answer; the last answer to
//! an order says that it is done, or why it is not.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
}

impl Connection {
    /// Connects to the daemon. Returns `None` if none listens, so that whoever has the directory is no daemon.
    pub(crate) fn open(data_dir: &Path) -> Option<Connection> {
        let stream = UnixStream::connect(socket_path(data_dir)).ok()?;
        Some(Connection { stream: BufReader::new(stream) })
    }

    /// Waits no longer than this for each answer.
    ///
    /// # Errors
    /// Fails if the system does not allow it.
    pub(crate) fn within(&mut self, patience: Duration) -> Result<&mut Connection, OrderError> {
        self.stream.get_ref().set_read_timeout(Some(patience))?;
        Ok(self)
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
        self.stream.get_mut().write_all(&line).map_err(gone)?;
        loop {
            line.clear();
            if self.stream.read_until(b'\n', &mut line).map_err(gone)? == 0 {
                return Err(OrderError::Gone);
            }
            match serde_json::from_slice(&line).map_err(std::io::Error::from)? {
                Answer::Progress { done, of } => progress(done, of),
                Answer::Done(result) => return Ok(serde_json::from_value(result).map_err(std::io::Error::from)?),
                Answer::Failed(reason) => return Err(OrderError::Failed(reason)),
            }
        }
    }
}

/// Tells a daemon that has gone, or takes its time, from other faults of the connection.
fn gone(error: std::io::Error) -> OrderError {
    match error.kind() {
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => OrderError::Gone,
        ErrorKind::WouldBlock | ErrorKind::TimedOut => OrderError::Late,
        _ => OrderError::Io(error),
    }
}
