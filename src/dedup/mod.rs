//! Canonical addresses, fingerprints, near-duplicates and stories.
