//! What becomes of each item of a feed: known, edited, purged, a sighting of an item from elsewhere, or new with its place.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::engine::Prepared;
use super::window::{DedupWindow, kept};
use crate::dedup::{Assignment, Match};
use crate::store::{MatchRecord, NewItem, NewSighting, NewText, StoreError, Tagging, WriteTransaction};

/// How long a title stands for its item where a publisher changes the identity.
const TITLE_WINDOW: SignedDuration = SignedDuration::from_hours(60 * 24);

/// What became of the items of a poll or an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Items that stood in the feed.
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
    /// How many new items may be stored.
    pub(super) room: usize,
}

/// Stores the items of one feed that it did not have, and says what became of each.
pub(super) fn store_items(
    writer: &mut WriteTransaction<'_>,
    window: &mut DedupWindow,
    feed: FeedContext<'_>,
    items: &[Prepared],
    now: Timestamp,
) -> Result<Counts, StoreError> {
    let FeedContext { feed_id, outlet, gave_before, room } = feed;
    let mut counts = Counts { items_seen: items.len(), ..Counts::default() };
    let mut here: HashSet<i64> = HashSet::with_capacity(items.len());
    for item in items {
        let may_be_known = gave_before || !here.insert(item.identity);
        if may_be_known && let Some(known) = writer.sighting(feed_id, item.identity)? {
            counts.known += 1;
            if known.text_hash != item.text_hash {
                edit(writer, window, feed_id, known.item_id, item, now)?;
            }
            continue;
        }
        if writer.is_purged(feed_id, item.identity)? || is_address_purged(writer, item)? {
            counts.known += 1;
            continue;
        }
        if counts.stored >= room {
            counts.put_off += 1;
            continue;
        }
        counts.stored += 1;
        let mut sighting = NewSighting {
            feed_id,
            identity: item.identity,
            item_id: 0,
            first_seen: now,
            title_key: item.title_key,
            text_hash: item.text_hash,
            is_alias: false,
        };
        // Within one document no title stands for two items.
        if gave_before && let Some(known) = renamed(writer, feed_id, item, now)? {
            writer.insert_sighting(&NewSighting { item_id: known, is_alias: true, ..sighting }, None)?;
            counts.known += 1;
            continue;
        }
        let elsewhere = item.url_key.map(|key| writer.item_by_url(key)).transpose()?.flatten();
        if let Some(item_id) = elsewhere {
            sighting.item_id = item_id;
            // A publisher that changes its ids gives the same item again, and no new sighting of it.
            sighting.is_alias = writer.is_in_feed(item_id, feed_id)?;
            counts.known += usize::from(sighting.is_alias);
            counts.duplicates += usize::from(!sighting.is_alias);
        } else {
            sighting.item_id = writer.next_item_id()?;
            let place = window.place(writer, sighting.item_id, outlet, item, now)?;
            insert(writer, sighting.item_id, feed_id, item, &place, now)?;
            if let Some(displaced) = place.displaces {
                writer.displace(displaced, sighting.item_id)?;
            }
            let is_duplicate = place.duplicate_of.is_some() || place.displaces.is_some();
            counts.duplicates += usize::from(is_duplicate);
            counts.items_new += usize::from(!is_duplicate);
            counts.tagged += usize::from(!is_duplicate && !item.classification.tags.is_empty());
        }
        // The title under which this feed gives what the store has from elsewhere.
        let title = elsewhere.is_some().then_some(item.title.as_str());
        writer.insert_sighting(&sighting, title)?;
    }
    Ok(counts)
}

/// Keeps the new words of an item that its feed has changed.
fn edit(
    writer: &mut WriteTransaction<'_>,
    window: &mut DedupWindow,
    feed_id: i64,
    item_id: i64,
    item: &Prepared,
    now: Timestamp,
) -> Result<(), StoreError> {
    let text = NewText { title: &item.title, summary: &item.summary };
    let tagging = Tagging { classification: &item.classification, names: item.names.as_deref() };
    if writer.edit(item_id, feed_id, text, tagging, now)? {
        window.update(writer, item_id, &item.fingerprint)?;
    }
    writer.set_text_hash(feed_id, item.identity, item.text_hash)
}

fn is_address_purged(writer: &mut WriteTransaction<'_>, item: &Prepared) -> Result<bool, StoreError> {
    match item.url_key {
        Some(key) => writer.is_purged(0, key),
        None => Ok(false),
    }
}

/// The item that this one is under a new identity, where the feed changed or lost its ids and addresses.
fn renamed(
    writer: &WriteTransaction<'_>,
    feed_id: i64,
    item: &Prepared,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let Some(title_key) = item.title_key else { return Ok(None) };
    let since = now.checked_sub(TITLE_WINDOW).unwrap_or(Timestamp::MIN);
    writer.renamed_item(feed_id, title_key, item.url_key, item.published, since)
}

fn insert(
    writer: &mut WriteTransaction<'_>,
    id: i64,
    feed_id: i64,
    item: &Prepared,
    place: &Assignment,
    now: Timestamp,
) -> Result<(), StoreError> {
    let classification = &item.classification;
    writer.insert_item(
        id,
        &NewItem {
            feed_id,
            url: item.url.as_deref(),
            url_key: item.url_key,
            title: &item.title,
            summary: &item.summary,
            language: item.language.as_deref(),
            published: item.published,
            first_seen: now,
            classification,
            names: item.names.as_deref(),
            duplicate_of: place.duplicate_of,
            story: (classification.scope.is_some() || place.story != id).then_some(place.story),
            found: place.found.as_ref().map(match_record),
            fingerprint: Some(&kept(&item.fingerprint, place.is_candidate)),
        },
    )
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
