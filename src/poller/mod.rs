//! Fetching feeds: options, the address guard, one fetch with its outcome, and when a feed is due again.
//!
//! Owns `reqwest` and the network. Knows nothing of feeds' contents, of the store and of the clock: `now` is a parameter.

mod fetch;
pub mod guard;
mod options;
mod outcome;
pub mod schedule;

pub use fetch::{Fetcher, FetcherError, Request};
pub use options::Options;
pub use outcome::{Failure, Fetched, Outcome, Status, Validators};
