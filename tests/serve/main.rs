//! The pages and the interface for programs, through the binary, on loopback.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod assistants;
mod client;
mod feed_orders;
mod hostile;
mod lifetime;
mod markup;
mod pages;
mod programs;
mod saved_searches;
