//! Level 2: one key for all the addresses of one page.
//!
//! Owns the rules of `config/dedup/urls.toml` and their application. Knows nothing of items.

mod canonical;
mod redirect;
mod rules;

pub use canonical::{canonical_url, page_key, url_key};
pub use rules::UrlRules;
