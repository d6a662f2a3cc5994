//! Bytes to items: the reading of feeds.
