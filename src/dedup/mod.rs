//! Deduplication: canonical addresses (level 2), near-duplicates (level 3), stories (level 4).
//!
//! Owns what it means for two items to be one, and the window of recent items in which that is looked for. Level 1, an item
//! of a feed seen again, needs the feed's past and belongs to the store. Pure: rules and items in, places out; what is a
//! duplicate, and why, is told, nothing is deleted. The methods stand in `docs/methods.md`.
//!
//! An item is read once into a [`Fingerprint`], which the store keeps, and is placed by a [`Deduplicator`]:
//!
//! ```
//! use kazbek::dedup::{Candidate, Deduplicator, Features, Fingerprint, Options, Rules, page_key};
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
//! # Ok::<(), kazbek::dedup::RulesError>(())
//! ```

mod analysis;
mod batch;
mod decide;
mod fingerprint;
mod hashing;
mod index;
mod letters;
mod phonetic_key;
mod similarity;
mod text_rules;
mod tokens;
mod url;
mod window;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use batch::{BatchItem, BatchResult, Report, dedup_batch, independent_newsrooms};
pub use fingerprint::{FINGERPRINT_VERSION, Features, Fingerprint, FingerprintError};
pub use text_rules::TextRules;
pub use url::{URL_KEY_VERSION, UrlRules, canonical_url, page_key, url_key};
pub use window::{Assignment, Candidate, Deduplicator, ItemKey, Level, Match, Options, StoryKey};

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The text is not the TOML that is expected; the message names line and column.
    #[error("the rules cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A rule contradicts itself or another.
    #[error("{0}")]
    Rule(String),
}

/// All the rules of deduplication.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Addresses.
    pub urls: Arc<UrlRules>,
    /// Words.
    pub texts: Arc<TextRules>,
}

impl Rules {
    /// Reads the rules from the texts of three files in the form of `config/dedup/urls.toml`, `text.toml` and `concepts.toml`.
    ///
    /// # Errors
    /// Where one of them cannot be used.
    pub fn load(urls: &str, text: &str, concepts: &str) -> Result<Rules, RulesError> {
        Ok(Rules { urls: Arc::new(UrlRules::load(urls)?), texts: Arc::new(TextRules::load(text, concepts)?) })
    }

    /// The rules that come with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn built_in() -> Result<Rules, RulesError> {
        Ok(Rules { urls: Arc::new(UrlRules::built_in()?), texts: Arc::new(TextRules::built_in()?) })
    }
}
