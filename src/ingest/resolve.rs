//! Stores the items of a feed as [`super::decide`] says, each new one in its place among the others.

use std::collections::HashSet;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use super::decide::{Decision, Holder, Intent, Known, Past, decide};
use super::engine::Prepared;
use super::likeness;
use super::window::{DedupWindow, kept};
use crate::dedup::{Match, Provenance};
use crate::store::{
    Address, MatchRecord, NewItem, NewSighting, NewText, SightingRow, StoreError, StoredText, Tagging, WriteTransaction,
};

/// How long a title identifies an item whose publisher changes its id.
const TITLE_WINDOW: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What became of the items of a poll or an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Items in the feed.
    pub items_seen: usize,
    /// Items that the store had not.
    pub items_new: usize,
    /// Items new to the feed that the store had from elsewhere.
    pub duplicates: usize,
    /// New items with a tag.
    pub tagged: usize,
    /// Items that the feed gave before.
    pub known: usize,
    /// Sightings that were stored: every item new to the feed, under whatever name.
    #[serde(skip)]
    pub stored: usize,
    /// Items new to the feed for which the day had no room.
    #[serde(skip)]
    pub put_off: usize,
    /// Items new to the feed, or edited, for which the writer had no time.
    #[serde(skip)]
    pub out_of_time: usize,
}

impl Counts {
    /// Adds the counts of another poll.
    pub fn add(&mut self, other: Counts) {
        self.items_seen += other.items_seen;
        self.items_new += other.items_new;
        self.duplicates += other.duplicates;
        self.tagged += other.tagged;
        self.known += other.known;
        self.stored += other.stored;
        self.put_off += other.put_off;
        self.out_of_time += other.out_of_time;
    }
}

/// A feed as the store knows it before its items are stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct FeedContext<'a> {
    /// The feed.
    pub(super) feed_id: i64,
    /// Who publishes it.
    pub(super) outlet: &'a str,
    /// Whether it gave items before; those of a new feed need not be looked for.
    pub(super) gave_before: bool,
    /// Whether nobody saw its items appear: they are the first that are read of it, or the first in a long time.
    pub(super) is_backlog: bool,
    /// When the feed was last read before; none if it never was, or is that of an import.
    pub(super) last_success: Option<Timestamp>,
    /// How many new items may be stored.
    pub(super) room: usize,
    /// After which time no more are stored, but for the first; `None` for no limit.
    pub(super) stop_at: Option<Instant>,
}

/// Stores the items of one feed that it did not have, and says what became of each.
pub(super) fn store_items(
    writer: &mut WriteTransaction<'_>,
    window: &mut DedupWindow,
    feed: FeedContext<'_>,
    items: &[Prepared],
    now: Timestamp,
) -> Result<Counts, StoreError> {
    let FeedContext { feed_id, gave_before, .. } = feed;
    let keeps_ids = keeps_ids(&mut Stored { writer: &mut *writer, feed_id, now }, items, gave_before)?;
    let mut counts = Counts { items_seen: items.len(), ..Counts::default() };
    let mut written = 0;
    let mut here: HashSet<i64> = HashSet::with_capacity(items.len());
    for item in items {
        let past = Past { gave_before, is_repeated: !here.insert(item.identity), keeps_ids, document: items };
        let Decision { intent, identity } = decide(&mut Stored { writer: &mut *writer, feed_id, now }, item, past)?;
        let is_edit = matches!(intent, Intent::Edit { .. });
        let is_new_here = matches!(intent, Intent::Alias { .. } | Intent::Sighting { .. } | Intent::New { .. });
        if is_new_here && counts.stored >= feed.room {
            counts.put_off += 1;
            continue;
        }
        // The first is stored all the same, so that each poll gets further.
        if (is_new_here || is_edit) && written > 0 && feed.stop_at.is_some_and(|stop_at| Instant::now() >= stop_at) {
            counts.out_of_time += 1;
            counts.known += usize::from(is_edit);
            continue;
        }
        written += usize::from(is_new_here || is_edit);
        counts.stored += usize::from(is_new_here);
        let sighting = |item_id, is_alias| NewSighting {
            feed_id,
            identity,
            item_id,
            first_seen: now,
            title_key: item.title_key,
            text_hash: item.text_hash,
            is_alias,
        };
        match intent {
            Intent::Nothing => counts.known += 1,
            Intent::Edit { item_id } => {
                counts.known += 1;
                let edited = Edited { feed_id, identity, item_id };
                edit(writer, window, edited, item, now)?;
            }
            Intent::Alias { item_id } => {
                counts.known += 1;
                writer.insert_sighting(&sighting(item_id, true), None)?;
            }
            Intent::Sighting { item_id, is_alias } => {
                counts.known += usize::from(is_alias);
                counts.duplicates += usize::from(!is_alias);
                // The title under which this feed gives what the store has from elsewhere.
                writer.insert_sighting(&sighting(item_id, is_alias), Some(&item.title))?;
            }
            Intent::New { takes_address_of, shares_address } => {
                let id = writer.next_item_id()?;
                if let Some(holder) = takes_address_of {
                    writer.release_address(holder)?;
                }
                let without_address = shares_address.then(|| Prepared { url_key: None, ..item.clone() });
                let is_duplicate = insert(writer, window, id, feed, without_address.as_ref().unwrap_or(item), now)?;
                counts.duplicates += usize::from(is_duplicate);
                counts.items_new += usize::from(!is_duplicate);
                counts.tagged += usize::from(!is_duplicate && !item.classification.tags.is_empty());
                writer.insert_sighting(&sighting(id, false), None)?;
                if let Some(holder) = takes_address_of {
                    writer.move_sightings(holder, id)?;
                }
            }
        }
    }
    Ok(counts)
}

/// Returns whether a feed keeps the ids of its items: the document has one that it gave before, or not several items that
/// it gave under other ids.
fn keeps_ids(stored: &mut Stored<'_, '_>, items: &[Prepared], gave_before: bool) -> Result<bool, StoreError> {
    if !gave_before || items.len() < 2 {
        return Ok(true);
    }
    for item in items {
        if stored.sighting(item.identity)?.is_some() {
            return Ok(true);
        }
    }
    let mut renamed = 0;
    for item in items {
        renamed += usize::from(stored.renamed(item)?.is_some());
    }
    Ok(renamed < 2 || renamed * 2 < items.len())
}

/// The store, asked about the items of one feed.
struct Stored<'a, 'w> {
    writer: &'a mut WriteTransaction<'w>,
    feed_id: i64,
    now: Timestamp,
}

impl Known for Stored<'_, '_> {
    type Error = StoreError;

    fn sighting(&mut self, identity: i64) -> Result<Option<SightingRow>, StoreError> {
        self.writer.sighting(self.feed_id, identity)
    }

    fn is_purged(&mut self, item: &Prepared) -> Result<bool, StoreError> {
        let by_id = self.writer.purged_at(self.feed_id, item.identity)?;
        let by_address = item.url_key.map(|key| self.writer.purged_at(0, key)).transpose()?.flatten();
        let is_later = |purged_at| item.published.is_some_and(|published| published > purged_at);
        Ok(match (by_id, by_address) {
            (None, None) => false,
            (Some(_), Some(_)) => true,
            // What only has the id of a purged item, or its page, may be another one, if it is younger.
            (Some(purged_at), None) => item.url_key.is_none() || !is_later(purged_at),
            // Nobody can keep a page from the site to which it belongs by giving it first.
            (None, Some(purged_at)) => !item.is_own_page && !is_later(purged_at),
        })
    }

    fn renamed(&mut self, item: &Prepared) -> Result<Option<i64>, StoreError> {
        let Some(title_key) = item.title_key else { return Ok(None) };
        let since = self.now.checked_sub(TITLE_WINDOW).unwrap_or(Timestamp::MIN);
        self.writer.renamed_item(self.feed_id, title_key, item.url_key, item.published, since)
    }

    fn holder(&mut self, url_key: i64) -> Result<Option<Holder>, StoreError> {
        let found = self.writer.item_by_url(url_key)?;
        Ok(found.map(|(item_id, is_own_page)| Holder { item_id, is_own_page }))
    }

    fn is_in_feed(&mut self, item_id: i64) -> Result<bool, StoreError> {
        self.writer.is_in_feed(item_id, self.feed_id)
    }

    fn text(&mut self, item_id: i64) -> Result<Option<StoredText>, StoreError> {
        self.writer.stored_text(item_id)
    }
}

/// An item whose words its feed has changed.
#[derive(Clone, Copy)]
struct Edited {
    feed_id: i64,
    identity: i64,
    item_id: i64,
}

/// Keeps the new words of an item that its feed has changed.
fn edit(
    writer: &mut WriteTransaction<'_>,
    window: &mut DedupWindow,
    Edited { feed_id, identity, item_id }: Edited,
    item: &Prepared,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = NewText { title: &item.title, summary: &item.summary };
    let tagging = Tagging { classification: &item.classification, names: item.names.as_deref() };
    if let Some(old_title) = writer.edit(item_id, feed_id, text, tagging, now)? {
        window.update(writer, item_id, &item.fingerprint)?;
        // A headline is never shown with the link of the one before it.
        if let (Some(url), Some(url_key)) = (&item.url, item.url_key) {
            writer.move_address(item_id, feed_id, Address { url, url_key, is_own_page: item.is_own_page })?;
        }
        // A title that says something new was first seen with the edit.
        if !likeness::is_alike(&old_title, &item.title) {
            writer.mark_rewritten(item_id, now)?;
        }
    }
    writer.set_text_hash(feed_id, identity, item.text_hash)
}

/// Stores a new item in its place among the others. Returns whether it is a copy of one, or one is a copy of it.
fn insert(
    writer: &mut WriteTransaction<'_>,
    window: &mut DedupWindow,
    id: i64,
    feed: FeedContext<'_>,
    item: &Prepared,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Prepared { is_own_page, agency, .. } = *item;
    let appeared = match feed.is_backlog {
        true => item.published.unwrap_or(now).max(feed.last_success.unwrap_or(Timestamp::MIN)).min(now),
        false => now,
    };
    let provenance = Provenance { is_own_page, agency, is_backlog: feed.is_backlog, seen: now, appeared };
    let place = window.place(writer, id, feed.outlet, item, provenance)?;
    for absorbed in &place.absorbed {
        writer.merge_stories(*absorbed, place.story)?;
    }
    let classification = &item.classification;
    writer.insert_item(
        id,
        &NewItem {
            feed_id: feed.feed_id,
            url: item.url.as_deref(),
            url_key: item.url_key,
            provenance,
            title: &item.title,
            summary: &item.summary,
            language: item.language.as_deref(),
            published: item.published,
            classification,
            names: item.names.as_deref(),
            duplicate_of: place.duplicate_of,
            story: (classification.scope.is_some() || place.story != id).then_some(place.story),
            found: place.found.as_ref().map(match_record),
            fingerprint: Some(&kept(&item.fingerprint, place.is_candidate)),
        },
    )?;
    if let Some(displaced) = place.displaces {
        writer.displace(displaced, id)?;
    }
    Ok(place.duplicate_of.is_some() || place.displaces.is_some())
}

/// What decided, as the store keeps it.
fn match_record(found: &Match) -> MatchRecord {
    MatchRecord {
        level: found.level,
        with: found.with,
        score: rounded(found.score),
        title_similarity: rounded(found.title),
        summary_containment: found.summary.map(rounded),
        shared_names: found.names,
        shared_numbers: found.numbers,
        shared_tags: found.tags,
    }
}

fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}
