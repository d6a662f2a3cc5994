//! Level 2: one key for all the addresses of one page.
//!
//! Owns the rules of `config/dedup/urls.toml` and their application.

mod canonical;
mod redirect;
mod rules;

pub(crate) use canonical::url_key;
pub use canonical::{canonical_url, page_key};
pub(crate) use rules::UrlRules;
