//! What the command line and the daemon share: clock, network, lock, pipeline, a single round of polls, issues and
//! published feeds.

pub mod clock;
mod clock_trust;
pub(crate) mod discovery;
pub(crate) mod entity_search;
pub(crate) mod exposed_files;
pub(crate) mod feed_list;
pub(crate) mod figures;
pub mod issue;
pub(crate) mod item_table;
pub(crate) mod lock;
pub mod network;
pub(crate) mod orders;
pub(crate) mod pipeline;
pub mod poll_once;
pub(crate) mod probe;
pub(crate) mod runtime;
pub(crate) mod syndication;
pub mod trusted_clock;
