//! kazbek polls news feeds, tags the items that concern the Caucasus and Russia, keeps each story once, and writes
//! digests and trend reports.
//!
//! # The way of an item
//!
//! - `feed` reads bytes into items, whatever the publisher made of them: [`api::feed::parse`].
//! - `lexicon` and `classify` find the names in an item and make tags, a scope and relations of them, each with its
//!   evidence: [`api::classify::Classifier`].
//! - `dedup` finds what an item repeats and the story it belongs to: [`api::dedup::Deduplicator`].
//! - `store` keeps all of it in one SQLite file: [`api::store::Store`].
//! - `trends` finds what changed and when, `digest` chooses and ranks the stories of a period, `render` writes both.
//!
//! Up to here everything but `store` is pure: bytes and values in, values out, `now` is a parameter. Below are `model`
//! (the nouns that all modules share), `text` (markup, scripts, folding, text that is safe to print), `parallel` (the
//! same work on all cores) and `files` (files that are written whole). Around it are `http` and `poller` (fetching),
//! `ingest` (the one writer), `alert` and `deliver` (what is sent to whom), `logging` (log lines), `config` (the
//! configuration, read and checked), `app` (what commands and daemon share), `serve` (pages and the interface for
//! programs), `mcp` (the same for assistants), `daemon` and `cli`. A module uses lower
//! ones only; `docs/architecture.md` has the list, and `tests/layers.rs` checks it.
//!
//! # What a user of the crate sees
//!
//! The modules are private. [`api`] names what the program's own tests and benches, and other programs, can use;
//! everything else is free to change, and dead code in it is found by the compiler. What computes from texts and times
//! alone, from `model` to `trends`, is in the package `kazbek-core`, so that tests run with an optimised copy.

mod alert;
mod app;
mod cli;
mod config;
mod daemon;
mod deliver;
mod digest;
mod feed;
mod files;
mod http;
mod ingest;
mod logging;
mod mcp;
mod poller;
mod render;
mod serve;
mod store;

use kazbek_core::{classify, dedup, lexicon, model, parallel, text, trends};

pub mod api;

pub use cli::main;
