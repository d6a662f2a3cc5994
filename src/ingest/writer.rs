//! The serial half of ingest: known or new, duplicate or not, and into the store.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::engine::{Engine, Prepared, PreparedFeed};
use crate::classify::ItemText;
use crate::dedup::{self, Assignment, Candidate, Deduplicator, Fingerprint, Match};
use crate::poller::schedule::{self, Bounds, Found, Polled, Rhythm};
use crate::poller::{ServerHints, Status, Validators};
use crate::store::{FetchResult, KeptValidators, NewItem, NewSighting, Store, StoreError, WriteTransaction};

/// How long a title stands for its item where a publisher changes the identity.
const TITLE_WINDOW: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Items that `reclassify` reads and writes at a time.
const RECLASSIFY_BATCH: usize = 2_000;

/// The name under which the store keeps how far an interrupted `reclassify` came.
const RECLASSIFY_MARK: &str = "reclassify";

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
}

impl Counts {
    /// Adds the counts of another poll.
    pub fn add(&mut self, other: Counts) {
        self.items_seen += other.items_seen;
        self.items_new += other.items_new;
        self.duplicates += other.duplicates;
        self.tagged += other.tagged;
        self.known += other.known;
    }
}

/// One fetch of one feed, ready to be stored.
#[derive(Debug)]
pub struct Poll {
    /// The feed.
    pub feed_id: i64,
    /// Who publishes it.
    pub outlet: String,
    /// When it was fetched.
    pub at: Timestamp,
    /// The items, where the feed answered with a body that reads as a feed.
    pub read: Option<PreparedFeed>,
    /// How the fetch ended.
    pub status: Status,
    /// What went wrong, for a person.
    pub reason: Option<String>,
    /// Bytes of the body after decompression.
    pub size_bytes: u64,
    /// What came with the body; kept only together with its items.
    pub validators: Validators,
    /// What the server's headers ask for.
    pub hints: ServerHints,
    /// Where permanent redirects led.
    pub moved_to: Option<String>,
    /// What the schedule had learnt before.
    pub rhythm: Rhythm,
    /// What the configuration asks of the schedule.
    pub bounds: Bounds,
    /// 0 to 1: spreads the next polls.
    pub jitter: f64,
}

/// What became of a poll.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The feed.
    pub feed_id: i64,
    /// How the fetch ended.
    pub status: Status,
    /// What became of the items.
    pub counts: Counts,
    /// What the schedule has learnt, as the store keeps it.
    pub rhythm_json: String,
    /// The validators that were kept; none where the old ones stay.
    pub validators: Option<Validators>,
    /// When the feed is due again.
    pub next_due_at: Timestamp,
}

/// The one writer of items.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    engine: Arc<Engine>,
    /// The recent items; none until the first new item comes, and after a transaction that failed.
    window: Option<Deduplicator>,
}

/// The window of recent items, read from the store when it is first needed.
pub(super) struct Window<'a> {
    window: &'a mut Option<Deduplicator>,
}

impl Writer {
    /// Becomes the writer of a store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn open(mut store: Store, engine: Arc<Engine>, _now: Timestamp) -> Result<Writer, StoreError> {
        if store.meta("lexicon_version")?.is_none() {
            store.set_meta("lexicon_version", engine.lexicon_version())?;
        }
        Ok(Writer { store, engine, window: None })
    }

    /// The pure half.
    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Stores polls that wait together: one transaction, each poll whole or not at all.
    ///
    /// # Errors
    /// Those of the store; then nothing of these polls is stored, and the feeds will be fetched again in full.
    pub fn record(&mut self, polls: &[Poll]) -> Result<Vec<Recorded>, StoreError> {
        self.write(|writer, window| {
            polls.iter().map(|poll| writer.savepoint(|writer| record_one(writer, window, poll))).collect()
        })
    }

    /// Runs `work` in one transaction, with the window of recent items.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&mut WriteTransaction<'_>, &mut Window<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut window = Window { window: &mut self.window };
        let done = self.store.write(|writer| work(writer, &mut window));
        if done.is_err() {
            // The window may hold items that were undone; the store knows better.
            self.window = None;
        }
        done
    }

    /// The store, for what is no item.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Tags the history again under the engine's lexicon, in batches. An interrupted run goes on where it stopped, as long as the
    /// lexicon and `since` are the same. Returns how many items were read.
    ///
    /// # Errors
    /// Those of the store; what was done until then stays.
    pub fn reclassify(&mut self, since: Option<Timestamp>, mut progress: impl FnMut(u64)) -> Result<u64, StoreError> {
        let run = format!(
            "{} {}",
            self.engine.lexicon_version(),
            since.map_or_else(|| "all".to_owned(), |since| since.to_string())
        );
        let mut after = match self.store.meta(RECLASSIFY_MARK)? {
            Some(mark) => {
                mark.rsplit_once(' ').filter(|(of, _)| *of == run).and_then(|(_, id)| id.parse().ok()).unwrap_or(0)
            }
            None => 0,
        };
        let mut done = 0;
        loop {
            let texts = self.store.texts(after, since, RECLASSIFY_BATCH)?;
            let Some(last) = texts.last() else { break };
            after = last.id;
            let engine = &self.engine;
            self.store.write(|writer| {
                for text in &texts {
                    let classification = engine.classify(&ItemText {
                        title: &text.title,
                        summary: &text.summary,
                        content: None,
                        url: text.url.as_deref(),
                        language: text.language.as_deref(),
                        bloc: text.bloc.as_deref().and_then(|word| word.parse().ok()),
                        country: text.country.as_deref(),
                    });
                    writer.retag(text, &classification)?;
                }
                writer.set_meta(RECLASSIFY_MARK, &format!("{run} {after}"))
            })?;
            done += texts.len() as u64;
            progress(done);
        }
        let version = self.engine.lexicon_version().to_owned();
        self.store.write(|writer| {
            writer.set_meta(RECLASSIFY_MARK, "")?;
            // A part of the history under another lexicon does not make the whole comparable.
            if since.is_none() { writer.set_meta("lexicon_version", &version) } else { Ok(()) }
        })?;
        Ok(done)
    }

    /// Ends the writing and moves the log into the file.
    ///
    /// # Errors
    /// Those of the store.
    pub fn close(self) -> Result<(), StoreError> {
        self.store.checkpoint()
    }
}

fn record_one(writer: &mut WriteTransaction<'_>, window: &mut Window<'_>, poll: &Poll) -> Result<Recorded, StoreError> {
    let mut counts = Counts::default();
    let mut is_rollover = false;
    if let Some(read) = &poll.read {
        let gave_before = writer.has_sightings(poll.feed_id)?;
        counts = store_items(writer, window, poll.feed_id, &poll.outlet, &read.items, poll.at)?;
        // Nothing of the last fetch is left: what stood between the two was never seen.
        is_rollover = gave_before && counts.items_seen > 0 && counts.known == 0;
        if let Some(title) = &read.title {
            writer.name_feed(poll.feed_id, title)?;
        }
    }
    let (rhythm, next_due_at, is_success) = scheduled(poll, &counts, is_rollover);
    let rhythm_json = serde_json::to_string(&rhythm).unwrap_or_default();
    let validators = &poll.validators;
    let body_hash = validators.body_hash.as_ref().map(<[u8; 16]>::as_slice);
    writer.finish_fetch(&FetchResult {
        feed_id: poll.feed_id,
        at: poll.at,
        status: poll.status.as_str(),
        reason: poll.reason.as_deref(),
        is_success,
        size_bytes: poll.size_bytes,
        items_seen: counts.items_seen,
        items_new: counts.items_new,
        duplicates: counts.duplicates,
        is_rollover,
        validators: poll.read.as_ref().map(|_| KeptValidators {
            etag: validators.etag.as_deref(),
            last_modified: validators.last_modified.as_deref(),
            body_hash,
        }),
        rhythm: &rhythm_json,
        next_due_at,
    })?;
    let validators = poll.read.is_some().then(|| poll.validators.clone());
    Ok(Recorded { feed_id: poll.feed_id, status: poll.status, counts, rhythm_json, validators, next_due_at })
}

/// What the schedule makes of a poll: the rhythm, when the feed is due again, and whether it answered as a feed.
fn scheduled(poll: &Poll, counts: &Counts, is_rollover: bool) -> (Rhythm, Timestamp, bool) {
    let found = match (&poll.read, poll.status) {
        (Some(_), _) => Found::Items { seen: counts.items_seen, new: counts.items_seen - counts.known, is_rollover },
        (None, Status::NotModified | Status::SameBody) => Found::Unchanged,
        (None, status) => Found::Failure(status.grade()),
    };
    let is_success = !matches!(found, Found::Failure(_));
    let polled = Polled {
        found,
        retry_after: poll.hints.retry_after,
        fresh_for: poll.hints.fresh_for,
        hints: poll.read.as_ref().map(|read| &read.hints),
        at: poll.at,
        jitter: poll.jitter,
    };
    // A 304 says nothing of where it came from; a body, and be it the same as before, has been read as a feed.
    let rhythm = match poll.status {
        Status::NotModified => poll.rhythm.clone(),
        _ => poll.rhythm.clone().followed(poll.moved_to.as_deref(), is_success),
    };
    let (rhythm, next_due_at) = schedule::next(&rhythm, &polled, &poll.bounds);
    (rhythm, next_due_at, is_success)
}

/// Stores the items of one feed that it did not have, and says what became of each.
pub(super) fn store_items(
    writer: &mut WriteTransaction<'_>,
    window: &mut Window<'_>,
    feed_id: i64,
    outlet: &str,
    items: &[Prepared],
    now: Timestamp,
) -> Result<Counts, StoreError> {
    let mut counts = Counts { items_seen: items.len(), ..Counts::default() };
    for item in items {
        if writer.sighting(feed_id, item.identity)?.is_some() {
            counts.known += 1;
            continue;
        }
        let mut sighting = NewSighting {
            feed_id,
            identity: item.identity,
            item_id: 0,
            first_seen: now,
            title_key: item.title_key,
            text_hash: item.text_hash,
            is_alias: false,
        };
        if let Some(known) = renamed(writer, feed_id, item, now)? {
            writer.insert_sighting(&NewSighting { item_id: known, is_alias: true, ..sighting })?;
            counts.known += 1;
            continue;
        }
        let elsewhere = item.url_key.map(|key| writer.item_by_url(key)).transpose()?.flatten();
        if let Some(item_id) = elsewhere {
            sighting.item_id = item_id;
            // A publisher that changes its ids gives the same item again, and no new sighting of it.
            sighting.is_alias = writer.stands_in(item_id, feed_id)?;
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
        writer.insert_sighting(&sighting)?;
    }
    Ok(counts)
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
    let found = place.found.map(|found| found_json(&found));
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
            duplicate_of: place.duplicate_of,
            story: (classification.scope.is_some() || place.story != id).then_some(place.story),
            found: found.as_deref(),
            fingerprint: Some(&item.fingerprint.to_bytes()),
        },
    )
}

/// What decided, as `explain` shows it.
fn found_json(found: &Match) -> String {
    serde_json::json!({
        "level": found.level.as_str(),
        "with": found.with,
        "score": rounded(found.score),
        "title_similarity": rounded(found.title),
        "summary_containment": found.summary.map(rounded),
        "shared_names": found.names,
        "shared_numbers": found.numbers,
        "shared_tags": found.tags,
    })
    .to_string()
}

fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}

impl Window<'_> {
    /// Finds what a new item repeats and which story it belongs to.
    fn place(
        &mut self,
        writer: &WriteTransaction<'_>,
        id: i64,
        outlet: &str,
        item: &Prepared,
        now: Timestamp,
    ) -> Result<Assignment, StoreError> {
        let at = item.published.unwrap_or(now);
        let window = match &mut self.window {
            Some(window) => window,
            empty => empty.insert(restored(writer, at)?),
        };
        // The store has looked for the address already, and further back than the window reaches.
        Ok(window.assign(&Candidate { key: id, url_key: None, at, outlet, fingerprint: &item.fingerprint }))
    }
}

/// A window with the store's items from some days before a time.
fn restored(writer: &WriteTransaction<'_>, at: Timestamp) -> Result<Deduplicator, StoreError> {
    let options = dedup::Options::default();
    let mut window = Deduplicator::new(options);
    let reach = SignedDuration::from_hours(i64::from(options.duplicate_hours.max(options.story_hours)));
    let since = at.checked_sub(reach).unwrap_or(Timestamp::MIN);
    for row in writer.window(since, options.capacity)? {
        // A fingerprint of another version says nothing; its item is no candidate then.
        let Ok(fingerprint) = Fingerprint::from_bytes(&row.fingerprint) else { continue };
        let candidate =
            Candidate { key: row.id, url_key: None, at: row.at, outlet: &row.outlet, fingerprint: &fingerprint };
        window.restore(&candidate, row.duplicate_of, row.story);
    }
    Ok(window)
}
