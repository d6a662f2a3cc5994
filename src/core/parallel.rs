//! Runs independent work on all cores.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::ScopedJoinHandle;

/// Parts for each core. The first parts are often the heaviest, and a thread that is done with light ones takes more.
const PARTS_A_CORE: usize = 8;

/// Joins a thread and returns its result; a panic is propagated.
pub fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Applies `work` to every number below `count` and returns the results in order. A thread takes at least `least`
/// numbers at a time.
pub fn of_each<T: Send>(count: usize, least: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    of_parts(count, least, |numbers| numbers.map(&work).collect::<Vec<T>>()).into_iter().flatten().collect()
}

/// Applies `work` to consecutive ranges of the numbers below `count` and returns the results in order. A range has at
/// least `least` numbers, except the last.
pub fn of_parts<T: Send>(count: usize, least: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let length = count.div_ceil(cores * PARTS_A_CORE).max(least).max(1);
    let parts = count.div_ceil(length);
    let range = |part: usize| part * length..count.min((part + 1) * length);
    if parts <= 1 || cores == 1 {
        return (0..parts).map(|part| work(range(part))).collect();
    }
    let next = AtomicUsize::new(0);
    let take = || {
        let part = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&part| part < parts);
        std::iter::from_fn(part).map(|part| (part, work(range(part)))).collect::<Vec<(usize, T)>>()
    };
    let mut made: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(parts)).map(|_| scope.spawn(take)).collect();
        threads.into_iter().flat_map(joined).collect()
    });
    made.sort_unstable_by_key(|(part, _)| *part);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::{of_each, of_parts};

    #[test]
    fn every_number_is_worked_on_once_and_in_order() {
        for (count, least) in [(0, 1), (1, 1), (7, 1), (7, 100), (1_000, 1), (1_000, 64), (4_097, 3)] {
            assert_eq!(of_each(count, least, |number| number * 2), (0..count).map(|n| n * 2).collect::<Vec<_>>());
            let parts = of_parts(count, least, |part| part);
            assert!(parts.iter().flat_map(Clone::clone).eq(0..count), "{count} {least}: {parts:?}");
        }
    }
}
