//! Polling feeds: options, one fetch and its outcome, rate limits, and when a feed is due again.
//!
//! Knows nothing of the content of feeds, of the store or of the clock: `now` is a parameter.

mod budgets;
mod cache_headers;
mod fetch;
mod large_bodies;
mod options;
mod outcome;
mod poll_loop;
pub(crate) mod rate_limit;
mod refusal;
pub(crate) mod schedule;

pub use budgets::Budgets;
pub(crate) use budgets::Cost;
pub use cache_headers::ServerHints;
pub use fetch::{Fetcher, Request};
pub(crate) use options::FeedOptions;
pub use options::Options;
pub use options::Secret;
pub(crate) use outcome::Grade;
pub use outcome::{Failure, Fetched, Outcome, Status, Unchanged, Validators};
pub(crate) use poll_loop::{Ended, PollLoop};
