//! The threads that fetches run on.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// Look-ups of names that may hang at a time, and other work that waits.
const LOOKUPS: usize = 32;

/// A runtime for rounds and for the daemon: one thread drives all connections, as they mostly wait (a thousand fetches of 30 KB take
/// a third of a second of it), and every further thread would keep memory of its own. Reading and writing have theirs.
///
/// # Errors
/// If the system gives no event queue or thread.
pub fn new() -> io::Result<Runtime> {
    Builder::new_current_thread().max_blocking_threads(LOOKUPS).enable_all().build()
}

/// Feeds that are read and tagged at the same time; one core is the writer's.
pub(crate) fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}
