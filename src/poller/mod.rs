//! Fetching feeds: options, one fetch with its outcome, and when a feed is due again.
//!
//! Owns `reqwest` and the network. Knows nothing of feeds' contents, of the store and of the clock: `now` is a parameter.

mod cache_headers;
mod fetch;
mod fetch_error;
mod options;
mod outcome;
mod poll_loop;
pub(crate) mod rate_limit;
pub(crate) mod schedule;

pub use cache_headers::ServerHints;
pub use fetch::{Fetcher, Request};
pub use options::Options;
pub(crate) use options::{FeedOptions, Secret, check_header, check_proxy};
pub use outcome::{Failure, Fetched, Outcome, Status, Unchanged, Validators};
pub(crate) use poll_loop::{Ended, PollLoop};
