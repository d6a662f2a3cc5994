//! Canonical addresses, fingerprints, near-duplicates and stories.

mod address;

pub use address::{RulesError, URL_KEY_VERSION, UrlRules, canonical_url, url_key};
