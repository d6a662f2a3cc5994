//! Fetches feeds: when ([`schedule`]), how politely ([`politeness`]), from where ([`guard`]), and over HTTP ([`Fetcher`], [`Poller`]).
//!
//! `schedule`, `politeness` and the classification in `guard` are pure: the time and the dice are parameters. The rest owns `reqwest`.
//! A fetch ends as an [`Outcome`], never as an error: a dead feed is data. This module knows `model`; it knows
//! neither the store nor the reader of feeds, so what an outcome leads to is decided by whoever receives it.

pub mod guard;
pub mod hints;
pub mod politeness;
pub mod schedule;

mod answer;
mod challenge;
mod client;
mod failure;
mod fetch;
mod options;
mod outcome;
mod redirect;
mod request;
mod resolver;
mod round;
mod status;
mod tls;

pub use challenge::looks_like_html;
pub use client::FetcherError;
pub use fetch::Fetcher;
pub use hints::{RetryAfter, ServerHints};
pub use options::Options;
pub use outcome::{Failure, Fetched, Grade, Outcome, Unchanged};
pub use request::{BasicAuth, FeedOverrides, Request, Validators};
pub use round::{Polled, Poller};
pub use status::StatusWord;
