//! The window of recent items beside the store: what it holds in memory is what would be read from the file, at every
//! commit.
//!
//! Every change of a fingerprint or a place goes through here into both. After a transaction that failed, and after
//! items were purged or tagged anew, the window is dropped and read again when it is next needed.

use std::sync::Arc;

use super::engine::Prepared;
use crate::dedup::{self, Assignment, Candidate, Deduplicator, Fingerprint, PairModel, Placed, Provenance};
use crate::store::{FINGERPRINTS_KEPT, StoreError, WriteTransaction};

/// The outlet of imported items that name none.
const NO_OUTLET: &str = "import:";

/// The window of a writer, read from the store when it is first needed.
#[derive(Debug)]
pub(super) struct DedupWindow {
    model: Arc<PairModel>,
    held: Option<Deduplicator>,
}

impl DedupWindow {
    /// Returns a window that is read when it is needed.
    pub(super) fn new(model: Arc<PairModel>) -> DedupWindow {
        DedupWindow { model, held: None }
    }

    /// Drops what is in memory: the store knows better.
    pub(super) fn drop_held(&mut self) {
        self.held = None;
    }

    /// Finds what a new item repeats and which story it belongs to. The caller stores the item under `id` in the same
    /// transaction.
    pub(super) fn place(
        &mut self,
        writer: &WriteTransaction<'_>,
        id: i64,
        outlet: &str,
        item: &Prepared,
        provenance: Provenance,
    ) -> Result<Assignment, StoreError> {
        let at = item.published.unwrap_or(provenance.seen);
        let window = self.window(writer)?;
        // The store has looked for the address already, and further back than the window reaches.
        let fingerprint = &item.fingerprint;
        let place = window.assign(&Candidate { key: id, url_key: None, at, provenance, outlet, fingerprint });
        // The store keeps fingerprints by number, and numbers of purged items are missing.
        window.forget_through(id - FINGERPRINTS_KEPT);
        Ok(place)
    }

    /// Has an item compared by its new words from now on, in memory and in the store.
    pub(super) fn update(
        &mut self,
        writer: &mut WriteTransaction<'_>,
        id: i64,
        fingerprint: &Fingerprint,
    ) -> Result<(), StoreError> {
        if writer.fingerprint(id)?.is_none() {
            return Ok(());
        }
        match self.window(writer)?.update(id, fingerprint) {
            Some(is_candidate) => writer.set_fingerprint(id, &kept(fingerprint, is_candidate)),
            None => Ok(()),
        }
    }

    /// Whether what is in memory, if anything, is what would be read from the store.
    pub(super) fn is_as_stored(&self, writer: &WriteTransaction<'_>) -> Result<bool, StoreError> {
        Ok(match &self.held {
            Some(window) => window.lines() == restored(writer, &self.model)?.lines(),
            None => true,
        })
    }

    fn window(&mut self, writer: &WriteTransaction<'_>) -> Result<&mut Deduplicator, StoreError> {
        Ok(match &mut self.held {
            Some(window) => window,
            empty => empty.insert(restored(writer, &self.model)?),
        })
    }
}

/// A fingerprint as the store keeps it: nothing of a copy that is not compared with others.
pub(super) fn kept(fingerprint: &Fingerprint, is_candidate: bool) -> Vec<u8> {
    if is_candidate { fingerprint.to_bytes() } else { Vec::new() }
}

/// The window as the store has it.
fn restored(writer: &WriteTransaction<'_>, model: &Arc<PairModel>) -> Result<Deduplicator, StoreError> {
    let capacity = usize::try_from(FINGERPRINTS_KEPT).unwrap_or(usize::MAX);
    let mut window = Deduplicator::new(Arc::clone(model), dedup::Options { capacity, ..dedup::Options::default() });
    for row in writer.window()? {
        let fingerprint = match row.fingerprint.as_slice() {
            [] => None,
            // A fingerprint of another version says nothing; its item is no candidate then.
            bytes => Fingerprint::from_bytes(bytes).ok(),
        };
        window.restore(&Placed {
            key: row.id,
            at: row.at,
            provenance: row.provenance,
            outlet: if row.outlet == NO_OUTLET { "" } else { &row.outlet },
            fingerprint: fingerprint.as_ref(),
            duplicate_of: row.duplicate_of,
            story: row.story,
            story_items: row.story_items,
        });
    }
    Ok(window)
}
