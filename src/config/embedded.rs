//! The data that is embedded in the binary.

/// The feed list that is polled by default.
pub(super) const FEEDS: &str = include_str!("../../config/feeds.opml");

/// The sections of a digest.
pub(super) const SECTIONS: &str = include_str!("../../config/digest.toml");

/// The events that trend reports treat as routine.
pub(super) const KNOWN_EVENTS: &str = include_str!("../../config/trends.toml");
