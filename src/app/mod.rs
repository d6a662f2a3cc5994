//! What the command line and the daemon share: clock, network, lock, pipeline, a single round of polls, issues and
//! published feeds.

pub mod clock;
pub mod issue;
pub mod lock;
pub mod network;
pub mod pipeline;
pub mod poll_once;
pub mod probe;
pub mod runtime;
pub mod syndication;
mod worker_pool;
