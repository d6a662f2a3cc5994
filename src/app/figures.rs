//! What a daemon counts while it works: how long its steps take, and what waits. Shared by the parts that do the work
//! and by the page that prints it.

use std::array;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// The upper bounds of the classes of durations, in milliseconds: from a look into the cache to a server that never
/// answers.
pub(crate) const BOUNDS_MILLIS: [u64; 13] = [1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

/// The figures of one process. They begin at zero when it starts, and a reload keeps them.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    /// From the request for a feed to the end of its body.
    pub(crate) fetches: Durations,
    /// Transactions that store polls.
    pub(crate) transactions: Durations,
    /// From a request for a page to its answer, or to the beginning of an answer that goes on.
    pub(crate) answers: Durations,
    /// Fetches under way.
    pub(crate) fetching: Gauge,
    /// Polls that wait for the writer or are being stored.
    pub(crate) waiting_polls: Gauge,
}

/// How often something took how long.
#[derive(Debug)]
pub(crate) struct Durations {
    /// One class for each bound, and one for what is longer.
    counts: [AtomicU64; BOUNDS_MILLIS.len() + 1],
    sum_micros: AtomicU64,
}

impl Default for Durations {
    fn default() -> Durations {
        Durations { counts: array::from_fn(|_| AtomicU64::new(0)), sum_micros: AtomicU64::new(0) }
    }
}

impl Durations {
    /// Adds one.
    pub(crate) fn add(&self, duration: Duration) {
        let class = BOUNDS_MILLIS.partition_point(|bound| Duration::from_millis(*bound) < duration);
        if let Some(count) = self.counts.get(class) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_micros.fetch_add(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Returns how many took no longer than each bound, how many there were, and how long all took together.
    pub(crate) fn read(&self) -> (Vec<u64>, u64, Duration) {
        let mut up_to: Vec<u64> = self
            .counts
            .iter()
            .scan(0, |sum, count| {
                *sum += count.load(Ordering::Relaxed);
                Some(*sum)
            })
            .collect();
        let all = up_to.pop().unwrap_or_default();
        (up_to, all, Duration::from_micros(self.sum_micros.load(Ordering::Relaxed)))
    }
}

/// How many there are of something now.
#[derive(Debug, Default)]
pub(crate) struct Gauge(Arc<AtomicUsize>);

impl Gauge {
    /// Counts one until the returned value is dropped.
    pub(crate) fn enter(&self) -> Entered {
        self.0.fetch_add(1, Ordering::Relaxed);
        Entered(Arc::clone(&self.0))
    }

    /// Returns the number.
    pub(crate) fn read(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One of what a [`Gauge`] counts.
#[derive(Debug)]
pub(crate) struct Entered(Arc<AtomicUsize>);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_up_to_each_bound() {
        let durations = Durations::default();
        let added_micros = [0, 1_000, 1_001, 5_000, 999_999, 1_000_000, 30_000_000, 30_000_001, 90_000_000];
        added_micros.iter().for_each(|micros| durations.add(Duration::from_micros(*micros)));
        let (up_to, all, sum) = durations.read();
        for (bound, up_to) in BOUNDS_MILLIS.iter().zip(&up_to) {
            let expected = added_micros.iter().filter(|micros| **micros <= bound * 1_000).count();
            assert_eq!(*up_to, u64::try_from(expected).unwrap(), "{bound} ms");
        }
        assert_eq!((up_to.len(), all), (BOUNDS_MILLIS.len(), 9));
        assert_eq!(sum, Duration::from_micros(added_micros.iter().sum()));
    }

    #[test]
    fn what_has_left_is_counted_no_more() {
        let gauge = Gauge::default();
        let first = gauge.enter();
        let second = gauge.enter();
        drop(first);
        assert_eq!(gauge.read(), 1);
        drop(second);
        assert_eq!(gauge.read(), 0);
    }
}
