//! The serial half of ingest: known or new, duplicate or not, and into the store.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::engine::{Engine, ITEMS_A_PART, PreparedFeed};
use super::in_hand::InHand;
use super::resolve::{Counts, FeedContext, store_items};
use super::window::DedupWindow;
use crate::classify::{ItemText, Scratch};
use crate::dedup::Fingerprint;
use crate::model::{Classification, PollState, Quarantine, Tag};
use crate::parallel::of_parts;
use crate::poller::schedule::{self, Bounds, PollResult, Polled};
use crate::poller::{Budgets, Cost, Grade, ServerHints, Status, Validators};
use crate::store::{
    FINGERPRINTS_KEPT, FeedRow, FetchResult, ItemText as StoredText, Pruned, Pruning, RetentionOptions, Store,
    StoreError, StoredValidators, Tagging, WriteTransaction,
};
use crate::text::sanitize::without_passwords;
use crate::text::without_outlet;

/// Items that `reclassify` reads and writes at a time.
const RECLASSIFY_BATCH: usize = 2_000;

/// Items of the polls that one transaction stores, unless a single poll has more.
const TRANSACTION_ITEMS: usize = 2_000;

/// How long a transaction may take before it is committed, except for the poll that is being stored.
const TRANSACTION_TIME: Duration = Duration::from_millis(250);

/// The name under which the store keeps the labels of the lexicon, as JSON of [`Labels`](crate::lexicon::Labels).
pub(crate) const LABELS: &str = "lexicon_labels";

/// The name under which the store keeps how far an interrupted `reclassify` came.
const RECLASSIFY_MARK: &str = "reclassify";

/// An item that appears this long after the last look at its feed was not seen appearing.
const SEEN_WITHIN: SignedDuration = SignedDuration::from_hours(6);

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
    pub state: PollState,
    /// What the configuration asks of the schedule.
    pub bounds: Bounds,
    /// What the feed may cost.
    pub budgets: Budgets,
    /// 0 to 1: spreads the next polls.
    pub jitter: f64,
}

/// What became of a poll.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The feed as the store has it now.
    pub feed: FeedRow,
    /// How the fetch ended.
    pub status: Status,
    /// What became of the items.
    pub counts: Counts,
    /// Whether this poll was the first of its day that had to put items off.
    pub is_budget_exceeded: bool,
}

/// The one writer of items.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    engine: Arc<Engine>,
    window: DedupWindow,
    in_hand: Arc<InHand>,
}

impl Writer {
    /// Becomes the writer of a store. Feeds that were in hand when the last writer's process died are put into
    /// quarantine.
    pub fn open(mut store: Store, engine: Arc<Engine>, now: Timestamp) -> Result<Writer, StoreError> {
        if store.meta("lexicon_version")?.is_none() {
            store.set_meta("lexicon_version", engine.lexicon_version())?;
        }
        let labels = serde_json::to_string(&engine.labels()).unwrap_or_default();
        if store.meta(LABELS)?.is_none_or(|kept| kept != labels) {
            store.set_meta(LABELS, &labels)?;
        }
        let (in_hand, left) = InHand::open(store.path().parent().unwrap_or(Path::new(".")));
        if !left.is_empty() {
            quarantine(&mut store, &left, now)?;
            in_hand.clear();
        }
        let window = DedupWindow::new(Arc::clone(&engine.rules().pairs));
        Ok(Writer { store, engine, window, in_hand })
    }

    /// The feeds in hand.
    pub(crate) fn in_hand(&self) -> &Arc<InHand> {
        &self.in_hand
    }

    /// Returns the engine that prepares the items.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Stores the first of the polls that wait, each whole, in one transaction: at least one, and no more than a
    /// transaction may hold. Returns what became of them, in their order.
    ///
    /// # Errors
    /// If the store fails, nothing of any of these polls is stored.
    pub fn record<'p>(&mut self, polls: impl IntoIterator<Item = &'p Poll>) -> Result<Vec<Recorded>, StoreError> {
        let in_hand = Arc::clone(&self.in_hand);
        self.write(|writer, window| {
            let started = Instant::now();
            let (mut recorded, mut items) = (Vec::new(), 0);
            for poll in polls {
                items += poll.read.as_ref().map_or(0, |read| read.items.len());
                let is_full = items > TRANSACTION_ITEMS || started.elapsed() >= TRANSACTION_TIME;
                if is_full && !recorded.is_empty() {
                    break;
                }
                let _held = in_hand.hold(poll.feed_id);
                recorded.push(record_one(writer, window, poll)?);
            }
            Ok(recorded)
        })
    }

    /// Runs `work` in one transaction, with the window of recent items.
    pub(super) fn write<T>(
        &mut self,
        work: impl FnOnce(&mut WriteTransaction<'_>, &mut DedupWindow) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let window = &mut self.window;
        let done = self.store.write(|writer| work(writer, window));
        if done.is_err() {
            // The window may hold items that were undone.
            self.window.drop_held();
        }
        done
    }

    /// The store, for what is no item.
    pub fn store(&mut self) -> &mut Store {
        &mut self.store
    }

    /// Tags the history again under the engine's lexicon, in batches. Returns how many items were read.
    ///
    /// # Errors
    /// Those of the store; what was done until then stays.
    pub fn reclassify(&mut self, since: Option<Timestamp>, mut progress: impl FnMut(u64)) -> Result<u64, StoreError> {
        let mut run = self.begin_reclassify(since)?;
        while self.reclassify_step(&mut run)? {
            progress(run.done);
        }
        Ok(run.done)
    }

    /// Begins to tag the history again. An interrupted run goes on where it stopped, as long as the lexicon and `since`
    /// are the same.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) fn begin_reclassify(&mut self, since: Option<Timestamp>) -> Result<Reclassification, StoreError> {
        let name = format!(
            "{} {}",
            self.engine.lexicon_version(),
            since.map_or_else(|| "all".to_owned(), |since| since.to_string())
        );
        let after = match self.store.meta(RECLASSIFY_MARK)? {
            Some(mark) => {
                mark.rsplit_once(' ').filter(|(of, _)| *of == name).and_then(|(_, id)| id.parse().ok()).unwrap_or(0)
            }
            None => 0,
        };
        Ok(Reclassification { name, since, after, done: 0 })
    }

    /// Tags a batch again. Returns whether there are more.
    ///
    /// # Errors
    /// Those of the store; nothing of the batch is then changed.
    pub(crate) fn reclassify_step(&mut self, run: &mut Reclassification) -> Result<bool, StoreError> {
        let texts = self.store.texts(run.after, run.since, RECLASSIFY_BATCH)?;
        let Some(last) = texts.last().map(|text| text.id) else {
            let version = self.engine.lexicon_version().to_owned();
            return self.store.write(|writer| {
                writer.set_meta(RECLASSIFY_MARK, "")?;
                // A part of the history under another lexicon does not make the whole comparable.
                if run.since.is_none() {
                    writer.set_meta("lexicon_version", &version)?;
                }
                Ok(false)
            });
        };
        let tagged = tag_all(&self.engine, &texts);
        self.window.drop_held();
        self.store.write(|writer| {
            let first_kept = writer.next_item_id()? - FINGERPRINTS_KEPT;
            for (text, (classification, names)) in texts.iter().zip(&tagged) {
                writer.retag(text.id, Tagging { classification, names: names.as_deref() })?;
                if text.id >= first_kept {
                    retag_fingerprint(writer, text.id, classification)?;
                }
            }
            writer.set_meta(RECLASSIFY_MARK, &format!("{} {last}", run.name))
        })?;
        run.after = last;
        run.done += texts.len() as u64;
        Ok(true)
    }

    /// Removes what `options` no longer keep.
    ///
    /// # Errors
    /// Those of the store; what was removed until then stays removed.
    pub fn prune(&mut self, options: &RetentionOptions, now: Timestamp) -> Result<Pruned, StoreError> {
        let mut pruning = Pruning::new(options, now);
        while self.prune_step(&mut pruning)? {}
        Ok(pruning.pruned())
    }

    /// Does a part of a prune. Returns whether there is more to do.
    ///
    /// # Errors
    /// Those of the store; what was removed until then stays removed.
    pub(crate) fn prune_step(&mut self, pruning: &mut Pruning) -> Result<bool, StoreError> {
        let before = pruning.pruned();
        let more = self.store.prune_step(pruning);
        if more.is_err() || pruning.pruned() != before {
            // The window may hold items that are gone.
            self.window.drop_held();
        }
        more
    }

    /// Whether the window of recent items in memory is what would be read from the file. It is, after every call; tests
    /// ask.
    ///
    /// # Errors
    /// Those of the store.
    pub fn is_window_as_stored(&mut self) -> Result<bool, StoreError> {
        let window = &self.window;
        self.store.write(|writer| window.is_as_stored(writer))
    }

    /// Ends the writing and moves the log into the file.
    ///
    /// # Errors
    /// Those of the store.
    pub fn close(mut self) -> Result<(), StoreError> {
        if cfg!(debug_assertions) {
            assert!(self.is_window_as_stored()?, "the window of recent items is not what the store has");
        }
        self.in_hand.clear();
        self.store.checkpoint()
    }
}

/// A run that tags the history again.
#[derive(Debug)]
pub(crate) struct Reclassification {
    /// The lexicon and `since`.
    name: String,
    since: Option<Timestamp>,
    /// The last item that was done.
    after: i64,
    done: u64,
}

impl Reclassification {
    /// Returns how many items were tagged again so far.
    pub(crate) fn done(&self) -> u64 {
        self.done
    }
}

/// Puts feeds into quarantine, because a process died while it had them in hand.
fn quarantine(store: &mut Store, feeds: &[i64], now: Timestamp) -> Result<(), StoreError> {
    store.write(|writer| {
        for id in feeds {
            let Some(feed) = writer.feed_if_known(*id)? else { continue };
            let mut state = feed.poll_state;
            let quarantine = Quarantine::after(state.quarantine.as_ref(), now.as_second());
            let until = Timestamp::from_second(quarantine.until_secs).unwrap_or(Timestamp::MAX);
            tracing::warn!(
                feed = %without_passwords(&feed.feed.url), times = quarantine.times, %until,
                "kazbek ended while it had this feed in hand: it is polled later, and alone"
            );
            state.quarantine = Some(quarantine);
            writer.set_poll_state(*id, &state, feed.next_due_at.max(until))?;
        }
        Ok(())
    })
}

/// Has the fingerprint of an item follow its tags.
fn retag_fingerprint(
    writer: &mut WriteTransaction<'_>,
    id: i64,
    classification: &Classification,
) -> Result<(), StoreError> {
    let kept = writer.fingerprint(id)?;
    let Some(Ok(fingerprint)) = kept.as_deref().map(Fingerprint::from_bytes) else { return Ok(()) };
    let tags: Vec<&str> = classification.tags.iter().map(Tag::as_str).collect();
    let tagged = fingerprint.with_tags(&tags);
    if tagged == fingerprint { Ok(()) } else { writer.set_fingerprint(id, &tagged.to_bytes()) }
}

/// Tags a batch on all cores: each text's classification and the rival names that it uses.
fn tag_all(engine: &Engine, texts: &[StoredText]) -> Vec<(Classification, Option<String>)> {
    let tag = |part: Range<usize>| {
        let mut scratch = Scratch::default();
        let tag_one = |text| {
            let classification = engine.classify_with(&mut scratch, &item_text(text));
            let names = engine.names(&classification);
            (classification, names)
        };
        texts[part].iter().map(tag_one).collect::<Vec<_>>()
    };
    of_parts(texts.len(), ITEMS_A_PART, tag).into_iter().flatten().collect()
}

fn item_text(text: &StoredText) -> ItemText<'_> {
    ItemText {
        title: without_outlet(&text.title, &text.outlet),
        summary: &text.summary,
        content: None,
        url: text.url.as_deref(),
        language: text.language.as_deref(),
        bloc: text.bloc.as_deref().and_then(|word| word.parse().ok()),
        country: text.country.as_deref(),
    }
}

fn record_one(
    writer: &mut WriteTransaction<'_>,
    window: &mut DedupWindow,
    poll: &Poll,
) -> Result<Recorded, StoreError> {
    let started = Instant::now();
    let mut counts = Counts::default();
    let mut is_rollover = false;
    let mut is_emptied = false;
    let mut state = poll.state.clone();
    if let Some(read) = &poll.read {
        let gave_before = writer.has_sightings(poll.feed_id)?;
        is_emptied = gave_before && read.items.is_empty();
        let last_success = writer.last_success(poll.feed_id)?;
        let is_backlog = last_success.is_none_or(|last| poll.at.duration_since(last) > SEEN_WITHIN);
        let context = FeedContext {
            feed_id: poll.feed_id,
            outlet: &poll.outlet,
            gave_before,
            is_backlog,
            last_success,
            room: poll.budgets.room(&state.used, poll.at),
            stop_at: started.checked_add(poll.budgets.writer_limit()),
        };
        counts = store_items(writer, window, context, &read.items, poll.at)?;
        // Nothing of the last fetch is left: what stood between the two was never seen.
        is_rollover = gave_before && counts.items_seen > 0 && counts.known == 0;
        if let Some(title) = &read.title {
            writer.name_feed(poll.feed_id, title)?;
        }
        let writer_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let left_out = read.items_left_out;
        let put_off = counts.put_off + counts.out_of_time;
        let cost = Cost { stored: counts.stored, put_off, left_out, writer_ms };
        state.used = poll.budgets.charge(&state.used, cost, poll.at);
        state.quarantine = state.quarantine.and_then(Quarantine::survived);
    }
    let is_over_budget = counts.put_off + counts.out_of_time > 0;
    let reason = if counts.put_off > 0 {
        let (put_off, limit) = (counts.put_off, poll.budgets.daily_item_limit);
        Some(format!("{put_off} new items wait for tomorrow: `poller.daily_item_limit` is {limit}"))
    } else if counts.out_of_time > 0 {
        let (out_of_time, limit_ms) = (counts.out_of_time, poll.budgets.writer_limit_ms);
        Some(format!("{out_of_time} items wait for the next poll: `poller.writer_limit_ms` is {limit_ms}"))
    } else if is_emptied && poll.reason.is_none() {
        Some("the feed has no items, and had some before".to_owned())
    } else {
        poll.reason.clone()
    };
    let status = if is_emptied { Status::Incomplete } else { poll.status };
    let is_budget_exceeded =
        is_over_budget && (poll.state.used.items_put_off == 0 || poll.state.used.day != state.used.day);
    let (state, next_due_at, is_success) = scheduled(poll, state, &counts, is_rollover);
    let validators = &poll.validators;
    let body_hash = validators.body_hash.as_ref().map(<[u8; 16]>::as_slice);
    writer.finish_fetch(&FetchResult {
        feed_id: poll.feed_id,
        at: poll.at,
        status: status.as_str(),
        reason: reason.as_deref(),
        is_success,
        is_our_fault: poll.read.is_none() && poll.status.grade() == Grade::Ours,
        size_bytes: poll.size_bytes,
        items_seen: counts.items_seen,
        items_new: counts.items_new,
        duplicates: counts.duplicates,
        is_rollover,
        // What was put off or is missing must be fetched again, even if the feed does not change.
        validators: poll.read.as_ref().map(|_| match is_over_budget || is_emptied {
            true => StoredValidators::default(),
            false => StoredValidators {
                etag: validators.etag.as_deref(),
                last_modified: validators.last_modified.as_deref(),
                body_hash,
            },
        }),
        poll_state: &state,
        next_due_at,
    })?;
    Ok(Recorded { feed: writer.feed_by_id(poll.feed_id)?, status, counts, is_budget_exceeded })
}

/// What the schedule makes of a poll: the new state, when the feed is due again, and whether it answered as a feed.
fn scheduled(poll: &Poll, state: PollState, counts: &Counts, is_rollover: bool) -> (PollState, Timestamp, bool) {
    let result = match (&poll.read, poll.status) {
        (Some(_), _) => PollResult::Items {
            seen: counts.items_seen,
            new: counts.items_seen.saturating_sub(counts.known + counts.put_off + counts.out_of_time),
            is_rollover,
        },
        (None, Status::NotModified | Status::SameBody) => PollResult::Unchanged,
        (None, status) => PollResult::Failure(status.grade()),
    };
    let is_success = !matches!(result, PollResult::Failure(_));
    let polled = Polled {
        result,
        retry_after: poll.hints.retry_after,
        fresh_for: poll.hints.fresh_for,
        hints: poll.read.as_ref().map(|read| &read.hints),
        at: poll.at,
        jitter: poll.jitter,
    };
    // A 304 says nothing of where it came from; a body, and be it the same as before, has been read as a feed.
    let state = match poll.status {
        Status::NotModified => state,
        _ => state.followed(poll.moved_to.as_deref(), is_success),
    };
    let (state, next_due_at) = schedule::next(&state, &polled, &poll.bounds);
    let rested_at = poll.at.checked_add(poll.budgets.rest(&state.used)).unwrap_or(Timestamp::MAX);
    let next_due_at = if poll.read.is_some() { next_due_at.max(rested_at) } else { next_due_at };
    (state, next_due_at, is_success)
}
