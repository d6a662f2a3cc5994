//! The transports: one file each, with its options and what it sends. [`http`] makes the requests of all that use HTTP.

pub(super) mod file;
pub(super) mod http;
pub(super) mod ntfy;
pub(super) mod slack;
pub(super) mod smtp;
pub(super) mod telegram;
pub(super) mod webhook;
