//! Where items come from, and which of several copies is therefore the original.

use jiff::Timestamp;

/// An item's number in the store.
pub(crate) type ItemKey = i64;

/// What decides which of several copies is the original: the one on a page of its own outlet's site, then the one of
/// the agency that the text credits, then the one that was seen first. The date that a publisher gives decides only
/// among items that were there before anybody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// Whether the item links to a page of the site of the feed that gave it.
    pub is_own_page: bool,
    /// The agency or paper that its outlet is, as [`Fingerprint::source`](super::Fingerprint::source) names them.
    pub agency: Option<u32>,
    /// Whether nobody saw it appear: it was in the first document of its feed, or was imported.
    pub is_backlog: bool,
    /// When it was first seen.
    pub seen: Timestamp,
    /// When it appeared: when it was first seen or, if nobody saw it appear, when it was published according to its
    /// feed, but not before the feed was last read without it.
    pub appeared: Timestamp,
}

impl Provenance {
    /// Returns the provenance of an item of a list, of which only the date `at` is known.
    pub fn of_list(at: Timestamp) -> Provenance {
        Provenance { is_own_page: false, agency: None, is_backlog: true, seen: Timestamp::UNIX_EPOCH, appeared: at }
    }
}

/// Backlogs found within this time of each other are of one start, and were seen in a random order.
const ONE_START_SECS: u64 = 3_600;

/// An item among its copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) key: ItemKey,
    pub(super) at_secs: i64,
    is_own_page: bool,
    pub(super) agency: Option<u32>,
    is_backlog: bool,
    seen_secs: i64,
    appeared_secs: i64,
}

impl Standing {
    pub(super) fn new(key: ItemKey, at: Timestamp, provenance: Provenance) -> Standing {
        Standing {
            key,
            at_secs: at.as_second(),
            is_own_page: provenance.is_own_page,
            agency: provenance.agency,
            is_backlog: provenance.is_backlog,
            seen_secs: provenance.seen.as_second(),
            appeared_secs: provenance.appeared.as_second(),
        }
    }

    /// Returns whether this item, which came later, is the original in the place of `survivor`, if their text credits
    /// the agency `credited`.
    pub(super) fn displaces(self, survivor: Standing, credited: Option<u32>) -> bool {
        if self.is_own_page != survivor.is_own_page {
            return self.is_own_page;
        }
        let is_source = |item: Standing| credited.is_some() && item.agency == credited;
        if is_source(self) != is_source(survivor) {
            return is_source(self);
        }
        let one_start =
            self.is_backlog && survivor.is_backlog && self.seen_secs.abs_diff(survivor.seen_secs) < ONE_START_SECS;
        if one_start {
            (self.appeared_secs, self.key) < (survivor.appeared_secs, survivor.key)
        } else {
            (self.seen_secs, self.key) < (survivor.seen_secs, survivor.key)
        }
    }
}

/// The original of a group of copies, which the window may have forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Its number.
    pub key: ItemKey,
    /// When it was published, or first seen if that is not known.
    pub at: Timestamp,
    /// What made it the original.
    pub provenance: Provenance,
}
