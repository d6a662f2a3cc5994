//! Work that knows nothing of its neighbours, done on all cores.

/// What `work` makes of every number below `count`, in their order. One thread takes `least` numbers at least.
pub(crate) fn of_each<T: Send>(count: usize, least: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    of_parts(count, least, |numbers| numbers.map(&work).collect::<Vec<T>>()).into_iter().flatten().collect()
}

/// What `work` makes of every part of the numbers below `count`, in their order, a part a core. A part is `least` numbers long at least.
pub(crate) fn of_parts<T: Send>(
    count: usize,
    least: usize,
    work: impl Fn(std::ops::Range<usize>) -> T + Sync,
) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let length = count.div_ceil(cores).max(least).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let parts: Vec<_> =
            (0..count).step_by(length).map(|from| scope.spawn(move || work(from..count.min(from + length)))).collect();
        let whole = |part: std::thread::ScopedJoinHandle<'_, T>| {
            part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        parts.into_iter().map(whole).collect()
    })
}
