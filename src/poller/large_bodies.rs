//! How many large bodies are held at once, and who must give way: the slow ones.
//!
//! Only a few bodies beyond a mebibyte are held at once, so that memory stays bounded whatever servers send. A server
//! that is slow on purpose would hold its place until its deadline, and a few such servers would starve every large
//! feed. So a body that needs a place takes that of the slowest one, if that one had a fair time and is much slower.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How many large bodies are held at once, each until it has been read as a feed.
const PLACES: usize = 8;

/// How long a body keeps its place whatever its speed.
const FAIR_TIME: Duration = Duration::from_secs(5);

/// How many times slower than the one that waits a body must be to lose its place.
const MUCH_SLOWER: f64 = 2.0;

/// How often a body that waits looks again, since the speed of one that stalls falls as time passes.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The places for large bodies: those who hold them and those who wait.
#[derive(Debug, Default)]
pub(super) struct LargeBodies {
    state: Mutex<State>,
    /// A place has become free, or one that waited has gone.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    next_id: u64,
    holders: Vec<Holder>,
    /// Those that wait, by id, each with its speed until it had to wait, in bytes a second.
    waiting: Vec<(u64, f64)>,
}

#[derive(Debug)]
struct Holder {
    id: u64,
    /// When the body began to arrive.
    began_at: Instant,
    /// Since when it has had its place.
    since: Instant,
    received_bytes: usize,
    /// Whether the body has arrived; what remains is our own work.
    is_complete: bool,
    lost: CancellationToken,
}

impl Holder {
    fn bytes_per_sec(&self, now: Instant) -> f64 {
        speed(self.received_bytes, now.duration_since(self.began_at))
    }
}

fn speed(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64().max(0.001)
}

/// The place of a large body; it is free again when this is dropped.
#[derive(Debug)]
pub struct LargeBody {
    places: Arc<LargeBodies>,
    id: u64,
    lost: CancellationToken,
}

impl LargeBodies {
    /// Waits for a place for a body that began to arrive at `began_at`. The fastest that waits is the next.
    pub(super) async fn place(self: &Arc<Self>, began_at: Instant, received_bytes: usize) -> LargeBody {
        let waiting = Waiting::new(self, speed(received_bytes, began_at.elapsed()));
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if let Some(body) = waiting.take(began_at, received_bytes) {
                return body;
            }
            drop(tokio::time::timeout(LOOK_AGAIN, changed).await);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body that waits for a place.
struct Waiting<'a> {
    places: &'a Arc<LargeBodies>,
    id: u64,
    bytes_per_sec: f64,
    asked_at: Instant,
}

impl Waiting<'_> {
    fn new(places: &Arc<LargeBodies>, bytes_per_sec: f64) -> Waiting<'_> {
        let mut state = places.state();
        let id = state.next_id;
        state.next_id += 1;
        state.waiting.push((id, bytes_per_sec));
        Waiting { places, id, bytes_per_sec, asked_at: Instant::now() }
    }

    /// Takes a place that is free, or that of the slowest body, if it is this one's turn.
    fn take(&self, began_at: Instant, received_bytes: usize) -> Option<LargeBody> {
        let mut state = self.places.state();
        let is_next = state.waiting.iter().all(|(id, speed)| {
            *id == self.id || *speed < self.bytes_per_sec || (*speed == self.bytes_per_sec && *id > self.id)
        });
        if !is_next {
            return None;
        }
        let now = Instant::now();
        if state.holders.len() >= PLACES {
            let receiving = state.holders.iter().enumerate().filter(|(_, holder)| !holder.is_complete);
            let speeds = receiving.map(|(at, holder)| (at, holder.bytes_per_sec(now)));
            let (at, slowest) = speeds.min_by(|a, b| a.1.total_cmp(&b.1))?;
            let had_its_time = now.duration_since(state.holders[at].since) >= FAIR_TIME;
            if !had_its_time || slowest * MUCH_SLOWER > self.bytes_per_sec {
                return None;
            }
            state.holders.swap_remove(at).lost.cancel();
        }
        let lost = CancellationToken::new();
        // The wait says nothing about the server's speed.
        let began_at = began_at + now.duration_since(self.asked_at);
        let holder =
            Holder { id: self.id, began_at, since: now, received_bytes, is_complete: false, lost: lost.clone() };
        state.holders.push(holder);
        Some(LargeBody { places: Arc::clone(self.places), id: self.id, lost })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.places.state().waiting.retain(|(id, _)| *id != self.id);
        self.places.changed.notify_waiters();
    }
}

impl LargeBody {
    /// Takes note of how much has arrived.
    pub(super) fn received(&self, bytes: usize) {
        self.change(|holder| holder.received_bytes = bytes);
    }

    /// Takes note that the body is complete: it can no longer lose its place.
    pub(super) fn complete(&self) {
        self.change(|holder| holder.is_complete = true);
    }

    /// Resolves when another body has taken the place.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    fn change(&self, change: impl FnOnce(&mut Holder)) {
        if let Some(holder) = self.places.state().holders.iter_mut().find(|holder| holder.id == self.id) {
            change(holder);
        }
    }
}

impl Drop for LargeBody {
    fn drop(&mut self) {
        self.places.state().holders.retain(|holder| holder.id != self.id);
        self.places.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a test whose time passes by itself.
    fn simulated(test: impl Future<Output = ()>) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().start_paused(true).build().unwrap().block_on(test);
    }

    /// A place for a body that had so many bytes after a second.
    async fn after_a_second(places: &Arc<LargeBodies>, bytes: usize) -> LargeBody {
        let began_at = Instant::now();
        tokio::time::advance(Duration::from_secs(1)).await;
        places.place(began_at, bytes).await
    }

    #[test]
    fn a_slow_body_loses_its_place_after_its_time_and_no_other() {
        simulated(async {
            let places = Arc::<LargeBodies>::default();
            let mut bodies = Vec::new();
            for _ in 0..PLACES {
                bodies.push(after_a_second(&places, 2 << 20).await);
            }
            // The third is complete, and only the fifth does not go on.
            bodies[2].complete();
            for (at, body) in bodies.iter().enumerate().filter(|(at, _)| *at != 4) {
                body.received((100 + at) << 20);
            }
            let asked_at = Instant::now();
            let fast = after_a_second(&places, 5 << 20).await;
            assert!(asked_at.elapsed() < FAIR_TIME + Duration::from_secs(2), "{:?}", asked_at.elapsed());
            let lost: Vec<usize> = (0..PLACES).filter(|at| bodies[*at].lost.is_cancelled()).collect();
            assert_eq!(lost, [4]);
            drop(fast);
            assert_eq!(places.state().holders.len(), PLACES - 1);
        });
    }

    #[test]
    fn equals_wait_for_each_other_and_the_fastest_is_next() {
        simulated(async {
            let places = Arc::<LargeBodies>::default();
            let mut bodies = Vec::new();
            for _ in 0..PLACES {
                let body = after_a_second(&places, 2 << 20).await;
                body.complete();
                bodies.push(body);
            }
            let began_at = Instant::now();
            tokio::time::advance(Duration::from_secs(1)).await;
            let (slow, fast) = (places.place(began_at, 1 << 20), places.place(began_at, 2 << 20));
            tokio::pin!(slow, fast);
            let both = async { tokio::join!(slow.as_mut(), fast.as_mut()) };
            let waited = tokio::time::timeout(Duration::from_secs(600), both).await;
            assert!(waited.is_err(), "complete bodies keep their places");
            assert!(bodies.iter().all(|body| !body.lost.is_cancelled()));
            bodies.pop();
            tokio::select! {
                biased;
                _ = slow => panic!("the faster one is next"),
                body = fast => drop(body),
            }
        });
    }
}
