//! The data that every binary carries with it.

/// The feed list that is polled by default.
pub(super) const FEEDS: &str = include_str!("../../config/feeds.opml");

/// The sections of a digest.
pub(super) const SECTIONS: &str = include_str!("../../config/digest.toml");

/// What a trend report knows beforehand.
pub(super) const FOREKNOWLEDGE: &str = include_str!("../../config/trends.toml");
