//! Errors of deduplication.

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The text is not the expected TOML; the message names line and column.
    #[error("the rules cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A rule contradicts itself or another.
    #[error("{0}")]
    Rule(String),
}

/// Bytes that are not a fingerprint of this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// Made by another version: recompute it from the item.
    #[error("the fingerprint is of version {found}, this program's is {current}: recompute it from the item")]
    Version {
        /// The version that the bytes name.
        found: u8,
        /// The version of this program.
        current: u8,
    },
    /// Too short, too long, or contradicting itself.
    #[error("the fingerprint is damaged: recompute it from the item")]
    Damaged,
}
