//! kazbek polls news feeds, tags the items that concern the Caucasus and Russia, keeps every story
//! once, and writes digests and trend reports.
//!
//! The modules stand in the order in which an item travels. The core (`feed`, `lexicon`, `classify`, `dedup`,
//! `trends`, `digest`) is pure: bytes and values in, values out, `now` is a parameter. The shell does what the core decides.

pub mod alert;
pub mod app;
pub mod classify;
pub mod cli;
pub mod config;
pub mod daemon;
pub mod dedup;
pub mod deliver;
pub mod digest;
pub mod feed;
pub mod http;
pub mod ingest;
pub mod lexicon;
pub mod logging;
pub mod model;
pub mod poller;
pub mod render;
pub mod store;
pub mod text;
pub mod trends;
