//! Fetching feeds: options, the address guard, one fetch with its outcome, and when a feed is due again; and posting for `deliver`.
//!
//! Owns `reqwest` and the network. Knows nothing of feeds' contents, of the store and of the clock: `now` is a parameter.

mod clients;
mod failure;
mod fetch;
pub mod guard;
mod hints;
mod options;
mod outcome;
pub mod politeness;
mod post;
pub mod schedule;

pub use fetch::{Fetcher, FetcherError, Request};
pub use hints::ServerHints;
pub use options::{FeedOptions, Options, Secret, check_header, check_proxy};
pub use outcome::{Failure, Fetched, Grade, Outcome, Status, Unchanged, Validators};
pub use post::{Answer, Post, PostError, Poster};
