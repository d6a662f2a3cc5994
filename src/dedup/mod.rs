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
//! use kazbek::api::dedup::{Candidate, Deduplicator, Features, Fingerprint, Options, Rules, page_key};
//!
//! let rules = Rules::built_in()?;
//! let mut window = Deduplicator::new(Options::default());
//! let mut place = |key, url, title| {
//!     let fingerprint = Fingerprint::new(&rules.texts, &Features { title, ..Features::default() });
//!     let url_key = page_key(&rules.urls, url);
//!     window.assign(&Candidate { key, url_key, at: jiff::Timestamp::UNIX_EPOCH, outlet: "", fingerprint: &fingerprint })
//! };
//! let title = "Envoys of Armenia and Turkey meet at the Margara bridge";
//! assert_eq!(place(1, "https://a.example/1", title).duplicate_of, None);
//! assert_eq!(place(2, "https://b.example/2", "Envoys of Armenia and Turkey meet at the Margara bridge - Reuters").duplicate_of, Some(1));
//! assert_eq!(place(3, "http://www.a.example/1?utm_source=rss", "").duplicate_of, Some(1));
//! # Ok::<(), kazbek::api::dedup::RulesError>(())
//! ```

mod analysis;
mod batch;
mod decide;
mod error;
mod fingerprint;
mod hashing;
mod index;
mod letters;
mod phonetic_key;
mod rules;
mod similarity;
mod text_rules;
mod tokens;
mod url;
mod window;
mod words;

#[cfg(test)]
mod tests;

pub(crate) use batch::{BatchItem, Report, dedup_batch, independent_newsrooms};
pub use error::RulesError;
pub use fingerprint::{Features, Fingerprint};
pub use rules::Rules;
pub(crate) use url::{UrlRules, url_key};
pub use url::{canonical_url, page_key};
pub(crate) use window::{Assignment, Level, Match, Placed};
pub use window::{Candidate, Deduplicator, Options};
