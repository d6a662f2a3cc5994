//! Fetches feeds: when ([`schedule`]), how politely ([`politeness`]), from where ([`guard`]), and over HTTP ([`Fetcher`], [`Poller`]).
//!
//! `schedule`, `politeness` and the classification in `guard` are pure: the time and the dice are parameters. The rest owns `reqwest`.
//! A fetch ends as an [`Outcome`], never as an error: a dead feed is data. This module knows `model`; it knows
//! neither the store nor the reader of feeds, so what an outcome leads to is decided by whoever receives it.
//!
//! One round, and what follows from one outcome:
//!
//! ```no_run
//! use std::sync::Arc;
//! use kazbek::poller::schedule::{self, PollResult, Rhythm, Wishes};
//! use kazbek::poller::{Fetcher, Options, Poller, Request};
//! use tokio_util::sync::CancellationToken;
//!
//! # async fn example(now: jiff::Timestamp, rhythm: Rhythm) -> Result<(), kazbek::poller::FetcherError> {
//! let options = Options { contact: Some("https://example.org/about".to_owned()), ..Options::default() };
//! let mut poller = Poller::new(Arc::new(Fetcher::new(&options)?));
//! let requests = vec![Request { feed_id: 1, url: "https://example.org/feed".to_owned(), ..Request::default() }];
//! let (sender, mut results) = tokio::sync::mpsc::channel(8);
//! tokio::spawn(async move { poller.round(requests, sender, CancellationToken::new()).await });
//! while let Some(polled) = results.recv().await {
//!     let Some(result) = PollResult::without_reading(&polled.outcome) else { continue }; // a body, for the reader of feeds
//!     let wishes = Wishes { server: polled.outcome.hints(), ..Wishes::default() };
//!     let decision = schedule::after_poll(&rhythm, &result, &wishes, now, 0.5, &options);
//!     println!("{}: {} ({})", polled.request.url, polled.outcome.word(), decision.reason);
//! }
//! # Ok(())
//! # }
//! ```

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
