//! All the rules of deduplication, as `config/dedup/` has them.

use std::sync::Arc;

use super::error::RulesError;
use super::text_rules::TextRules;
use super::url::UrlRules;

/// All the rules of deduplication.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Addresses.
    pub urls: Arc<UrlRules>,
    /// Words.
    pub texts: Arc<TextRules>,
}

impl Rules {
    /// Reads the rules from the texts of three files in the form of `config/dedup/urls.toml`, `text.toml` and
    /// `concepts.toml`.
    ///
    /// # Errors
    /// Fails if one of them cannot be used.
    pub fn load(urls: &str, text: &str, concepts: &str) -> Result<Rules, RulesError> {
        Ok(Rules { urls: Arc::new(UrlRules::load(urls)?), texts: Arc::new(TextRules::load(text, concepts)?) })
    }

    /// Returns the rules that come with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn built_in() -> Result<Rules, RulesError> {
        Ok(Rules { urls: Arc::new(UrlRules::built_in()?), texts: Arc::new(TextRules::built_in()?) })
    }
}
