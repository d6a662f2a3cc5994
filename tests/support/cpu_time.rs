//! Processor time, for tests that require linear time however busy the machine is.

use std::time::Instant;

/// Runs `work` and returns its result with the seconds of processor time that this thread spent on it; of wall time if
/// the system keeps no account of threads.
pub fn spent_secs<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let (begun, before) = (Instant::now(), thread_secs());
    let done = work();
    let spent = match (before, thread_secs()) {
        (Some(before), Some(after)) => after - before,
        _ => begun.elapsed().as_secs_f64(),
    };
    (done, spent)
}

fn thread_secs() -> Option<f64> {
    // Linux brings the account up to date when a thread yields.
    std::thread::yield_now();
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: u64 = account.split(' ').next()?.parse().ok()?;
    (nanoseconds > 0).then_some(nanoseconds as f64 / 1e9)
}
