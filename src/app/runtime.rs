//! The threads that do the work: the runtime for fetches, and a pool that reads and tags feeds.
//!
//! The pool has only as many threads as there are cores for them, since each keeps memory of its own. The runtime's own
//! pool for blocking work is not suitable: it starts a new thread whenever none happens to be idle.

use std::any::Any;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

/// Threads for blocking work, which is all our own (names are looked up on other threads): more than there can be
/// deliveries and jobs at once, so that none waits for another.
const BLOCKING_THREADS: usize = 128;

/// Returns a runtime for rounds of polls and for the daemon. One thread drives all connections, since they mostly wait
/// (a thousand fetches of 30 KB take a third of a second of it) and every further thread would keep memory of its own.
/// Reading and writing have threads of their own.
///
/// # Errors
/// Fails if the system provides no event queue or thread.
pub(crate) fn new() -> io::Result<Runtime> {
    Builder::new_current_thread().max_blocking_threads(BLOCKING_THREADS).enable_all().build()
}

/// Returns how many feeds are read and tagged in parallel; one core is left to the writer.
pub(crate) fn worker_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

type Work = Box<dyn FnOnce() + Send>;

/// A pool of threads, which end when it is dropped.
#[derive(Debug)]
pub(crate) struct WorkerPool {
    work: Sender<Work>,
    /// Two permits for each thread: one piece of work waits for each, so that none is idle while the next feed is
    /// fetched.
    permits: Semaphore,
}

/// A permit to use the pool. It is held until the writer has taken the result, so that the threads do not run ahead of
/// the writer: a feed that has been read takes several times the memory of its body.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    pool: &'a WorkerPool,
    _permit: Option<SemaphorePermit<'a>>,
}

impl WorkerPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// Fails if the system provides no thread.
    pub(crate) fn start() -> io::Result<WorkerPool> {
        let (work, waiting) = mpsc::channel::<Work>();
        let waiting = Arc::new(Mutex::new(waiting));
        let count = worker_threads();
        for _ in 0..count {
            let waiting = Arc::clone(&waiting);
            std::thread::Builder::new().name("worker".to_owned()).spawn(move || work_off(&waiting))?;
        }
        Ok(WorkerPool { work, permits: Semaphore::new(2 * count) })
    }

    /// Waits for a permit.
    pub(crate) async fn permit(&self) -> Permit<'_> {
        // `acquire` fails only if the semaphore is closed, which never happens.
        Permit { pool: self, _permit: self.permits.acquire().await.ok() }
    }
}

impl Permit<'_> {
    /// Runs a function on a thread of the pool and returns its result.
    ///
    /// # Errors
    /// Returns the message of the panic if the function panics.
    pub(crate) async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
        let (answer, answered) = oneshot::channel();
        let work = move || {
            let done = panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| said(payload.as_ref()));
            // The caller may be gone by now.
            drop(answer.send(done));
        };
        self.pool.work.send(Box::new(work)).map_err(|error| error.to_string())?;
        answered.await.map_err(|error| error.to_string())?
    }
}

fn work_off(waiting: &Mutex<Receiver<Work>>) {
    loop {
        // One thread waits for the channel, the others for the lock.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(work) = next else { return };
        work();
    }
}

fn said(payload: &(dyn Any + Send)) -> String {
    let said = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    said.unwrap_or("for an unknown reason").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer_and_the_threads_go_on() {
        let pool = WorkerPool::start().unwrap();
        let runtime = new().unwrap();
        runtime.block_on(async {
            for _ in 0..8 {
                let failed: Result<(), String> = pool.permit().await.run(|| panic!("of this feed")).await;
                assert_eq!(failed, Err("of this feed".to_owned()));
            }
            assert_eq!(pool.permit().await.run(|| 7).await, Ok(7));
        });
    }
}
