//! The names that the lexicon lacks, kept for a while: finding them tags thousands of reports.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::sources::Sources;
use crate::classify::review::{Candidate, Candidates};
use crate::classify::{Classifier, Scratch};
use crate::store::{Reader, StoreError};

/// The newest items that are read.
const ITEMS_READ: i64 = 5_000;
/// A candidate is in at least this many of them.
pub(super) const ITEMS_MIN: usize = 4;
/// How long they are shown although the store has something new.
const SHOWN_FOR: Duration = Duration::from_secs(600);

/// The names that some items have and the lexicon lacks.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) names: Vec<Candidate>,
    /// How many items were read.
    pub(super) items: usize,
    last_item_id: i64,
    made: Instant,
}

/// Keeps the names that were found last.
#[derive(Debug, Default)]
pub(super) struct CandidateCache(Mutex<Option<Arc<Found>>>);

impl CandidateCache {
    /// Returns the names in the newest items, or those of some minutes ago. Whoever comes while they are looked for
    /// waits.
    pub(super) fn get(&self, sources: &Sources, reader: &Reader) -> Result<Arc<Found>, StoreError> {
        let last_item_id = reader.last_item_id()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |found: &&Arc<Found>| found.last_item_id == last_item_id || found.made.elapsed() <= SHOWN_FOR;
        if let Some(found) = kept.as_ref().filter(is_new) {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(find(sources, reader, last_item_id)?);
        *kept = Some(Arc::clone(&found));
        Ok(found)
    }
}

fn find(sources: &Sources, reader: &Reader, last_item_id: i64) -> Result<Found, StoreError> {
    let lexicon = &sources.config.lexicon;
    let classifier = Classifier::new(lexicon.clone());
    let (mut scratch, mut gathered) = (Scratch::default(), Candidates::default());
    let items = reader.texts(last_item_id - ITEMS_READ, None, usize::try_from(ITEMS_READ).unwrap_or_default())?;
    for item in &items {
        let text = item.text();
        let found = classifier.classify_with(&mut scratch, &text);
        gathered.add(lexicon, &text, &item.outlet, &found);
    }
    Ok(Found { names: gathered.finish(ITEMS_MIN), items: items.len(), last_item_id, made: Instant::now() })
}
