//! The issue of the day so far, which the front page shows.
//!
//! Composing it reads two months of history, so it is kept, and composed again on a thread beside once the store has
//! something new, at most once a minute. Visitors meanwhile see the one before.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use tracing::warn;

use super::sources::Sources;
use crate::app::issue;
use crate::digest::Digest;
use crate::model::{Cadence, Period};
use crate::store::{Reader, StoreError};

/// How long an issue of the day is shown although the store has something new.
const SHOWN_FOR: Duration = Duration::from_secs(60);

/// Versions of one issue that are kept written: as many as there are different last visits among the visitors of a
/// minute.
const WRITTEN: usize = 64;

/// Days of the small charts beside the stories.
pub(super) const CHART_DAYS: i64 = 28;

/// The issue of the day so far.
#[derive(Debug)]
pub(super) struct Today {
    /// The day; not the present one if the newest item is older.
    pub(super) day: Date,
    pub(super) digest: Digest,
    /// Where each story of the issue is in the store, by its address.
    pub(super) stories: HashMap<String, i64>,
    /// Items without copies, by place of the scopes: its tag, and a number for each of the last [`CHART_DAYS`] days.
    pub(super) places: Vec<(String, Vec<u32>)>,
    /// The last item that the store had.
    pub(super) last_item_id: i64,
    /// When it was composed.
    pub(super) made_at: Timestamp,
    made: Instant,
    /// The written issue, by the last item that a visitor had seen.
    written: Mutex<HashMap<Option<i64>, Arc<str>>>,
}

impl Today {
    /// Returns the issue as HTML for visitors who have seen the items up to `seen`, written at most once for all of them.
    pub(super) fn written(&self, seen: Option<i64>, write: impl FnOnce() -> String) -> Arc<str> {
        if let Some(known) = self.written.lock().unwrap_or_else(PoisonError::into_inner).get(&seen) {
            return Arc::clone(known);
        }
        let text: Arc<str> = write().into();
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= WRITTEN {
            written.clear();
        }
        written.insert(seen, Arc::clone(&text));
        text
    }
}

/// Keeps the issue of the day.
#[derive(Debug)]
pub(super) struct TodayCache {
    sources: Arc<Sources>,
    kept: Mutex<Option<Arc<Today>>>,
    /// Held by whoever composes the first one, so that others wait instead of doing the same.
    composing: Mutex<()>,
    is_refreshing: AtomicBool,
}

impl TodayCache {
    pub(super) fn new(sources: Arc<Sources>) -> TodayCache {
        TodayCache {
            sources,
            kept: Mutex::default(),
            composing: Mutex::default(),
            is_refreshing: AtomicBool::default(),
        }
    }

    /// Returns the issue of the day; `None` if the store has no item.
    pub(super) fn get(self: &Arc<Self>, reader: &Reader) -> Result<Option<Arc<Today>>, StoreError> {
        let Some(day) = shown_day(&self.sources, reader)? else { return Ok(None) };
        let last_item_id = reader.last_item_id()?;
        if let Some(kept) = self.kept() {
            // A new day, too, is composed beside the visitors, who for a moment see the one before.
            let is_stale = kept.last_item_id != last_item_id && kept.made.elapsed() > SHOWN_FOR;
            if is_stale || kept.day != day {
                self.refresh();
            }
            return Ok(Some(kept));
        }
        let _alone = self.composing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = self.kept() {
            return Ok(Some(kept));
        }
        self.compose(reader, day).map(Some)
    }

    /// Composes the first one.
    pub(super) fn warm_up(self: &Arc<Self>) {
        match self.sources.readers.read(|reader| self.get(reader)) {
            Ok(_) | Err(StoreError::Missing | StoreError::OlderSchema) => {}
            Err(error) => warn!(%error, "the issue of the day could not be composed"),
        }
    }

    fn kept(&self) -> Option<Arc<Today>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn refresh(self: &Arc<Self>) {
        if self.is_refreshing.swap(true, Ordering::AcqRel) {
            return;
        }
        let cache = Arc::clone(self);
        let work = move || {
            let refreshed = cache.sources.readers.read(|reader| match shown_day(&cache.sources, reader)? {
                Some(day) => cache.compose(reader, day).map(|_| ()),
                None => Ok(()),
            });
            if let Err(error) = refreshed {
                warn!(%error, "the issue of the day could not be composed");
            }
            cache.is_refreshing.store(false, Ordering::Release);
        };
        if std::thread::Builder::new().name("today".to_owned()).spawn(work).is_err() {
            self.is_refreshing.store(false, Ordering::Release);
        }
    }

    fn compose(&self, reader: &Reader, day: Date) -> Result<Arc<Today>, StoreError> {
        let site = &self.sources;
        let now = site.clock.now();
        let zone = &site.config.time_zone;
        let out_of_range = |error: jiff::Error| StoreError::PeriodOutOfRange(error.to_string());
        let period = Period::containing(Cadence::Day, day, zone.clone()).map_err(out_of_range)?;
        // Before the issue: what comes meanwhile makes it stale.
        let last_item_id = reader.last_item_id()?;
        let digest = issue::preview(reader, &site.config, &site.labels, period, now)?.digest;
        let today = Arc::new(Today {
            day,
            stories: site.stories_of(reader, &digest)?,
            places: places(site, reader, day)?,
            digest,
            last_item_id,
            made_at: now,
            made: Instant::now(),
            written: Mutex::default(),
        });
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&today));
        Ok(today)
    }
}

/// The day that the front page shows: today, or that of the newest item if it is older.
pub(super) fn shown_day(site: &Sources, reader: &Reader) -> Result<Option<Date>, StoreError> {
    let zone = &site.config.time_zone;
    let today = site.clock.now().to_zoned(zone.clone()).date();
    let newest = reader.newest_in_scope()?.map(|at| at.to_zoned(zone.clone()).date());
    Ok(newest.map(|newest| newest.min(today)))
}

/// The counts of the places of the scopes that have any, most first.
fn places(site: &Sources, reader: &Reader, day: Date) -> Result<Vec<(String, Vec<u32>)>, StoreError> {
    // The store counts by days of UTC.
    let last = day.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |day| day.timestamp().as_second().div_euclid(86_400));
    let first = last - CHART_DAYS + 1;
    let mut places: Vec<(String, Vec<u32>)> =
        site.labels.scope_tags.iter().map(|tag| (tag.to_string(), vec![0; CHART_DAYS as usize])).collect();
    for (day, tag, count) in reader.daily_originals(first, last)? {
        if let Some((_, counts)) = places.iter_mut().find(|(place, _)| *place == tag)
            && let Some(place) = usize::try_from(day - first).ok().and_then(|at| counts.get_mut(at))
        {
            *place = count;
        }
    }
    places.retain(|(_, counts)| counts.iter().any(|count| *count > 0));
    places.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.iter().sum::<u32>()));
    Ok(places)
}
