//! kazbek polls news feeds, tags the items that concern the Caucasus and Russia, keeps every story
//! once, and writes digests and trend reports.
//!
//! The modules stand in the order in which an item travels. The core (`feed`, `lexicon`, `classify`, `dedup`,
//! `trends`, `digest`) is pure: bytes and values in, values out, `now` is a parameter. The shell does what the core decides.

pub mod model;

pub mod feed;
pub mod lexicon;

pub mod classify;
pub mod dedup;

pub mod trends;

pub mod digest;

pub mod poller;
pub mod store;

pub mod ingest;

pub mod deliver;

pub mod logging;

pub mod config;

pub mod daemon;

pub mod cli;
