//! The runtime that fetches run on.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// Threads for blocking work, mainly for DNS lookups that may hang.
const LOOKUPS: usize = 32;

/// Returns a runtime for rounds of polls and for the daemon. One thread drives all connections, since they mostly wait
/// (a thousand fetches of 30 KB take a third of a second of it) and every further thread would keep memory of its own.
/// Reading and writing have threads of their own.
///
/// # Errors
/// Fails if the system provides no event queue or thread.
pub(crate) fn new() -> io::Result<Runtime> {
    Builder::new_current_thread().max_blocking_threads(LOOKUPS).enable_all().build()
}

/// Returns how many feeds are read and tagged in parallel; one core is left to the writer.
pub(crate) fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}
