//! Deduplication: canonical addresses (level 2), near-duplicates (level 3), stories (level 4).
//!
//! This module defines when two items are the same, and keeps the window of recent items that it compares with. Level
//! 1, an item that a feed repeats, needs the past of the feed and is up to the store. The module is pure: rules and
//! items in, assignments out. Nothing is deleted; what is a duplicate, and why, is reported. `docs/methods.md` explains
//! the methods.
//!
//! An item is reduced once to a [`Fingerprint`], which the store keeps, and assigned to a story by a [`Deduplicator`]:
//!
//! ```
//! use std::sync::Arc;
//!
//! use kazbek_core::dedup::{Candidate, Deduplicator, Features, Fingerprint, Options, Provenance, Rules, page_key};
//!
//! let rules = Rules::built_in()?;
//! let mut window = Deduplicator::new(Arc::clone(&rules.pairs), Options::default());
//! let mut place = |key, url, title| {
//!     let fingerprint = Fingerprint::new(&rules.texts, &Features { title, ..Features::default() });
//!     let url_key = page_key(&rules.urls, url);
//!     let (at, provenance) = (jiff::Timestamp::UNIX_EPOCH, Provenance::of_list(jiff::Timestamp::UNIX_EPOCH));
//!     window.assign(&Candidate { key, url_key, at, provenance, outlet: "", fingerprint: &fingerprint })
//! };
//! let title = "Envoys of Armenia and Turkey meet at the Margara bridge";
//! assert_eq!(place(1, "https://a.example/1", title).duplicate_of, None);
//! let copy = "Envoys of Armenia and Turkey meet at the Margara bridge - Reuters";
//! assert_eq!(place(2, "https://b.example/2", copy).duplicate_of, Some(1));
//! assert_eq!(place(3, "http://www.a.example/1?utm_source=rss", "").duplicate_of, Some(1));
//! # Ok::<(), kazbek_core::dedup::RulesError>(())
//! ```

mod analysis;
mod decide;
mod fingerprint;
mod hashing;
mod index;
mod letters;
mod pair_model;
mod phonetic_key;
mod provenance;
mod similarity;
#[cfg(test)]
mod tests;
mod text_rules;
mod tokens;
mod url;
mod window;
mod wording;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use provenance::ItemKey;
pub use text_rules::TextRules;

pub use fingerprint::{Features, Fingerprint};
pub use pair_model::PairModel;
pub use pair_model::{EVENT, HEADLINE, Term};
pub use provenance::Provenance;
pub use provenance::Survivor;
pub use url::RulesError;
pub use url::{UrlRules, page, url_key};
pub use url::{canonical_url, page_key};
pub use window::{Assignment, Comparison, Level, Match, Placed};
pub use window::{Candidate, Deduplicator, Options};

/// All the rules of deduplication.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Addresses.
    pub urls: Arc<UrlRules>,
    /// Words.
    pub texts: Arc<TextRules>,
    /// What two items share, and what sets them apart.
    pub pairs: Arc<PairModel>,
}

impl Rules {
    /// Reads the rules from the texts of four files in the form of `config/dedup/urls.toml`, `text.toml`,
    /// `concepts.toml` and `pairs.toml`.
    ///
    /// # Errors
    /// Fails if one of them cannot be used.
    pub fn load(urls: &str, text: &str, concepts: &str, pairs: &str) -> Result<Rules, RulesError> {
        Ok(Rules {
            urls: Arc::new(UrlRules::load(urls)?),
            texts: Arc::new(TextRules::load(text, concepts)?),
            pairs: Arc::new(PairModel::load(pairs)?),
        })
    }

    /// Returns the rules that come with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn built_in() -> Result<Rules, RulesError> {
        Ok(Rules {
            urls: Arc::new(UrlRules::built_in()?),
            texts: Arc::new(TextRules::built_in()?),
            pairs: Arc::new(PairModel::built_in()?),
        })
    }
}

/// An item of a list.
#[derive(Clone, Copy, Debug, Default)]
pub struct BatchItem<'a> {
    /// Its address, as given.
    pub url: Option<&'a str>,
    /// When it was published; if that is unknown, the time of the previous item is used.
    pub at: Option<Timestamp>,
    /// Title, summary, language, outlet and tags.
    pub features: Features<'a>,
}

/// The group and story of an item of a list; items are identified by their position in the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchResult {
    /// The item that it repeats, which is not a duplicate itself.
    pub duplicate_of: Option<usize>,
    /// The item that opened its story.
    pub story: usize,
    /// The match that decided; `with` is a position in the list.
    pub found: Option<Match>,
}

/// Deduplicates the items of a list by levels 2 to 4, in the order of their times: a shuffled list gets the same groups
/// and stories, if its items have times. The survivors are those at the end.
pub fn dedup_batch(rules: &Rules, options: Options, items: &[BatchItem<'_>]) -> Vec<BatchResult> {
    dedup_and_tell(rules, options, items, None)
}

/// Receives two compared items, by their positions in the list.
pub(crate) type TellPair<'a> = dyn FnMut(usize, usize, &Comparison) + 'a;

/// Does the same as [`dedup_batch`], and tells of every two items that were compared.
pub fn dedup_and_tell(
    rules: &Rules,
    options: Options,
    items: &[BatchItem<'_>],
    mut tell: Option<&mut TellPair<'_>>,
) -> Vec<BatchResult> {
    let mut window = Deduplicator::new(Arc::clone(&rules.pairs), options);
    let reach = SignedDuration::from_hours(i64::from(options.duplicate_hours.max(options.story_hours)));
    let order = in_time(items);
    let mut places = vec![None; items.len()];
    let mut successors: HashMap<ItemKey, ItemKey> = HashMap::new();
    let mut stories: HashMap<ItemKey, ItemKey> = HashMap::new();
    for (rank, (at, index)) in order.iter().enumerate() {
        let Some(item) = items.get(*index) else { continue };
        if let Ok(horizon) = at.checked_sub(reach) {
            window.forget_before(horizon);
        }
        let fingerprint = Fingerprint::new(&rules.texts, &item.features);
        let url_key = item.url.and_then(|url| page_key(&rules.urls, url));
        let key = ItemKey::try_from(rank).unwrap_or(ItemKey::MAX);
        let outlet = item.features.outlet;
        let provenance = Provenance { agency: rules.texts.agency(outlet), ..Provenance::of_list(*at) };
        let candidate = Candidate { key, url_key, at: *at, provenance, outlet, fingerprint: &fingerprint };
        let place = match &mut tell {
            None => window.assign(&candidate),
            Some(tell) => {
                let mut tell_pair = |comparison: &Comparison| {
                    let rank = usize::try_from(comparison.with).unwrap_or_default();
                    let other = order.get(rank).map_or(0, |(_, index)| *index);
                    tell(*index, other, comparison);
                };
                window.assign_and_tell(&candidate, Some(&mut tell_pair))
            }
        };
        for absorbed in &place.absorbed {
            stories.insert(*absorbed, place.story);
        }
        if let Some(displaced) = place.displaces {
            successors.insert(displaced, key);
        }
        if let Some(slot) = places.get_mut(*index) {
            *slot = Some((key, place));
        }
    }
    let position = |key: ItemKey| {
        let rank = usize::try_from(key).unwrap_or_default();
        order.get(rank).map_or(0, |(_, index)| *index)
    };
    places
        .into_iter()
        .flatten()
        .map(|(own, place)| {
            // Each step leads to an item that was assigned later, and to a story that began earlier: the chains end.
            let survivor = last(&successors, place.duplicate_of.unwrap_or(own));
            BatchResult {
                duplicate_of: (survivor != own).then(|| position(survivor)),
                story: position(last(&stories, place.story)),
                found: place
                    .found
                    .map(|found| Match { with: position(found.with).try_into().unwrap_or_default(), ..found }),
            }
        })
        .collect()
}

/// Returns what speaks for and against two items' being reports of one event, under these rules; nothing if they share
/// too little to be compared.
pub fn event_terms(rules: &Rules, a: BatchItem<'_>, b: BatchItem<'_>) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut tell = |_: usize, _: usize, found: &Comparison| terms = rules.pairs.event_terms(&found.event);
    dedup_and_tell(rules, Options::default(), &[a, b], Some(&mut tell));
    terms
}

/// Follows a key to the one that took its place last.
fn last(successors: &HashMap<ItemKey, ItemKey>, key: ItemKey) -> ItemKey {
    std::iter::successors(Some(key), |key| successors.get(key).copied()).last().unwrap_or(key)
}

/// Returns the items' times and positions, the earliest first. An item without a time has that of the previous item in
/// the list; several at one time are ordered by address and text, independently of the order of the list.
fn in_time(items: &[BatchItem<'_>]) -> Vec<(Timestamp, usize)> {
    let mut at = items.iter().find_map(|item| item.at).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut order: Vec<(Timestamp, usize)> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        at = item.at.unwrap_or(at);
        order.push((at, index));
    }
    // Items without a time keep the order of the list.
    let text = |index: usize| {
        items
            .get(index)
            .filter(|item| item.at.is_some())
            .map(|item| (item.url, item.features.title, item.features.summary, item.features.outlet))
    };
    order.sort_by(|(a, left), (b, right)| {
        let (left, right) = (text(*left), text(*right));
        a.cmp(b).then(left.is_none().cmp(&right.is_none())).then(left.cmp(&right))
    });
    order
}

/// One item of a story, for [`independent_newsrooms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Report<'a> {
    /// The survivor of its group of duplicates: its own key if it repeats nothing.
    pub survivor: ItemKey,
    /// Its own key.
    pub key: ItemKey,
    /// Who publishes it.
    pub outlet: &'a str,
    /// [`Fingerprint::source`]: the agency that it credits itself.
    pub source: Option<u32>,
}

/// Returns how many newsrooms reported a story on their own: reprints of one text count once, and so do several texts
/// of one outlet, and texts that credit one agency.
pub fn independent_newsrooms(reports: &[Report<'_>]) -> usize {
    let mut origins: HashSet<(Option<u32>, &str)> = HashSet::new();
    for report in reports {
        // Of a group only the survivor counts, or the first duplicate if the survivor is not among the reports.
        let speaks = report.key == report.survivor
            || (!reports.iter().any(|other| other.key == report.survivor)
                && reports
                    .iter()
                    .find(|other| other.survivor == report.survivor)
                    .is_some_and(|first| first.key == report.key));
        if speaks {
            origins.insert(report.source.map_or((None, report.outlet), |source| (Some(source), "")));
        }
    }
    origins.len()
}
