//! Looks names up, on threads for nothing else.
//!
//! The system's look-up blocks its thread, and a name server can let it hang: for half a minute or so, longer than the
//! request lasts that it was made for. So look-ups that hang keep a thread from other look-ups only, and there are far
//! more of these than requests at once.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::OnceLock;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

use super::error::LookupError;

/// Look-ups at once. The systemd unit allows for as many threads.
pub(crate) const LOOKUPS: usize = 128;

/// How long a look-up waits for a thread.
const PATIENCE: Duration = Duration::from_secs(5);

static FREE: Semaphore = Semaphore::const_new(LOOKUPS);

/// Returns the addresses of a name.
///
/// # Errors
/// Fails if the name has no address or the name service does not answer. The caller sets the deadline for an answer.
pub(crate) async fn look_up(name: &str) -> Result<Vec<IpAddr>, LookupError> {
    if let Ok(address) = name.parse() {
        return Ok(vec![address]);
    }
    let threads = threads().map_err(|error| LookupError::of(name, &error))?;
    let Ok(Ok(free)) = tokio::time::timeout(PATIENCE, FREE.acquire()).await else {
        return Err(LookupError::Crowded { name: name.to_owned(), count: LOOKUPS });
    };
    let asked = name.to_owned();
    let answered = threads.spawn_blocking(move || {
        // Given back when the look-up ends, whether or not anybody waits for it.
        let _held = free;
        (asked.as_str(), 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect())
    });
    let found: io::Result<Vec<IpAddr>> = answered.await.map_err(io::Error::other).flatten();
    match found {
        Ok(found) if found.is_empty() => Err(LookupError::NoAddress(name.to_owned())),
        Ok(found) => Ok(found),
        Err(error) => Err(LookupError::of(name, &error)),
    }
}

/// The threads, which are started as they are needed. They never end a process late: nobody waits for them.
fn threads() -> io::Result<&'static Runtime> {
    static THREADS: OnceLock<Runtime> = OnceLock::new();
    if let Some(threads) = THREADS.get() {
        return Ok(threads);
    }
    let threads = Builder::new_current_thread().max_blocking_threads(LOOKUPS).thread_name("look-up").build()?;
    Ok(THREADS.get_or_init(|| threads))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_look_up_too_many_is_told_as_such() {
        let taken = FREE.acquire_many(u32::try_from(LOOKUPS).unwrap()).await.unwrap();
        let refused = look_up("news.example").await.unwrap_err();
        assert!(matches!(refused, LookupError::Crowded { count: LOOKUPS, .. }), "{refused}");
        assert_eq!(look_up("192.0.2.1").await.unwrap().len(), 1, "an address needs no look-up");
        drop(taken);
    }
}
