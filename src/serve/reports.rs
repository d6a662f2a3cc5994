//! The trend reports that visitors asked for.
//!
//! A report reads a year of history and more, so those asked for last are kept. One that is no longer true is computed
//! again on a thread beside, and visitors meanwhile see the one before.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use tracing::warn;

use super::answer::Fault;
use super::sources::Sources;
use crate::app::issue;
use crate::store::{Reader, StoreError};
use crate::trends::TrendReport;

/// Reports that are kept.
const KEPT: usize = 6;
/// How long a report is shown although the store has something new.
const SHOWN_FOR: Duration = Duration::from_secs(600);
/// By how many days the report of the newest days may be late while theirs is computed.
const LATE_DAYS: i32 = 3;
/// Most items of a report: each takes about half a kilobyte while it is computed.
const ITEMS_MAX: usize = 1_000_000;
/// Most days of a report.
const DAYS_MAX: i32 = 3_660;
/// Most pairs and tags of a report: every pair has a page.
const SERIES_MAX: usize = 400;

/// The days of a report: from the first to before the second.
pub(super) type Days = (Date, Date);

#[derive(Debug)]
struct Kept {
    days: Days,
    report: Arc<TrendReport>,
    last_item_id: i64,
    made: Instant,
}

/// Keeps the reports.
#[derive(Debug)]
pub(super) struct Reports {
    sources: Arc<Sources>,
    /// Those used last at the end.
    kept: Mutex<Vec<Kept>>,
    is_computing: AtomicBool,
}

/// Lets others compute when it is dropped, however the work ended.
struct Computing<'a>(&'a AtomicBool);

impl Drop for Computing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl Reports {
    pub(super) fn new(sources: Arc<Sources>) -> Reports {
        Reports { sources, kept: Mutex::default(), is_computing: AtomicBool::default() }
    }

    /// Returns the report of some days. `None` while another one is computed: one at a time may take memory and
    /// processors.
    ///
    /// # Errors
    /// [`Fault::Bad`] if the days are out of range, or have too many items.
    pub(super) fn get(self: &Arc<Self>, reader: &Reader, days: Days) -> Result<Option<Arc<TrendReport>>, Fault> {
        self.get_or(reader, days, 0)
    }

    /// As [`Reports::get`], for days that end with the newest one. They are others each morning: until their report is
    /// computed, visitors see the last one of as many days, if there is any.
    ///
    /// # Errors
    /// As [`Reports::get`].
    pub(super) fn latest(self: &Arc<Self>, reader: &Reader, days: Days) -> Result<Option<Arc<TrendReport>>, Fault> {
        self.get_or(reader, days, LATE_DAYS)
    }

    fn get_or(
        self: &Arc<Self>,
        reader: &Reader,
        days: Days,
        late_days: i32,
    ) -> Result<Option<Arc<TrendReport>>, Fault> {
        let last_item_id = reader.last_item_id()?;
        if let Some((report, is_stale)) = self.kept(days, last_item_id, late_days) {
            if is_stale {
                self.refresh(days);
            }
            return Ok(Some(report));
        }
        let Some(_alone) = self.alone() else { return Ok(None) };
        self.compute(reader, days).map(Some)
    }

    fn alone(&self) -> Option<Computing<'_>> {
        let was_computing = self.is_computing.swap(true, Ordering::AcqRel);
        (!was_computing).then_some(Computing(&self.is_computing))
    }

    /// Returns a report that is kept, and whether the one of these days should be computed. It may be of as many days
    /// that end a few earlier.
    fn kept(&self, days: Days, last_item_id: i64, late_days: i32) -> Option<(Arc<TrendReport>, bool)> {
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let late = |kept: &Kept| {
            let late = (days.1 - kept.days.1).get_days();
            ((days.0 - kept.days.0).get_days() == late && (0..=late_days).contains(&late)).then_some(late)
        };
        let by_late = all.iter().enumerate().filter_map(|(place, kept)| Some((late(kept)?, place)));
        let (late, place) = by_late.min()?;
        let kept = all.remove(place);
        let is_old = kept.last_item_id != last_item_id && kept.made.elapsed() > SHOWN_FOR;
        let found = (Arc::clone(&kept.report), late > 0 || is_old);
        all.push(kept);
        Some(found)
    }

    fn refresh(self: &Arc<Self>, days: Days) {
        let reports = Arc::clone(self);
        let work = move || {
            let Some(_alone) = reports.alone() else { return };
            let computed = reports.sources.readers.read(|reader| Ok::<_, StoreError>(reports.compute(reader, days)));
            if let Err(error) = computed.map_err(Fault::Store).flatten() {
                warn!(%error, "a trend report could not be computed");
            }
        };
        if let Err(error) = std::thread::Builder::new().name("reports".to_owned()).spawn(work) {
            warn!(%error, "no thread for a trend report");
        }
    }

    fn compute(&self, reader: &Reader, days: Days) -> Result<Arc<TrendReport>, Fault> {
        let (since, until) = days;
        if (until - since).get_days() > DAYS_MAX {
            return Err(Fault::Bad(format!("A report of more than {DAYS_MAX} days is too long; choose fewer.")));
        }
        let last_item_id = reader.last_item_id()?;
        let mut options = issue::trend_options(&self.sources.config, since, until);
        options.series_max = SERIES_MAX;
        let (first, end) = issue::history_span(&options)?;
        if reader.count_items(first, end, ITEMS_MAX + 1)? > ITEMS_MAX {
            return Err(Fault::Bad(format!(
                "These days and the {} before them have more than {ITEMS_MAX} reports; choose fewer, or run `kazbek trends`.",
                options.history_days
            )));
        }
        let report = Arc::new(issue::trends(reader, &options)?);
        let mut all = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|kept| kept.days != days);
        if all.len() >= KEPT {
            all.remove(0);
        }
        all.push(Kept { days, report: Arc::clone(&report), last_item_id, made: Instant::now() });
        Ok(report)
    }
}
